/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_decode.c - see interpret.h: LLVM's instructions, constants and variables to what interpret.c runs. Calls LLVM-C.
 */
#include "tests/kernels/random/interpret_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *ir_alloc(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p)
        abort();
    return p;
}

/* ---- types ---- */
unsigned ir_lanes(LLVMTypeRef t)
{
    switch (LLVMGetTypeKind(t)) {
    case LLVMVoidTypeKind:
        return 0;
    case LLVMVectorTypeKind:
        return LLVMGetVectorSize(t) * ir_lanes(LLVMGetElementType(t));
    case LLVMArrayTypeKind:
        return (unsigned)LLVMGetArrayLength2(t) * ir_lanes(LLVMGetElementType(t));
    case LLVMStructTypeKind: {
        unsigned n = 0;
        for (unsigned i = 0; i < LLVMCountStructElementTypes(t); i++)
            n += ir_lanes(LLVMStructGetTypeAtIndex(t, i));
        return n;
    }
    default:
        return 1;
    }
}

static LLVMTypeRef element(LLVMTypeRef t)
{
    while (LLVMGetTypeKind(t) == LLVMVectorTypeKind || LLVMGetTypeKind(t) == LLVMArrayTypeKind)
        t = LLVMGetElementType(t);
    return LLVMGetTypeKind(t) == LLVMStructTypeKind && LLVMCountStructElementTypes(t)
               ? element(LLVMStructGetTypeAtIndex(t, 0))
               : t;
}

static unsigned bits_of(LLVMTypeRef t)
{
    switch (LLVMGetTypeKind(t = element(t))) {
    case LLVMIntegerTypeKind:
        return LLVMGetIntTypeWidth(t);
    case LLVMHalfTypeKind:
    case LLVMBFloatTypeKind:
        return 16;
    case LLVMFloatTypeKind:
        return 32;
    default:
        return 64;
    }
}

static bool is_real(LLVMTypeRef t)
{
    LLVMTypeKind kind = LLVMGetTypeKind(element(t));
    return kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind;
}

unsigned ir_leaves(const ir_program *p, LLVMTypeRef t, uint32_t offset, struct leaf *out)
{
    unsigned n = 0;
    LLVMTypeKind kind = LLVMGetTypeKind(t);
    if (kind == LLVMStructTypeKind) {
        for (unsigned i = 0; i < LLVMCountStructElementTypes(t); i++)
            n += ir_leaves(p, LLVMStructGetTypeAtIndex(t, i), offset + (uint32_t)LLVMOffsetOfElement(p->layout, t, i),
                           out ? out + n : NULL);
        return n;
    }
    if (kind == LLVMVectorTypeKind || kind == LLVMArrayTypeKind) {
        LLVMTypeRef e = LLVMGetElementType(t);
        uint64_t count = kind == LLVMVectorTypeKind ? LLVMGetVectorSize(t) : LLVMGetArrayLength2(t);
        for (uint64_t i = 0; i < count; i++)
            n += ir_leaves(p, e, offset + (uint32_t)(i * LLVMABISizeOfType(p->layout, e)), out ? out + n : NULL);
        return n;
    }
    if (out)
        *out = (struct leaf){ offset, (uint32_t)LLVMStoreSizeOfType(p->layout, t) };
    return 1;
}

/* ---- constants ---- */
static int32_t constant_room(ir_program *p, unsigned lanes)
{
    if (p->constant_count + lanes > p->constant_room) {
        p->constant_room = (p->constant_count + lanes) * 2 + 256;
        p->constants = realloc(p->constants, p->constant_room * sizeof *p->constants);
        if (!p->constants)
            abort();
    }
    p->constant_count += lanes;
    return ~(int32_t)(p->constant_count - lanes);
}

static char *address_of(ir_program *p, LLVMValueRef variable)
{
    for (size_t i = 0; i < p->variable_count; i++)
        if (p->variables[i].value == variable)
            return p->variables[i].data;
    return NULL;
}

static bool evaluate(ir_program *p, LLVMValueRef v, uint64_t *out);

