/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_expr.c - one instruction as one expression, and which instructions are printed inside their user.
 * Calls, memory and atomics have files of their own.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------- */
/* Values */

static const char *constant_expression(struct ocl *o, LLVMValueRef v)
{
    switch (LLVMGetConstOpcode(v)) {
    case LLVMGetElementPtr: return ocl_gep(o, v);
    case LLVMAddrSpaceCast: return ocl_value(o, LLVMGetOperand(v, 0));
    case LLVMPtrToInt: return ocl_normalise(o, LLVMTypeOf(v), ocl_pointer_as(o, LLVMGetOperand(v, 0), OCL_GENERIC));
    case LLVMIntToPtr: return ocl_format(o, "(__global uchar *)%s", ocl_value(o, LLVMGetOperand(v, 0)));
    default: ocl_refuse(o, "uses a constant expression that this back end does not print");
    }
}

static const char *global_variable(struct ocl *o, LLVMValueRef v)
{
    if (ocl_is_static_local(v))
        return ocl_format(o, "(__local uchar *)l%u", ocl_note(o, v)->id);
    if (ocl_is_dynamic_local(v)) {
        return "tn_local";
    }
    o->kernel->uses_variables = 1;
    uint64_t at = ocl_variable_offset(o, v);
    return at ? ocl_format(o, "(tn_variables + %lluL)", (unsigned long long)at) : "tn_variables";
}

const char *ocl_value(struct ocl *o, LLVMValueRef v)
{
    if (LLVMIsAGlobalVariable(v))
        return global_variable(o, v);
    if (LLVMIsAFunction(v))
        ocl_refuse(o, "takes the address of the function %s; OpenCL C has no function pointers", ocl_name(v));
    if (LLVMIsAConstantExpr(v))
        return constant_expression(o, v);
    if (LLVMIsAConstant(v))
        return ocl_constant(o, v);
    struct ocl_value *note = ocl_note(o, v);
    if (LLVMIsAAllocaInst(v))
        return ocl_format(o, "(__private uchar *)m%u", note->id);
    if (LLVMIsAInstruction(v) && note->fold)
        return ocl_expression(o, v);
    return ocl_format(o, "%c%u", LLVMIsAArgument(v) ? 'a' : 'v', note->id);
}

/* The value as its unsigned type, for operations that care. */
const char *ocl_unsigned(struct ocl *o, LLVMValueRef v)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    unsigned bits = ocl_int_bits(t), box = ocl_container_bits(bits);
    const char *text = ocl_format(o, "(%s)%s", ocl_type(o, t, true), ocl_value(o, v));
    if (bits <= 1 || bits == box)
        return text;
    return ocl_format(o, "(%s & 0x%llx%s)", text, (1ull << bits) - 1, box == 64 ? "UL" : "u");
}

/* Brings the text of an integer computation into the form that a value of type t has. */
const char *ocl_normalise(struct ocl *o, LLVMTypeRef t, const char *text)
{
    unsigned bits = ocl_int_bits(t), box = ocl_container_bits(bits);
    const char *type = ocl_type(o, t, false);
    if (bits == 1)
        return ocl_format(o, "(((int)%s & 1) != 0)", text);
    if (bits && bits != box)
        return ocl_format(o, "((%s)((%s)%s << %u) >> %u)", type, type, text, box - bits, box - bits);
    return ocl_format(o, "(%s)%s", type, text);
}

