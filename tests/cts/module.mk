# SPDX-License-Identifier: Apache-2.0
# The conformance suite: a program for vendors, and its kernels.
tenon-cts_LIBS := -ltenon -ljansson
$(eval $(call tn_prog,tenon-cts,$(addprefix tests/cts/,main.c handles.c memory.c streams.c kernels.c faults.c)))
$(eval $(call tn_kernels,cts,tests/cts/kernels.cu))