static bool evaluate_gep(ir_program *p, LLVMValueRef v, uint64_t *out)
{
    LLVMTypeRef t = LLVMGetGEPSourceElementType(v);
    if (!evaluate(p, LLVMGetOperand(v, 0), out))
        return false;
    for (int i = 1; i < LLVMGetNumOperands(v); i++) {
        LLVMValueRef index = LLVMGetOperand(v, (unsigned)i);
        if (!LLVMIsAConstantInt(index))
            return false;
        int64_t n = LLVMConstIntGetSExtValue(index);
        if (i > 1 && LLVMGetTypeKind(t) == LLVMStructTypeKind) {
            *out += LLVMOffsetOfElement(p->layout, t, (unsigned)n);
            t = LLVMStructGetTypeAtIndex(t, (unsigned)n);
            continue;
        }
        if (i > 1)
            t = LLVMGetElementType(t);
        *out += (uint64_t)n * LLVMABISizeOfType(p->layout, t);
    }
    return true;
}

static bool evaluate_parts(ir_program *p, LLVMValueRef v, uint64_t *out)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    bool row = LLVMIsAConstantDataSequential(v) != NULL;
    unsigned count = LLVMGetTypeKind(t) == LLVMVectorTypeKind  ? LLVMGetVectorSize(t)
                     : LLVMGetTypeKind(t) == LLVMArrayTypeKind ? (unsigned)LLVMGetArrayLength2(t)
                                                               : (unsigned)LLVMGetNumOperands(v);
    for (unsigned i = 0; i < count; i++) {
        LLVMValueRef part = row ? LLVMGetAggregateElement(v, i) : LLVMGetOperand(v, i);
        if (!evaluate(p, part, out))
            return false;
        out += ir_lanes(LLVMTypeOf(part));
    }
    return true;
}

static bool evaluate(ir_program *p, LLVMValueRef v, uint64_t *out)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    LLVMBool loses;
    if (LLVMIsAConstantInt(v)) {
        *out = LLVMConstIntGetZExtValue(v);
        return LLVMGetIntTypeWidth(t) <= 64;
    }
    if (LLVMIsAConstantFP(v)) {
        double d = LLVMConstRealGetDouble(v, &loses);
        float f = (float)d;
        *out = 0;
        if (LLVMGetTypeKind(t) == LLVMFloatTypeKind)
            memcpy(out, &f, 4);
        else
            memcpy(out, &d, 8);
        return is_real(t);
    }
    if (LLVMIsAGlobalVariable(v)) {
        *out = (uint64_t)(uintptr_t)address_of(p, v);
        return *out != 0;
    }
    if (LLVMIsNull(v) || LLVMIsUndef(v) || LLVMIsPoison(v)) {
        memset(out, 0, ir_lanes(t) * sizeof *out);
        return true;
    }
    if (LLVMIsAConstantDataSequential(v) || LLVMIsAConstantStruct(v) || LLVMIsAConstantArray(v) ||
        LLVMIsAConstantVector(v))
        return evaluate_parts(p, v, out);
    if (!LLVMIsAConstantExpr(v))
        return false;
    switch (LLVMGetConstOpcode(v)) {
    case LLVMAddrSpaceCast:
    case LLVMBitCast:
    case LLVMPtrToInt:
    case LLVMIntToPtr:
        return evaluate(p, LLVMGetOperand(v, 0), out);
    case LLVMGetElementPtr:
        return evaluate_gep(p, v, out);
    default:
        return false;
    }
}

/* Module variables and local memory; dynamic local memory has no size of its own. */
void ir_decode_variables(ir_program *p)
{
    size_t count = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(p->module); g; g = LLVMGetNextGlobal(g))
        count++;
    p->variables = ir_alloc(count * sizeof *p->variables);
    for (LLVMValueRef g = LLVMGetFirstGlobal(p->module); g; g = LLVMGetNextGlobal(g)) {
        LLVMTypeRef t = LLVMGlobalGetValueType(g);
        uint64_t bytes = LLVMTypeIsSized(t) ? LLVMABISizeOfType(p->layout, t) : 0;
        p->variables[p->variable_count++] = (struct variable){ g, ir_alloc(bytes > 65536 ? bytes : 65536) };
    }
    for (size_t i = 0; i < p->variable_count; i++) {
        LLVMValueRef g = p->variables[i].value, initial = LLVMIsDeclaration(g) ? NULL : LLVMGetInitializer(g);
        size_t bytes;
        if (!initial || LLVMIsNull(initial) || LLVMIsUndef(initial) ||
            !strncmp(LLVMGetValueName2(g, &bytes), "llvm.", 5))
            continue;
        unsigned n = ir_lanes(LLVMTypeOf(initial));
        struct leaf *leaves = ir_alloc((n + 1) * sizeof *leaves);
        uint64_t *values = ir_alloc((n + 1) * sizeof *values);
        ir_leaves(p, LLVMTypeOf(initial), 0, leaves);
        if (evaluate(p, initial, values))
            for (unsigned k = 0; k < n; k++)
                memcpy(p->variables[i].data + leaves[k].offset, &values[k], leaves[k].bytes);
        free(leaves);
        free(values);
    }
}

