# SPDX-License-Identifier: Apache-2.0
# Measurements; `make bench` runs them. Built with the samples, not installed.
bench-submit_LIBS := -lOpenCL -ljansson -ldl
$(eval $(call tn_sample,bench-submit,tests/bench/submit.c))
bench_KFLAGS := --target=sim
bench_OUT := tests/bench.tnb
$(eval $(call tn_kernels,bench,tests/bench/kernels.cu))

# The vectoriser: the same kernels without it and with it, on the calling thread. `samples/bench-vector OFF AUTO`.
bench-vector_STATIC := tenon-bundle tenon-ktab
bench-vector_LIBS := -lelf -ldl -lm
$(eval $(call tn_sample,bench-vector,tests/bench/vector.c $(addprefix tests/kernels/,harness.c harness_main.c)))
bench-vector-off_KFLAGS := --target=sim --vector=off
bench-vector-off_OUT := tests/bench-vector-off.tnb
$(eval $(call tn_kernels,bench-vector-off,tests/bench/vector.cu))
bench-vector-auto_KFLAGS := --target=sim
bench-vector-auto_OUT := tests/bench-vector-auto.tnb
$(eval $(call tn_kernels,bench-vector-auto,tests/bench/vector.cu))

# How long tn_compile takes: `make bench-compile`.
bench-compile_OUT := obj/bench/bench-compile
bench-compile_LIBS := -ltenon-compile
bench-compile_CFLAGS := -D_XOPEN_SOURCE=700
bench-compile_LDFLAGS = -Wl,-rpath,'$$ORIGIN/../../lib'
$(eval $(call tn_prog,bench-compile,tests/bench/compile.c))
