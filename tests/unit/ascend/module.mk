# SPDX-License-Identifier: Apache-2.0
# Tests of the Ascend driver through the driver ABI, over the stand-in.
ascend_driver_STATIC := tncontainer tenon-ktab
ascend_driver_LIBS := -ldl
ascend_driver_DEPS := $(B)/tests/ascend_image.so $(B)/lib/tenon/drivers/ascend.so \
	$(B)/lib/tenon/sim/libtenon-sim-ascend.so $(B)/lib/tenon/sim/ascend/libascendcl.so \
	$(B)/share/tenon/profiles/ascend910b.ini $(B)/share/tenon/profiles/bw1000.ini
ascend_driver_ENV := ASCEND_IMAGE=$(B)/tests/ascend_image.so
$(eval $(call tn_test,ascend_driver,tests/unit/ascend/test_driver.c tests/unit/host.c))