/* ---- functions ---- */
struct decoder {
    ir_program *p;
    struct function *f;
    struct {
        LLVMValueRef value;
        int32_t at;
    } * places;
    size_t place_count, place_room;
    LLVMBasicBlockRef *blocks;
    unsigned block_count;
    bool good;
};

static size_t place_of(const struct decoder *d, LLVMValueRef v)
{
    size_t h = ((uintptr_t)v >> 4) * 0x9e3779b97f4a7c15ull >> 24 & (d->place_room - 1);
    while (d->places[h].value && d->places[h].value != v)
        h = (h + 1) & (d->place_room - 1);
    return h;
}

static void give_place(struct decoder *d, LLVMValueRef v)
{
    size_t h = place_of(d, v);
    d->places[h].value = v;
    d->places[h].at = (int32_t)d->f->slots;
    d->f->slots += ir_lanes(LLVMTypeOf(v));
}

static int32_t operand(struct decoder *d, LLVMValueRef v)
{
    size_t h = place_of(d, v);
    if (d->places[h].value)
        return d->places[h].at;
    int32_t at = constant_room(d->p, ir_lanes(LLVMTypeOf(v)));
    uint64_t *values = ir_alloc((ir_lanes(LLVMTypeOf(v)) + 1) * sizeof *values);
    if (!evaluate(d->p, v, values))
        d->good = false;
    memcpy(d->p->constants + ~at, values, ir_lanes(LLVMTypeOf(v)) * sizeof *values);
    free(values);
    return at;
}

static int32_t block_number(const struct decoder *d, LLVMBasicBlockRef b)
{
    for (unsigned i = 0; i < d->block_count; i++)
        if (d->blocks[i] == b)
            return (int32_t)i;
    return -1;
}

/* Which element of an aggregate the indices of extractvalue or insertvalue mean. */
static int64_t part_of(LLVMTypeRef t, LLVMValueRef i)
{
    int64_t at = 0;
    const unsigned *index = LLVMGetIndices(i);
    for (unsigned n = 0; n < LLVMGetNumIndices(i); n++) {
        if (LLVMGetTypeKind(t) == LLVMStructTypeKind) {
            for (unsigned k = 0; k < index[n]; k++)
                at += ir_lanes(LLVMStructGetTypeAtIndex(t, k));
            t = LLVMStructGetTypeAtIndex(t, index[n]);
        } else {
            t = LLVMGetElementType(t);
            at += index[n] * ir_lanes(t);
        }
    }
    return at;
}

static void decode_gep(struct decoder *d, LLVMValueRef i, struct code *c)
{
    LLVMTypeRef t = LLVMGetGEPSourceElementType(i);
    int count = LLVMGetNumOperands(i);
    struct term *terms = ir_alloc((size_t)count * sizeof *terms);
    unsigned n = 0;
    c->a = operand(d, LLVMGetOperand(i, 0));
    for (int k = 1; k < count; k++) {
        LLVMValueRef index = LLVMGetOperand(i, (unsigned)k);
        if (k > 1 && LLVMGetTypeKind(t) == LLVMStructTypeKind) {
            unsigned m = (unsigned)LLVMConstIntGetZExtValue(index);
            c->number += (int64_t)LLVMOffsetOfElement(d->p->layout, t, m);
            t = LLVMStructGetTypeAtIndex(t, m);
            continue;
        }
        if (k > 1)
            t = LLVMGetElementType(t);
        int64_t scale = (int64_t)LLVMABISizeOfType(d->p->layout, t);
        if (LLVMIsAConstantInt(index))
            c->number += LLVMConstIntGetSExtValue(index) * scale;
        else
            terms[n++] = (struct term){ operand(d, index), bits_of(LLVMTypeOf(index)), scale };
    }
    c->b = (int32_t)n;
    c->more = terms;
    d->good &= LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMPointerTypeKind;
}

