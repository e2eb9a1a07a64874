# SPDX-License-Identifier: Apache-2.0
cuda_STATIC := tndriver tncontainer tenon-ktab
$(eval $(call tn_driver,cuda,$(addprefix drivers/cuda/,api.c driver.c device.c stream.c module.c)))
