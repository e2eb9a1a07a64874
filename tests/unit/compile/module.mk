# SPDX-License-Identifier: Apache-2.0
# Tests of libtenon-compile: what it makes runs on a simulated device through the public API.
compile_LIBS := -ltenon-compile -ltenon $(CHECK_LIBS)
compile_DEPS := $(TN_TENONCC) $(if $(SAN),,$(TN_KERNEL_DEPS)) $(B)/lib/tenon/drivers/cuda.so $(B)/lib/tenon/sim/libtenon-sim-cuda.so \
	$(B)/lib/tenon/sim/libtenon-sim-musa.so $(B)/share/tenon/profiles/a100.ini
compile_ENV := TENON_TEST_COMPILER=$(abspath $(TN_TENONCC))
compile_TIMEOUT := 300
$(eval $(call tn_test,compile,$(addprefix tests/unit/compile/,main.c source_test.c cache_test.c failure_test.c)))
compile-front_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS) $(TNCC_PCH)
$(eval $(call tn_test_script,compile-front,tests/unit/compile/front.sh))
