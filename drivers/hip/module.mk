# SPDX-License-Identifier: Apache-2.0
hip_WHOLE := tenon-gpu
hip_STATIC := tndriver tncontainer tenon-ktab
$(eval $(call tn_driver,hip,drivers/hip/hip.c))
