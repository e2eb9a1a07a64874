# SPDX-License-Identifier: Apache-2.0
# Kernels that never end, on every family, with and without a watchdog.
hangs_LIBS := -ltenon -ldl
hangs_DEPS := $(B)/lib/tenon/kernels/cts.tnb $(foreach d,cuda hip ascend,$(B)/lib/tenon/drivers/$(d).so) \
	$(foreach s,cuda musa hip ascend,$(B)/lib/tenon/sim/libtenon-sim-$(s).so) \
	$(foreach p,ascend910b bw1000 a100 s5000,$(B)/share/tenon/profiles/$(p).ini)
hangs_TIMEOUT := 200
hangs_SAN := address undefined
$(eval $(call tn_test,hangs,tests/unit/hang/hang_test.c))
