# SPDX-License-Identifier: Apache-2.0
# Random kernels on the OpenCL device, against the oracle of tests/kernels/random.
opencl-random_DEPS := $(TN_TENONCC) $(TN_KERNEL_DEPS) $(B)/lib/libtenon.so $(B)/lib/tenon/drivers/opencl.so
opencl-random_TIMEOUT := 240
$(eval $(call tn_test_script,opencl-random,tests/integration/opencl/random.sh))
