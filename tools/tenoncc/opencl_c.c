/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c.c - the entry of the OpenCL C back end: prepares the module, prints each kernel, puts the text together.
 * Owns the result's storage.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <stdlib.h>
#include <string.h>

static const char prelude[] =
    "/* OpenCL C 1.2, written by tenoncc */\n"
    "#pragma OPENCL FP_CONTRACT ON\n"
    "#if defined(cl_khr_fp64) || defined(__opencl_c_fp64)\n"
    "#define TN_FP64\n"
    "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n"
    "#endif\n"
    "#if defined(cl_khr_int64_base_atomics) && defined(cl_khr_int64_extended_atomics)\n"
    "#define TN_INT64_ATOMICS\n"
    "#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
    "#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n"
    "#endif\n"
    "#ifdef __clang__\n"
    "#define TN_ALIAS __attribute__((may_alias))\n"
    "#else\n"
    "#define TN_ALIAS\n"
    "#endif\n"
    "/* a pointer of unknown space: its top two bits are 01 for local, 10 for private, 00 or 11 for global memory */\n"
    "#define TN_ADDRESS 0x3fffffffffffffffUL\n"
    "#define TN_LOCAL_TAG 0x4000000000000000UL\n"
    "#define TN_PRIVATE_TAG 0x8000000000000000UL\n"
    "#define TN_IS_LOCAL(p) ((p) >> 62 == 1)\n"
    "#define TN_IS_PRIVATE(p) ((p) >> 62 == 2)\n"
    "/* quick functions; those of Intel's runtime for processors are good to 12 bits, far from what CUDA promises of its own */\n"
    "#ifdef cl_intel_vec_len_hint\n"
    "#define TN_QUICK(f) f\n"
    "#else\n"
    "#define TN_QUICK(f) native_##f\n"
    "#endif\n"
    "/* threads that a block may have at most; the driver says it */\n"
    "#ifndef TN_MAX_THREADS\n"
    "#define TN_MAX_THREADS 1024\n"
    "#endif\n"
    "/* a pointer argument: an address, or a buffer and an offset where the device gives no addresses */\n"
    "#ifdef TN_BUFFERS\n"
    "#define TN_POINTER(a) __global uchar *a##_buffer, ulong a##_at\n"
    "#define TN_RESTRICT_POINTER(a) __global uchar *restrict a##_buffer, ulong a##_at\n"
    "#define TN_TAKE(a) __global uchar *a = a##_buffer + a##_at;\n"
    "#else\n"
    "#define TN_POINTER(a) __global uchar *a\n"
    "#define TN_RESTRICT_POINTER(a) __global uchar *restrict a\n"
    "#define TN_TAKE(a)\n"
    "#endif\n\n";

static LLVMAttributeRef byval_of(LLVMValueRef function, unsigned parameter)
{
    return LLVMGetEnumAttributeAtIndex(function, parameter + 1, LLVMGetEnumAttributeKindForName("byval", 5));
}

/* A structure by value travels as bytes with its size and alignment. */
static const char *byval_type(struct ocl *o, unsigned parameter)
{
    LLVMTypeRef t = LLVMGetTypeAttributeValue(byval_of(o->function, parameter));
    LLVMAttributeRef wider =
        LLVMGetEnumAttributeAtIndex(o->function, parameter + 1, LLVMGetEnumAttributeKindForName("align", 5));
    unsigned long long bytes = ocl_size(o, t), align = LLVMABIAlignmentOfType(o->layout, t);
    if (wider && LLVMGetEnumAttributeValue(wider) > align && bytes % LLVMGetEnumAttributeValue(wider) == 0)
        align = LLVMGetEnumAttributeValue(wider);
    const char *name = ocl_format(o, "tn_struct_%llu_%llu", bytes, align);
    return ocl_helper(o, name, ocl_format(o, "typedef struct { uchar bytes[%llu] __attribute__((aligned(%llu))); } %s;",
                                          bytes, align, name));
}

