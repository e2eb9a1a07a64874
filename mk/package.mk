# SPDX-License-Identifier: Apache-2.0
# Packaging: pkg-config and CMake files, install and uninstall. What is installed is the list of products, in the
# places that they have under $(B), and include/tenon.

.PHONY: install install-files uninstall

TN_PUBLIC_HEADERS = $(wildcard include/tenon/*.h)
TN_PC := $(B)/lib/pkgconfig/tenon.pc
TN_CMAKE := $(B)/lib/cmake/tenon/tenon-config.cmake $(B)/lib/cmake/tenon/tenon-config-version.cmake
TN_PRODUCTS += $(TN_PC) $(TN_CMAKE)

$(eval $(call tn_data,share/tenon,mk/tenon.mk))
$(foreach f,$(TN_PC) $(TN_CMAKE),$(eval $(f): mk/$(notdir $(f)).in Makefile))
$(TN_PC) $(TN_CMAKE):
	@mkdir -p $(@D)
	@sed -e 's/@VERSION@/$(VERSION)/g' -e 's/@SOVERSION@/$(SOVERSION)/g' $< > $@

# A library with a version is three names; each goes along.
tn__installed = $(foreach p,$(filter-out $(B)/obj/%,$(TN_PRODUCTS)) $(TN_LINKS),$(patsubst $(B)/%,%,$(p))) \
	$(patsubst $(B)/%,%,$(wildcard $(foreach p,$(filter $(B)/lib/lib%.so,$(TN_PRODUCTS)),$(p).*)))
tn__dest = $(DESTDIR)$(PREFIX)

## install: copy the products to $(DESTDIR)$(PREFIX)
install: products
	@$(MAKE) install-files
	@[ -n "$(DESTDIR)" ] || echo "programs find libtenon.so after ldconfig (as root), or with LD_LIBRARY_PATH=$(PREFIX)/lib;" \
		"elsewhere than in /usr/local set PKG_CONFIG_PATH=$(PREFIX)/lib/pkgconfig too"
install-files:
	@set -e; for f in $(sort $(tn__installed)); do \
		mkdir -p "$(tn__dest)/$$(dirname $$f)"; cp -P "$(B)/$$f" "$(tn__dest)/$$f"; done
	@set -e; mkdir -p "$(tn__dest)/include/tenon"; \
		for h in $(TN_PUBLIC_HEADERS); do install -m 644 $$h "$(tn__dest)/include/tenon/"; done
	@echo "installed $(words $(sort $(tn__installed)) $(TN_PUBLIC_HEADERS)) files under $(tn__dest)"

## uninstall: remove what install put there
uninstall:
	@rm -f $(addprefix "$(tn__dest)/,$(addsuffix ",$(sort $(tn__installed))))
	@rm -f $(addprefix "$(tn__dest)/include/tenon/,$(addsuffix ",$(notdir $(TN_PUBLIC_HEADERS))))
	@for d in $(sort $(dir $(tn__installed))) include/tenon; do \
		case $$d in *tenon*) d=$${d%/}; while case $$d in *tenon*) true ;; *) false ;; esac; do \
			rmdir "$(tn__dest)/$$d" 2>/dev/null || true; d=$$(dirname $$d); done ;; esac; done
	@echo "removed Tenon from $(tn__dest)"
