# SPDX-License-Identifier: Apache-2.0
# The discovery plugin against fake machines: our scanner by its roots, libpciaccess in a namespace, libdrm by umockdev.
discover_STATIC := discover
discover_LIBS := -lpciaccess -ldrm
$(eval $(call tn_test,discover,tests/unit/discover/test_discover.c tests/unit/discover/machines.c))
$(foreach t,pciaccess drm privilege,$(eval discover-$(t)_DEPS := $(B)/tests/discover))
$(eval $(call tn_test_script,discover-pciaccess,tests/unit/discover/pciaccess.sh))
$(eval $(call tn_test_script,discover-drm,tests/unit/discover/drm.sh))
$(eval $(call tn_test_script,discover-privilege,tests/unit/discover/privilege.sh))
