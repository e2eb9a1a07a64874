/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asm_operand.c - the operands of inline PTX: types, registers, numbers, special registers, words in braces, addresses; what is read
 * of them and written to them as LLVM IR. Calls LLVM-C.
 */
#include "tools/tenoncc/asm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORD = PTX_MAX_WORD, MAX_GROUP = 8 };

/* ---- types and values ---- */
static LLVMTypeRef int_type(struct ptx *p, unsigned bits)
{
    return LLVMIntTypeInContext(p->context, bits);
}

bool ptx_type(const char *word, struct ptx_type *out)
{
    static const struct {
        const char *word;
        struct ptx_type type;
    } table[] = { { "b8", { 'b', 8 } },   { "b16", { 'b', 16 } }, { "b32", { 'b', 32 } }, { "b64", { 'b', 64 } },
                  { "u8", { 'u', 8 } },   { "u16", { 'u', 16 } }, { "u32", { 'u', 32 } }, { "u64", { 'u', 64 } },
                  { "s8", { 's', 8 } },   { "s16", { 's', 16 } }, { "s32", { 's', 32 } }, { "s64", { 's', 64 } },
                  { "f16", { 'f', 16 } }, { "f32", { 'f', 32 } }, { "f64", { 'f', 64 } }, { "pred", { 'p', 1 } } };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (!strcmp(word, table[k].word)) {
            *out = table[k].type;
            return true;
        }
    return false;
}

static LLVMTypeRef llvm_type(struct ptx *p, struct ptx_type t)
{
    if (t.kind != 'f')
        return int_type(p, t.bits);
    return t.bits == 16   ? LLVMHalfTypeInContext(p->context)
           : t.bits == 32 ? LLVMFloatTypeInContext(p->context)
                          : LLVMDoubleTypeInContext(p->context);
}

static unsigned bits_of(LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMIntegerTypeKind:
        return LLVMGetIntTypeWidth(type);
    case LLVMHalfTypeKind:
        return 16;
    case LLVMFloatTypeKind:
        return 32;
    case LLVMDoubleTypeKind:
    case LLVMPointerTypeKind:
        return 64;
    default:
        return 0;
    }
}

LLVMValueRef ptx_resize(struct ptx *p, LLVMValueRef v, LLVMTypeRef to, bool is_signed)
{
    LLVMTypeRef from = LLVMTypeOf(v);
    unsigned have = bits_of(from), want = bits_of(to);
    if (from == to)
        return v;
    if (LLVMGetTypeKind(from) == LLVMPointerTypeKind)
        v = LLVMBuildPtrToInt(p->builder, v, int_type(p, 64), "");
    else if (LLVMGetTypeKind(from) != LLVMIntegerTypeKind)
        v = LLVMBuildBitCast(p->builder, v, int_type(p, have), "");
    if (have != want)
        v = have > want ? LLVMBuildTrunc(p->builder, v, int_type(p, want), "")
            : is_signed ? LLVMBuildSExt(p->builder, v, int_type(p, want), "")
                        : LLVMBuildZExt(p->builder, v, int_type(p, want), "");
    if (LLVMGetTypeKind(to) == LLVMPointerTypeKind)
        return LLVMBuildIntToPtr(p->builder, v, to, "");
    return LLVMGetTypeKind(to) == LLVMIntegerTypeKind ? v : LLVMBuildBitCast(p->builder, v, to, "");
}

void ptx_fail(struct ptx *p, const char *why)
{
    if (!p->why)
        p->why = why;
}

LLVMValueRef ptx_call(struct ptx *p, const char *name, struct ptx_type result, LLVMValueRef *args, unsigned count)
{
    LLVMValueRef f = LLVMGetNamedFunction(p->module, name);
    LLVMTypeRef types[16];
    for (unsigned k = 0; k < count; k++)
        types[k] = LLVMTypeOf(args[k]);
    LLVMTypeRef type =
        LLVMFunctionType(result.bits ? llvm_type(p, result) : LLVMVoidTypeInContext(p->context), types, count, 0);
    if (!f) {
        f = LLVMAddFunction(p->module, name, type);
        unsigned kind = LLVMGetEnumAttributeKindForName("convergent", 10);
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(p->context, kind, 0));
    }
    return LLVMBuildCall2(p->builder, type, f, args, count, "");
}

