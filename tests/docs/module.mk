# SPDX-License-Identifier: Apache-2.0
# The code in the documents compiles, and the programs in it run.
docs-snippets_DEPS := $(B)/lib/libtenon.so $(B)/lib/libtenon-kernels.so $(B)/lib/libtenon-compile.so $(TN_TENONCC) \
	$(B)/lib/tenon/drivers/cuda.so $(B)/lib/tenon/drivers/null.so $(B)/lib/tenon/sim/libtenon-sim-cuda.so \
	$(B)/lib/tenon/kernels/kernels.tnb $(B)/share/tenon/profiles/a100.ini
docs-snippets_TIMEOUT := 180
$(eval $(call tn_test_script,docs-snippets,tests/docs/snippets.py))
