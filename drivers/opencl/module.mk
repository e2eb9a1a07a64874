# SPDX-License-Identifier: Apache-2.0
opencl_STATIC := tndriver tenon-ktab
opencl_LIBS := -ldl
$(eval $(call tn_driver,opencl,$(addprefix drivers/opencl/,driver.c device.c errors.c memory.c stream.c module.c launch.c)))