static void decode_memory(struct decoder *d, LLVMTypeRef t, struct code *c)
{
    struct leaf *leaves = ir_alloc((ir_lanes(t) + 1) * sizeof *leaves);
    c->lanes = ir_leaves(d->p, t, 0, leaves);
    c->more = leaves;
}

static bool decode_service(struct code *c, const char *name)
{
    static const struct {
        const char *name;
        uint8_t op, sub;
    } table[] = {
        { "tid_x", OP_IDENTITY, ID_TID },
        { "tid_y", OP_IDENTITY, ID_TID + 1 },
        { "tid_z", OP_IDENTITY, ID_TID + 2 },
        { "ctaid_x", OP_IDENTITY, ID_CTAID },
        { "ctaid_y", OP_IDENTITY, ID_CTAID + 1 },
        { "ctaid_z", OP_IDENTITY, ID_CTAID + 2 },
        { "ntid_x", OP_IDENTITY, ID_NTID },
        { "ntid_y", OP_IDENTITY, ID_NTID + 1 },
        { "ntid_z", OP_IDENTITY, ID_NTID + 2 },
        { "nctaid_x", OP_IDENTITY, ID_NCTAID },
        { "nctaid_y", OP_IDENTITY, ID_NCTAID + 1 },
        { "nctaid_z", OP_IDENTITY, ID_NCTAID + 2 },
        { "width", OP_IDENTITY, ID_WIDTH },
        { "lane", OP_IDENTITY, ID_LANE },
        { "barrier", OP_SYNC, SYNC_BARRIER },
        { "barrier_count", OP_SYNC, SYNC_COUNT },
        { "barrier_and", OP_SYNC, SYNC_AND },
        { "barrier_or", OP_SYNC, SYNC_OR },
        { "warp_sync", OP_SYNC, SYNC_WARP },
        { "shfl_32", OP_SYNC, SYNC_SHUFFLE },
        { "shfl_64", OP_SYNC, SYNC_SHUFFLE },
        { "ballot", OP_SYNC, SYNC_BALLOT },
        { "match", OP_SYNC, SYNC_MATCH },
        { "activemask", OP_SYNC, SYNC_ACTIVE },
        { "fence", OP_NOTHING, 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(name, table[i].name)) {
            c->op = table[i].op;
            c->sub = table[i].sub;
            return true;
        }
    return false;
}

static bool decode_intrinsic(struct code *c, const char *name)
{
    static const char *const names[I_COUNT] = { "ctpop.", "ctlz.",   "cttz.",   "bitreverse.", "bswap.", "fshl.",
                                                "fshr.",  "abs.",    "smin.",   "smax.",       "umin.",  "umax.",
                                                "fabs.",  "floor.",  "ceil.",   "trunc.",      "rint.",  "sqrt.",
                                                "fma.",   "minnum.", "maxnum.", "copysign." };
    static const char *const nothing[] = { "lifetime.", "dbg.",        "assume", "experimental.noalias",
                                           "stacksave", "stackrestore" };
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        if (!strncmp(name, nothing[i], strlen(nothing[i]))) {
            c->op = OP_NOTHING;
            return true;
        }
    for (unsigned i = 0; i < I_COUNT; i++)
        if (!strncmp(name, names[i], strlen(names[i]))) {
            c->op = OP_INTRINSIC;
            c->sub = (uint8_t)i;
            return true;
        }
    c->op = !strncmp(name, "memset.", 7) ? OP_SET : OP_COPY;
    return !strncmp(name, "memset.", 7) || !strncmp(name, "memcpy.", 7) || !strncmp(name, "memmove.", 8);
}

static void decode_call(struct decoder *d, LLVMValueRef i, struct code *c)
{
    LLVMValueRef f = LLVMGetCalledValue(i);
    unsigned count = LLVMGetNumArgOperands(i);
    int32_t args[3] = { 0 };
    size_t bytes;
    const char *name = LLVMIsAFunction(f) ? LLVMGetValueName2(f, &bytes) : "";
    bool known = false;
    if (LLVMIsAFunction(f) && !LLVMIsDeclaration(f)) {
        struct call *call = ir_alloc(sizeof *call + count * sizeof *call->args);
        call->to = ir_function(d->p, f);
        call->count = count;
        for (unsigned k = 0; k < count; k++)
            call->args[k] = operand(d, LLVMGetOperand(i, k));
        c->more = call;
        return;
    }
    if (!strncmp(name, "__tn_", 5))
        known = decode_service(c, name + 5);
    else if (!strncmp(name, "llvm.", 5))
        known = decode_intrinsic(c, name + 5);
    if (!known) {
        c->op = OP_UNKNOWN;
        return;
    }
    if (c->op == OP_NOTHING)
        return;
    for (unsigned k = 0; k < count && k < 3; k++)
        args[k] = operand(d, LLVMGetOperand(i, k));
    if (count)
        c->from = (uint8_t)bits_of(LLVMTypeOf(LLVMGetOperand(i, 0)));
    c->a = args[0], c->b = args[1], c->c = args[2];
}

static void decode_switch(struct decoder *d, LLVMValueRef i, struct code *c)
{
    unsigned count = LLVMGetNumSuccessors(i);
    struct edge *cases = ir_alloc(count * sizeof *cases);
    c->a = operand(d, LLVMGetOperand(i, 0));
    c->b = block_number(d, LLVMGetSwitchDefaultDest(i));
    c->c = (int32_t)(count - 1);
    for (unsigned k = 1; k < count; k++)
        cases[k - 1] = (struct edge){ block_number(d, LLVMGetSuccessor(i, k)), operand(d, LLVMGetOperand(i, 2 * k)) };
    c->more = cases;
}

static void decode_branch(struct decoder *d, LLVMValueRef i, struct code *c)
{
    c->lanes = LLVMGetNumSuccessors(i);
    c->b = block_number(d, LLVMGetSuccessor(i, 0));
    if (c->lanes == 2) {
        c->a = operand(d, LLVMGetCondition(i));
        c->c = block_number(d, LLVMGetSuccessor(i, 1));
    }
}

static void decode(struct decoder *d, LLVMValueRef i, struct code *c)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMTypeRef t = LLVMTypeOf(i);
    unsigned operands = (unsigned)LLVMGetNumOperands(i);
    *c = (struct code){ .op = (uint8_t)op, .lanes = ir_lanes(t), .from_ir = i };
    c->out = c->lanes ? d->places[place_of(d, i)].at : 0;
    c->bits = (uint8_t)bits_of(t);
    c->real = is_real(t);
    switch (op) {
    case LLVMBr:
        decode_branch(d, i, c);
        return;
    case LLVMSwitch:
        decode_switch(d, i, c);
        return;
    case LLVMCall:
        decode_call(d, i, c);
        return;
    case LLVMGetElementPtr:
        decode_gep(d, i, c);
        return;
    case LLVMUnreachable:
    case LLVMFence:
        return;
    case LLVMAlloca:
        c->number = (int64_t)LLVMABISizeOfType(d->p->layout, LLVMGetAllocatedType(i));
        c->a = operand(d, LLVMGetOperand(i, 0));
        return;
    case LLVMLoad:
        decode_memory(d, t, c);
        break;
    case LLVMStore:
        decode_memory(d, LLVMTypeOf(LLVMGetOperand(i, 0)), c);
        break;
    case LLVMICmp:
        c->sub = (uint8_t)LLVMGetICmpPredicate(i);
        break;
    case LLVMFCmp:
        c->sub = (uint8_t)LLVMGetFCmpPredicate(i);
        break;
    case LLVMAtomicRMW:
        c->sub = (uint8_t)LLVMGetAtomicRMWBinOp(i);
        break;
    case LLVMExtractValue:
    case LLVMInsertValue:
        c->number = part_of(LLVMTypeOf(LLVMGetOperand(i, 0)), i);
        break;
    case LLVMShuffleVector: {
        unsigned n = LLVMGetNumMaskElements(i);
        int *mask = ir_alloc((n + 1) * sizeof *mask);
        for (unsigned k = 0; k < n; k++)
            mask[k] = LLVMGetMaskValue(i, k);
        c->more = mask;
        break;
    }
    default:
        break;
    }
    if (operands) {
        LLVMTypeRef from = LLVMTypeOf(LLVMGetOperand(i, 0));
        c->from = (uint8_t)bits_of(from);
        c->number = op == LLVMExtractValue || op == LLVMInsertValue ? c->number : (int64_t)ir_lanes(from);
        c->a = operand(d, LLVMGetOperand(i, 0));
    }
    if (operands > 1)
        c->b = operand(d, LLVMGetOperand(i, 1));
    if (operands > 2)
        c->c = operand(d, LLVMGetOperand(i, 2));
    if (op == LLVMRet && operands)
        c->lanes = ir_lanes(LLVMTypeOf(LLVMGetOperand(i, 0)));
    if (op == LLVMInsertValue || op == LLVMAtomicCmpXchg)
        c->from = (uint8_t)bits_of(LLVMTypeOf(LLVMGetOperand(i, 1)));
}

