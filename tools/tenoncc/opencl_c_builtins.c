/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_builtins.c - calls: LLVM's intrinsics, the C mathematics library by name, and the names that the device
 * headers leave (README.md). What OpenCL C cannot do is refused here with the reason.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------------- */
/* Mathematics. Looked up after "llvm." and the type suffix, or a trailing f of the C library, are taken off. The
 * format's $1 $2 $3 are the arguments. `fast` is used where the call allows approximate functions, and for CUDA's __sinf and the like. */

struct function {
    const char *name, *format, *fast;
};

static const struct function functions[] = {
    { "exp", "exp($1)", "TN_QUICK(exp)($1)" },
    { "exp2", "exp2($1)", "TN_QUICK(exp2)($1)" },
    { "exp10", "exp10($1)", "TN_QUICK(exp10)($1)" },
    { "expm1", "expm1($1)", NULL },
    { "log", "log($1)", "TN_QUICK(log)($1)" },
    { "log2", "log2($1)", "TN_QUICK(log2)($1)" },
    { "log10", "log10($1)", "TN_QUICK(log10)($1)" },
    { "log1p", "log1p($1)", NULL },
    { "logb", "logb($1)", NULL },
    { "sin", "sin($1)", "TN_QUICK(sin)($1)" },
    { "cos", "cos($1)", "TN_QUICK(cos)($1)" },
    { "tan", "tan($1)", "TN_QUICK(tan)($1)" },
    { "asin", "asin($1)", NULL },
    { "acos", "acos($1)", NULL },
    { "atan", "atan($1)", NULL },
    { "atan2", "atan2($1, $2)", NULL },
    { "sinh", "sinh($1)", NULL },
    { "cosh", "cosh($1)", NULL },
    { "tanh", "tanh($1)", NULL },
    { "asinh", "asinh($1)", NULL },
    { "acosh", "acosh($1)", NULL },
    { "atanh", "atanh($1)", NULL },
    { "sinpi", "sinpi($1)", NULL },
    { "cospi", "cospi($1)", NULL },
    { "pow", "pow($1, $2)", "TN_QUICK(exp2)($2 * TN_QUICK(log2)($1))" },
    { "powi", "pown($1, $2)", NULL },
    { "sqrt", "sqrt($1)", "TN_QUICK(sqrt)($1)" },
    { "rsqrt", "rsqrt($1)", "TN_QUICK(rsqrt)($1)" },
    { "cbrt", "cbrt($1)", NULL },
    { "rcbrt", "(1 / cbrt($1))", NULL },
    { "hypot", "hypot($1, $2)", NULL },
    { "rhypot", "(1 / hypot($1, $2))", NULL },
    { "erf", "erf($1)", NULL },
    { "erfc", "erfc($1)", NULL },
    { "tgamma", "tgamma($1)", NULL },
    { "lgamma", "lgamma($1)", NULL },
    { "fabs", "fabs($1)", NULL },
    { "floor", "floor($1)", NULL },
    { "ceil", "ceil($1)", NULL },
    { "trunc", "trunc($1)", NULL },
    { "round", "round($1)", NULL },
    { "rint", "rint($1)", NULL },
    { "nearbyint", "rint($1)", NULL },
    { "roundeven", "rint($1)", NULL },
    { "fmod", "fmod($1, $2)", NULL },
    { "remainder", "remainder($1, $2)", NULL },
    { "fdim", "fdim($1, $2)", NULL },
    { "fma", "fma($1, $2, $3)", NULL },
    { "fmuladd", "($1 * $2 + $3)", NULL },
    { "fmin", "fmin($1, $2)", NULL },
    { "minnum", "fmin($1, $2)", NULL },
    { "fmax", "fmax($1, $2)", NULL },
    { "maxnum", "fmax($1, $2)", NULL },
    { "copysign", "copysign($1, $2)", NULL },
    { "nextafter", "nextafter($1, $2)", NULL },
    { "ldexp", "ldexp($1, $2)", NULL },
    { "scalbn", "ldexp($1, $2)", NULL },
    { "ilogb", "ilogb($1)", NULL },
    { "lrint", "(long)rint($1)", NULL },
    { "llrint", "(long)rint($1)", NULL },
    { "lround", "(long)round($1)", NULL },
    { "llround", "(long)round($1)", NULL },
};

