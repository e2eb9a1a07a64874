# SPDX-License-Identifier: Apache-2.0
# One bundle with all kernels, the library that launches them, and its headers (installed as tenon/kernels/*.h).

TNK_HEADERS := $(filter-out kernels/internal.h kernels/device_math.h,$(wildcard kernels/*.h))
kernels_DEPS := kernels/device_math.h
kernels_KFLAGS := --target=sim,opencl-c,ptx,amdgcn:gfx906,amdgcn:gfx90a,amdgcn:gfx942
$(eval $(call tn_kernels,kernels,$(sort $(wildcard kernels/*.cu))))
tenon-kernels_LIBS := -ltenon
tenon-kernels_SONAME := libtenon-kernels.so.$(SOVERSION)
tenon-kernels_VERSION := $(VERSION)
tenon-kernels_MAP := kernels/tenon-kernels.map
$(eval $(call tn_lib,tenon-kernels,$(sort $(wildcard kernels/*.c))))
$(call tn_data,include/tenon/kernels,$(TNK_HEADERS))
