# SPDX-License-Identifier: Apache-2.0
# Every kernel against a plain C reference, on a simulator of each class and on PoCL.

kernels_test_LIBS := -ltenon-kernels -ltenon -lm
kernels_test_DEPS := $(B)/lib/tenon/kernels/kernels.tnb
kernels_test_TIMEOUT := 300
$(eval $(call tn_test,kernels_test,$(sort $(wildcard tests/integration/kernels/*.c))))
kernels-intel-all_DEPS := $(B)/tests/kernels_test $(B)/lib/tenon/kernels/kernels.tnb
kernels-intel-all_TIMEOUT := 300
$(eval $(call tn_test_script,kernels-intel-all,tests/integration/kernels/intel.sh))
