# SPDX-License-Identifier: Apache-2.0
# Tests of the vendors' containers around an image of the engine's tests.
$(B)/tests/container_image.so: tests/unit/engine/kernels.c tests/unit/engine/table.h include/tenon/bundle.h $(B)/flags.stamp
	@mkdir -p $(@D)
	@$(CC) -std=c11 -O1 -fPIC -fvisibility=hidden -fno-stack-protector -ffreestanding -Iinclude -I. -shared -nostdlib -Wl,-Bsymbolic -o $@ $<
container_STATIC := tncontainer
container_DEPS := $(B)/tests/container_image.so
container_ENV := CONTAINER_IMAGE=$(B)/tests/container_image.so
$(eval $(call tn_test,container,tests/unit/container/container_test.c))
