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
$(eval $(call engine_image,engine-lines.so,tests/unit/engine/kernels.c,-g -gdwarf-4))
$(eval $(call engine_image,engine-lines5.so,tests/unit/engine/kernels.c,-g -gdwarf-5))

ENGINE_IMAGES := plain width32 width64 features undefined thread-local ifunc initialiser symbolic abi no-abi no-kernel needed writable
engine-plain :=
engine-width32 := -DWIDTH=32
engine-width64 := -DWIDTH=64
engine-features := '-DFEATURES="sse3,warp-drive"'
engine-undefined := -DUNDEFINED
engine-thread-local := -DTHREAD_LOCAL
engine-ifunc := -DIFUNC
engine-initialiser := -DINITIALISER
engine-symbolic := -DSYMBOLIC -Wl,-Bno-symbolic
engine-abi := -DABI=2
engine-no-abi := -DNO_ABI
engine-no-kernel := -DNO_KERNEL
engine-needed := -Wl,--no-as-needed,-lc
engine-writable := -Wl,--omagic,--no-warn-rwx-segments
$(foreach i,$(ENGINE_IMAGES),$(eval $(call engine_image,engine-$(i).so,tests/unit/engine/plain.c,$(engine-$(i)))))
ENGINE_TEST_DEPS := $(B)/tests/engine-kernels.so \
	$(foreach p,a100 ascend910b bw1000 v100 s5000,$(B)/share/tenon/profiles/$(p).ini)

# $(1) test, $(2) images
define engine_test
$(1)_STATIC := silicon tenon-ktab
$(1)_LIBS := -linih -ldl
$(1)_DEPS := $$(ENGINE_TEST_DEPS) $(addprefix $(B)/tests/engine-,$(addsuffix .so,$(2)))
$(1)_TIMEOUT := 120
$$(eval $$(call tn_test,$(1),tests/unit/engine/$(1).c tests/unit/engine/fixture.c))
endef
$(eval $(call engine_test,engine_streams))
$(eval $(call engine_test,engine_faults))
$(eval $(call engine_test,engine_services))
$(eval $(call engine_test,engine_requests))
$(eval $(call engine_test,engine_profiles))
$(eval $(call engine_test,engine_process))
$(eval $(call engine_test,engine_stress))
$(eval $(call engine_test,engine_places,lines lines5))
$(eval $(call engine_test,engine_memory))
$(eval $(call engine_test,engine_images,$(ENGINE_IMAGES)))

# Figures of the engine alone: $(B)/tests/engine_bench [profile]; built with the tests, run by hand.
TN_TESTS += $(B)/tests/engine_bench
prog-engine_bench_STATIC := silicon tenon-ktab
prog-engine_bench_LIBS := -linih -ldl
prog-engine_bench_DEPS := $(ENGINE_TEST_DEPS)
$(eval $(call tn__program,prog-engine_bench,tests/bench/engine_bench.c,$(B)/tests/engine_bench))
