# SPDX-License-Identifier: Apache-2.0
# Runtimes that ask for simulated devices in one process, side by side and one after the other, on every family.
sim_lists_LIBS := -ltenon
sim_lists_DEPS := $(addprefix $(B)/lib/tenon/drivers/,cuda.so hip.so ascend.so) \
	$(foreach f,cuda musa hip ascend,$(B)/lib/tenon/sim/libtenon-sim-$(f).so) \
	$(addprefix $(B)/share/tenon/profiles/,a100.ini v100.ini s5000.ini bw1000.ini ascend910b.ini)
sim_lists_TIMEOUT := 240
$(eval $(call tn_test,sim_lists,tests/unit/sim_common/lists_test.c))

sim_handles_STATIC := tenon-standin
$(eval $(call tn_test,sim_handles,tests/unit/sim_common/handles_test.c))