/* A pointer as another space wants it: only generic ones look different. */
const char *ocl_pointer_as(struct ocl *o, LLVMValueRef v, enum ocl_space space)
{
    enum ocl_space own = ocl_space_of(o, v);
    if (space != OCL_GENERIC || own == OCL_GENERIC)
        return ocl_value(o, v);
    switch (own) {
    case OCL_LOCAL: return ocl_format(o, "((ulong)%s | TN_LOCAL_TAG)", ocl_value(o, v));
    case OCL_PRIVATE: return ocl_format(o, "((ulong)%s | TN_PRIVATE_TAG)", ocl_value(o, v));
    default: return ocl_format(o, "(ulong)%s", ocl_value(o, v));
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Half precision: computed in single precision, which rounds to the same result for + - * / and sqrt. */

const char *ocl_to_float(struct ocl *o, LLVMTypeRef t, const char *text)
{
    if (LLVMGetTypeKind(t) == LLVMBFloatTypeKind)
        return ocl_format(o, "as_float((uint)%s << 16)", text);
    ocl_helper(o, "tn_half_to_float",
               "float tn_half_to_float(ushort h)\n{\n    return vload_half(0, (__private const half *)&h);\n}");
    return ocl_format(o, "tn_half_to_float(%s)", text);
}

const char *ocl_from_float(struct ocl *o, LLVMTypeRef t, const char *text)
{
    if (LLVMGetTypeKind(t) == LLVMBFloatTypeKind) {
        ocl_helper(
            o, "tn_float_to_bfloat",
            "ushort tn_float_to_bfloat(float f)\n{\n    uint u = as_uint(f);\n"
            "    return isnan(f) ? (ushort)((u >> 16) | 64) : (ushort)((u + 0x7fff + ((u >> 16) & 1)) >> 16);\n}");
        return ocl_format(o, "tn_float_to_bfloat(%s)", text);
    }
    ocl_helper(o, "tn_float_to_half",
               "ushort tn_float_to_half(float f)\n{\n    ushort h;\n    vstore_half_rte(f, 0, (__private half *)&h);\n"
               "    return h;\n}");
    return ocl_format(o, "tn_float_to_half(%s)", text);
}

/* The operand as something that float arithmetic takes. */
static const char *real(struct ocl *o, LLVMValueRef v)
{
    return ocl_is_half(LLVMTypeOf(v)) ? ocl_to_float(o, LLVMTypeOf(v), ocl_value(o, v)) : ocl_value(o, v);
}

static const char *real_result(struct ocl *o, LLVMTypeRef t, const char *text)
{
    return ocl_is_half(t) ? ocl_from_float(o, t, text) : text;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Arithmetic */

static bool wide_enough(LLVMTypeRef t)
{
    unsigned bits = ocl_int_bits(t);
    return bits == 32 || bits == 64;
}

static const char *signed_binary(struct ocl *o, LLVMValueRef i, const char *op)
{
    const char *text = ocl_format(o, "(%s %s %s)", ocl_value(o, LLVMGetOperand(i, 0)), op,
                                  ocl_value(o, LLVMGetOperand(i, 1)));
    return wide_enough(LLVMTypeOf(i)) ? text : ocl_normalise(o, LLVMTypeOf(i), text);
}

static const char *unsigned_binary(struct ocl *o, LLVMValueRef i, const char *op)
{
    return ocl_normalise(o, LLVMTypeOf(i), ocl_format(o, "(%s %s %s)", ocl_unsigned(o, LLVMGetOperand(i, 0)), op,
                                                      ocl_unsigned(o, LLVMGetOperand(i, 1))));
}

/* Signed where the source promises no overflow: vectorisers of OpenCL compilers then see a unit stride through the
 * widening of an index. Everything else wraps. */
static const char *wrapping(struct ocl *o, LLVMValueRef i, const char *op)
{
    return LLVMGetNSW(i) && wide_enough(LLVMTypeOf(i)) ? signed_binary(o, i, op) : unsigned_binary(o, i, op);
}

static const char *shift(struct ocl *o, LLVMValueRef i, const char *op, bool is_unsigned)
{
    LLVMValueRef x = LLVMGetOperand(i, 0);
    return ocl_normalise(o, LLVMTypeOf(i),
                         ocl_format(o, "(%s %s %s)", is_unsigned ? ocl_unsigned(o, x) : ocl_value(o, x), op,
                                    ocl_value(o, LLVMGetOperand(i, 1))));
}

static const char *bitwise(struct ocl *o, LLVMValueRef i, const char *op)
{
    const char *text = ocl_format(o, "(%s %s %s)", ocl_value(o, LLVMGetOperand(i, 0)), op,
                                  ocl_value(o, LLVMGetOperand(i, 1)));
    if (ocl_int_bits(LLVMTypeOf(i)) == 1)
        return text;
    return wide_enough(LLVMTypeOf(i)) ? text : ocl_format(o, "(%s)%s", ocl_type(o, LLVMTypeOf(i), false), text);
}

static const char *real_binary(struct ocl *o, LLVMValueRef i, const char *op)
{
    return real_result(o, LLVMTypeOf(i), ocl_format(o, "(%s %s %s)", real(o, LLVMGetOperand(i, 0)), op,
                                                    real(o, LLVMGetOperand(i, 1))));
}

static const char *compare_integers(struct ocl *o, LLVMValueRef i)
{
    static const char *const ops[] = { "==", "!=", ">", ">=", "<", "<=", ">", ">=", "<", "<=" };
    LLVMValueRef a = LLVMGetOperand(i, 0), b = LLVMGetOperand(i, 1);
    int p = (int)LLVMGetICmpPredicate(i) - LLVMIntEQ;
    if (ocl_is_pointer(a)) {
        bool mixed = ocl_space_of(o, a) != ocl_space_of(o, b) && !LLVMIsNull(a) && !LLVMIsNull(b);
        if (mixed)
            return ocl_format(o, "(%s %s %s)", ocl_pointer_as(o, a, OCL_GENERIC), ops[p],
                              ocl_pointer_as(o, b, OCL_GENERIC));
        return ocl_format(o, "((ulong)%s %s (ulong)%s)", ocl_value(o, a), ops[p], ocl_value(o, b));
    }
    if (p >= 2 && p < 6)
        return ocl_format(o, "(%s %s %s)", ocl_unsigned(o, a), ops[p], ocl_unsigned(o, b));
    if (p >= 6 && ocl_int_bits(LLVMTypeOf(a)) == 1)      /* as a signed number, true is -1 */
        return ocl_format(o, "(%s %s %s)", ocl_value(o, b), ops[p], ocl_value(o, a));
    return ocl_format(o, "(%s %s %s)", ocl_value(o, a), ops[p], ocl_value(o, b));
}

static const char *compare_reals(struct ocl *o, LLVMValueRef i)
{
    /* Ordered comparisons are C's; an unordered one is the negation of the opposite. */
    static const char *const formats[] = {
        [LLVMRealPredicateFalse] = "false",
        [LLVMRealOEQ] = "(%s == %s)", [LLVMRealOGT] = "(%s > %s)", [LLVMRealOGE] = "(%s >= %s)",
        [LLVMRealOLT] = "(%s < %s)", [LLVMRealOLE] = "(%s <= %s)", [LLVMRealONE] = "(islessgreater(%s, %s) != 0)",
        [LLVMRealORD] = "(isordered(%s, %s) != 0)", [LLVMRealUNO] = "(isunordered(%s, %s) != 0)",
        [LLVMRealUEQ] = "(islessgreater(%s, %s) == 0)", [LLVMRealUGT] = "!(%s <= %s)", [LLVMRealUGE] = "!(%s < %s)",
        [LLVMRealULT] = "!(%s >= %s)", [LLVMRealULE] = "!(%s > %s)", [LLVMRealUNE] = "(%s != %s)",
        [LLVMRealPredicateTrue] = "true",
    };
    const char *a = real(o, LLVMGetOperand(i, 0)), *b = real(o, LLVMGetOperand(i, 1));
    const char *format = formats[LLVMGetFCmpPredicate(i)], *gap = strstr(format, "%s");
    if (!gap)
        return format;
    const char *second = strstr(gap + 2, "%s");
    return ocl_format(o, "(%.*s%s%.*s%s%s)", (int)(gap - format), format, a, (int)(second - gap - 2), gap + 2, b,
                      second + 2);
}

static LLVMValueRef operand_if(LLVMValueRef v, LLVMOpcode op, unsigned k)
{
    return v && LLVMIsAInstruction(v) && LLVMGetInstructionOpcode(v) == op ? LLVMGetOperand(v, k) : NULL;
}

/* A factor of a 128-bit product as 64 bits: an extended value, or a constant that fits. NULL for anything else. */
static const char *factor(struct ocl *o, LLVMValueRef v, bool is_signed)
{
    if (v && LLVMIsAConstantInt(v)) {
        char *text = LLVMPrintValueToString(v), *digits = strchr(text, ' ');
        errno = 0;
        const char *s = is_signed ? ocl_format(o, "%lldL", strtoll(digits, NULL, 10))
                                  : ocl_format(o, "%lluUL", strtoull(digits, NULL, 10));
        bool fits = errno == 0 && (is_signed || digits[1] != '-');
        LLVMDisposeMessage(text);
        return fits ? s : NULL;
    }
    LLVMValueRef x = operand_if(v, is_signed ? LLVMSExt : LLVMZExt, 0);
    if (!x || ocl_int_bits(LLVMTypeOf(x)) > 64)
        return NULL;
    return is_signed ? ocl_format(o, "(long)%s", ocl_value(o, x)) : ocl_format(o, "(ulong)%s", ocl_unsigned(o, x));
}

/* The upper half of a 64 by 64 multiplication, which arrives in 128 bits; no other use of those is printed. */
static const char *high_product(struct ocl *o, LLVMValueRef wide)
{
    LLVMValueRef by = operand_if(wide, LLVMLShr, 1), product = operand_if(wide, LLVMLShr, 0);
    bool arithmetic = !product;
    if (arithmetic) {
        by = operand_if(wide, LLVMAShr, 1);
        product = operand_if(wide, LLVMAShr, 0);
    }
    unsigned long long shift_by = by && LLVMIsAConstantInt(by) ? LLVMConstIntGetZExtValue(by) : 0;
    for (int is_signed = 0; is_signed < 2 && shift_by >= 64 && shift_by < 128; is_signed++) {
        const char *a = factor(o, operand_if(product, LLVMMul, 0), is_signed);
        const char *b = factor(o, operand_if(product, LLVMMul, 1), is_signed);
        if (a && b)
            return ocl_format(o, "((%s)mul_hi(%s, %s) >> %llu)", arithmetic ? "long" : "ulong", a, b, shift_by - 64);
    }
    ocl_refuse(o, "computes with 128-bit integers; OpenCL C has up to 64 bits");
}

/* What becomes half or bfloat, as a float: from a double the last bit says that more followed, so that rounding again is right. */
static const char *narrowed(struct ocl *o, LLVMTypeRef from, const char *text)
{
    if (LLVMGetTypeKind(from) != LLVMDoubleTypeKind)
        return ocl_format(o, "(float)%s", text);
    ocl_helper(o, "tn_float_to_odd",
               "#ifdef TN_FP64\nfloat tn_float_to_odd(double d)\n{\n    float f = (float)d;\n    uint u = as_uint(f);\n"
               "    if (d == d && (double)f != d)\n        u = (u - (fabs((double)f) > fabs(d) ? 1 : 0)) | 1;\n"
               "    return as_float(u);\n}\n#endif");
    return ocl_format(o, "tn_float_to_odd(%s)", text);
}

/* The operator if the unsigned result is the same in any wider type, else NULL. */
static const char *never_wraps(LLVMValueRef x)
{
    switch (LLVMIsAInstruction(x) ? LLVMGetInstructionOpcode(x) : LLVMRet) {
    case LLVMAdd: return LLVMGetNUW(x) ? "+" : NULL;
    case LLVMMul: return LLVMGetNUW(x) ? "*" : NULL;
    case LLVMShl: return LLVMGetNUW(x) ? "<<" : NULL;
    case LLVMOr: return LLVMGetIsDisjoint(x) ? "|" : NULL;
    default: return NULL;
    }
}

/* Made of the thread's place and constants by a few such operations: printing them again costs nothing. */
static bool is_place(struct ocl *o, LLVMValueRef x, unsigned depth)
{
    if (LLVMIsAConstantInt(x))
        return true;
    if (LLVMIsACallInst(x))
        return ocl_thread_number(o, x) != NULL;
    return depth && never_wraps(x) && is_place(o, LLVMGetOperand(x, 0), depth - 1) &&
           is_place(o, LLVMGetOperand(x, 1), depth - 1);
}

/* An unsigned index as 64 bits, computed there where that is the same: vectorisers don't see through a sum that may wrap. */
static const char *widened(struct ocl *o, LLVMValueRef x)
{
    const char *number = LLVMIsACallInst(x) ? ocl_thread_number(o, x) : NULL, *op = never_wraps(x);
    if (number)
        return ocl_format(o, "(long)%s", number);
    if (op && (ocl_note(o, x)->fold || is_place(o, x, 4)))
        return ocl_format(o, "(%s %s %s)", widened(o, LLVMGetOperand(x, 0)), op, widened(o, LLVMGetOperand(x, 1)));
    return ocl_format(o, "(long)(%s)", ocl_unsigned(o, x));
}

static const char *convert(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef x = LLVMGetOperand(i, 0);
    LLVMTypeRef from = LLVMTypeOf(x), to = LLVMTypeOf(i);
    const char *type = ocl_type(o, to, false);
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMTrunc:
        return ocl_normalise(o, to, ocl_int_bits(from) == 128 ? high_product(o, x) : ocl_value(o, x));
    case LLVMZExt:
        if (ocl_int_bits(from) == 32 && ocl_int_bits(to) == 64)
            return widened(o, x);
        return ocl_format(o, "(%s)(%s)", type, ocl_unsigned(o, x));
    case LLVMSExt:
        return ocl_int_bits(from) == 1 ? ocl_format(o, "(%s)(%s ? -1 : 0)", type, ocl_value(o, x))
                                       : ocl_format(o, "(%s)%s", type, ocl_value(o, x));
    case LLVMSIToFP: case LLVMUIToFP: {
        bool is_unsigned = LLVMGetInstructionOpcode(i) == LLVMUIToFP;
        const char *text = is_unsigned ? ocl_unsigned(o, x) : ocl_value(o, x);
        if (!is_unsigned && ocl_int_bits(from) == 1)
            text = ocl_format(o, "(%s ? -1 : 0)", text);
        if (ocl_is_half(to))
            return ocl_from_float(o, to, ocl_format(o, "(float)(%s)", text));
        return ocl_format(o, "(%s)(%s)", type, text);
    }
    case LLVMFPToSI: return ocl_normalise(o, to, ocl_format(o, "(%s)%s", type, real(o, x)));
    case LLVMFPToUI: return ocl_normalise(o, to, ocl_format(o, "(%s)%s", ocl_type(o, to, true), real(o, x)));
    default:                           /* FPTrunc, FPExt */
        if (ocl_is_half(to))
            return ocl_from_float(o, to, narrowed(o, from, real(o, x)));
        return ocl_format(o, "(%s)%s", type, real(o, x));
    }
}

static const char *bitcast(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef x = LLVMGetOperand(i, 0);
    if (ocl_is_pointer(i))
        return ocl_value(o, x);
    unsigned bits = ocl_int_bits(LLVMTypeOf(i)), from = ocl_int_bits(LLVMTypeOf(x));
    if ((bits && bits != ocl_container_bits(bits)) || (from && from != ocl_container_bits(from)))
        ocl_refuse(o, "reinterprets the bits of an integer of unusual width");
    return ocl_format(o, "as_%s(%s)", ocl_type(o, LLVMTypeOf(i), false), ocl_value(o, x));
}

static const char *negate(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef x = LLVMGetOperand(i, 0);
    return real_result(o, LLVMTypeOf(i), ocl_format(o, "(-%s)", real(o, x)));
}

static const char *choose(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef c = LLVMGetOperand(i, 0), a = LLVMGetOperand(i, 1), b = LLVMGetOperand(i, 2);
    if (LLVMGetTypeKind(LLVMTypeOf(c)) == LLVMVectorTypeKind)
        ocl_refuse(o, "selects by a vector of conditions");
    if (ocl_is_pointer(i)) {
        enum ocl_space s = ocl_space_of(o, i);
        const char *type = ocl_value_type(o, i);
        return ocl_format(o, "(%s ? (%s)%s : (%s)%s)", ocl_value(o, c), type, ocl_pointer_as(o, a, s), type,
                          ocl_pointer_as(o, b, s));
    }
    const char *text = ocl_format(o, "(%s ? %s : %s)", ocl_value(o, c), ocl_value(o, a), ocl_value(o, b));
    unsigned bits = ocl_int_bits(LLVMTypeOf(i));
    return (bits > 1 && bits < 32) || ocl_is_half(LLVMTypeOf(i))
           ? ocl_format(o, "(%s)%s", ocl_type(o, LLVMTypeOf(i), false), text) : text;
}

/* An element of a vector by number; a number known only at run time goes through memory. */
static const char *extract_element(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef v = LLVMGetOperand(i, 0), at = LLVMGetOperand(i, 1);
    if (!LLVMIsAConstantInt(at))
        ocl_refuse(o, "takes an element of a vector by a computed number");
    return ocl_format(o, "%s.s%llx", ocl_value(o, v), LLVMConstIntGetZExtValue(at));
}

/* ------------------------------------------------------------------------------------------------------- */
/* Structures as values: only what compare-and-swap and checked arithmetic give */

static const char *checked_arithmetic(struct ocl *o, LLVMValueRef call, unsigned field)
{
    const char *name = ocl_name(LLVMGetCalledValue(call)) + 5;       /* after "llvm." */
    bool is_signed = *name == 's';
    LLVMValueRef a = LLVMGetOperand(call, 0), b = LLVMGetOperand(call, 1);
    const char *op = !strncmp(name + 1, "add", 3) ? "+" : !strncmp(name + 1, "sub", 3) ? "-" : "*";
    unsigned bits = ocl_int_bits(LLVMTypeOf(a));
    const char *wrapped = ocl_normalise(o, LLVMTypeOf(a), ocl_format(o, "(%s %s %s)", ocl_unsigned(o, a), op,
                                                                     ocl_unsigned(o, b)));
    if (field == 0)
        return wrapped;
    if (!wide_enough(LLVMTypeOf(a)))
        ocl_refuse(o, "checks %u-bit arithmetic for overflow", bits);
    if (*op == '*') {
        const char *high = ocl_format(o, "mul_hi(%s, %s)", is_signed ? ocl_value(o, a) : ocl_unsigned(o, a),
                                      is_signed ? ocl_value(o, b) : ocl_unsigned(o, b));
        return is_signed ? ocl_format(o, "(%s != (%s >> %u))", high, wrapped, bits - 1)
                         : ocl_format(o, "(%s != 0)", high);
    }
    if (is_signed)
        return ocl_format(o, *op == '+' ? "(add_sat(%s, %s) != %s)" : "(sub_sat(%s, %s) != %s)", ocl_value(o, a),
                          ocl_value(o, b), wrapped);
    return ocl_format(o, *op == '+' ? "((%s)%s < %s)" : "((%s)%s > %s)", ocl_type(o, LLVMTypeOf(a), true), wrapped,
                      ocl_unsigned(o, a));
}

static const char *fraction(struct ocl *o, LLVMValueRef call, unsigned field)
{
    LLVMValueRef x = LLVMGetOperand(call, 0);
    const char *type = ocl_type(o, LLVMTypeOf(x), false),
               *name = ocl_format(o, "tn_%s_%s", field ? "exponent" : "fraction", type);
    bool is_double = LLVMGetTypeKind(LLVMTypeOf(x)) == LLVMDoubleTypeKind;
    if (ocl_is_half(LLVMTypeOf(x)))
        ocl_refuse(o, "takes a half-precision number apart (frexp)");
    ocl_helper(o, name, ocl_format(o, "%s%s %s(%s x)\n{\n    int e;\n    %s f = frexp(x, &e);\n    return %s;\n}%s",
                                   is_double ? "#ifdef TN_FP64\n" : "", field ? "int" : type, name, type, type,
                                   field ? "e" : "f", is_double ? "\n#endif" : ""));
    return ocl_format(o, "%s(%s)", name, ocl_value(o, x));
}

bool ocl_gives_structure(LLVMValueRef call)
{
    const char *name = LLVMIsAFunction(LLVMGetCalledValue(call)) ? ocl_name(LLVMGetCalledValue(call)) : "";
    return strstr(name, ".with.overflow.") || ocl_starts(name, "llvm.frexp.");
}

static const char *extract_value(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef x = LLVMGetOperand(i, 0);
    unsigned field = LLVMGetIndices(i)[0];
    if (LLVMIsAAtomicCmpXchgInst(x)) {
        if (field == 0)
            return ocl_format(o, "v%u", ocl_note(o, x)->id);
        return ocl_format(o, "(v%u == %s)", ocl_note(o, x)->id, ocl_value(o, LLVMGetOperand(x, 1)));
    }
    if (LLVMIsACallInst(x) && ocl_gives_structure(x))
        return ocl_starts(ocl_name(LLVMGetCalledValue(x)), "llvm.frexp.") ? fraction(o, x, field)
                                                                          : checked_arithmetic(o, x, field);
    ocl_refuse(o, "handles a structure as one value, which this back end does not print");
}

/* ------------------------------------------------------------------------------------------------------- */

static unsigned access_align(LLVMValueRef i)
{
    return LLVMGetAlignment(i);
}

const char *ocl_expression(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef outer = o->current;
    const char *text;
    o->current = i;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMAdd: text = ocl_int_bits(LLVMTypeOf(i)) == 1 ? bitwise(o, i, "^") : wrapping(o, i, "+"); break;
    case LLVMSub: text = ocl_int_bits(LLVMTypeOf(i)) == 1 ? bitwise(o, i, "^") : wrapping(o, i, "-"); break;
    case LLVMMul: text = ocl_int_bits(LLVMTypeOf(i)) == 1 ? bitwise(o, i, "&") : wrapping(o, i, "*"); break;
    case LLVMUDiv: text = unsigned_binary(o, i, "/"); break;
    case LLVMURem: text = unsigned_binary(o, i, "%"); break;
    case LLVMSDiv: text = signed_binary(o, i, "/"); break;
    case LLVMSRem: text = signed_binary(o, i, "%"); break;
    case LLVMShl: text = shift(o, i, "<<", true); break;
    case LLVMLShr: text = shift(o, i, ">>", true); break;
    case LLVMAShr: text = shift(o, i, ">>", false); break;
    case LLVMAnd: text = bitwise(o, i, "&"); break;
    case LLVMOr: text = bitwise(o, i, "|"); break;
    case LLVMXor: text = bitwise(o, i, "^"); break;
    case LLVMFAdd: text = real_binary(o, i, "+"); break;
    case LLVMFSub: text = real_binary(o, i, "-"); break;
    case LLVMFMul: text = real_binary(o, i, "*"); break;
    case LLVMFDiv: text = real_binary(o, i, "/"); break;
    case LLVMFRem:
        text = real_result(o, LLVMTypeOf(i), ocl_format(o, "fmod(%s, %s)", real(o, LLVMGetOperand(i, 0)),
                                                        real(o, LLVMGetOperand(i, 1))));
        break;
    case LLVMFNeg: text = negate(o, i); break;
    case LLVMICmp: text = compare_integers(o, i); break;
    case LLVMFCmp: text = compare_reals(o, i); break;
    case LLVMSelect: text = choose(o, i); break;
    case LLVMGetElementPtr: text = ocl_gep(o, i); break;
    case LLVMLoad:
        text = ocl_load(o, LLVMGetOperand(i, 0), LLVMTypeOf(i), access_align(i),
                        LLVMGetVolatile(i) || LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic);
        if (ocl_is_pointer(i) && ocl_space_of(o, i) != OCL_GENERIC)
            text = ocl_format(o, "(%s)%s", ocl_value_type(o, i), text);
        break;
    case LLVMTrunc: case LLVMZExt: case LLVMSExt: case LLVMSIToFP: case LLVMUIToFP: case LLVMFPToSI: case LLVMFPToUI:
    case LLVMFPTrunc: case LLVMFPExt: text = convert(o, i); break;
    case LLVMBitCast: text = bitcast(o, i); break;
    case LLVMAddrSpaceCast: case LLVMFreeze: text = ocl_value(o, LLVMGetOperand(i, 0)); break;
    case LLVMPtrToInt:
        text = ocl_normalise(o, LLVMTypeOf(i), ocl_pointer_as(o, LLVMGetOperand(i, 0), o->stored_pointers_mixed
                                                              ? OCL_GENERIC : OCL_UNKNOWN));
        break;
    case LLVMIntToPtr:
        text = o->stored_pointers_mixed ? ocl_format(o, "(ulong)%s", ocl_unsigned(o, LLVMGetOperand(i, 0)))
                                        : ocl_format(o, "(__global uchar *)%s", ocl_unsigned(o, LLVMGetOperand(i, 0)));
        break;
    case LLVMExtractElement: text = extract_element(o, i); break;
    case LLVMExtractValue: text = extract_value(o, i); break;
    case LLVMAtomicRMW: text = ocl_atomic_rmw(o, i); break;
    case LLVMAtomicCmpXchg: text = ocl_atomic_exchange_if(o, i); break;
    case LLVMFence: text = "mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)"; break;
    case LLVMCall: text = ocl_call(o, i); break;
    default: ocl_refuse(o, "uses an instruction that this back end does not print");
    }
    o->current = outer;
    return text;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Folding: what has one user in the same block and no effect is printed inside it. A multiplication goes into an
 * addition only where the source allows contraction, because FP_CONTRACT works on one expression. */

static bool folds_into(LLVMValueRef i, LLVMValueRef user)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i), user_op = LLVMGetInstructionOpcode(user);
    switch (op) {
    case LLVMICmp: case LLVMFCmp: case LLVMGetElementPtr: case LLVMSExt: case LLVMZExt: case LLVMTrunc: case LLVMAdd:
    case LLVMSub: case LLVMMul: case LLVMShl: case LLVMLShr: case LLVMAShr: case LLVMAnd: case LLVMOr: case LLVMXor:
    case LLVMFDiv: case LLVMFAdd: case LLVMFSub: case LLVMFNeg: case LLVMSelect: case LLVMSIToFP: case LLVMUIToFP:
    case LLVMFPExt: case LLVMFPTrunc: case LLVMAddrSpaceCast: case LLVMFreeze: case LLVMBitCast:
        break;
    case LLVMFMul:
        if (user_op == LLVMFAdd || user_op == LLVMFSub)
            return (LLVMGetFastMathFlags(i) & LLVMFastMathAllowContract)
                   && (LLVMGetFastMathFlags(user) & LLVMFastMathAllowContract);
        break;
    default:
        return false;
    }
    if (op == LLVMFNeg && (user_op == LLVMFAdd || user_op == LLVMFSub))
        return LLVMGetFastMathFlags(user) & LLVMFastMathAllowContract;
    return user_op != LLVMPHI;
}

