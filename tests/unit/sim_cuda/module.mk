# SPDX-License-Identifier: Apache-2.0
# A client of the CUDA driver API, run against the stand-in under the vendors' sonames: once as NVIDIA's, once as MUSA's.
$(B)/tests/sim_cuda.fatbin: tests/unit/sim_cuda/kernels.cu $(TN_TENONCC) $(TN_KERNEL_DEPS)
	@mkdir -p $(@D)
	@$(TN_TENONCC) -fatbin $< -o $@
tn__sim_cuda_tests := $(addprefix tests/unit/sim_cuda/,test_main.c test_device.c test_memory.c test_stream.c test_launch.c)

sim_cuda_DEPS := $(B)/tests/sim_cuda.fatbin $(B)/lib/tenon/sim/libtenon-sim-cuda.so $(B)/lib/tenon/sim/cuda/libcuda.so.1 \
	$(B)/share/tenon/profiles/a100.ini
sim_cuda_ENV := TENON_SIM=a100:2 CLIENT_SONAME=libcuda.so.1 CLIENT_PREFIX=cu CLIENT_IMAGE=$(B)/tests/sim_cuda.fatbin \
	LD_LIBRARY_PATH=$(B)/lib/tenon/sim/cuda
sim_cuda_TIMEOUT := 240
$(eval $(call tn_test,sim_cuda,$(tn__sim_cuda_tests)))

sim_musa_DEPS := $(B)/tests/sim_cuda.fatbin $(B)/lib/tenon/sim/libtenon-sim-musa.so $(B)/lib/tenon/sim/musa/libmusa.so.1 \
	$(B)/share/tenon/profiles/s5000.ini
sim_musa_ENV := TENON_SIM=s5000:2 CLIENT_SONAME=libmusa.so.1 CLIENT_PREFIX=mu CLIENT_IMAGE=$(B)/tests/sim_cuda.fatbin \
	LD_LIBRARY_PATH=$(B)/lib/tenon/sim/musa
sim_musa_TIMEOUT := 240
$(eval $(call tn_test,sim_musa,$(tn__sim_cuda_tests)))

sim_cuda_mix_LIBS := -ltenon -ldl
sim_cuda_mix_LDFLAGS := -rdynamic
sim_cuda_mix_DEPS := $(B)/lib/tenon/sim/libtenon-sim-cuda.so $(B)/lib/tenon/sim/cuda/libcuda.so.1 \
	$(B)/lib/tenon/drivers/cuda.so $(B)/share/tenon/profiles/a100.ini
sim_cuda_mix_ENV := TENON_SIM=a100 MIX_BUILD=$(B)
sim_cuda_mix_SAN := none
$(eval $(call tn_test,sim_cuda_mix,tests/unit/sim_cuda/mix_test.c))

sim_cuda_foreign_DEPS := $(B)/tests/sim_cuda.fatbin $(B)/bin/tenon $(B)/lib/tenon/sim/libtenon-sim-cuda.so \
	$(B)/lib/tenon/sim/cuda/libcuda.so.1 $(B)/share/tenon/profiles/a100.ini $(B)/share/tenon/profiles/v100.ini \
	$(B)/share/tenon/profiles/bw1000.ini
sim_cuda_foreign_TIMEOUT := 300
$(eval $(call tn_test_script,sim_cuda_foreign,tests/unit/sim_cuda/foreign/run.sh))

# Public programs of the vendor's; skipped, with the reason, where they are not at hand.
sim_cuda_samples_DEPS := $(B)/bin/tenon $(TN_TENONCC) $(TN_KERNEL_DEPS) $(B)/lib/tenon/sim/libtenon-sim-cuda.so \
	$(B)/lib/tenon/sim/cuda/libcuda.so.1 $(B)/share/tenon/profiles/a100.ini
sim_cuda_samples_TIMEOUT := 300
$(eval $(call tn_test_script,sim_cuda_samples,tests/unit/sim_cuda/foreign/samples.sh))

sim_cuda_table_DEPS := $(B)/lib/tenon/sim/libtenon-sim-cuda.so
sim_cuda_table_ARGS := cuda cu
$(eval $(call tn_test_script,sim_cuda_table,tests/unit/sim_common/table.sh))
