# SPDX-License-Identifier: Apache-2.0
# The conformance suite: a program for vendors, its kernels, and its runs on each kind of device.
tenon-cts_LIBS := -ltenon -ljansson
$(eval $(call tn_prog,tenon-cts,$(addprefix tests/cts/,main.c crash.c handles.c memory.c streams.c kernels.c faults.c)))
cts_KFLAGS := --keep-going
$(eval $(call tn_kernels,cts,tests/cts/kernels.cu))

mutant_OUT := tests/mutant.so
mutant_LIBS := -ldl
$(eval $(call tn_driver,mutant,tests/cts/mutant.c))

tn__cts_needs := $(B)/bin/tenon-cts $(B)/lib/tenon/kernels/cts.tnb
define tn__cts
cts-$(1)_ARGS := $(2)
cts-$(1)_TIMEOUT := 300
cts-$(1)_DEPS := $(tn__cts_needs)
$$(eval $$(call tn_test_script,cts-$(1),tests/cts/suite.sh))
endef
$(eval $(call tn__cts,null,--only=null --sim=null))
$(eval $(call tn__cts,cuda,--only=cuda --sim=a100$(comma)v100))
$(eval $(call tn__cts,musa,--only=cuda --sim=s5000))
$(eval $(call tn__cts,hip,--only=hip --sim=bw1000))
$(eval $(call tn__cts,ascend,--only=ascend --sim=ascend910b))
$(eval $(call tn__cts,opencl,--only=opencl --sim=))
# On one processor: blocks that wait for each other must not wait for host threads.
define tn__cts_alone
cts-$(1)-alone_ARGS := $(2) --filter=kernel.cooperative
cts-$(1)-alone_ENV := CTS_ALONE=1
cts-$(1)-alone_DEPS := $(tn__cts_needs)
$$(eval $$(call tn_test_script,cts-$(1)-alone,tests/cts/suite.sh))
endef
$(eval $(call tn__cts_alone,cuda,--only=cuda --sim=a100))
$(eval $(call tn__cts_alone,hip,--only=hip --sim=bw1000))
cts-mutants_TIMEOUT := 300
cts-mutants_DEPS := $(tn__cts_needs) $(B)/tests/mutant.so
$(eval $(call tn_test_script,cts-mutants,tests/cts/mutants.sh))
