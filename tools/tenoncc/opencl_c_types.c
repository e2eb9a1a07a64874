/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_types.c - types, constants and storage declarations.
 *
 * Integers of 8, 16, 32 and 64 bits are OpenCL's signed ones; other widths live sign-extended in the next wider. i1 is
 * bool. half and bfloat are ushort, computed through float, so that cl_khr_fp16 is not needed.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <math.h>
#include <string.h>

const char *const ocl_space_names[] = { "__global", "__private", "__global", "__local", "" };

uint64_t ocl_size(struct ocl *o, LLVMTypeRef t)
{
    return LLVMABISizeOfType(o->layout, t);
}

unsigned ocl_int_bits(LLVMTypeRef t)
{
    return LLVMGetTypeKind(t) == LLVMIntegerTypeKind ? LLVMGetIntTypeWidth(t) : 0;
}

unsigned ocl_container_bits(unsigned bits)
{
    return bits <= 8 ? 8 : bits <= 16 ? 16 : bits <= 32 ? 32 : 64;
}

bool ocl_is_half(LLVMTypeRef t)
{
    return LLVMGetTypeKind(t) == LLVMHalfTypeKind || LLVMGetTypeKind(t) == LLVMBFloatTypeKind;
}

/* The bits of a number that half precision holds exactly. */
unsigned ocl_half_bits(double d)
{
    unsigned sign = signbit(d) ? 0x8000u : 0;
    int exponent;
    if (isnan(d))
        return sign | 0x7e00u;
    if (isinf(d))
        return sign | 0x7c00u;
    double fraction = frexp(fabs(d), &exponent);       /* 0.5 <= fraction < 1, or 0 */
    if (fraction == 0 || exponent < -13)               /* subnormal: whole steps of 2^-24 */
        return sign | (unsigned)ldexp(fraction, exponent + 24);
    return sign | (unsigned)(exponent + 14) << 10 | ((unsigned)ldexp(fraction, 11) & 0x3ffu);
}

static const char *int_type(struct ocl *o, unsigned bits, bool is_unsigned)
{
    if (bits == 1)
        return "bool";
    if (bits > 64)
        ocl_refuse(o, "computes with %u-bit integers; OpenCL C has up to 64 bits", bits);
    switch (ocl_container_bits(bits)) {
    case 8: return is_unsigned ? "uchar" : "char";
    case 16: return is_unsigned ? "ushort" : "short";
    case 32: return is_unsigned ? "uint" : "int";
    default: return is_unsigned ? "ulong" : "long";
    }
}

const char *ocl_type(struct ocl *o, LLVMTypeRef t, bool is_unsigned)
{
    switch (LLVMGetTypeKind(t)) {
    case LLVMVoidTypeKind: return "void";
    case LLVMPointerTypeKind: return "ulong";
    case LLVMHalfTypeKind: case LLVMBFloatTypeKind: return "ushort";
    case LLVMFloatTypeKind: return "float";
    case LLVMDoubleTypeKind:
        o->kernel->flags |= TN_KERNEL_USES_FP64;
        return "double";
    case LLVMIntegerTypeKind: return int_type(o, LLVMGetIntTypeWidth(t), is_unsigned);
    case LLVMVectorTypeKind: {
        unsigned n = LLVMGetVectorSize(t);
        if (n != 2 && n != 3 && n != 4 && n != 8 && n != 16)
            ocl_refuse(o, "uses a vector of %u elements; OpenCL C has 2, 3, 4, 8 and 16", n);
        return ocl_format(o, "%s%u", ocl_type(o, LLVMGetElementType(t), is_unsigned), n);
    }
    case LLVMX86_FP80TypeKind: case LLVMFP128TypeKind: case LLVMPPC_FP128TypeKind:
        ocl_refuse(o, "uses long double, which OpenCL C does not have");
    default:
        ocl_refuse(o, "handles a structure or array as one value, which this back end does not print");
    }
}

/* The type for going through a pointer: it may alias anything, since CUDA programs pun types and the text has lost
 * the source's types anyway. */
const char *ocl_memory_type(struct ocl *o, LLVMTypeRef t)
{
    const char *name = ocl_type(o, t, false);
    const char *alias = ocl_format(o, "m_%s", name);
    const char *guard = strstr(name, "double") ? "#ifdef TN_FP64\n" : "";
    return ocl_helper(o, alias, ocl_format(o, "%stypedef %s TN_ALIAS %s;%s", guard, name, alias,
                                           *guard ? "\n#endif" : ""));
}

const char *ocl_value_type(struct ocl *o, LLVMValueRef v)
{
    if (!ocl_is_pointer(v))
        return ocl_type(o, LLVMTypeOf(v), false);
    enum ocl_space s = ocl_space_of(o, v);
    return s == OCL_GENERIC ? "ulong" : ocl_format(o, "%s uchar *", ocl_space_names[s]);
}

