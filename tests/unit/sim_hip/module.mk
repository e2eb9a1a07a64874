# SPDX-License-Identifier: Apache-2.0
# A client of the HIP runtime, linked by the vendor's soname against a stub that has only names and versions, as a program
# that was built on another machine is.
$(B)/tests/sim_hip.co: tests/unit/sim_cuda/kernels.cu $(TN_TENONCC) $(TN_KERNEL_DEPS)
	@mkdir -p $(@D)
	@$(TN_TENONCC) --genco $< -o $@
$(B)/tests/stubs/libgalaxyhip.so.5: drivers/sim/hip/functions.def $(B)/gen/sim_hip.map
	@mkdir -p $(@D)
	@sed -n 's/^FN(\([A-Za-z0-9_]*\),.*/int \1(void); int \1(void) { return -1; }/p' $< > $@.c
	@echo 'int tenon_sim_none(void); int tenon_sim_none(void) { return 0; }' >> $@.c
	@$(CC) -shared -fPIC -w -nostdlib -Wl,-soname,libgalaxyhip.so.5 -Wl,--version-script=$(B)/gen/sim_hip.map -o $@ $@.c

sim_hip_DEPS := $(B)/tests/sim_hip.co $(B)/tests/stubs/libgalaxyhip.so.5 $(B)/lib/tenon/sim/libtenon-sim-hip.so \
	$(B)/lib/tenon/sim/hip/libgalaxyhip.so.5 $(B)/share/tenon/profiles/bw1000.ini
sim_hip_LIBS := -L$(B)/tests/stubs -l:libgalaxyhip.so.5 -ldl
sim_hip_ENV := TENON_SIM=bw1000:2 CLIENT_IMAGE=$(B)/tests/sim_hip.co LD_LIBRARY_PATH=$(B)/lib/tenon/sim/hip
$(eval $(call tn_test,sim_hip,tests/unit/sim_hip/test_main.c))

sim_hip_foreign_DEPS := $(B)/tests/sim_hip.co $(B)/bin/tenon $(B)/tests/stubs/libgalaxyhip.so.5 $(B)/lib/tenon/sim/libtenon-sim-hip.so \
	$(B)/lib/tenon/sim/hip/libgalaxyhip.so.5 $(B)/lib/tenon/sim/hip/libamdhip64.so.5 \
	$(B)/share/tenon/profiles/bw1000.ini $(B)/share/tenon/profiles/a100.ini
sim_hip_foreign_TIMEOUT := 300
$(eval $(call tn_test_script,sim_hip_foreign,tests/unit/sim_hip/foreign/run.sh))

sim_hip_samples_DEPS := $(B)/bin/tenon $(TN_TENONCC) $(TN_KERNEL_DEPS) $(B)/tests/stubs/libgalaxyhip.so.5 \
	$(B)/lib/tenon/sim/libtenon-sim-hip.so $(B)/lib/tenon/sim/hip/libgalaxyhip.so.5 $(B)/share/tenon/profiles/bw1000.ini
sim_hip_samples_TIMEOUT := 300
$(eval $(call tn_test_script,sim_hip_samples,tests/unit/sim_hip/foreign/samples.sh))

sim_hip_table_DEPS := $(B)/lib/tenon/sim/libtenon-sim-hip.so
sim_hip_table_ARGS := hip
$(eval $(call tn_test_script,sim_hip_table,tests/unit/sim_common/table.sh))
