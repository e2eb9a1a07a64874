# SPDX-License-Identifier: Apache-2.0
# The measurements that are targets of their own. Included by tests/bench/kernels/module.mk, which says what they need.

## bench-kernels: measure kernels of many kinds beside PoCL, Intel's OpenCL and hand-written code (BENCH='--help' for options)
.PHONY: bench-kernels
bench-kernels: $(BK_NEEDS) products $(B)/deps-test.stamp
	+@TENON_BUILD='$(B)' $(BK)/bench.sh $(BENCH)

# The same kernels with every region left to LLVM, and with every region that can be had run by the vectoriser.
BK_VECTOR := $(foreach v,off all,$(BK_FAMILIES:%=$(B)/bench/kernels-$(v)/%.tnb))
define bk__variant
$(B)/bench/kernels-$(1)/%.tnb: $(BK)/%.cu $(TN_TENONCC) $(TN_KERNEL_DEPS)
	$$(call tn__say,TENONCC,$$< --vector=$(1))
	@mkdir -p $$(@D)
	$$(Q)$(TN_TENONCC) --target=sim --vector=$(1) $$< -o $$@
endef
$(foreach v,off all,$(eval $(call bk__variant,$(v))))

## bench-vector: compare what the vectoriser's rule chooses with none and with all of its regions (BENCH='--help' for options)
.PHONY: bench-vector
bench-vector: $(BK_NEEDS) $(BK_VECTOR) products $(B)/deps-test.stamp
	@'$(B)/obj/bench/bench-kernels' --sources=$(BK) --peers=tenon --variant=off:'$(B)/bench/kernels-off' \
	    --variant=all:'$(B)/bench/kernels-all' $(BENCH)

## bench-compile: measure tn_compile, with an empty cache and from the cache
.PHONY: bench-compile
bench-compile: $(B)/obj/bench/bench-compile products
	@'$(B)/obj/bench/bench-compile'

## check-intel: fetch Intel's OpenCL runtime (270 MB of PyPI, 0.8 GB in the build directory) and run the kernels' tests on it
.PHONY: check-intel
check-intel: $(B)/deps-test.stamp
	+@TENON_BUILD='$(B)' $(BK)/intel.sh
	+@$(MAKE) B='$(B)' check-one T='$(patsubst %,kernels-intel-%,$(TN_OPENCL_TESTS) all) bench-kernels'
