# SPDX-License-Identifier: Apache-2.0
# `make check-arm64`: the library and the drivers, built with Debian's cross compiler, the unit tests that need no
# simulator, and the programs of tests/kernels with images for Arm, run under qemu-user. Hosts of Ascend cards are Arm machines.

.PHONY: check-arm64 arm64-build

TN_ARM64_B := $(B)-arm64
TN_ARM64_SYSROOT := $(B)-arm64-sysroot
TN_ARM64_LIBDIRS = $(foreach d,usr/lib lib,$(abspath $(TN_ARM64_SYSROOT))/$(d)/aarch64-linux-gnu)
TN_ARM64_RUN = qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$(subst $(space),:,$(strip $(TN_ARM64_LIBDIRS)))
# Folders whose tests have what they need there.
TN_ARM64_FOLDERS ?= tests/unit/runtime/ tests/unit/discover/
TN_ARM64_NAMES = $(foreach t,$(TN_TEST_NAMES),$(if $(filter $(TN_ARM64_FOLDERS),$(TN_TEST_$(t)_FOLDER)),$(if \
	$(filter $(B)/%,$(TN_TEST_$(t)_FILE)),$(t))))
empty :=
space := $(empty) $(empty)

$(TN_ARM64_SYSROOT)/stamp: mk/arm64-sysroot.sh
	+@rm -rf $(@D) && mk/arm64-sysroot.sh $(@D) && touch $@

## check-arm64: cross-build the library and the drivers for aarch64, and run their tests under qemu-user
check-arm64: $(B)/deps-arm64.stamp $(TN_ARM64_SYSROOT)/stamp $(TN_ARM64_BUNDLES_MADE)
	+@$(MAKE) TN_ARM64_BUNDLES='$(abspath $(B))/tests/kernels' B='$(TN_ARM64_B)' CC=aarch64-linux-gnu-gcc CFLAGS='-isystem $(TN_ARM64_SYSROOT)/usr/include' \
		LDFLAGS='$(foreach d,$(TN_ARM64_LIBDIRS),-L$(d) -Wl,-rpath-link=$(d))' arm64-build
	+@mk/run-tests --jobs $(TN_CHECK_JOBS) --build '$(TN_ARM64_B)' --list '$(TN_ARM64_B)/arm64-tests.list' \
		--run-with '$(TN_ARM64_RUN)'

# Called with the cross compiler.
arm64-build: $(filter $(B)/lib/libtenon.so $(B)/lib/tenon/drivers/%.so $(B)/lib/tenon/discover.so,$(TN_PRODUCTS)) \
		$(call tn__test_files,$(TN_ARM64_NAMES)) $(foreach k,$(TN_KERNEL_TESTS),$(B)/tests/kernels-$(k))
	@printf '%b' '$(subst ','\'',$(foreach t,$(TN_ARM64_NAMES),$(call tn__entry,$(t))\n))' \
		'$(foreach k,$(TN_KERNEL_TESTS),$(call tn__arm64_kernels,$(k),aarch64)$(call tn__arm64_kernels,$(k),aarch64-vector))' | \
		sed 's/^ //' > $(B)/arm64-tests.list
# A program of tests/kernels, with the bundle that the host's tenoncc has made.
tn__arm64_kernels = kernels-$(1)-$(2)\t$(B)/tests/kernels-$(1)\t600\t-\t\t$(TN_ARM64_BUNDLES)/$(1)-$(2).tnb\n
