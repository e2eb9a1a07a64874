# SPDX-License-Identifier: Apache-2.0
cuda_WHOLE := tenon-gpu
cuda_STATIC := tndriver tncontainer tenon-ktab
$(eval $(call tn_driver,cuda,drivers/cuda/cuda.c))
