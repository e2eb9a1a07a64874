# SPDX-License-Identifier: Apache-2.0
# A program that has a current device or context of its own while it uses Tenon, on every family that has such a thing.
guest_manners_LIBS := -ltenon -ldl
guest_manners_DEPS := $(B)/lib/tenon/kernels/cts.tnb $(foreach d,cuda hip ascend,$(B)/lib/tenon/drivers/$(d).so) \
	$(foreach s,cuda musa hip ascend,$(B)/lib/tenon/sim/libtenon-sim-$(s).so) \
	$(foreach p,ascend910b bw1000 a100 s5000,$(B)/share/tenon/profiles/$(p).ini)
guest_manners_SAN := address undefined
$(eval $(call tn_test,guest_manners,tests/unit/guest/guest_test.c))