static const char *fill(struct ocl *o, const char *format, const char *const args[])
{
    struct ocl_text t = { 0 };
    for (const char *c = format; *c; c++) {
        if (*c == '$')
            ocl_text_add(&t, "%s", args[*++c - '1']);
        else
            ocl_text_add(&t, "%c", *c);
    }
    char *s = ocl_format(o, "%s", t.data);
    ocl_text_clear(&t);
    return s;
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct function *find(const char *name, size_t bytes)
{
    for (size_t i = 0; i < COUNT(functions); i++)
        if (strlen(functions[i].name) == bytes && !memcmp(functions[i].name, name, bytes))
            return &functions[i];
    return NULL;
}

static const char *mathematics(struct ocl *o, LLVMValueRef call, const char *name)
{
    size_t bytes = strlen(name);
    bool intrinsic = ocl_starts(name, "llvm."), quick = ocl_starts(name, "tnm_fast_"); /* CUDA's __sinf and the like */
    const struct function *f;
    if (quick) {
        name += 9;
        bytes -= 9;
    }
    if (intrinsic) {
        name += 5;
        bytes = strcspn(name, ".");
    }
    f = find(name, bytes);
    if (!f && !intrinsic && bytes > 1 && name[bytes - 1] == 'f')
        f = find(name, bytes - 1);
    if (!f)
        return NULL;
    const char *args[3] = { "", "", "" };
    bool half = ocl_is_half(LLVMTypeOf(call));
    LLVMTypeKind kind = LLVMGetTypeKind(LLVMTypeOf(call));
    for (unsigned k = 0; k < LLVMGetNumArgOperands(call) && k < 3; k++) {
        LLVMValueRef x = LLVMGetOperand(call, k);
        if (LLVMGetTypeKind(LLVMTypeOf(x)) == LLVMVectorTypeKind)
            ocl_refuse(o, "calls %s on a vector", name);
        args[k] =
            half && ocl_is_half(LLVMTypeOf(x)) ? ocl_to_float(o, LLVMTypeOf(x), ocl_value(o, x)) : ocl_value(o, x);
    }
    bool fast = f->fast && (kind == LLVMFloatTypeKind || half) && LLVMCanValueUseFastMathFlags(call)
                && (LLVMGetFastMathFlags(call) & LLVMFastMathApproxFunc);
    const char *text = fill(o, fast || (quick && f->fast) ? f->fast : f->format, args);
    return half ? ocl_from_float(o, LLVMTypeOf(call), text) : text;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Integer intrinsics */

static const char *reverse_bits(struct ocl *o)
{
    return ocl_helper(o, "tn_reverse_bits",
        "uint tn_reverse_bits(uint x)\n{\n    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;\n"
        "    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;\n"
        "    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;\n"
        "    x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;\n    return x >> 16 | x << 16;\n}");
}

/* The nearest number that fits, 0 for what is none. OpenCL's own saturating conversions are slow calls on processors, and
 * Intel's of 64 bits gives other numbers. */
static const char *saturate(struct ocl *o, LLVMTypeRef from, LLVMTypeRef to, bool is_signed, const char *x)
{
    unsigned bits = ocl_int_bits(to);
    const char *real = LLVMGetTypeKind(from) == LLVMDoubleTypeKind ? "double" : "float";
    const char *type = ocl_format(o, "%s%s", is_signed ? "" : "u", bits == 64 ? "long" : "int");
    const char *name = ocl_format(o, "tn_%s_of_%s", type, real), *suffix = *real == 'f' ? "f" : "";
    const char *top = bits == 64 ? is_signed ? "0x1p63" : "0x1p64" : is_signed ? "0x1p31" : "0x1p32";
    const char *most = bits == 64 ? is_signed ? "LONG_MAX" : "ULONG_MAX" : is_signed ? "INT_MAX" : "UINT_MAX";
    const char *low = is_signed ? ocl_format(o, "-%s%s", top, suffix) : ocl_format(o, "0.0%s", suffix);
    const char *least = is_signed ? bits == 64 ? "LONG_MIN" : "INT_MIN" : "0";
    ocl_helper(o, name,
               ocl_format(o, "%s%s %s(%s x)\n{\n    return x != x ? 0 : x >= %s%s ? %s : x <= %s ? %s : (%s)x;\n}%s",
                          *real == 'd' ? "#ifdef TN_FP64\n" : "", type, name, real, top, suffix, most, low, least, type,
                          *real == 'd' ? "\n#endif" : ""));
    return ocl_format(o, "(%s)%s(%s)", ocl_type(o, to, false), name, x);
}

static const char *integer_intrinsic(struct ocl *o, LLVMValueRef call, const char *name)
{
    LLVMValueRef a = LLVMGetOperand(call, 0);
    LLVMTypeRef t = LLVMTypeOf(call);
    unsigned bits = ocl_int_bits(t);
    const char *x = ocl_value(o, a);
    if (ocl_starts(name, "smax.") || ocl_starts(name, "smin."))
        return ocl_normalise(o, t, ocl_format(o, "%.3s(%s, %s)", name + 1, x, ocl_value(o, LLVMGetOperand(call, 1))));
    if (ocl_starts(name, "umax.") || ocl_starts(name, "umin."))
        return ocl_normalise(o, t, ocl_format(o, "%.3s(%s, %s)", name + 1, ocl_unsigned(o, a),
                                              ocl_unsigned(o, LLVMGetOperand(call, 1))));
    if (ocl_starts(name, "abs."))
        return ocl_normalise(o, t, ocl_format(o, "abs(%s)", x));
    if (ocl_starts(name, "ctpop."))
        return ocl_normalise(o, t, ocl_format(o, "popcount(%s)", ocl_unsigned(o, a)));
    if (ocl_starts(name, "ctlz."))
        return ocl_normalise(o, t,
                             ocl_format(o, "(clz(%s) - %u)", ocl_unsigned(o, a), ocl_container_bits(bits) - bits));
    if (ocl_starts(name, "cttz."))
        return ocl_format(o, "(%s)(%s == 0 ? %u : popcount((%s & -%s) - 1))", ocl_type(o, t, false), x, bits,
                          ocl_unsigned(o, a), ocl_unsigned(o, a));
    if (ocl_starts(name, "uadd.sat") || ocl_starts(name, "sadd.sat") || ocl_starts(name, "usub.sat")
        || ocl_starts(name, "ssub.sat")) {
        const char *b = *name == 'u' ? ocl_unsigned(o, LLVMGetOperand(call, 1)) : ocl_value(o, LLVMGetOperand(call, 1));
        return ocl_normalise(o, t,
                             ocl_format(o, "%.3s_sat(%s, %s)", name + 1, *name == 'u' ? ocl_unsigned(o, a) : x, b));
    }
    if (ocl_starts(name, "fshl.") || ocl_starts(name, "fshr.")) {
        bool left = name[3] == 'l';
        const char *high = ocl_unsigned(o, a), *low = ocl_unsigned(o, LLVMGetOperand(call, 1));
        const char *by = ocl_format(o, "(%s & %u)", ocl_value(o, LLVMGetOperand(call, 2)), bits - 1);
        if (left && a == LLVMGetOperand(call, 1) && bits == ocl_container_bits(bits))
            return ocl_format(o, "rotate(%s, %s)", x, ocl_value(o, LLVMGetOperand(call, 2)));
        if (left)
            return ocl_normalise(o, t,
                                 ocl_format(o, "((%s << %s) | (%s >> 1 >> (%u - %s)))", high, by, low, bits - 1, by));
        return ocl_normalise(o, t, ocl_format(o, "((%s << 1 << (%u - %s)) | (%s >> %s))", high, bits - 1, by, low, by));
    }
    if (ocl_starts(name, "bitreverse.") && bits == 32)
        return ocl_format(o, "(int)%s(%s)", reverse_bits(o), ocl_unsigned(o, a));
    if (ocl_starts(name, "bitreverse.") && bits == 64) {
        reverse_bits(o);
        return ocl_format(o, "(long)((ulong)tn_reverse_bits((uint)%s) << 32 | tn_reverse_bits((uint)(%s >> 32)))", x,
                          ocl_unsigned(o, a));
    }
    if (ocl_starts(name, "bswap.") && bits == 32)
        return ocl_format(o, "as_int(as_uchar4(%s).s3210)", x);
    if (ocl_starts(name, "bswap.") && bits == 64)
        return ocl_format(o, "as_long(as_uchar8(%s).s76543210)", x);
    LLVMTypeKind kind = LLVMGetTypeKind(LLVMTypeOf(a));
    if (ocl_starts(name + 6, ".sat.") && (kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind) && (bits == 32 || bits == 64))
        return saturate(o, LLVMTypeOf(a), t, name[4] == 's', x);
    if (ocl_starts(name, "fptosi.sat.") && bits >= 8)
        return ocl_format(o, "convert_%s_sat_rtz(%s)", ocl_type(o, t, false), x);
    if (ocl_starts(name, "fptoui.sat.") && bits >= 8)
        return ocl_format(o, "(%s)convert_%s_sat_rtz(%s)", ocl_type(o, t, false), ocl_type(o, t, true), x);
    if (ocl_starts(name, "is.fpclass.")) {
        unsigned long long classes = LLVMConstIntGetZExtValue(LLVMGetOperand(call, 1));
        const char *f = ocl_is_half(LLVMTypeOf(a)) ? ocl_to_float(o, LLVMTypeOf(a), x) : x;
        switch (classes) {
        case 0x003: return ocl_format(o, "(isnan(%s) != 0)", f);
        case 0x204: return ocl_format(o, "(isinf(%s) != 0)", f);
        case 0x1f8: return ocl_format(o, "(isfinite(%s) != 0)", f);
        case 0x3fc: return ocl_format(o, "(isnan(%s) == 0)", f);
        default: return NULL;
        }
    }
    if (ocl_starts(name, "convert.to.fp16.f32"))
        return ocl_format(o, "(short)%s", ocl_from_float(o, LLVMHalfTypeInContext(o->context), x));
    if (ocl_starts(name, "convert.from.fp16.f32"))
        return ocl_to_float(o, LLVMHalfTypeInContext(o->context), ocl_format(o, "(ushort)%s", x));
    if (ocl_starts(name, "ptrmask."))
        return ocl_format(o, "(%s)((ulong)%s & %s)", ocl_value_type(o, call), x,
                          ocl_unsigned(o, LLVMGetOperand(call, 1)));
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* The names of the device headers: thread numbers, fences, and what has no counterpart */

static const char *thread_number(struct ocl *o, const char *name)
{
    static const struct { const char *name, *function; } numbers[] = {
        { "tid_", "get_local_id" }, { "ctaid_", "get_group_id" }, { "ntid_", "get_local_size" },
        { "nctaid_", "get_num_groups" },
    };
    for (size_t i = 0; i < COUNT(numbers); i++) {
        size_t n = strlen(numbers[i].name);
        if (ocl_starts(name, numbers[i].name) && name[n] >= 'x' && name[n] <= 'z' && !name[n + 1])
            return ocl_format(o, "%s(%d)", numbers[i].function, name[n] - 'x');
    }
    return NULL;
}

const char *ocl_thread_number(struct ocl *o, LLVMValueRef call)
{
    LLVMValueRef f = LLVMGetCalledValue(call);
    return LLVMIsAFunction(f) && ocl_starts(ocl_name(f), "__tn_") ? thread_number(o, ocl_name(f) + 5) : NULL;
}

static const char no_stop[] = "%s; OpenCL C has no way to stop a kernel with an error";
static const char no_heap[] = "the device's heap (%s); OpenCL has none";
static const char no_clock[] = "the device's clock (%s), which OpenCL C does not show";

/* By beginning of the name after "__tn_"; `flag` is set for the kernel table. */
static const struct { const char *name, *shown, *reason; uint32_t flag;
} impossible[] = {
    { "malloc", "malloc", no_heap, TN_KERNEL_USES_MALLOC },
    { "free", "free", no_heap, TN_KERNEL_USES_MALLOC },
    { "assert", "assert", no_stop, 0 },
    { "trap", "__trap", no_stop, 0 },
    { "timer", "__globaltimer", no_clock, 0 },
    { "clock", "clock64", no_clock, 0 },
};

static const char *device_name(struct ocl *o, const char *name)
{
    const char *text = thread_number(o, name);
    if (text)
        return ocl_format(o, "(int)%s", text);
    if (!strcmp(name, "lane"))
        return "(int)(tn_thread & 31)";
    if (!strcmp(name, "fence"))
        return "mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)";
    for (size_t i = 0; i < COUNT(impossible); i++)
        if (ocl_starts(name, impossible[i].name)) {
            o->kernel->flags |= impossible[i].flag;
            ocl_refuse(o, "uses %s", ocl_format(o, impossible[i].reason, impossible[i].shown));
        }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* printf. OpenCL takes the format and each %s as literals only, knows no ll, z, t and j, and no *. */

static void add_escaped(struct ocl_text *t, const char *s, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            ocl_text_add(t, "\\%c", c);
        else if (c == '\n')
            ocl_text_add(t, "\\n");
        else if (c < 32 || c > 126)
            ocl_text_add(t, "\\%03o", c);
        else
            ocl_text_add(t, "%c", c);
    }
}

/* One conversion of a format: its text as OpenCL wants it goes to `t`. Returns the letter, 0 at the end. */
static char conversion(struct ocl *o, struct ocl_text *t, const char *s, size_t bytes, size_t *at, bool *out_long)
{
    *out_long = false;
    while (*at < bytes && strchr("-+ #0123456789.", s[*at]))
        add_escaped(t, s + (*at)++, 1);
    if (*at < bytes && s[*at] == '*') {
        ocl_text_clear(t);
        ocl_refuse(o, "prints with a width given as an argument (%%*), which OpenCL's printf does not have");
    }
    while (*at < bytes && strchr("hlzjt", s[*at])) {
        *out_long |= s[*at] != 'h';
        ++*at;
    }
    if (*at == bytes)
        return 0;
    char letter = s[(*at)++];
    if (*out_long && strchr("diouxX", letter))
        ocl_text_add(t, "l");
    add_escaped(t, &letter, 1);
    return letter;
}

/* A slot holds 64 bits; what was put in shows through. */
static LLVMValueRef slot_source(LLVMValueRef x, LLVMOpcode through)
{
    return LLVMIsAInstruction(x) && LLVMGetInstructionOpcode(x) == through ? LLVMGetOperand(x, 0) : NULL;
}

static const char *real_argument(struct ocl *o, LLVMValueRef x)
{
    LLVMValueRef d = slot_source(x, LLVMBitCast), f = d ? slot_source(d, LLVMFPExt) : NULL;
    if (f)                             /* printf widens by itself, also where double is missing */
        return ocl_is_half(LLVMTypeOf(f)) ? ocl_to_float(o, LLVMTypeOf(f), ocl_value(o, f)) : ocl_value(o, f);
    if (d)
        return ocl_value(o, d);
    o->kernel->flags |= TN_KERNEL_USES_FP64;
    return ocl_format(o, "as_double(%s)", ocl_value(o, x));
}

static const char *string_argument(struct ocl *o, LLVMValueRef x)
{
    size_t bytes;
    struct ocl_text t = { 0 };
    LLVMValueRef p = slot_source(x, LLVMPtrToInt);
    if (!p && LLVMIsAConstantExpr(x) && LLVMGetConstOpcode(x) == LLVMPtrToInt)
        p = LLVMGetOperand(x, 0);
    const char *s = p ? ocl_constant_string(p, &bytes) : NULL;
    if (!s)
        ocl_refuse(o, "prints a string (%%s) that is not a literal, which OpenCL's printf needs");
    add_escaped(&t, s, bytes);
    const char *text = ocl_format(o, "\"%s\"", t.data ? t.data : "");
    ocl_text_clear(&t);
    return text;
}

static const char *print_argument(struct ocl *o, LLVMValueRef x, char letter, bool is_long)
{
    if (strchr("fFeEgGaA", letter))
        return real_argument(o, x);
    if (letter == 's')
        return string_argument(o, x);
    if (letter == 'p')
        return ocl_format(o, "(__global void *)%s", ocl_value(o, x));
    return ocl_format(o, is_long ? "%s" : "(int)%s", ocl_value(o, x));
}

/* tncc.printf(format, slots ...), made in opencl_c_prepare.c */
static const char *print(struct ocl *o, LLVMValueRef call)
{
    size_t bytes, at = 0;
    struct ocl_text t = { 0 };
    const char *s = ocl_constant_string(LLVMGetOperand(call, 0), &bytes), *args = "";
    unsigned k = 1;
    o->kernel->flags |= TN_KERNEL_USES_PRINTF;
    if (!s)
        ocl_refuse(o, "prints with a format that is not a literal, which OpenCL's printf needs");
    while (at < bytes) {
        char c = s[at++], letter;
        bool is_long;
        add_escaped(&t, &c, 1);
        if (c != '%')
            continue;
        letter = conversion(o, &t, s, bytes, &at, &is_long);
        if (letter && letter != '%' && k < LLVMGetNumArgOperands(call))
            args = ocl_format(o, "%s, %s", args, print_argument(o, LLVMGetOperand(call, k++), letter, is_long));
    }
    const char *text = ocl_format(o, "printf(\"%s\"%s)", t.data ? t.data : "", args);
    ocl_text_clear(&t);
    return text;
}

/* ------------------------------------------------------------------------------------------------------- */

static const char *const nothing[] = { "llvm.lifetime.", "llvm.assume", "llvm.dbg.", "llvm.experimental.noalias",
    "llvm.invariant.", "llvm.donothing", "llvm.sideeffect", "llvm.stacksave", "llvm.stackrestore", "llvm.prefetch",
    "llvm.annotation", "llvm.var.annotation", "llvm.pseudoprobe" };

static const char *intrinsic(struct ocl *o, LLVMValueRef i, const char *name)
{
    for (size_t k = 0; k < COUNT(nothing); k++)
        if (ocl_starts(name, nothing[k]))
            return "";
    if (ocl_starts(name, "llvm.memcpy.") || ocl_starts(name, "llvm.memmove."))
        return ocl_transfer(o, i, false);
    if (ocl_starts(name, "llvm.memset."))
        return ocl_transfer(o, i, true);
    if (ocl_gives_structure(i))
        return "";                     /* printed where its fields are taken */
    const char *text = mathematics(o, i, name);
    if (!text)
        text = integer_intrinsic(o, i, name + 5);
    if (!text)
        ocl_refuse(o, "uses %s, which this back end does not print", name);
    return text;
}

const char *ocl_call(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef f = LLVMGetCalledValue(i);
    const char *text = NULL;
    if (LLVMIsAInlineAsm(f))
        ocl_refuse(o, "%s", o->assembly ? o->assembly(f) : "contains inline assembly, which is written for one chip");
    if (!LLVMIsAFunction(f))
        ocl_refuse(o, "calls through a function pointer; OpenCL C has none");
    const char *name = ocl_name(f);
    if (!LLVMIsDeclaration(f))
        ocl_refuse(o, "calls the recursive function %s; OpenCL C has no recursion", name);
    if (!strcmp(name, "tncc.printf"))
        return print(o, i);
    if (ocl_starts(name, "llvm."))
        return intrinsic(o, i, name);
    if (ocl_starts(name, "__tn_"))
        text = device_name(o, name + 5);
    if (!text)
        text = mathematics(o, i, name);
    if (!text && ocl_starts(name, "__tn_grid"))
        ocl_refuse(o, "synchronises the whole grid, which OpenCL C can't");
    if (!text && ocl_starts(name, "__tn_"))
        ocl_refuse(o, "uses %s, which this back end does not have", name);
    if (!text)
        ocl_refuse(o, "calls %s, which is not defined in this file", name);
    return text;
}