static void decode_phis(struct decoder *d, LLVMBasicBlockRef b, struct block *out)
{
    unsigned n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i && LLVMIsAPHINode(i); i = LLVMGetNextInstruction(i))
        n++;
    out->phis = ir_alloc((n + 1) * sizeof *out->phis);
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i && LLVMIsAPHINode(i); i = LLVMGetNextInstruction(i)) {
        struct phi *phi = &out->phis[out->phi_count++];
        phi->out = d->places[place_of(d, i)].at;
        phi->lanes = ir_lanes(LLVMTypeOf(i));
        phi->count = LLVMCountIncoming(i);
        phi->edges = ir_alloc(phi->count * sizeof *phi->edges);
        for (unsigned k = 0; k < phi->count; k++)
            phi->edges[k] =
                (struct edge){ block_number(d, LLVMGetIncomingBlock(i, k)), operand(d, LLVMGetIncomingValue(i, k)) };
    }
}

static void decode_body(struct decoder *d)
{
    uint32_t n = 0, b = 0;
    for (LLVMBasicBlockRef x = LLVMGetFirstBasicBlock(d->f->value); x; x = LLVMGetNextBasicBlock(x), b++) {
        d->f->blocks[b].first = n;
        decode_phis(d, x, &d->f->blocks[b]);
        for (LLVMValueRef i = LLVMGetFirstInstruction(x); i; i = LLVMGetNextInstruction(i)) {
            if (LLVMIsAPHINode(i))
                continue;
            struct code *c = &d->f->codes[n++];
            d->good = true;
            decode(d, i, c);
            if (!d->good)
                c->op = OP_UNKNOWN;
        }
    }
}

