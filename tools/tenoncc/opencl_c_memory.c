/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_memory.c - addresses, loads, stores and block transfers. An address into a named array of the kernel
 * becomes a subscript (Intel's compiler loses a factor of four on pointers derived from local arrays).
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include <string.h>

enum { MAX_TERMS = 16 };

/* base + bytes + sum of scale[k] * index[k] */
struct address {
    LLVMValueRef base;
    int64_t bytes;
    unsigned terms;
    int64_t scale[MAX_TERMS];
    LLVMValueRef index[MAX_TERMS];
    LLVMTypeRef element;           /* type that the last step arrives at */
};

static bool is_gep(LLVMValueRef v)
{
    return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

static bool add_gep(struct ocl *o, struct address *a, LLVMValueRef g)
{
    LLVMTypeRef t = LLVMGetGEPSourceElementType(g);
    for (unsigned k = 1; k < (unsigned)LLVMGetNumOperands(g); k++) {
        LLVMValueRef x = LLVMGetOperand(g, k);
        if (LLVMGetTypeKind(LLVMTypeOf(x)) == LLVMVectorTypeKind)
            return false;
        if (k > 1 && LLVMGetTypeKind(t) == LLVMStructTypeKind) {
            unsigned field = (unsigned)LLVMConstIntGetZExtValue(x);
            a->bytes += (int64_t)LLVMOffsetOfElement(o->layout, t, field);
            t = LLVMStructGetTypeAtIndex(t, field);
            continue;
        }
        if (k > 1)
            t = LLVMGetElementType(t);
        int64_t scale = (int64_t)ocl_size(o, t);
        if (LLVMIsAConstantInt(x)) {
            a->bytes += scale * LLVMConstIntGetSExtValue(x);
        } else {
            if (a->terms == MAX_TERMS)
                return false;
            a->scale[a->terms] = scale;
            a->index[a->terms++] = x;
        }
    }
    a->element = t;
    a->base = LLVMGetOperand(g, 0);
    return true;
}

static const char *sum(struct ocl *o, const struct address *a, int64_t unit)
{
    const char *s = NULL;
    for (unsigned k = 0; k < a->terms; k++) {
        const char *x = ocl_value(o, a->index[k]);
        if (a->scale[k] != unit)
            x = ocl_format(o, "%s * %lldL", x, (long long)(a->scale[k] / unit));
        s = s ? ocl_format(o, "%s + %s", s, x) : x;
    }
    if (a->bytes)
        s = s ? ocl_format(o, a->bytes < 0 ? "%s - %lldL" : "%s + %lldL", s,
                           (long long)((a->bytes < 0 ? -a->bytes : a->bytes) / unit))
              : ocl_format(o, "%lldL", (long long)(a->bytes / unit));
    return s;
}

static bool divides(const struct address *a, int64_t unit)
{
    for (unsigned k = 0; k < a->terms; k++)
        if (a->scale[k] % unit)
            return false;
    return unit && a->bytes % unit == 0;
}

static bool is_plain_scalar(LLVMTypeRef t)
{
    unsigned bits = ocl_int_bits(t);
    LLVMTypeKind k = LLVMGetTypeKind(t);
    return bits == 8 || bits == 16 || bits == 32 || bits == 64 || k == LLVMFloatTypeKind || k == LLVMDoubleTypeKind
           || ocl_is_half(t);
}

static bool by_elements(struct ocl *o, const struct address *a, enum ocl_space s)
{
    return s != OCL_GENERIC && s != OCL_UNKNOWN && is_plain_scalar(a->element) && ocl_size(o, a->element) > 1
           && divides(a, (int64_t)ocl_size(o, a->element));
}

/* A pointer by elements where the type allows it: vectorisers look for unit strides. */
const char *ocl_gep(struct ocl *o, LLVMValueRef gep)
{
    struct address a = { 0 };
    if (!add_gep(o, &a, gep))
        ocl_refuse(o, "computes a vector of addresses");
    enum ocl_space s = ocl_space_of(o, a.base);
    const char *base = ocl_value(o, a.base);
    bool by_element = by_elements(o, &a, s);
    const char *offset = sum(o, &a, by_element ? (int64_t)ocl_size(o, a.element) : 1);
    if (!offset)
        return base;
    if (!by_element)
        return ocl_format(o, "(%s + (%s))", base, offset);
    return ocl_format(o, "(%s uchar *)((%s %s *)%s + (%s))", ocl_space_names[s], ocl_space_names[s],
                      ocl_memory_type(o, a.element), base, offset);
}

/* "l3[i + 1]" if `pointer` leads to an element of type t of a named local or private array, else NULL. */
static const char *subscript(struct ocl *o, LLVMValueRef pointer, LLVMTypeRef t)
{
    struct address a = { .base = pointer };
    while (is_gep(a.base) || LLVMIsAAddrSpaceCastInst(a.base)
           || (LLVMIsAConstantExpr(a.base) && LLVMGetConstOpcode(a.base) == LLVMAddrSpaceCast)) {
        if (!is_gep(a.base))
            a.base = LLVMGetOperand(a.base, 0);
        else if (!add_gep(o, &a, a.base))
            return NULL;
    }
    LLVMTypeRef storage;
    if (ocl_is_static_local(a.base))
        storage = LLVMGlobalGetValueType(a.base);
    else if (LLVMIsAAllocaInst(a.base))
        storage = LLVMGetAllocatedType(a.base);
    else
        return NULL;
    if (ocl_storage_element(storage) != t || !is_plain_scalar(t) || !divides(&a, (int64_t)ocl_size(o, t)))
        return NULL;
    const char *index = sum(o, &a, (int64_t)ocl_size(o, t));
    return ocl_format(o, "%c%u[%s]", LLVMIsAAllocaInst(a.base) ? 'm' : 'l', ocl_note(o, a.base)->id,
                      index ? index : "0");
}

/* "((__global m_float *)a0)[i]" for an address that is printed only here, else NULL. */
static const char *element(struct ocl *o, LLVMValueRef pointer, LLVMTypeRef t, unsigned align)
{
    struct address a = { 0 };
    if (!is_gep(pointer) || (LLVMIsAInstruction(pointer) && !ocl_note(o, pointer)->fold)
        || align < LLVMABIAlignmentOfType(o->layout, t) || !add_gep(o, &a, pointer))
        return NULL;
    enum ocl_space s = ocl_space_of(o, a.base);
    const char *index = by_elements(o, &a, s) && a.element == t ? sum(o, &a, (int64_t)ocl_size(o, t)) : NULL;
    return index ? ocl_format(o, "((%s %s *)%s)[%s]", ocl_space_names[s], ocl_memory_type(o, t), ocl_value(o, a.base),
                              index)
                 : NULL;
}

static void check_width(struct ocl *o, LLVMTypeRef t)
{
    unsigned bits = ocl_int_bits(t);
    if (bits > 1 && bits != ocl_container_bits(bits))
        ocl_refuse(o, "reads or writes a %u-bit integer in memory", bits);
}

/* The lvalue for a scalar that is aligned as its type wants, or a packed structure's member for one that is not. */
static const char *through(struct ocl *o, const char *space, const char *pointer, LLVMTypeRef t, unsigned align,
                           bool is_volatile)
{
    const char *type = ocl_memory_type(o, t), *vol = is_volatile ? " volatile" : "";
    if (align >= LLVMABIAlignmentOfType(o->layout, t))
        return ocl_format(o, "*(%s%s %s *)%s", space, vol, type, pointer);
    const char *packed = ocl_format(o, "u_%s", ocl_type(o, t, false));
    const char *guard = strstr(packed, "double") ? "#ifdef TN_FP64\n" : "";
    ocl_helper(o, packed, ocl_format(o, "%stypedef struct { %s v; } __attribute__((packed)) TN_ALIAS %s;%s", guard,
                                     ocl_type(o, t, false), packed, *guard ? "\n#endif" : ""));
    return ocl_format(o, "((%s%s %s *)%s)->v", space, vol, packed, pointer);
}

/* Generic pointers go through a function for each type, which looks at the tag. */
static const char *generic_access(struct ocl *o, LLVMTypeRef t, unsigned align, bool is_store)
{
    const char *type = ocl_type(o, t, false);
    bool packed = align < LLVMABIAlignmentOfType(o->layout, t);
    const char *name = ocl_format(o, "tn_%s_%s%s", is_store ? "store" : "load", type, packed ? "_packed" : "");
    const char *p = "(p & TN_ADDRESS)";
    const char *l = through(o, "__local", p, t, align, false), *m = through(o, "__private", p, t, align, false);
    const char *g = through(o, "__global", "p", t, align, false);
    const char *guard = strstr(type, "double") ? "#ifdef TN_FP64\n" : "", *end = *guard ? "\n#endif" : "";
    if (is_store)
        return ocl_helper(o, name,
                          ocl_format(o,
                                     "%svoid %s(ulong p, %s x)\n{\n    if (TN_IS_LOCAL(p))\n        %s = x;\n"
                                     "    else if (TN_IS_PRIVATE(p))\n        %s = x;\n    else\n        %s = x;\n}%s",
                                     guard, name, type, l, m, g, end));
    return ocl_helper(o, name,
                      ocl_format(o,
                                 "%s%s %s(ulong p)\n{\n    if (TN_IS_LOCAL(p))\n        return %s;\n"
                                 "    if (TN_IS_PRIVATE(p))\n        return %s;\n    return %s;\n}%s",
                                 guard, type, name, l, m, g, end));
}

static bool is_vector(LLVMTypeRef t)
{
    return LLVMGetTypeKind(t) == LLVMVectorTypeKind;
}

/* Three elements are four in OpenCL's memory, and a vector may be aligned to its element only: vloadn takes both. */
static bool wants_vload(struct ocl *o, LLVMTypeRef t, unsigned align)
{
    return is_vector(t) && (LLVMGetVectorSize(t) == 3 || align < ocl_size(o, t));
}

static void check_vector(struct ocl *o, LLVMTypeRef t, enum ocl_space s, unsigned align)
{
    if (!is_vector(t))
        return;
    if (s == OCL_GENERIC)
        ocl_refuse(o, "moves a vector through a pointer whose address space is known only at run time");
    if (align < ocl_size(o, LLVMGetElementType(t)) || !is_plain_scalar(LLVMGetElementType(t)))
        ocl_refuse(o, "moves a vector through a pointer that is not aligned to an element");
}

static enum ocl_space access_space(struct ocl *o, LLVMValueRef pointer)
{
    enum ocl_space s = ocl_space_of(o, pointer);
    return s == OCL_UNKNOWN ? OCL_GLOBAL : s;          /* null: a fault on any chip */
}

const char *ocl_load(struct ocl *o, LLVMValueRef pointer, LLVMTypeRef t, unsigned align, bool is_volatile)
{
    enum ocl_space s = access_space(o, pointer);
    const char *text = is_volatile ? NULL : subscript(o, pointer, t);
    if (!text && !is_volatile)
        text = element(o, pointer, t, align);
    check_width(o, t);
    check_vector(o, t, s, align);
    if (text)
        return text;
    const char *p = ocl_value(o, pointer);
    if (ocl_int_bits(t) == 1) {
        LLVMTypeRef byte = LLVMInt8TypeInContext(o->context);
        return ocl_format(o, "((%s & 1) != 0)", ocl_load(o, pointer, byte, 1, is_volatile));
    }
    if (s == OCL_GENERIC)
        return ocl_format(o, "%s(%s)", generic_access(o, t, align, false), p);
    if (wants_vload(o, t, align))
        return ocl_format(o, "vload%u(0, (%s %s *)%s)", LLVMGetVectorSize(t), ocl_space_names[s],
                          ocl_type(o, LLVMGetElementType(t), false), p);
    return through(o, ocl_space_names[s], p, t, align, is_volatile);
}

const char *ocl_store(struct ocl *o, LLVMValueRef pointer, LLVMTypeRef t, unsigned align, bool is_volatile,
                      const char *value)
{
    enum ocl_space s = access_space(o, pointer);
    const char *place = is_volatile ? NULL : subscript(o, pointer, t);
    if (!place && !is_volatile)
        place = element(o, pointer, t, align);
    check_width(o, t);
    check_vector(o, t, s, align);
    if (place)
        return ocl_format(o, "%s = %s;", place, value);
    const char *p = ocl_value(o, pointer);
    if (ocl_int_bits(t) == 1) {
        LLVMTypeRef byte = LLVMInt8TypeInContext(o->context);
        return ocl_store(o, pointer, byte, 1, is_volatile, ocl_format(o, "(char)%s", value));
    }
    if (s == OCL_GENERIC)
        return ocl_format(o, "%s(%s, %s);", generic_access(o, t, align, true), p, value);
    if (wants_vload(o, t, align))
        return ocl_format(o, "vstore%u(%s, 0, (%s %s *)%s);", LLVMGetVectorSize(t), value, ocl_space_names[s],
                          ocl_type(o, LLVMGetElementType(t), false), p);
    return ocl_format(o, "%s = %s;", through(o, ocl_space_names[s], p, t, align, is_volatile), value);
}

/* ------------------------------------------------------------------------------------------------------- */
/* memcpy, memmove and memset as loops over the widest word that length and alignments allow */

static unsigned parameter_align(struct ocl *o, LLVMValueRef call, unsigned argument)
{
    (void)o;
    LLVMAttributeRef a = LLVMGetCallSiteEnumAttribute(call, argument + 1, LLVMGetEnumAttributeKindForName("align", 5));
    return a ? (unsigned)LLVMGetEnumAttributeValue(a) : 1;
}

static LLVMTypeRef word_for(struct ocl *o, LLVMValueRef length, unsigned align)
{
    unsigned long long n = LLVMIsAConstantInt(length) ? LLVMConstIntGetZExtValue(length) : 1;
    unsigned bytes = 8;
    while (bytes > 1 && (align < bytes || n % bytes))
        bytes /= 2;
    return LLVMIntTypeInContext(o->context, bytes * 8);
}

static const char *word_at(struct ocl *o, enum ocl_space s, LLVMTypeRef word, const char *pointer, const char *value)
{
    unsigned bytes = (unsigned)ocl_size(o, word);
    if (s != OCL_GENERIC) {
        const char *place = ocl_format(o, "((%s %s *)%s)[q]", ocl_space_names[s], ocl_memory_type(o, word), pointer);
        return value ? ocl_format(o, "%s = %s", place, value) : place;
    }
    const char *address = ocl_format(o, "%s + q * %u", pointer, bytes);
    return value ? ocl_format(o, "%s(%s, %s)", generic_access(o, word, bytes, true), address, value)
                 : ocl_format(o, "%s(%s)", generic_access(o, word, bytes, false), address);
}

const char *ocl_transfer(struct ocl *o, LLVMValueRef call, bool is_set)
{
    LLVMValueRef to = LLVMGetOperand(call, 0), from = LLVMGetOperand(call, 1), length = LLVMGetOperand(call, 2);
    unsigned align = parameter_align(o, call, 0);
    if (!is_set && parameter_align(o, call, 1) < align)
        align = parameter_align(o, call, 1);
    LLVMTypeRef word = is_set ? LLVMInt8TypeInContext(o->context) : word_for(o, length, align);
    const char *value = is_set ? ocl_value(o, from) : word_at(o, access_space(o, from), word, ocl_value(o, from), NULL);
    const char *step = word_at(o, access_space(o, to), word, ocl_value(o, to), value);
    const char *count = ocl_format(o, "%s / %u", ocl_unsigned(o, length), (unsigned)ocl_size(o, word));
    const char *up = ocl_format(o, "for (ulong q = 0, n = %s; q < n; q++)\n            %s;", count, step);
    if (!ocl_starts(ocl_name(LLVMGetCalledValue(call)), "llvm.memmove"))
        return ocl_format(o, "{\n        %s\n    }", up);
    const char *before =
        ocl_format(o, "%s < %s", ocl_pointer_as(o, to, OCL_GENERIC), ocl_pointer_as(o, from, OCL_GENERIC));
    return ocl_format(o, "{\n        if (%s)\n            %s\n        else\n            for (ulong q = %s; q-- > 0;)\n"
                      "                %s;\n    }", before, up, count, step);
}
