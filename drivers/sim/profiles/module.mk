# SPDX-License-Identifier: Apache-2.0
# The chips' profiles, found by the engine beside the library's tree.
$(eval $(call tn_data,share/tenon/profiles,$(wildcard drivers/sim/profiles/*.ini)))