static const char *parameters(struct ocl *o)
{
    unsigned restrict_ = LLVMGetEnumAttributeKindForName("noalias", 7);
    const char *list = "", *comma = "";
    for (unsigned k = 0; k < LLVMCountParams(o->function); k++) {
        LLVMValueRef p = LLVMGetParam(o->function, k);
        unsigned id = ocl_note(o, p)->id;
        const char *text;
        if (byval_of(o->function, k))
            text = ocl_format(o, "%s s%u", byval_type(o, k), id);
        else if (ocl_is_pointer(p))
            text = ocl_format(
                o, "%s(a%u)",
                LLVMGetEnumAttributeAtIndex(o->function, k + 1, restrict_) ? "TN_RESTRICT_POINTER" : "TN_POINTER", id);
        else if (ocl_int_bits(LLVMTypeOf(p)) == 1)
            text = ocl_format(o, "uchar b%u", id);             /* bool is no type of a kernel's parameter */
        else
            text = ocl_format(o, "%s a%u", ocl_type(o, LLVMTypeOf(p), false), id);
        list = ocl_format(o, "%s%s%s", list, comma, text);
        comma = ", ";
    }
    if (o->kernel->uses_variables) {
        list = ocl_format(o, "%s%sTN_POINTER(tn_variables)", list, comma);
        comma = ", ";
    }
    if (o->kernel->flags & TN_KERNEL_USES_DYNAMIC_LOCAL)
        list = ocl_format(o, "%s%s__local uchar *tn_local", list, comma);
    return *list ? list : "void";
}

static const char *unpack_parameters(struct ocl *o)
{
    const char *text = "";
    for (unsigned k = 0; k < LLVMCountParams(o->function); k++) {
        LLVMValueRef p = LLVMGetParam(o->function, k);
        unsigned id = ocl_note(o, p)->id;
        if (byval_of(o->function, k)) /* a copy: PoCL's threads share the parameter, and would see each other's writes */
            text = ocl_format(o, "%s    %s c%u = s%u;\n    __private uchar *a%u = (__private uchar *)&c%u;\n", text,
                              byval_type(o, k), id, id, id, id);
        else if (ocl_int_bits(LLVMTypeOf(p)) == 1)
            text = ocl_format(o, "%s    bool a%u = (b%u & 1) != 0;\n", text, id, id);
        else if (ocl_is_pointer(p))
            text = ocl_format(o, "%s    TN_TAKE(a%u)\n", text, id);
    }
    return o->kernel->uses_variables ? ocl_format(o, "%s    TN_TAKE(tn_variables)\n", text) : text;
}

/* Whether an instruction of this kernel uses the variable, directly or in a constant expression. */
static bool used_in(LLVMValueRef v, LLVMValueRef function)
{
    for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsAInstruction(user) ? LLVMGetBasicBlockParent(LLVMGetInstructionParent(user)) == function
                                     : LLVMIsAConstantExpr(user) && used_in(user, function))
            return true;
    }
    return false;
}

static const char *local_arrays(struct ocl *o)
{
    const char *text = "";
    uint64_t bytes = 0, widest = 1;
    for (LLVMValueRef g = LLVMGetFirstGlobal(o->module); g; g = LLVMGetNextGlobal(g)) {
        if (!used_in(g, o->function))
            continue;
        if (ocl_is_dynamic_local(g))
            o->kernel->flags |= TN_KERNEL_USES_DYNAMIC_LOCAL;
        if (!ocl_is_static_local(g))
            continue;
        LLVMTypeRef t = LLVMGlobalGetValueType(g);
        unsigned align = LLVMGetAlignment(g);
        const char *name = ocl_format(o, "l%u", ocl_note(o, g)->id);
        text = ocl_format(o, "%s    %s\n", text, ocl_storage(o, "__local", name, t, align));
        align = align ? align : 1;
        bytes = (bytes + align - 1) / align * align + ocl_size(o, t);
        widest = align > widest ? align : widest;
    }
    o->kernel->static_local_bytes = (uint32_t)bytes;
    o->kernel->local_align = (uint32_t)widest;
    return text;
}