LLVMValueRef ptx_intrinsic(struct ptx *p, const char *name, LLVMTypeRef type, LLVMValueRef *args, unsigned count)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(p->module, id, &type, 1);
    return LLVMBuildCall2(p->builder, LLVMGlobalGetValueType(f), f, args, count, "");
}

/* ---- operands ---- */
static struct ptx_register *find_register(struct ptx *p, const char *name)
{
    for (unsigned k = p->register_count; k > 0; k--)
        if (!strcmp(p->registers[k - 1].name, name))
            return &p->registers[k - 1];
    return NULL;
}

static const struct ptx_type u32 = { 'u', 32 }, u64 = { 'u', 64 };

static LLVMValueRef constant(struct ptx *p, unsigned bits, uint64_t v)
{
    return LLVMConstInt(int_type(p, bits), v, 0);
}

static LLVMValueRef identity(struct ptx *p, const char *name)
{
    return ptx_call(p, name, u32, NULL, 0);
}

/* x + nx (y + ny z) */
static LLVMValueRef thread_rank(struct ptx *p)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef yz = LLVMBuildAdd(b, identity(p, "__tn_tid_y"),
                                   LLVMBuildMul(b, identity(p, "__tn_ntid_y"), identity(p, "__tn_tid_z"), ""), "");
    return LLVMBuildAdd(b, identity(p, "__tn_tid_x"), LLVMBuildMul(b, identity(p, "__tn_ntid_x"), yz, ""), "");
}

static LLVMValueRef lane_mask(struct ptx *p, const char *relation, unsigned bits)
{
    LLVMBuilderRef b = p->builder;
    const unsigned wide = p->width == 64 ? 64 : 32;
    LLVMValueRef lane = ptx_resize(p, identity(p, "__tn_lane"), int_type(p, wide), false), one = constant(p, wide, 1);
    LLVMValueRef all = constant(p, wide, ~0ull);
    LLVMValueRef eq = LLVMBuildShl(b, one, lane, ""), lt = LLVMBuildSub(b, eq, one, "");
    if (wide > bits)
        ptx_fail(p, "a lane mask of 32 bits, which is for warps of 32 lanes");
    LLVMValueRef le = LLVMBuildOr(b, eq, lt, "");
    return !strcmp(relation, "eq")   ? eq
           : !strcmp(relation, "lt") ? lt
           : !strcmp(relation, "le") ? le
           : !strcmp(relation, "gt") ? LLVMBuildXor(b, le, all, "")
                                     : LLVMBuildXor(b, lt, all, "");
}

static LLVMValueRef special_register(struct ptx *p, const char *name, unsigned bits)
{
    static const char *const triples[] = { "tid", "ctaid", "ntid", "nctaid" };
    for (int k = 0; k < 4; k++) {
        size_t n = strlen(triples[k]);
        if (!strncmp(name, triples[k], n) && name[n] == '.' && name[n + 1] >= 'x' && name[n + 1] <= 'z' && !name[n + 2])
            return identity(p, tncc_format("__tn_%s_%c", triples[k], name[n + 1]));
    }
    if (!strcmp(name, "laneid"))
        return identity(p, "__tn_lane");
    if (!strcmp(name, "warpid"))
        return LLVMBuildUDiv(p->builder, thread_rank(p), identity(p, "__tn_width"), "");
    if (!strcmp(name, "smid"))
        return constant(p, 32, 0);
    if (!strcmp(name, "nsmid"))
        return constant(p, 32, 1);
    if (!strncmp(name, "lanemask_", 9))
        return lane_mask(p, name + 9, bits);
    if (!strcmp(name, "nwarpid"))
        return constant(p, 32, 32);
    if (!strcmp(name, "gridid"))
        return constant(p, 64, 0);
    if (!strcmp(name, "clock_hi"))
        return LLVMBuildTrunc(
            p->builder, LLVMBuildLShr(p->builder, ptx_call(p, "__tn_clock", u64, NULL, 0), constant(p, 64, 32), ""),
            int_type(p, 32), "");
    if (!strcmp(name, "globaltimer_lo"))
        return LLVMBuildTrunc(p->builder, ptx_call(p, "__tn_timer", u64, NULL, 0), int_type(p, 32), "");
    if (!strcmp(name, "clock"))
        return LLVMBuildTrunc(p->builder, ptx_call(p, "__tn_clock", u64, NULL, 0), int_type(p, 32), "");
    if (!strcmp(name, "clock64"))
        return ptx_call(p, "__tn_clock", u64, NULL, 0);
    if (!strcmp(name, "globaltimer"))
        return ptx_call(p, "__tn_timer", u64, NULL, 0);
    ptx_fail(p, tncc_format("the special register %%%s", name));
    return constant(p, 32, 0);
}