struct function *ir_function(ir_program *p, LLVMValueRef value)
{
    size_t count = 0;
    for (struct function *f = p->functions; f; f = f->next)
        if (f->value == value)
            return f;
    struct function *f = ir_alloc(sizeof *f);
    f->value = value;
    f->next = p->functions;
    p->functions = f;
    struct decoder d = { .p = p, .f = f };
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(value); b; b = LLVMGetNextBasicBlock(b), d.block_count++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
            count++;
    for (d.place_room = 64; d.place_room < 2 * (count + LLVMCountParams(value)); d.place_room *= 2)
        ;
    d.places = ir_alloc(d.place_room * sizeof *d.places);
    d.blocks = ir_alloc(d.block_count * sizeof *d.blocks);
    f->blocks = ir_alloc(d.block_count * sizeof *f->blocks);
    f->codes = ir_alloc(count * sizeof *f->codes);
    f->param_count = LLVMCountParams(value);
    LLVMGetBasicBlocks(value, d.blocks);
    for (unsigned k = 0; k < f->param_count; k++)
        give_place(&d, LLVMGetParam(value, k));
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(value); b; b = LLVMGetNextBasicBlock(b))
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
            if (ir_lanes(LLVMTypeOf(i)))
                give_place(&d, i);
    decode_body(&d);
    free(d.places);
    free(d.blocks);
    return f;
}
