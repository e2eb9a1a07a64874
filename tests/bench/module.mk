# SPDX-License-Identifier: Apache-2.0
# Measurements; `make bench` runs them. Built with the samples, not installed.
bench-submit_LIBS := -lOpenCL -ljansson -ldl
$(eval $(call tn_sample,bench-submit,tests/bench/submit.c))
bench_KFLAGS := --target=sim
bench_OUT := tests/bench.tnb
$(eval $(call tn_kernels,bench,tests/bench/kernels.cu))
