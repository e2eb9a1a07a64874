# SPDX-License-Identifier: Apache-2.0
# The part that the CUDA and the HIP stand-in share. Each links it with its own st_vendor_info.
$(eval $(call tn_static,tenon-standin,$(addprefix drivers/sim/common/,handle.c attribute.c device.c stream.c event.c memory.c pool.c module.c)))
