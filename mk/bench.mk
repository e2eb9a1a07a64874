# SPDX-License-Identifier: Apache-2.0
# The measurements that are targets of their own. Included by tests/bench/kernels/module.mk, which says what they need.

## bench-kernels: measure kernels of many kinds beside PoCL, Intel's OpenCL and hand-written code (BENCH='--help' for options)
.PHONY: bench-kernels
bench-kernels: $(BK_NEEDS) products $(B)/deps-test.stamp
	+@TENON_BUILD='$(B)' $(BK)/bench.sh $(BENCH)
