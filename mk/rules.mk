# SPDX-License-Identifier: Apache-2.0
# Flags, and the macros by which a folder's module.mk says what it builds. Paths are relative to the root.
#
#   $(eval $(call tn_lib,NAME,SOURCES))         $(B)/lib/libNAME.so
#   $(eval $(call tn_alias,NAME,OUT,SONAME))    links the library NAME once more as $(B)/OUT under another soname
#   $(eval $(call tn_static,NAME,SOURCES))      $(B)/obj/libNAME.a, position-independent, not installed
#   $(eval $(call tn_driver,NAME,SOURCES))      $(B)/lib/tenon/drivers/NAME.so, exports tn_driver_query only
#   $(eval $(call tn_prog,NAME,SOURCES))        $(B)/bin/NAME
#   $(eval $(call tn_sample,NAME,SOURCES))      $(B)/samples/NAME, linked with libtenon
#   $(eval $(call tn_test,NAME,SOURCES))        $(B)/tests/NAME, run by `make check`: 0 passes, 77 is skipped (the last
#                                               line of its output is the reason); Check is linked where it is used
#   $(eval $(call tn_test_script,NAME,FILE))    a test that is an executable script; TENON_BUILD, CC and CXX are set
#   $(eval $(call tn_kernels,NAME,SOURCES))     $(B)/lib/tenon/kernels/NAME.tnb, compiled by $(TN_TENONCC)
#   $(eval $(call tn_data,DIR,FILES))           copies FILES to $(B)/DIR (DIR as installed: share/tenon/profiles ...)
#   $(eval $(call tn_link,LINK,TARGET))         symbolic link $(B)/LINK -> TARGET (relative)
#
# SOURCES are .c, .cc or .S; generated ones stand under $(B)/gen. Variables set before the call, all optional; the call
# takes them and clears them, so that a library and a program can have one name:
#   NAME_CFLAGS   flags for its sources          NAME_LIBS    -lelf ...; -ltenon* are built first
#   NAME_STATIC   archives of tn_static, by name NAME_WHOLE   the same, every object linked
#   NAME_MAP      version script                 NAME_SONAME  soname; with NAME_VERSION the file carries the version
#   NAME_DEPS     files that must exist first    NAME_GEN     generated headers, made before its sources compile
#   NAME_OUT      the product's place under $(B) in place of the one above (lib/tenon/sim/libfoo.so ...); what lies under
#                 obj or tests is built with the tests and not installed;
#                 what is put below obj/ belongs to the tests: `make all` leaves it out
#   NAME_LDFLAGS  further linker flags
# For tests also: NAME_SAN (any of address undefined thread, or none; all three for tests/unit, none elsewhere),
#   NAME_DEPS (for a script too: what must be built before), NAME_TIMEOUT (seconds, 60), NAME_ENV (VAR=value ...),
#   NAME_ARGS, NAME_ALONE (1: nothing else runs meanwhile).
# For kernels also: NAME_KFLAGS; TN_KERNEL_DEPS lists what every bundle depends on besides tenoncc.
# A static archive that uses another is named before it in NAME_STATIC.

SANS := address undefined thread
ifneq ($(filter-out $(SANS),$(SAN)),)
$(error SAN is one of: $(SANS))
endif

OPT ?= $(if $(SAN),-O1,-O2)
CFLAGS ?=
LDFLAGS ?=
TN_WARN := -Wall -Wextra -Wno-missing-field-initializers -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wvla -Werror
TN_WARN_CXX := -Wall -Wextra -Wshadow -Werror
TN_SAN_address := -fsanitize=address -fno-omit-frame-pointer
TN_SAN_undefined := -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TN_SAN_thread := -fsanitize=thread -fno-omit-frame-pointer
TN_SAN := $(if $(SAN),$(TN_SAN_$(SAN)) -DTN_SAN_$(SAN)=1)
TN_CPPFLAGS := -Iinclude -I. -I$(B)/gen -D_GNU_SOURCE -DTN_VERSION_STRING='"$(VERSION)"'
TN_COMMON := $(OPT) -g -fPIC -fvisibility=hidden -pthread $(TN_SAN)
TN_CFLAGS = -std=c11 $(TN_WARN) $(TN_COMMON) $(CFLAGS)
TN_CXXFLAGS = -std=c++17 $(TN_WARN_CXX) $(TN_COMMON) $(CFLAGS)
TN_LDFLAGS = -pthread $(TN_SAN) -Wl,-z,relro,-z,now -Wl,--as-needed -L$(B)/lib $(LDFLAGS)
comma := ,
# clang leaves the sanitizer's symbols to the program, so a library can't be complete there.
TN_ZDEFS := $(if $(and $(SAN),$(findstring clang,$(CC))),,-Wl$(comma)-z$(comma)defs)
TN_SHARED = -shared -Wl,-Bsymbolic -Wl,-z,nodelete $(TN_ZDEFS) $(TN_LDFLAGS)
TN_RPATH := -Wl,-rpath,'$$ORIGIN/../lib' -Wl,--enable-new-dtags
CHECK_LIBS ?= -lcheck_pic -lsubunit -lrt -lm
# As Debian has them; not asked of pkg-config, so that a machine without the packages can still read this file.
DRM_CFLAGS := -I/usr/include/libdrm
LLVM_CFLAGS := -I/usr/lib/llvm-19/include
LLVM_LIBS := -L/usr/lib/llvm-19/lib -lLLVM-19

