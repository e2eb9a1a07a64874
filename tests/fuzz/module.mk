# SPDX-License-Identifier: Apache-2.0
# Fuzz targets. `make check` runs a fixed number of mutations of each, plain and under two sanitizers.
# $(1) target, $(2) further sources, $(3) archives, $(4) libraries, $(5) rounds, $(6) seeds, $(7) what must be built first
define tn__fuzz
fuzz-$(1)_STATIC := $(3)
fuzz-$(1)_LIBS := $(4)
fuzz-$(1)_ARGS := $(5) $(6)
fuzz-$(1)_DEPS := $(7)
fuzz-$(1)_SAN := address undefined
fuzz-$(1)_TIMEOUT := 180
$$(eval $$(call tn_test,fuzz-$(1),tests/fuzz/$(1).c tests/fuzz/standalone.c $(2)))
endef
tn__fuzz_cts := $(B)/lib/tenon/kernels/cts.tnb
$(eval $(call tn__fuzz,bundle,,tenon-bundle tenon-ktab,-lelf,20000,$(tn__fuzz_cts),$(tn__fuzz_cts)))
tn__fuzz_boxes := $(B)/tests/fuzz.fatbin $(B)/tests/fuzz.co $(B)/tests/fuzz.ascend
$(eval $(call tn__fuzz,container,,tncontainer tenon-ktab,,60000,$(tn__fuzz_boxes),$(tn__fuzz_boxes)))
$(eval $(call tn__fuzz,image,,silicon tenon-ktab,-linih -ldl,8000,$(B)/tests/engine-kernels.so $(B)/tests/engine-plain.so $(B)/tests/engine-lines.so,$(B)/tests/engine-kernels.so $(B)/tests/engine-plain.so $(B)/tests/engine-lines.so $(B)/share/tenon/profiles/a100.ini))
$(eval $(call tn__fuzz,config,,silicon tenon-ktab,-linih -ldl,8000,drivers/sim/profiles/a100.ini drivers/sim/profiles/ascend910b.ini tests/fuzz/list.txt,$(B)/share/tenon/profiles/a100.ini))
$(eval $(call tn__fuzz,safetensors,samples/semantic_search/safetensors.c,,-ljansson,6000,samples/semantic_search/reference.safetensors,))

$(B)/tests/fuzz.fatbin: TN__FUZZ_FORM := -fatbin
$(B)/tests/fuzz.co: TN__FUZZ_FORM := --genco
$(B)/tests/fuzz.ascend: TN__FUZZ_FORM := --ascend
$(tn__fuzz_boxes): tests/fuzz/kernels.cu $(TN_TENONCC) $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$(notdir $@))
	@mkdir -p $(@D)
	$(Q)$(TN_TENONCC) $(TN__FUZZ_FORM) $< -o $@

.PHONY: fuzz
## fuzz: run the fuzz targets under libFuzzer, FUZZ_SECONDS (60) each
fuzz: tests
	@TENON_BUILD='$(B)' tests/fuzz/fuzz.sh

# Sequences of calls on the public API: BUNDLE SECONDS SEED THREADS.
fuzz-api_LIBS := -ltenon
fuzz-api_ARGS := $(tn__fuzz_cts) 10 1 4
fuzz-api_DEPS := $(tn__fuzz_cts) $(foreach d,null cuda hip ascend,$(B)/lib/tenon/drivers/$(d).so) \
	$(foreach s,cuda musa hip ascend,$(B)/lib/tenon/sim/libtenon-sim-$(s).so) \
	$(foreach p,ascend910b bw1000 a100 s5000,$(B)/share/tenon/profiles/$(p).ini)
fuzz-api_SAN := address undefined thread
fuzz-api_TIMEOUT := 240
$(eval $(call tn_test,fuzz-api,tests/fuzz/api.c tests/fuzz/api_world.c tests/fuzz/api_calls.c tests/fuzz/api_faults.c))
