/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_atomic.c - atomic operations as functions of OpenCL 1.2: its built-in ones where it has them, a loop over
 * compare-and-swap elsewhere (floating point, wrapping counters), and a branch on the tag for generic pointers.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <string.h>

/* How an operation reads: the function of OpenCL C without its prefix, or an expression of o (old) and v. */
struct operation {
    const char *name, *builtin, *expression;
    bool is_unsigned;
};

static const struct operation operations[] = {
    [LLVMAtomicRMWBinOpXchg]      = { "exchange", "xchg", "v", false },
    [LLVMAtomicRMWBinOpAdd]       = { "add", "add", "o + v", false },
    [LLVMAtomicRMWBinOpSub]       = { "sub", "sub", "o - v", false },
    [LLVMAtomicRMWBinOpAnd]       = { "and", "and", "o & v", false },
    [LLVMAtomicRMWBinOpNand]      = { "nand", NULL, "~(o & v)", false },
    [LLVMAtomicRMWBinOpOr]        = { "or", "or", "o | v", false },
    [LLVMAtomicRMWBinOpXor]       = { "xor", "xor", "o ^ v", false },
    [LLVMAtomicRMWBinOpMax]       = { "max", "max", "max(o, v)", false },
    [LLVMAtomicRMWBinOpMin]       = { "min", "min", "min(o, v)", false },
    [LLVMAtomicRMWBinOpUMax]      = { "umax", "max", "max(o, v)", true },
    [LLVMAtomicRMWBinOpUMin]      = { "umin", "min", "min(o, v)", true },
    [LLVMAtomicRMWBinOpFAdd]      = { "fadd", NULL, "o + v", false },
    [LLVMAtomicRMWBinOpFSub]      = { "fsub", NULL, "o - v", false },
    [LLVMAtomicRMWBinOpFMax]      = { "fmax", NULL, "fmax(o, v)", false },
    [LLVMAtomicRMWBinOpFMin]      = { "fmin", NULL, "fmin(o, v)", false },
    [LLVMAtomicRMWBinOpUIncWrap]  = { "wrap_up", NULL, "o >= v ? 0 : o + 1", true },
    [LLVMAtomicRMWBinOpUDecWrap]  = { "wrap_down", NULL, "o == 0 || o > v ? v : o - 1", true },
};

static unsigned type_bits(struct ocl *o, LLVMTypeRef t)
{
    unsigned bits = (unsigned)ocl_size(o, t) * 8;
    if (bits == 64)
        o->uses_int64_atomics = true;
    if (bits != 32 && bits != 64)
        ocl_refuse(o, "has an atomic operation on %u bits; OpenCL C has them on 32 and 64", bits);
    return bits;
}

static const char *guard_for(unsigned bits, bool is_double)
{
    return is_double    ? "#if defined(TN_FP64) && defined(TN_INT64_ATOMICS)\n"
           : bits == 64 ? "#ifdef TN_INT64_ATOMICS\n"
                        : "";
}

/* One function for one space; the name of a local one ends in _local. */
static const char *space_function(struct ocl *o, const struct operation *op, LLVMTypeRef t, enum ocl_space space)
{
    unsigned bits = type_bits(o, t);
    const char *type = ocl_type(o, t, op->is_unsigned), *qualifier = ocl_space_names[space];
    const char *word = bits == 64 ? "long" : "int", *prefix = bits == 64 ? "atom" : "atomic";
    const char *name = ocl_format(o, "tn_atomic_%s_%s%s", op->name, type,
                                  space == OCL_LOCAL     ? "_local"
                                  : space == OCL_PRIVATE ? "_private"
                                                         : "");
    const char *guard = guard_for(bits, !strcmp(type, "double")), *end = *guard ? "\n#endif" : "";
    bool is_real = !ocl_int_bits(t) && LLVMGetTypeKind(t) != LLVMPointerTypeKind;
    const char *head = ocl_format(o, "%s%s %s(%s uchar *p, %s v)\n{\n", guard, type, name, qualifier, type);
    const char *body;
    if (space == OCL_PRIVATE)          /* nobody else sees it */
        body = ocl_format(o, "    %s o = *(__private %s *)p;\n    *(__private %s *)p = %s;\n    return o;\n", type,
                          type, type, op->expression);
    else if (op->builtin && !is_real)
        body = ocl_format(o, "    return %s_%s((volatile %s %s *)p, v);\n", prefix, op->builtin, qualifier, type);
    else if (op->builtin)              /* exchange of a floating-point number: its bits */
        body = ocl_format(o, "    return as_%s(%s_xchg((volatile %s %s *)p, as_%s(v)));\n", type, prefix, qualifier,
                          word, word);
    else
        body = ocl_format(o, "    volatile %s %s *w = (volatile %s %s *)p;\n    %s seen = *w, was;\n    do {\n"
                          "        was = seen;\n        %s o = as_%s(was);\n        %s n = %s;\n"
                          "        seen = %s_cmpxchg(w, was, as_%s(n));\n    } while (seen != was);\n"
                          "    return as_%s(seen);\n", qualifier, word, qualifier, word, word, type, type, type,
                          op->expression, prefix, word, type);
    return ocl_helper(o, name, ocl_format(o, "%s%s}%s", head, body, end));
}

