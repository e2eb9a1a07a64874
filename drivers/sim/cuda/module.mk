# SPDX-License-Identifier: Apache-2.0
# The CUDA stand-in, and from the same sources MUSA's; the vendors' sonames in private directories for `tenon run`.
tn__sim_cuda := $(addprefix drivers/sim/cuda/,device.c context.c memory.c copy.c stream.c module.c library.c pool.c proc.c names.c unsupported.c)
define tn__sim_cuda_vars
$(1)_OUT := lib/tenon/sim/lib$(1).so
$(1)_MAP := drivers/sim/cuda/cuda.map
$(1)_STATIC := tenon-standin tncontainer silicon tenon-ktab
$(1)_LIBS := -l:libinih.a
endef
$(eval $(call tn__sim_cuda_vars,tenon-sim-cuda))
$(eval $(call tn__sim_cuda_vars,tenon-sim-musa))
tenon-sim-musa_CFLAGS := -DTN_SIM_MUSA=1
$(eval $(call tn_lib,tenon-sim-cuda,$(tn__sim_cuda)))
$(eval $(call tn_lib,tenon-sim-musa,$(tn__sim_cuda)))
# By the vendors' sonames, so that what a program links here is what it finds on a machine with the chip.
$(eval $(call tn_alias,tenon-sim-cuda,lib/tenon/sim/cuda/libcuda.so.1,libcuda.so.1))
$(eval $(call tn_link,lib/tenon/sim/cuda/libcuda.so,libcuda.so.1))
$(eval $(call tn_alias,tenon-sim-musa,lib/tenon/sim/musa/libmusa.so.1,libmusa.so.1))
$(eval $(call tn_link,lib/tenon/sim/musa/libmusa.so.4,libmusa.so.1))
$(eval $(call tn_link,lib/tenon/sim/musa/libmusa.so,libmusa.so.1))
