# SPDX-License-Identifier: Apache-2.0
# How processes end while the library is at work; not linked with it, so that it is opened as a binding opens it.
exit_ways_LIBS := -ldl -lpthread
exit_ways_DEPS := $(B)/lib/libtenon.so $(foreach d,null cuda hip ascend opencl,$(B)/lib/tenon/drivers/$(d).so) \
	$(foreach s,cuda musa hip ascend,$(B)/lib/tenon/sim/libtenon-sim-$(s).so) \
	$(foreach p,ascend910b bw1000 a100 s5000,$(B)/share/tenon/profiles/$(p).ini)
exit_ways_ARGS := $(abspath $(B))/lib/libtenon.so
exit_ways_TIMEOUT := 240
exit_ways_SAN := none
$(eval $(call tn_test,exit_ways,tests/unit/exit/exit_test.c))
