/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c.h - the OpenCL C back end of tenoncc: a device module of LLVM IR in, OpenCL C 1.2 text out.
 *
 * Takes a module from clang's CUDA mode for nvptx64 (address spaces 1 device, 3 shared, 4 constant; kernels in
 * !nvvm.annotations), before any optimisation. The module is changed by the call. Needs LLVM-C only, and no
 * other part of tenoncc. How a kernel is called from the host stands under tncc_opencl_kernel.
 */
#ifndef TNCC_OPENCL_C_H
#define TNCC_OPENCL_C_H

#include <llvm-c/Types.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tncc_opencl_options {
    int keep_going;          /* leave refused kernels out of the text instead of failing as a whole */
    const char *(*assembly)(LLVMValueRef); /* why inline assembly is left that OpenCL C can't have; NULL: a sentence of its own */
} tncc_opencl_options;

/* One kernel of the module. Its OpenCL parameters stand in this order: those of the source, one for one, with
 * pointers as __global and structures by value; then, if uses_variables, `__global uchar *` to the buffer of the
 * module's variables; then, if flags has TN_KERNEL_USES_DYNAMIC_LOCAL, a `__local uchar *`. Built with -DTN_BUFFERS,
 * each global pointer is two parameters, a buffer and a ulong offset in it; that works for kernels without
 * TN_KERNEL_INDIRECT_POINTERS. */
typedef struct tncc_opencl_kernel {
    const char *name;              /* linkage name */
    const char *entry;             /* name of the OpenCL kernel */
    uint32_t flags;                /* TN_KERNEL_* of tenon/bundle.h */
    uint32_t static_local_bytes;
    uint32_t local_align;
    int uses_variables;
    const char *refusal;           /* NULL, or why this kernel cannot be had in OpenCL C; it is not in the text then */
    const char *file;              /* where the refused thing stands, NULL when the module has no debug information */
    uint32_t line;
} tncc_opencl_kernel;

/* A module variable or constant, at `offset` in the hidden buffer. */
typedef struct tncc_opencl_variable {
    const char *name;
    uint32_t flags;                /* TN_VARIABLE_* */
    uint32_t align;
    uint64_t bytes, offset;
    const unsigned char *init;     /* `bytes` bytes, NULL when all are zero */
} tncc_opencl_variable;

typedef struct tncc_opencl_result {
    char *text;                    /* NUL-terminated OpenCL C; NULL if nothing could be printed */
    size_t text_bytes;             /* without the NUL */
    tncc_opencl_kernel *kernels;
    size_t kernel_count, refused_count;
    tncc_opencl_variable *variables;
    size_t variable_count;
    uint64_t variables_bytes;      /* of the hidden buffer; its alignment is 256 */
    const char *error;             /* a sentence when the module as a whole was refused, else NULL */
    void *storage;                 /* owns everything above */
} tncc_opencl_result;

/*
 * Prints every kernel of `module`. Returns 0, or -1 with out->error set, or, unless keep_going, with the refusals
 * of single kernels in out->kernels. `out` is to be released in either case. Not safe to call from two threads
 * with modules of one LLVM context.
 */
int tncc_opencl_c_emit(LLVMModuleRef module, const tncc_opencl_options *options, tncc_opencl_result *out);

void tncc_opencl_c_release(tncc_opencl_result *result);

#endif