static LLVMValueRef literal(struct ptx *p, const char *word, struct ptx_type t)
{
    if (word[0] == '0' && (word[1] == 'f' || word[1] == 'F') && isxdigit((unsigned char)word[2]))
        return constant(p, 32, strtoull(word + 2, NULL, 16));
    if (word[0] == '0' && (word[1] == 'd' || word[1] == 'D'))
        return constant(p, 64, strtoull(word + 2, NULL, 16));
    if (t.kind == 'f')
        return LLVMConstReal(llvm_type(p, t), strtod(word, NULL));
    uint64_t v = word[0] == '-' ? 0 - strtoull(word + 1, NULL, 0) : strtoull(word, NULL, 0);
    return constant(p, t.bits, v);
}

LLVMValueRef ptx_named(struct ptx *p, const char *word, struct ptx_type t)
{
    struct ptx_register *r = find_register(p, word);
    if (word[0] == '$') {
        unsigned n = (unsigned)atoi(word + 1);
        if (n < p->operand_count && p->operands[n])
            return p->operands[n];
        ptx_fail(p, "an operand that is read before it is written");
        return constant(p, 32, 0);
    }
    if (r) {
        if (!r->value)
            r->value = LLVMConstNull(int_type(p, r->bits));
        return r->value;
    }
    if (word[0] == '%')
        return special_register(p, word + 1, t.bits);
    if (isdigit((unsigned char)word[0]) || word[0] == '-' || word[0] == '.')
        return literal(p, word, t);
    if (!strcmp(word, "WARP_SZ"))
        return identity(p, "__tn_width");
    ptx_fail(p, tncc_format("the operand '%s'", word));
    return constant(p, 32, 0);
}

LLVMValueRef ptx_operand(struct ptx *p, const struct ptx_statement *s, unsigned n, struct ptx_type t)
{
    if (n >= s->operand_count) {
        ptx_fail(p, tncc_format("%s with %u operands", s->text, s->operand_count));
        return LLVMConstNull(llvm_type(p, t));
    }
    const char *word = s->operands[n];
    bool inverted = t.kind == 'p' && word[0] == '!';
    LLVMValueRef v = ptx_resize(p, ptx_named(p, word + inverted, t), llvm_type(p, t), t.kind == 's');
    return inverted ? LLVMBuildNot(p->builder, v, "") : v;
}

static void write_word(struct ptx *p, const struct ptx_statement *s, const char *word, LLVMValueRef v, bool is_signed)
{
    struct ptx_register *r = find_register(p, word);
    LLVMValueRef *place;
    LLVMTypeRef type;
    if (!strcmp(word, "_"))
        return;
    if (word[0] == '$' && (unsigned)atoi(word + 1) < p->output_count) {
        place = &p->operands[atoi(word + 1)];
        type = p->output_types[atoi(word + 1)];
    } else if (r) {
        place = &r->value;
        type = int_type(p, r->bits);
    } else {
        ptx_fail(p, tncc_format("%s that writes to '%s'", s->text, word));
        return;
    }
    v = ptx_resize(p, v, type, is_signed);
    if (s->guard) { /* not executed: the old value stays */
        LLVMValueRef old = *place ? *place : LLVMConstNull(type);
        v = LLVMBuildSelect(p->builder, s->guard, v, ptx_resize(p, old, type, false), "");
    }
    *place = v;
}

void ptx_write_at(struct ptx *p, const struct ptx_statement *s, unsigned n, LLVMValueRef v, bool is_signed)
{
    if (n < s->operand_count)
        write_word(p, s, s->operands[n], v, is_signed);
}

void ptx_write(struct ptx *p, const struct ptx_statement *s, LLVMValueRef v, bool is_signed)
{
    if (s->operand_count)
        write_word(p, s, s->operands[0], v, is_signed);
}

/* The words of {a, b, c} */
static unsigned braces(const char *word, char out[MAX_GROUP][MAX_WORD])
{
    unsigned n = 0, at = 0;
    if (*word != '{')
        return 0;
    for (word++; *word && *word != '}'; word++)
        if (*word == ',') {
            out[n][at] = 0;
            at = 0;
            if (++n == MAX_GROUP)
                return 0;
        } else if (!isspace((unsigned char)*word) && at + 1 < MAX_WORD) {
            out[n][at++] = *word;
        }
    out[n][at] = 0;
    return n + 1;
}

