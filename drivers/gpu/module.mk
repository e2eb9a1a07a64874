# SPDX-License-Identifier: Apache-2.0
# The core of drivers/cuda and drivers/hip. Each links it whole with its own gpu__family.
$(eval $(call tn_static,tenon-gpu,$(addprefix drivers/gpu/,driver.c device.c stream.c module.c)))
