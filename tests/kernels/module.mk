# SPDX-License-Identifier: Apache-2.0
# Kernels that show what tenoncc can compile, each file with a C program that runs it and checks the data.
TN_HARNESS := tests/kernels/harness.c tests/kernels/harness_main.c
$(B)/tests/kernels/%.tnb: tests/kernels/%.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$<)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=sim $(KERNEL_FLAGS) -MD $< -o $@
-include $(wildcard $(B)/tests/kernels/*.d)

# What is for warps of 32 stays out of the other images.
tn__every_bundle = $(foreach e,.tnb -vector.tnb -aarch64.tnb -aarch64-vector.tnb -opencl.tnb,$(B)/tests/kernels/$(1)$(e))
$(call tn__every_bundle,tensor): KERNEL_FLAGS := --keep-going
$(call tn__every_bundle,fast): KERNEL_FLAGS := -use_fast_math
# One device program of two sources.
$(B)/tests/kernels/linked/%.o: tests/kernels/linked/%.cu tests/kernels/linked/shared.h $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< -dc)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc -dc $< -o $@
$(B)/tests/kernels/linked.tnb: $(B)/tests/kernels/linked/first.o $(B)/tests/kernels/linked/second.o
	$(call tn__say,TENONCC,$@)
	$(Q)$(B)/bin/tenoncc -dlink --target=sim $^ -o $@
kernels-linked_STATIC := tenon-bundle tenon-ktab
kernels-linked_LIBS := -lelf -ldl -lm
kernels-linked_DEPS := $(B)/tests/kernels/linked.tnb
kernels-linked_ARGS := $(B)/tests/kernels/linked.tnb
kernels-linked_SAN := none
$(eval $(call tn_test,kernels-linked,tests/kernels/linked.c $(TN_HARNESS)))

TN_KERNEL_TESTS := basic warp language math narrow assembly parts rows grid tensor rounding special fast groups features data many long
define tn__kernel_test
kernels-$(1)_STATIC := tenon-bundle tenon-ktab
kernels-$(1)_LIBS := -lelf -ldl -lm
kernels-$(1)_DEPS := $(if $(TN_ARM64_BUNDLES),,$(B)/tests/kernels/$(1).tnb)
kernels-$(1)_ARGS := $(B)/tests/kernels/$(1).tnb
kernels-$(1)_CFLAGS := -frounding-math
kernels-$(1)_SAN := none
$$(eval $$(call tn_test,kernels-$(1),tests/kernels/$(1).c $(TN_HARNESS)))
endef
$(foreach k,$(TN_KERNEL_TESTS),$(eval $(call tn__kernel_test,$(k))))

# Kernels that fail, on every stand-in, through the public API.
$(B)/tests/kernels/places-debug.tnb: tests/kernels/places.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< -G)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=sim -G $< -o $@
$(B)/tests/kernels/places-split.tnb: tests/kernels/places.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< --split-debug)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=sim --split-debug=$@.lines $< -o $@
$(foreach b,places places-vector,$(B)/tests/kernels/$(b).tnb): KERNEL_FLAGS := -g
kernels-places_LIBS := -ltenon -ldl
kernels-places_ARGS := $(foreach b,places places-vector places-debug places-split,$(B)/tests/kernels/$(b).tnb)
kernels-places_DEPS := $(kernels-places_ARGS) $(foreach d,cuda hip ascend,$(B)/lib/tenon/drivers/$(d).so) \
	$(foreach s,cuda musa hip ascend,$(B)/lib/tenon/sim/libtenon-sim-$(s).so) \
	$(foreach p,ascend910b bw1000 a100 s5000,$(B)/share/tenon/profiles/$(p).ini)
kernels-places_SAN := none
$(eval $(call tn_test,kernels-places,tests/kernels/places.c))

$(eval $(call tn_test_script,tenoncc-cli,tests/kernels/cli.sh))
tenoncc-language_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
tenoncc-language_TIMEOUT := 300
$(eval $(call tn_test_script,tenoncc-language,tests/kernels/lang.sh))
tenoncc-embed_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS) $(B)/lib/libtenon.so
$(eval $(call tn_test_script,tenoncc-embed,tests/kernels/embed.sh))
kernels-random_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-random_ARGS := 1 1 12
kernels-random_TIMEOUT := 600
$(eval $(call tn_test_script,kernels-random,tests/kernels/random/run.sh))
kernels-ptx_DEPS := $(B)/lib/tenon/kernels/kernels.tnb
$(eval $(call tn_test_script,kernels-ptx,tests/kernels/ptx.py))
kernels-amdgcn_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-amdgcn_TIMEOUT := 300
$(eval $(call tn_test_script,kernels-amdgcn,tests/kernels/amdgcn.py))
kernels-random-vectors_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-random-vectors_ARGS := 1 1 16
kernels-random-vectors_TIMEOUT := 600
kernels-random-vectors_ENV := RANDOM_MAKER=random_vectors.py TENONCC_FLAGS=--vector=all
$(eval $(call tn_test_script,kernels-random-vectors,tests/kernels/random/run.sh))

kernels-random-warps_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-random-warps_ARGS := 1 1 12
kernels-random-warps_TIMEOUT := 600
kernels-random-warps_ENV := RANDOM_MAKER=random_warps.py TENONCC_FLAGS=--vector=all
$(eval $(call tn_test_script,kernels-random-warps,tests/kernels/random/run.sh))
kernels-random-tiles_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-random-tiles_ARGS := 1 1 8
kernels-random-tiles_TIMEOUT := 600
kernels-random-tiles_ENV := RANDOM_MAKER=random_tiles.py TENONCC_FLAGS=--vector=all
$(eval $(call tn_test_script,kernels-random-tiles,tests/kernels/random/run.sh))
# Private arrays of many kinds, by the rule and with all that can be vectorised, also for processors without AVX-512.
define tn__private_test
kernels-private-$(1)_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-private-$(1)_ARGS := 1 1 1
kernels-private-$(1)_TIMEOUT := 600
kernels-private-$(1)_ENV := RANDOM_MAKER=private.py TENONCC_FLAGS=$(2)
$$(eval $$(call tn_test_script,kernels-private-$(1),tests/kernels/random/run.sh))
endef
$(eval $(call tn__private_test,auto,-O2))
$(eval $(call tn__private_test,all,--vector=all))
$(eval $(call tn__private_test,narrow,--vector=all TENONCC_CPU=x86-64-v3))

kernels-mutate_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-mutate_TIMEOUT := 600
$(eval $(call tn_test_script,kernels-mutate,tests/kernels/mutate.py))
kernels-ulp_STATIC := tenon-bundle tenon-ktab
kernels-ulp_LIBS := -lelf -ldl -lmpfr -lm
kernels-ulp_DEPS := $(B)/tests/kernels/ulp.tnb
kernels-ulp_ARGS := $(B)/tests/kernels/ulp.tnb
kernels-ulp_TIMEOUT := 600
kernels-ulp_SAN := none
$(eval $(call tn_test,kernels-ulp,tests/kernels/ulp.c $(TN_HARNESS)))

## ulp: the errors of kernels' mathematics against MPFR, every STRIDE-th single number (1: all; hours for each function)
STRIDE ?= 4099
.PHONY: ulp
ulp: $(B)/tests/kernels-ulp $(B)/tests/kernels/ulp.tnb
	@$(B)/tests/kernels-ulp $(B)/tests/kernels/ulp.tnb $(STRIDE) $(FUNCTION)

# Images for several processors in one bundle, and for one alone.
LEVELS_ALL := x86-64-v4,x86-64-v3,x86-64-v2
LEVELS_V4 := x86-64-v4
LEVELS_V3 := x86-64-v3
define tn__levels
$(B)/tests/kernels/levels-$(1).tnb: tests/kernels/levels.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$$(call tn__say,TENONCC,$$< --cpu=$(LEVELS_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$(B)/bin/tenoncc --target=sim --cpu=$(LEVELS_$(1)) $$< -o $$@
endef
$(foreach k,ALL V4 V3,$(eval $(call tn__levels,$(k))))
LEVELS_BUNDLES := $(foreach k,ALL V4 V3,$(B)/tests/kernels/levels-$(k).tnb)
kernels-levels_LIBS := -ltenon
kernels-levels_DEPS := $(LEVELS_BUNDLES) $(B)/lib/tenon/drivers/cuda.so $(B)/lib/tenon/sim/libtenon-sim-cuda.so \
	$(B)/share/tenon/profiles/a100.ini
kernels-levels_ARGS := $(LEVELS_BUNDLES)
kernels-levels_SAN := none
$(eval $(call tn_test,kernels-levels,tests/kernels/levels.c))

# The same programs with every region that can be for several threads at once.
$(B)/tests/kernels/%-vector.tnb: tests/kernels/%.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< --vector=all)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=sim --vector=all $(KERNEL_FLAGS) -MD $< -o $@
define tn__vector_test
kernels-vector-$(1)_DEPS := $(B)/tests/kernels/$(1)-vector.tnb $(B)/tests/kernels-$(1)
kernels-vector-$(1)_ARGS := $(1)
$$(eval $$(call tn_test_script,kernels-vector-$(1),tests/kernels/vector.sh))
endef
$(foreach k,$(TN_KERNEL_TESTS),$(eval $(call tn__vector_test,$(k))))

# Images for Arm machines: regions of one thread, and of four where they can be; `make check-arm64` runs them.
TN_ARM64_BUNDLES_MADE := $(foreach k,$(TN_KERNEL_TESTS),$(B)/tests/kernels/$(k)-aarch64.tnb $(B)/tests/kernels/$(k)-aarch64-vector.tnb)
$(B)/tests/kernels/%-aarch64.tnb: tests/kernels/%.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< --cpu=aarch64)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=sim --cpu=aarch64 $(KERNEL_FLAGS) -MD $< -o $@
$(B)/tests/kernels/%-aarch64-vector.tnb: tests/kernels/%.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< --cpu=aarch64 --vector=all)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=sim --cpu=aarch64 --vector=all $(KERNEL_FLAGS) -MD $< -o $@

# The same programs on OpenCL platforms, by the OpenCL C images; what the target refuses is left out by name.
$(B)/tests/kernels/%-opencl.tnb: tests/kernels/%.cu $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< --target=opencl-c)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --target=opencl-c --keep-going $(KERNEL_FLAGS) -MD $< -o $@ 2> $(@:.tnb=.refused) || { cat $(@:.tnb=.refused) >&2; exit 1; }
TN_OPENCL_TESTS := basic warp language math narrow assembly parts rounding special fast groups features
define tn__opencl_test
kernels-opencl-$(1)_STATIC := tenon-bundle tenon-ktab
kernels-opencl-$(1)_CFLAGS := -frounding-math
kernels-opencl-$(1)_LIBS := -lelf -lOpenCL -lm
kernels-opencl-$(1)_OUT := obj/kernels-opencl/$(1)
$$(eval $$(call tn_prog,kernels-opencl-$(1),tests/kernels/$(1).c tests/kernels/harness_main.c tests/kernels/harness_opencl.c))
kernels-pocl-$(1)_DEPS := $(B)/tests/kernels/$(1)-opencl.tnb $(B)/obj/kernels-opencl/$(1)
kernels-pocl-$(1)_ARGS := $(1) Portable
kernels-pocl-$(1)_TIMEOUT := 600
$$(eval $$(call tn_test_script,kernels-pocl-$(1),tests/kernels/opencl.sh))
kernels-intel-$(1)_DEPS := $(B)/tests/kernels/$(1)-opencl.tnb $(B)/obj/kernels-opencl/$(1)
kernels-intel-$(1)_ARGS := $(1) Intel
kernels-intel-$(1)_TIMEOUT := 600
$$(eval $$(call tn_test_script,kernels-intel-$(1),tests/kernels/opencl.sh))
endef
$(foreach k,$(TN_OPENCL_TESTS),$(eval $(call tn__opencl_test,$(k))))

# The campaign: tenoncc's own objects with the interpreter, one program.
TN_CAMPAIGN_OBJECTS := $(filter-out %/main.o,$(call tn__objs,prog-tenoncc,$(TNCC_SOURCES)))
campaign_CFLAGS := $(LLVM_CFLAGS)
campaign_OUT := obj/campaign/campaign
campaign_DEPS := $(TN_CAMPAIGN_OBJECTS) $(call tn__static,tncontainer tenon-bundle tenon-ktab)
campaign_LIBS := $(campaign_DEPS) $(TNCC_LIBS) -ldl
campaign_LDFLAGS := $(TNCC_LDFLAGS)
$(eval $(call tn_prog,campaign,$(TN_HARNESS) $(addprefix tests/kernels/random/,campaign.c interpret.c interpret_decode.c interpret_values.c)))
TN_CAMPAIGN_DEPS := $(B)/obj/campaign/campaign $(B)/bin/tenoncc $(TN_KERNEL_DEPS) $(TNCC_PCH)
# Two halves, so that two processors share them.
define tn__campaign
kernels-campaign-$(1)_DEPS := $(TN_CAMPAIGN_DEPS)
kernels-campaign-$(1)_ARGS := $(2)
kernels-campaign-$(1)_TIMEOUT := 1800
$$(eval $$(call tn_test_script,kernels-campaign-$(1),tests/kernels/random/campaign.sh))
endef
$(eval $(call tn__campaign,1,1..2047 12894 132623 210446 551162 660091 689974 692878 694830 960490))
$(eval $(call tn__campaign,2,2048..4095))

## campaign: random kernels SEEDS=FIRST..LAST against the interpreter; Ctrl-C leaves, the same command goes on
SEEDS ?= 1..1000000
.PHONY: campaign
campaign: $(TN_CAMPAIGN_DEPS)
	@$(B)/obj/campaign/campaign --resources=$(abspath $(B))/lib/tenon --maker=tests/kernels/random/campaign_maker.py \
		--state=$(B)/campaign $(SEEDS)
tenoncc-options_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
tenoncc-options_TIMEOUT := 300
$(eval $(call tn_test_script,tenoncc-options,tests/kernels/options.sh))
tenoncc-broken_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
tenoncc-broken_TIMEOUT := 600
$(eval $(call tn_test_script,tenoncc-broken,tests/kernels/broken.sh))
kernels-debug-program_OUT := obj/kernels-debug
kernels-debug-program_LIBS := -ltenon
$(eval $(call tn_prog,kernels-debug-program,tests/kernels/debug.c))
kernels-debug_DEPS := $(B)/obj/kernels-debug $(B)/bin/tenoncc $(TN_KERNEL_DEPS) $(B)/lib/tenon/drivers/cuda.so \
	$(B)/lib/tenon/sim/libtenon-sim-cuda.so $(B)/lib/tenon/sim/libtenon-sim-musa.so $(B)/share/tenon/profiles/a100.ini
$(eval $(call tn_test_script,kernels-debug,tests/kernels/debug.sh))
kernels-ptx-build_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-ptx-build_TIMEOUT := 300
$(eval $(call tn_test_script,kernels-ptx-build,tests/kernels/ptx_build.sh))
kernels-added_DEPS := $(B)/obj/kernels-debug $(B)/bin/tenoncc $(TN_KERNEL_DEPS) $(B)/lib/tenon/drivers/cuda.so \
	$(B)/lib/tenon/sim/libtenon-sim-cuda.so $(B)/lib/tenon/sim/libtenon-sim-musa.so $(B)/share/tenon/profiles/a100.ini
$(eval $(call tn_test_script,kernels-added,tests/kernels/added.sh))
kernels-language-table_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
kernels-language-table_TIMEOUT := 300
$(eval $(call tn_test_script,kernels-language-table,tests/kernels/language_table.py))
