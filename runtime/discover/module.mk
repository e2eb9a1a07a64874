# SPDX-License-Identifier: Apache-2.0
# The discovery plugin, lib/tenon/discover.so; the archive is for its unit tests.
discover_CFLAGS := $(DRM_CFLAGS)
$(eval $(call tn_static,discover,$(wildcard runtime/discover/*.c)))
discover_WHOLE := discover
discover_LIBS := -lpciaccess -ldrm
discover_MAP := runtime/discover/discover.map
discover_OUT := lib/tenon/discover.so
$(eval $(call tn_lib,discover,))