/* Steps down from an expression that is folded already; deep ones are cut for the reader and the parser. */
static unsigned depth_of(struct ocl *o, LLVMValueRef i, unsigned limit)
{
    unsigned deepest = 0;
    if (!limit)
        return 1;
    for (int k = 0; k < LLVMGetNumOperands(i); k++) {
        LLVMValueRef x = LLVMGetOperand(i, (unsigned)k);
        if (LLVMIsAInstruction(x) && ocl_note(o, x)->fold) {
            unsigned d = depth_of(o, x, limit - 1);
            deepest = d > deepest ? d : deepest;
        }
    }
    return deepest + 1;
}

void ocl_mark_folds(struct ocl *o)
{
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(o->function); b; b = LLVMGetNextBasicBlock(b))
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
            LLVMUseRef use = LLVMGetFirstUse(i);
            if (!use)
                continue;
            if (LLVMGetInstructionOpcode(i) == LLVMExtractValue || ocl_int_bits(LLVMTypeOf(i)) > 64) {
                ocl_note(o, i)->fold = 1;
                continue;
            }
            if (LLVMIsACallInst(i) && LLVMIsAFunction(LLVMGetCalledValue(i)) &&
                ocl_tells_block(ocl_name(LLVMGetCalledValue(i)))) {
                ocl_note(o, i)->fold = 1;
                continue;
            }
            LLVMValueRef user = LLVMGetUser(use);
            if (LLVMGetNextUse(use) || LLVMGetInstructionParent(user) != b || !folds_into(i, user))
                continue;
            if (LLVMIsACallInst(user) && LLVMGetInstructionOpcode(i) == LLVMSelect)
                continue;              /* an overloaded function wants a typed argument */
            ocl_note(o, i)->fold = depth_of(o, i, 8) < 8;
        }
}
