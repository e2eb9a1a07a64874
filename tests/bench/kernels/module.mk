# SPDX-License-Identifier: Apache-2.0
# Kernels of many kinds beside PoCL, Intel's OpenCL runtime and hand-written code; not part of `make all`.
BK := tests/bench/kernels
BK_FAMILIES := $(shell sed -n 's/^X(\(.*\))/\1/p' $(BK)/families.h)
BK_BUNDLES := $(BK_FAMILIES:%=$(B)/bench/kernels/%.tnb) $(BK_FAMILIES:%=$(B)/bench/kernels/%-opencl.tnb)
BK_NATIVE := $(if $(findstring aarch64,$(CC)),,-march=native)

# The hand-written code has the flags that one gives to fast loops; references and everything else have the usual ones.
bench-hand_CFLAGS := -O3 $(BK_NATIVE) -ffast-math -Wno-psabi
$(eval $(call tn_static,bench-hand,$(BK_FAMILIES:%=$(BK)/%_hand.c)))

bench-kernels_OUT := obj/bench/bench-kernels
bench-kernels_STATIC := bench-hand tenon-bundle tenon-ktab
bench-kernels_LIBS := -ltenon -lOpenCL -lelf -ljansson -ldl -lm
bench-kernels_LDFLAGS = -Wl,-rpath,'$$ORIGIN/../../lib'
$(eval $(call tn_prog,bench-kernels,$(addprefix $(BK)/,main.c problem.c tenon.c opencl.c hand.c report.c page.c) $(BK_FAMILIES:%=$(BK)/%.c)))

$(B)/bench/kernels/%.tnb: $(BK)/%.cu $(TN_TENONCC) $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TN_TENONCC) --target=sim -MD -MF $(@:.tnb=.d) -MT $@ $< -o $@
$(B)/bench/kernels/%-opencl.tnb: $(BK)/%.cu $(TN_TENONCC) $(TN_KERNEL_DEPS)
	$(call tn__say,TENONCC,$< --target=opencl-c)
	@mkdir -p $(@D)
	$(Q)$(TN_TENONCC) --target=opencl-c --keep-going -MD -MF $(@:.tnb=.d) -MT $@ $< -o $@
-include $(BK_BUNDLES:.tnb=.d)

BK_NEEDS := $(B)/obj/bench/bench-kernels $(BK_BUNDLES)
bench-kernels_DEPS := $(BK_NEEDS)
bench-kernels_TIMEOUT := 180
$(eval $(call tn_test_script,bench-kernels,$(BK)/check.sh))
include mk/bench.mk
