# SPDX-License-Identifier: Apache-2.0
# The samples: small programs, one file each, with one bundle of kernels between them; and the semantic search.

samples_KFLAGS := --target=sim,opencl-c,ptx
$(eval $(call tn_kernels,samples,samples/kernels.cu))
SAMPLE_BUNDLE := $(B)/lib/tenon/kernels/samples.tnb

$(eval $(call tn_sample,hello,samples/hello.c))
vector_add_DEPS := $(SAMPLE_BUNDLE)
$(eval $(call tn_sample,vector_add,samples/vector_add.c))
two_streams_DEPS := $(SAMPLE_BUNDLE)
$(eval $(call tn_sample,two_streams,samples/two_streams.c))
errors_DEPS := $(SAMPLE_BUNDLE)
$(eval $(call tn_sample,errors,samples/errors.c))
compile_LIBS := -ltenon-compile
compile_DEPS := $(B)/bin/tenoncc $(TN_KERNEL_DEPS)
$(eval $(call tn_sample,compile,samples/compile.c))
gemm_all_devices_LIBS := -ltenon-kernels -lm
gemm_all_devices_DEPS := $(B)/lib/tenon/kernels/kernels.tnb
$(eval $(call tn_sample,gemm_all_devices,samples/gemm_all_devices.c))
semantic_search_LIBS := -ltenon-kernels -ljansson -lm
semantic_search_DEPS := $(B)/lib/tenon/kernels/kernels.tnb
$(eval $(call tn_sample,semantic_search,$(sort $(wildcard samples/semantic_search/*.c))))