/* ---- several words at once ---- */
unsigned ptx_operand_words(const struct ptx_statement *s, unsigned n)
{
    char words[MAX_GROUP][MAX_WORD];
    unsigned count = n < s->operand_count ? braces(s->operands[n], words) : 0;
    return count ? count : 1;
}

LLVMValueRef ptx_room(struct ptx *p, unsigned words)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(p->builder);
    LLVMValueRef first = LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(LLVMGetBasicBlockParent(here)));
    LLVMBuilderRef b = LLVMCreateBuilderInContext(p->context);
    LLVMPositionBuilderBefore(b, first);
    LLVMValueRef room = LLVMBuildAlloca(b, LLVMArrayType2(int_type(p, 32), words), "");
    LLVMSetAlignment(room, 8);
    if (LLVMGetPointerAddressSpace(LLVMTypeOf(room))) /* amdgcn has a space for them */
        room = LLVMBuildAddrSpaceCast(b, room, LLVMPointerTypeInContext(p->context, 0), "");
    LLVMDisposeBuilder(b);
    return room;
}

static LLVMValueRef word_at(struct ptx *p, LLVMValueRef room, unsigned n, unsigned bits)
{
    LLVMValueRef index = constant(p, 64, n);
    return n ? LLVMBuildGEP2(p->builder, int_type(p, bits), room, &index, 1, "") : room;
}

LLVMValueRef ptx_words(struct ptx *p, const struct ptx_statement *s, unsigned n, unsigned bits, unsigned words)
{
    char list[MAX_GROUP][MAX_WORD];
    LLVMValueRef room = ptx_room(p, words);
    unsigned count = n < s->operand_count ? braces(s->operands[n], list) : 0;
    struct ptx_type t = { 'b', bits };
    if (!count && n < s->operand_count) {
        memcpy(list[0], s->operands[n], MAX_WORD);
        count = 1;
    }
    for (unsigned k = 0; k < words * 32 / bits; k++) {
        LLVMValueRef v =
            k < count ? ptx_resize(p, ptx_named(p, list[k], t), int_type(p, bits), false) : constant(p, bits, 0);
        LLVMBuildStore(p->builder, v, word_at(p, room, k, bits));
    }
    return room;
}

void ptx_write_words(struct ptx *p, const struct ptx_statement *s, unsigned n, LLVMValueRef room, unsigned bits)
{
    char list[MAX_GROUP][MAX_WORD];
    unsigned count = braces(s->operands[n], list);
    if (!count) {
        memcpy(list[0], s->operands[n], MAX_WORD);
        count = 1;
    }
    for (unsigned k = 0; k < count; k++)
        write_word(p, s, list[k], LLVMBuildLoad2(p->builder, int_type(p, bits), word_at(p, room, k, bits), ""), false);
}

/* mov between one value and its parts */
void ptx_move(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    char words[MAX_GROUP][MAX_WORD];
    unsigned n;
    if (s->operand_count != 2) {
        ptx_fail(p, tncc_format("%s with %u operands", s->text, s->operand_count));
    } else if ((n = braces(s->operands[0], words)) != 0) {
        LLVMValueRef v = ptx_resize(p, ptx_operand(p, s, 1, t), int_type(p, t.bits), false);
        for (unsigned k = 0; k < n; k++) {
            LLVMValueRef part = LLVMBuildLShr(p->builder, v, constant(p, t.bits, k * (t.bits / n)), "");
            write_word(p, s, words[k], LLVMBuildTrunc(p->builder, part, int_type(p, t.bits / n), ""), false);
        }
    } else if ((n = braces(s->operands[1], words)) != 0) {
        LLVMValueRef v = constant(p, t.bits, 0);
        struct ptx_type part = { 'b', t.bits / n };
        for (unsigned k = 0; k < n; k++) {
            LLVMValueRef w = ptx_resize(p, ptx_named(p, words[k], part), int_type(p, part.bits), false);
            w = LLVMBuildZExt(p->builder, w, int_type(p, t.bits), "");
            v = LLVMBuildOr(p->builder, v, LLVMBuildShl(p->builder, w, constant(p, t.bits, k * part.bits), ""), "");
        }
        ptx_write(p, s, v, false);
    } else {
        ptx_write(p, s, ptx_operand(p, s, 1, t), false);
    }
}