static const char *int_constant(struct ocl *o, LLVMValueRef v)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    unsigned bits = ocl_int_bits(t);
    if (bits > 64)
        int_type(o, bits, false);
    long long x = LLVMConstIntGetSExtValue(v);
    if (bits == 1)
        return x ? "true" : "false";
    if (bits <= 16)
        return ocl_format(o, "(%s)%lld", ocl_type(o, t, false), x);
    if (bits <= 32)
        return x == INT32_MIN ? "(int)0x80000000u" : x < 0 ? ocl_format(o, "(%lld)", x) : ocl_format(o, "%lld", x);
    return x == INT64_MIN ? "(long)0x8000000000000000UL"
           : x < 0 ? ocl_format(o, "(%lldL)", x) : ocl_format(o, "%lldL", x);
}

static const char *real_constant(struct ocl *o, LLVMValueRef v)
{
    LLVMBool lost;
    double d = LLVMConstRealGetDouble(v, &lost);
    float f = (float)d;
    uint32_t f_bits;
    uint64_t d_bits;
    memcpy(&f_bits, &f, sizeof f_bits);
    memcpy(&d_bits, &d, sizeof d_bits);
    switch (LLVMGetTypeKind(LLVMTypeOf(v))) {
    case LLVMHalfTypeKind:
        return ocl_format(o, "(ushort)0x%x", ocl_half_bits(d));
    case LLVMBFloatTypeKind:
        return ocl_format(o, "(ushort)0x%x", f_bits >> 16);
    case LLVMFloatTypeKind:
        if (!isfinite(f))
            return isnan(f) ? ocl_format(o, "as_float(0x%xu)", f_bits) : f < 0 ? "(-INFINITY)" : "INFINITY";
        if (f == (float)(int)f && fabsf(f) < 100000.0f && !signbit(f))
            return ocl_format(o, "%d.0f", (int)f);
        return ocl_format(o, signbit(f) ? "(%af)" : "%af", (double)f);
    default:
        ocl_type(o, LLVMTypeOf(v), false);
        if (!isfinite(d))
            return ocl_format(o, "as_double(0x%llxUL)", (unsigned long long)d_bits);
        return ocl_format(o, signbit(d) ? "(%a)" : "%a", d);
    }
}

const char *ocl_constant(struct ocl *o, LLVMValueRef v)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    LLVMTypeKind kind = LLVMGetTypeKind(t);
    if (LLVMIsAConstantInt(v))
        return int_constant(o, v);
    if (LLVMIsAConstantFP(v))
        return real_constant(o, v);
    if (kind == LLVMPointerTypeKind)
        return "0";
    if (kind == LLVMVectorTypeKind) {
        const char *type = ocl_type(o, t, false);
        if (LLVMIsNull(v) || LLVMIsUndef(v))
            return ocl_format(o, "(%s)(0)", type);
        const char *s = ocl_format(o, "(%s)(", type);
        for (unsigned i = 0; i < LLVMGetVectorSize(t); i++)
            s = ocl_format(o, "%s%s%s", s, i ? ", " : "", ocl_value(o, LLVMGetAggregateElement(v, i)));
        return ocl_format(o, "%s)", s);
    }
    if (LLVMIsUndef(v) || LLVMIsNull(v))
        return kind == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(t) == 1 ? "false"
               : ocl_format(o, "(%s)0", ocl_type(o, t, false));
    ocl_refuse(o, "uses a constant that this back end does not print");
}

LLVMTypeRef ocl_storage_element(LLVMTypeRef t)
{
    while (LLVMGetTypeKind(t) == LLVMArrayTypeKind)
        t = LLVMGetElementType(t);
    return t;
}

/* An array of the scalar that the variable is made of, so that an access can be a plain subscript; of words for
 * structures and pointers. */
const char *ocl_storage(struct ocl *o, const char *qualifier, const char *name, LLVMTypeRef t, unsigned align)
{
    LLVMTypeRef element = ocl_storage_element(t);
    LLVMTypeKind kind = LLVMGetTypeKind(element);
    uint64_t bytes = ocl_size(o, t), natural = LLVMABIAlignmentOfType(o->layout, t);
    unsigned bits = ocl_int_bits(element);
    const char *word;
    uint64_t word_bytes;
    if (align < natural)
        align = (unsigned)natural;
    if (kind == LLVMStructTypeKind || kind == LLVMPointerTypeKind || kind == LLVMVectorTypeKind
        || (bits && bits != 8 && bits != 16 && bits != 32 && bits != 64)) {
        word_bytes = align >= 8 ? 8 : align >= 4 ? 4 : 1;
        word = word_bytes == 8 ? "ulong" : word_bytes == 4 ? "uint" : "uchar";
    } else {
        word = ocl_type(o, element, false);
        word_bytes = ocl_size(o, element);
    }
    uint64_t count = (bytes + word_bytes - 1) / word_bytes;
    return ocl_format(o, "%s %s %s[%llu]%s;", qualifier, word, name, (unsigned long long)(count ? count : 1),
                      align > word_bytes ? ocl_format(o, " __attribute__((aligned(%u)))", align) : "");
}
