# SPDX-License-Identifier: Apache-2.0
# Tests of the silicon engine, and the images that they run, which are built without tenoncc.

# $(1) image, $(2) source, $(3) flags: a freestanding shared object under $(B)/tests
define engine_image
$(B)/tests/$(1): $(2) tests/unit/engine/table.h include/tenon/sim_image.h include/tenon/bundle.h tests/unit/engine/module.mk | $(B)/deps-build.stamp
	$$(call tn__say,IMAGE,$(1))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -std=gnu11 -shared -nostdlib -ffreestanding -fPIC -O2 -fvisibility=hidden -fno-stack-protector \
		-fno-builtin $$(TN_WARN) -Iinclude -Wl,-Bsymbolic,-z,noexecstack,-z,separate-code,-z,max-page-size=4096 \
		-Wl,--hash-style=gnu,--build-id=none $(3) -o $$@ $(2)
endef
$(eval $(call engine_image,engine-kernels.so,tests/unit/engine/kernels.c,))

ENGINE_TEST_DEPS := $(B)/tests/engine-kernels.so \
	$(foreach p,a100 ascend910b bw1000 v100 s5000,$(B)/share/tenon/profiles/$(p).ini)

# $(1) test
define engine_test
$(1)_STATIC := silicon tenon-ktab
$(1)_LIBS := -linih -ldl
$(1)_DEPS := $$(ENGINE_TEST_DEPS)
$(1)_TIMEOUT := 120
$$(eval $$(call tn_test,$(1),tests/unit/engine/$(1).c tests/unit/engine/fixture.c))
endef
$(eval $(call engine_test,engine_streams))
$(eval $(call engine_test,engine_faults))

# Figures of the engine alone: $(B)/tests/engine_bench [profile]; built with the tests, run by hand.
TN_TESTS += $(B)/tests/engine_bench
prog-engine_bench_STATIC := silicon tenon-ktab
prog-engine_bench_LIBS := -linih -ldl
prog-engine_bench_DEPS := $(ENGINE_TEST_DEPS)
$(eval $(call tn__program,prog-engine_bench,tests/bench/engine_bench.c,$(B)/tests/engine_bench))
