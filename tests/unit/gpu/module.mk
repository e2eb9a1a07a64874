# SPDX-License-Identifier: Apache-2.0
# The CUDA and HIP drivers through the driver ABI, over their stand-ins.
cuda_driver_STATIC := tncontainer tenon-ktab
cuda_driver_LIBS := -ldl
cuda_driver_DEPS := $(B)/tests/sim_cuda.fatbin $(B)/lib/tenon/drivers/cuda.so $(B)/lib/tenon/sim/libtenon-sim-cuda.so \
	$(B)/lib/tenon/sim/libtenon-sim-musa.so $(addprefix $(B)/share/tenon/profiles/,a100.ini ascend910b.ini)
cuda_driver_ENV := GPU_DRIVER=$(abspath $(B))/lib/tenon/drivers/cuda.so GPU_SIM=a100:2 GPU_LIBRARIES=$(abspath $(B))/lib/tenon/sim \
	GPU_IMAGE=$(abspath $(B))/tests/sim_cuda.fatbin
$(eval $(call tn_test,cuda_driver,tests/unit/gpu/test_driver.c tests/unit/host.c))

hip_driver_STATIC := tncontainer tenon-ktab
hip_driver_LIBS := -ldl
hip_driver_DEPS := $(B)/tests/sim_hip.co $(B)/lib/tenon/drivers/hip.so $(B)/lib/tenon/sim/libtenon-sim-hip.so \
	$(addprefix $(B)/share/tenon/profiles/,bw1000.ini ascend910b.ini)
hip_driver_ENV := GPU_DRIVER=$(abspath $(B))/lib/tenon/drivers/hip.so GPU_SIM=bw1000:2 GPU_LIBRARIES=$(abspath $(B))/lib/tenon/sim \
	GPU_IMAGE=$(abspath $(B))/tests/sim_hip.co
$(eval $(call tn_test,hip_driver,tests/unit/gpu/test_driver.c tests/unit/host.c))