TN_PRODUCTS :=
TN_SAMPLES :=
TN_TESTS :=
TN_OBJECTS :=
TN_SOURCES :=
TN_TEST_NAMES :=
TN_KERNEL_DEPS ?=
# The compiler of the kernels; a sanitizer's build takes the main build's, whose output is the same and comes sooner.
TN_TENONCC ?= $(B)/bin/tenoncc

# One short line a step; the whole command with V=1.
Q := $(if $(filter 1,$(V)),,@)
tn__say = @$(if $(filter 1,$(V)),:,printf '  %-7s %s\n' '$(1)' '$(2)')

# The stamp of everything that a compilation depends on besides the sources: changing a flag rebuilds.
$(B)/flags.stamp: FORCE | $(B)/deps-build.stamp
	@mkdir -p $(@D)
	@{ printf '%s\n' '$(subst ','\'',$(CC) $(CXX) $(TN_CPPFLAGS) $(TN_CFLAGS) $(TN_CXXFLAGS) $(TN_SHARED) $(TN_RPATH))'; \
	  $(CC) --version | head -n 1; } > $@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

# Packages are looked at once for a build directory; `make deps` looks again. The stamps are included: make makes what it
# includes before anything else, so that every recipe finds its tools.
TN_GOALS := $(filter-out clean help deps format lint install-files uninstall,$(or $(MAKECMDGOALS),all))
ifneq ($(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
# make -n installs nothing
TN_GOALS :=
endif
ifneq ($(TN_GOALS),)
include $(B)/deps-build.stamp
endif
ifneq ($(filter tests check check-one san-tests bench,$(TN_GOALS)),)
include $(B)/deps-test.stamp
endif
ifneq ($(filter demo,$(TN_GOALS)),)
include $(B)/deps-demo.stamp
endif
$(B)/deps-%.stamp: mk/packages.txt mk/deps.sh
	@mkdir -p $(@D)
	@mk/deps.sh --quiet $* && touch $@

tn__here = $(lastword $(MAKEFILE_LIST))
tn__objs = $(foreach s,$(2),$(B)/obj/$(1)/$(basename $(patsubst $(B)/%,%,$(s))).o)
tn__static = $(foreach a,$(1),$(B)/obj/lib$(a).a)
tn__libdeps = $(patsubst -l%,$(B)/lib/lib%.so,$(filter -ltenon%,$(1)))
tn__kind = $(if $(filter $(B)/obj/% $(B)/tests/%,$(1)),TN_TESTS,TN_PRODUCTS)
tn__cxx = $(if $(filter %.cc,$(1)),$(CXX),$(CC))

# $(1) name, $(2) key: moves the variables NAME_X to KEY_X. A key is the kind and the name: lib-tenon, prog-tenon.
tn__vars := CFLAGS LIBS STATIC WHOLE MAP SONAME VERSION DEPS GEN OUT LDFLAGS SAN TIMEOUT ENV ARGS ALONE KFLAGS
tn__take = $(foreach v,$(tn__vars),$(eval $(2)_$(v) = $(value $(1)_$(v)))$(eval undefine $(1)_$(v)))

# The link line behind the objects: whole archives, archives, libraries.
tn__libs = $(if $($(1)_WHOLE),-Wl$(comma)--whole-archive $(call tn__static,$($(1)_WHOLE)) -Wl$(comma)--no-whole-archive) \
	$(call tn__static,$($(1)_STATIC)) $($(1)_LIBS)
tn__prereqs = $(call tn__static,$($(1)_WHOLE) $($(1)_STATIC)) $(call tn__libdeps,$($(1)_LIBS)) $($(1)_MAP) $($(1)_DEPS)

# $(1) key, $(2) source
define tn__compile
TN_OBJECTS += $(call tn__objs,$(1),$(2))
$(call tn__objs,$(1),$(2)): $(2) $(tn__here) $(B)/flags.stamp | $(B)/deps-build.stamp $($(1)_GEN)
	$$(call tn__say,CC,$(2))
	@mkdir -p $$(@D)
	$$(Q)$(if $(filter %.cc,$(2)),$$(CXX) $$(TN_CXXFLAGS),$$(CC) $$(TN_CFLAGS)) $$(TN_CPPFLAGS) $$($(1)_CFLAGS) -MMD -MP -c -o $$@ $(2)
endef

# $(1) key, $(2) sources
define tn__compile_all
TN_SOURCES += $(filter-out $(B)/%,$(2))
$(foreach s,$(2),$(eval $(call tn__compile,$(1),$(s))))
endef

# $(1) name, $(2) sources, $(3) key
define tn__archive
$(call tn__compile_all,$(3),$(2))
$(B)/obj/lib$(1).a: $(call tn__objs,$(3),$(2)) $(tn__here)
	$$(call tn__say,AR,$$(patsubst $$(B)/%,%,$$@))
	@rm -f $$@
	$$(Q)$$(AR) rcsD $$@ $$(filter %.o,$$^)
endef

# $(1) key, $(2) sources, $(3) product, $(4) soname, $(5) further link flags, $(6) the file behind the product's link
define tn__shared
$(1)_SOURCES := $(2)
$(call tn__compile_all,$(1),$(2))
$(call tn__kind,$(3)) += $(3)
$(3): $(call tn__objs,$(1),$(2)) $(call tn__prereqs,$(1)) $(tn__here) $(B)/flags.stamp
	$$(call tn__say,LINK,$$(patsubst $$(B)/%,%,$$@))
	@mkdir -p $$(@D)
	$$(Q)$(call tn__cxx,$(2)) $$(TN_SHARED) -Wl,-soname,$(4) $(5) $(if $($(1)_MAP),-Wl$(comma)--version-script=$($(1)_MAP)) $$($(1)_LDFLAGS) \
		-o $(or $(6),$(3)) $(call tn__objs,$(1),$(2)) $$(call tn__libs,$(1))
	$(if $(6),@ln -sf $(notdir $(6)) $(dir $(3))$(4) && ln -sf $(4) $(3))
endef

# $(1) key, $(2) sources, $(3) product, $(4) further libraries
define tn__program
$(call tn__compile_all,$(1),$(2))
$(3): $(call tn__objs,$(1),$(2)) $(call tn__prereqs,$(1)) $(call tn__libdeps,$(4)) $(tn__here) $(B)/flags.stamp
	$$(call tn__say,LINK,$$(patsubst $$(B)/%,%,$$@))
	@mkdir -p $$(@D)
	$$(Q)$(call tn__cxx,$(2)) $$(TN_LDFLAGS) $$(TN_RPATH) $$($(1)_LDFLAGS) -o $$@ $(call tn__objs,$(1),$(2)) $$(call tn__libs,$(1)) $(4)
endef

# $(1) name, $(2) file that is run, $(3) key, $(4) sanitizers when nothing is said
define tn__test_entry
TN_TEST_NAMES += $(1)
TN_TEST_$(1)_FILE := $(2)
TN_TEST_$(1)_KEY := $(3)
TN_TEST_$(1)_FOLDER := $(dir $(tn__here))
TN_TEST_$(1)_SAN := $(filter $(SANS),$(or $($(3)_SAN),$(4)))
endef

tn_static = $(call tn__take,$(1),static-$(1))$(call tn__archive,$(1),$(2),static-$(1))
# $(1) key, $(2) product, $(3) soname: the objects of a library under another name
define tn__alias
TN_PRODUCTS += $(2)
$(2): $(call tn__objs,$(1),$($(1)_SOURCES)) $(call tn__prereqs,$(1)) $(tn__here) $(B)/flags.stamp
	$$(call tn__say,LINK,$$(patsubst $$(B)/%,%,$$@))
	@rm -f $$@ && mkdir -p $$(@D)
	$$(Q)$(call tn__cxx,$($(1)_SOURCES)) $$(TN_SHARED) -Wl,-soname,$(3) $(if $($(1)_MAP),-Wl$(comma)--version-script=$($(1)_MAP)) \
		$$($(1)_LDFLAGS) -o $$@ $(call tn__objs,$(1),$($(1)_SOURCES)) $$(call tn__libs,$(1))
endef
tn_alias = $(call tn__alias,lib-$(1),$(B)/$(2),$(3))
tn_lib = $(call tn__take,$(1),lib-$(1))$(call tn__lib,$(1),$(2),lib-$(1))
tn__lib = $(call tn__shared,$(3),$(2),$(B)/$(or $($(3)_OUT),lib/lib$(1).so),$(or $($(3)_SONAME),$(notdir $(or $($(3)_OUT),lib$(1).so))),,$(if $($(3)_VERSION),$(B)/lib/lib$(1).so.$($(3)_VERSION)))
tn_driver = $(call tn__take,$(1),driver-$(1))$(call tn__driver,$(1),$(2),driver-$(1))
tn__driver = $(call tn__shared,$(3),$(2),$(B)/$(or $($(3)_OUT),lib/tenon/drivers/$(1).so),$(1).so,$(if $($(3)_MAP),,-Wl$(comma)--version-script=mk/driver.map))
tn_prog = $(call tn__take,$(1),prog-$(1))$(call tn__prog,$(1),$(2),prog-$(1))
define tn__prog
$(call tn__kind,$(B)/$(or $($(3)_OUT),bin/$(1))) += $(B)/$(or $($(3)_OUT),bin/$(1))
$(call tn__program,$(3),$(2),$(B)/$(or $($(3)_OUT),bin/$(1)))
endef
tn_sample = $(call tn__take,$(1),sample-$(1))$(call tn__sample,$(1),$(2),sample-$(1))
define tn__sample
TN_SAMPLES += $(B)/samples/$(1)
$(call tn__program,$(3),$(2),$(B)/samples/$(1),-ltenon)
endef
tn_test = $(call tn__take,$(1),test-$(1))$(call tn__test,$(1),$(2),test-$(1))
define tn__test
TN_TESTS += $(B)/tests/$(1)
$(call tn__test_entry,$(1),$(B)/tests/$(1),$(3),$(if $(filter tests/unit/%,$(tn__here)),$(SANS)))
$(call tn__program,$(3),$(2),$(B)/tests/$(1),$$(CHECK_LIBS))
$(B)/tests/$(1) $(call tn__objs,$(3),$(2)): | $(B)/deps-test.stamp
endef
tn_test_script = $(call tn__take,$(1),test-$(1))$(call tn__test_entry,$(1),$(2),test-$(1))

tn_kernels = $(call tn__take,$(1),kernels-$(1))$(call tn__kernels,$(1),$(2),kernels-$(1))
define tn__kernels
$(call tn__kind,$(B)/$(or $($(3)_OUT),lib/tenon/kernels/$(1).tnb)) += $(B)/$(or $($(3)_OUT),lib/tenon/kernels/$(1).tnb)
$(B)/$(or $($(3)_OUT),lib/tenon/kernels/$(1).tnb): $(2) $$(TN_TENONCC) $$(TN_KERNEL_DEPS) $($(3)_DEPS) $(tn__here)
	$$(call tn__say,TENONCC,$(1).tnb)
	@mkdir -p $$(@D)
	@mkdir -p $(B)/obj/kernels
	$$(Q)$$(TN_TENONCC) --bundle -Iinclude -I. $$($(3)_KFLAGS) -MD -MF $(B)/obj/kernels/$(1).d -MT $$@ -o $$@ $(2)
-include $(B)/obj/kernels/$(1).d
endef

define tn__copy
TN_PRODUCTS += $(B)/$(1)/$(notdir $(2))
$(B)/$(1)/$(notdir $(2)): $(2)
	@mkdir -p $$(@D)
	@cp $$< $$@
endef
tn_data = $(foreach f,$(2),$(eval $(call tn__copy,$(1),$(f))))

# The link may dangle until its target is built, so make looks at a stamp and not through the link.
define tn_link
TN_PRODUCTS += $(B)/obj/links/$(1)
TN_LINKS += $(B)/$(1)
$(B)/obj/links/$(1): $(tn__here)
	@mkdir -p $$(@D) $(dir $(B)/$(1))
	@ln -sfn $(2) $(B)/$(1) && touch $$@
endef

TN_LINT_FILES = $(sort $(filter %.c,$(TN_SOURCES)))
TN_FORMAT_FILES = $(shell git ls-files '*.c' '*.h' '*.cc')