static const char *generic_function(struct ocl *o, const struct operation *op, LLVMTypeRef t)
{
    const char *type = ocl_type(o, t, op->is_unsigned);
    const char *name = ocl_format(o, "tn_atomic_%s_%s_generic", op->name, type);
    const char *local = space_function(o, op, t, OCL_LOCAL), *near = space_function(o, op, t, OCL_PRIVATE);
    const char *far = space_function(o, op, t, OCL_GLOBAL);
    const char *guard = guard_for(type_bits(o, t), !strcmp(type, "double")), *end = *guard ? "\n#endif" : "";
    return ocl_helper(
        o, name,
        ocl_format(o,
                   "%s%s %s(ulong p, %s v)\n{\n    if (TN_IS_LOCAL(p))\n"
                   "        return %s((__local uchar *)(p & TN_ADDRESS), v);\n"
                   "    if (TN_IS_PRIVATE(p))\n        return %s((__private uchar *)(p & TN_ADDRESS), v);\n"
                   "    return %s((__global uchar *)p, v);\n}%s",
                   guard, type, name, type, local, near, far, end));
}

static const char *print(struct ocl *o, const struct operation *op, LLVMValueRef pointer, LLVMValueRef v, LLVMTypeRef t)
{
    enum ocl_space s = ocl_space_of(o, pointer);
    if (type_bits(o, t) == 64)
        o->kernel->flags |= TN_KERNEL_USES_ATOMIC_64;
    const char *function = s == OCL_GENERIC ? generic_function(o, op, t)
                                            : space_function(o, op, t, s == OCL_UNKNOWN ? OCL_GLOBAL : s);
    const char *value = op->is_unsigned ? ocl_unsigned(o, v) : ocl_value(o, v);
    const char *call = ocl_format(o, "%s(%s, %s)", function, ocl_value(o, pointer), value);
    return op->is_unsigned ? ocl_format(o, "(%s)%s", ocl_type(o, t, false), call) : call;
}

const char *ocl_atomic_rmw(struct ocl *o, LLVMValueRef i)
{
    size_t op = (size_t)LLVMGetAtomicRMWBinOp(i);
    if (op >= sizeof operations / sizeof *operations || !operations[op].name)
        ocl_refuse(o, "has an atomic operation that this back end does not print");
    if (ocl_is_pointer(i) || ocl_is_half(LLVMTypeOf(i)))
        ocl_refuse(o, "has an atomic operation on a pointer or on half precision");
    return print(o, &operations[op], LLVMGetOperand(i, 0), LLVMGetOperand(i, 1), LLVMTypeOf(i));
}

static const char *swap_function(struct ocl *o, LLVMTypeRef t, enum ocl_space space)
{
    unsigned bits = type_bits(o, t);
    const char *type = ocl_type(o, t, false), *q = ocl_space_names[space];
    const char *name = ocl_format(o, "tn_atomic_swap_%s%s", type,
                                  space == OCL_LOCAL     ? "_local"
                                  : space == OCL_PRIVATE ? "_private"
                                                         : "");
    const char *guard = guard_for(bits, false), *end = *guard ? "\n#endif" : "";
    const char *body = space == OCL_PRIVATE
                           ? ocl_format(o,
                                        "    %s o = *(__private %s *)p;\n    if (o == expected)\n        *(__private "
                                        "%s *)p = v;\n    return o;\n",
                                        type, type, type)
                           : ocl_format(o, "    return %s_cmpxchg((volatile %s %s *)p, expected, v);\n",
                                        bits == 64 ? "atom" : "atomic", q, type);
    return ocl_helper(o, name, ocl_format(o, "%s%s %s(%s uchar *p, %s expected, %s v)\n{\n%s}%s", guard, type, name, q,
                                          type, type, body, end));
}

const char *ocl_atomic_exchange_if(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef pointer = LLVMGetOperand(i, 0), expected = LLVMGetOperand(i, 1), v = LLVMGetOperand(i, 2);
    LLVMTypeRef t = LLVMTypeOf(expected);
    enum ocl_space s = ocl_space_of(o, pointer);
    if (ocl_is_pointer(expected))
        ocl_refuse(o, "has an atomic operation on a pointer");
    if (type_bits(o, t) == 64)
        o->kernel->flags |= TN_KERNEL_USES_ATOMIC_64;
    const char *function;
    if (s != OCL_GENERIC) {
        function = swap_function(o, t, s == OCL_UNKNOWN ? OCL_GLOBAL : s);
    } else {
        const char *type = ocl_type(o, t, false), *name = ocl_format(o, "tn_atomic_swap_%s_generic", type);
        const char *local = swap_function(o, t, OCL_LOCAL), *near = swap_function(o, t, OCL_PRIVATE);
        const char *far = swap_function(o, t, OCL_GLOBAL), *guard = guard_for(type_bits(o, t), false);
        function = ocl_helper(o, name, ocl_format(o, "%s%s %s(ulong p, %s expected, %s v)\n{\n    if (TN_IS_LOCAL(p))\n"
            "        return %s((__local uchar *)(p & TN_ADDRESS), expected, v);\n    if (TN_IS_PRIVATE(p))\n"
            "        return %s((__private uchar *)(p & TN_ADDRESS), expected, v);\n"
            "    return %s((__global uchar *)p, expected, v);\n}%s", guard, type, name, type, type, local, near, far,
            *guard ? "\n#endif" : ""));
    }
    return ocl_format(o, "%s(%s, %s, %s)", function, ocl_value(o, pointer), ocl_value(o, expected), ocl_value(o, v));
}