/* Of cp.async the first address is local memory's; of others any, when the instruction says so. */
static bool shared_operand(const struct ptx_statement *s, unsigned n)
{
    return ptx_has(s, "shared") || ptx_has(s, "shared::cta") ? !ptx_has(s, "async") || n == 0 : false;
}

/* [a], [a+8]: a pointer */
LLVMValueRef ptx_address(struct ptx *p, const struct ptx_statement *s, unsigned n)
{
    LLVMTypeRef pointer = LLVMPointerTypeInContext(p->context, 0);
    char base[MAX_WORD];
    const char *word = n < s->operand_count ? s->operands[n] : "";
    size_t size = strcspn(word + (*word == '['), "+-]");
    if (*word != '[' || size >= sizeof base) {
        ptx_fail(p, tncc_format("%s without an address", s->text));
        return LLVMConstNull(pointer);
    }
    memcpy(base, word + 1, size);
    base[size] = 0;
    LLVMValueRef v = ptx_named(p, base, u64);
    if (shared_operand(s, n) && LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMIntegerTypeKind && !p->why) {
        bool narrow = bits_of(LLVMTypeOf(v)) <= 32;
        struct ptx_type at = { 'b', 64 };
        v = ptx_resize(p, v, int_type(p, narrow ? 32 : 64), false);
        v = LLVMBuildIntToPtr(p->builder, ptx_call(p, narrow ? "__tn_local_address" : "__tn_local_or_any", at, &v, 1),
                              pointer, "");
    }
    if (bits_of(LLVMTypeOf(v)) != 64)
        ptx_fail(p, tncc_format("%s with an address of %u bits", s->text, bits_of(LLVMTypeOf(v))));
    v = LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind && LLVMTypeOf(v) != pointer
            ? LLVMBuildAddrSpaceCast(p->builder, v, pointer, "")
        : p->why ? LLVMConstNull(pointer)
                 : ptx_resize(p, v, pointer, false);
    long long offset = word[size + 1] == '+'   ? strtoll(word + size + 2, NULL, 0)
                       : word[size + 1] == '-' ? -strtoll(word + size + 2, NULL, 0)
                                               : 0;
    LLVMValueRef index = constant(p, 64, (uint64_t)offset);
    if (offset)
        v = LLVMBuildGEP2(p->builder, int_type(p, 8), v, &index, 1, "");
    return s->guard ? LLVMBuildSelect(p->builder, s->guard, v, ptx_room(p, 8), "")
                    : v; /* not executed: memory of its own */
}

/* ld and st of one value or of several in braces */
void ptx_memory(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    bool load = s->parts[0][0] == 'l', is_volatile = ptx_has(s, "volatile"), acquire = ptx_has(s, "acquire"),
         release = ptx_has(s, "release"), relaxed = ptx_has(s, "relaxed");
    char words[MAX_GROUP][MAX_WORD];
    LLVMValueRef base = ptx_address(p, s, load ? 1 : 0);
    unsigned count = s->operand_count == 2 ? braces(s->operands[load ? 0 : 1], words) : 0, single = !count;
    if (single && s->operand_count == 2)
        memcpy(words[0], s->operands[load ? 0 : 1], MAX_WORD), count = 1;
    for (unsigned k = 0; k < count && !p->why; k++) {
        LLVMValueRef index = constant(p, 64, (uint64_t)k * t.bits / 8), access;
        LLVMValueRef at = k ? LLVMBuildGEP2(p->builder, int_type(p, 8), base, &index, 1, "") : base;
        if (load) {
            access = LLVMBuildLoad2(p->builder, llvm_type(p, t), at, "");
            write_word(p, s, words[k], access, t.kind == 's');
        } else {
            LLVMValueRef v = ptx_resize(p, ptx_named(p, words[k], t), llvm_type(p, t), false);
            access = LLVMBuildStore(p->builder, v, at);
        }
        LLVMSetAlignment(access, t.bits / 8);
        LLVMSetVolatile(access, is_volatile);
        if (acquire || release || relaxed)
            LLVMSetOrdering(access, acquire   ? LLVMAtomicOrderingAcquire
                                    : release ? LLVMAtomicOrderingRelease
                                              : LLVMAtomicOrderingMonotonic);
    }
}

bool ptx_has(const struct ptx_statement *s, const char *word)
{
    for (unsigned k = 1; k < s->part_count; k++)
        if (!strcmp(s->parts[k], word))
            return true;
    return false;
}
