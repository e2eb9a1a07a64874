# SPDX-License-Identifier: Apache-2.0
# The HIP stand-in; its version script is made from the list of exports. The vendors' sonames stand in a private directory.
$(B)/gen/sim_hip.map: drivers/sim/hip/functions.def drivers/sim/hip/map.awk
	@mkdir -p $(@D)
	@awk -f drivers/sim/hip/map.awk $< > $@
tenon-sim-hip_OUT := lib/tenon/sim/libtenon-sim-hip.so
tenon-sim-hip_MAP := $(B)/gen/sim_hip.map
tenon-sim-hip_STATIC := tenon-standin tncontainer silicon tenon-ktab
tenon-sim-hip_LIBS := -l:libinih.a
$(eval $(call tn_lib,tenon-sim-hip,$(addprefix drivers/sim/hip/,device.c context.c props.c memory.c stream.c module.c registered.c proc.c names.c unsupported.c)))
$(eval $(call tn_alias,tenon-sim-hip,lib/tenon/sim/hip/libgalaxyhip.so.5,libgalaxyhip.so.5))
$(eval $(call tn_alias,tenon-sim-hip,lib/tenon/sim/hip/libamdhip64.so.5,libamdhip64.so.5))
$(eval $(call tn_alias,tenon-sim-hip,lib/tenon/sim/hip/libamdhip64.so.6,libamdhip64.so.6))
$(eval $(call tn_link,lib/tenon/sim/hip/libgalaxyhip.so,libgalaxyhip.so.5))
$(eval $(call tn_link,lib/tenon/sim/hip/libamdhip64.so,libamdhip64.so.6))