static void number_blocks(struct ocl *o)
{
    o->block_count = LLVMCountBasicBlocks(o->function);
    o->blocks = ocl_alloc(o, o->block_count * sizeof *o->blocks);
    LLVMGetBasicBlocks(o->function, o->blocks);
    for (unsigned b = 0; b < o->block_count; b++)
        ocl_note(o, LLVMBasicBlockAsValue(o->blocks[b]));      /* the first notes: numbers are places */
}

static const char *guards(struct ocl *o)
{
    bool fp64 = o->kernel->flags & TN_KERNEL_USES_FP64;
    if (fp64 && o->uses_int64_atomics)
        return "#if defined(TN_FP64) && defined(TN_INT64_ATOMICS)\n";
    return fp64 ? "#ifdef TN_FP64\n" : o->uses_int64_atomics ? "#ifdef TN_INT64_ATOMICS\n" : "";
}

static void print_kernel(struct ocl *o, struct ocl_text *out)
{
    ocl_notes_clear(o);
    ocl_text_clear(&o->body);
    o->uses_int64_atomics = false;
    o->current = NULL;
    number_blocks(o);
    ocl_infer_spaces(o);
    const char *locals = local_arrays(o);
    ocl_mark_folds(o);
    ocl_print_blocks(o);
    const char *guard = guards(o), *list = parameters(o), *unpack = unpack_parameters(o);
    ocl_text_add(out, "\n%s__kernel void %s(%s)\n{\n%s%s%s}\n%s", guard, o->kernel->entry, list, locals, unpack,
                 o->body.data ? o->body.data : "", *guard ? "#endif\n" : "");
}

/* False when the kernel was refused: ocl_refuse lands here. */
static bool try_kernel(struct ocl *o, size_t k, struct ocl_text *out)
{
    o->function = o->functions[k];
    o->kernel = &o->kernels[k];
    if (setjmp(o->refuse))
        return false;
    print_kernel(o, out);
    return true;
}

static int finish(struct ocl *o, tncc_opencl_result *out, const char *error)
{
    ocl_notes_clear(o);
    ocl_text_clear(&o->body);
    ocl_text_clear(&o->helpers);
    out->kernels = o->kernels;
    out->kernel_count = o->kernel_count;
    out->variables = o->variables;
    out->variable_count = o->variable_count;
    out->variables_bytes = o->variables_bytes;
    out->error = error;
    out->storage = o->arena;
    return error ? -1 : 0;
}

int tncc_opencl_c_emit(LLVMModuleRef module, const tncc_opencl_options *options, tncc_opencl_result *out)
{
    struct ocl *o = calloc(1, sizeof *o);
    struct ocl_text kernels = { 0 };
    memset(out, 0, sizeof *out);
    if (!o) {
        out->error = "out of memory";
        return -1;
    }
    o->module = module;
    o->context = LLVMGetModuleContext(module);
    o->assembly = options ? options->assembly : NULL;
    const char *error = ocl_prepare(o);
    if (!error) {
        ocl_layout_variables(o);
        for (size_t k = 0; k < o->kernel_count; k++)
            out->refused_count += !try_kernel(o, k, &kernels);
        if (out->refused_count == 0 || (options && options->keep_going)) {
            out->text = ocl_format(o, "%s%s%s", prelude, o->helpers.data ? o->helpers.data : "",
                                   kernels.data ? kernels.data : "");
            out->text_bytes = strlen(out->text);
        }
    }
    ocl_text_clear(&kernels);
    int rc = finish(o, out, error);
    free(o);
    return rc || (out->refused_count && !out->text) ? -1 : 0;
}

void tncc_opencl_c_release(tncc_opencl_result *result)
{
    ocl_arena_free(result->storage);
    memset(result, 0, sizeof *result);
}
