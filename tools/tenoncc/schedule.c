/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - writes, as text IR, the functions around a kernel's regions:
 *
 *   NAME          the image's entry: unpacks the arguments and the worker's memory, calls NAME.blocks
 *   NAME.blocks   runs a range of blocks: loops over the threads for each region, and goes from region to region
 *   NAME.whole    the same for blocks whose rows are whole groups of threads, and whose rows are as many as run at once
 *   NAME.slow     with warp operations: one warp whose lanes have parted, lane by lane, until they meet again
 *
 * Loop scaffolds are shorter and clearer as text than as builder calls; LLVM parses and links them.
 */
#include "tools/tenoncc/schedule.h"

#include <stdlib.h>
#include <string.h>

enum {
    STACK_LOCAL_LIMIT = 64 << 10,
    LEAST_TAIL = 4, /* threads that are worth a vector under a mask */
    ROW_MORE = 16   /* elements that a row is longer than the block, so that rows don't meet in the same places of the cache */
};

static const char *const geometry[] = { "gx", "gy", "gz", "bx", "by", "bz" };
static const char *const exchange_names[X_COUNT] = { "xmask", "xv32", "xv64", "xsrc", "xr32", "xr64", "xpred" };

static const char *type_text(LLVMTypeRef type)
{
    char *text = LLVMPrintTypeToString(type);
    const char *copy = tncc_copy(text, strlen(text));
    LLVMDisposeMessage(text);
    return copy;
}

static bool per_thread(const struct slot *slot)
{
    return slot->crosses && !slot->uniform;
}

/* Regions whose threads may go on differently. */
bool tncc_is_dynamic(const struct transform *t, int region)
{
    const uint64_t *next = t->blocks[t->sync[region].block].next;
    size_t words = bit_words(t->sync_count);
    int ways = 0;
    for (size_t w = 0; w < words; w++)
        ways += __builtin_popcountll(next[w]);
    if (ways < 2)
        return false;
    if (!t->aligned)
        return true;
    for (int n = 0; n < t->block_count; n++) { /* any divergent branch that decides, in whichever region it stands */
        const struct cfg_block *b = &t->blocks[n];
        uint64_t all[MAX_SYNC / 64 + 2] = { 0 };
        int count = 0;
        if (!b->divergent || b->sync)
            continue;
        for (int k = 0; k < b->succ_count; k++)
            for (size_t w = 0; w < words; w++)
                all[w] |= t->blocks[b->succ[k]].next[w];
        for (size_t w = 0; w < words; w++)
            count += __builtin_popcountll(all[w] & next[w]);
        if (count > 1)
            return true;
    }
    return false;
}

/* The one sync point that threads of a region may come to next, 0 for the end; -1: there are several. */
static int only_next(const struct transform *t, int region)
{
    const uint64_t *next = t->blocks[t->sync[region].block].next;
    int found = -1;
    for (int r = 0; r < t->sync_count; r++) {
        if (!bit_test(next, r))
            continue;
        if (found >= 0)
            return -1;
        found = r;
    }
    return found;
}

/* Arguments of NAME.blocks behind (launch, worker, first, count). */
static void add_param(struct schedule *s, const char *type, const char *attributes, const char *name)
{
    tncc_add(&s->params, ", %s%s %%%s", type, attributes, name);
    tncc_add(&s->pass, ", %s %%%s", type, name);
}

static void list_params(struct schedule *s)
{
    struct transform *t = s->t;
    unsigned noalias = LLVMGetEnumAttributeKindForName("noalias", 7);
    for (int k = 0; k < 6; k++)
        add_param(s, "i32", "", geometry[k]);
    add_param(s, "i32", "", "width");
    const char *apart = t->kernel->local_addressed ? "" : " noalias";
    add_param(s, "ptr", apart, "dyn");
    for (unsigned k = 0; k < t->kernel->arg_count; k++) {
        bool own = LLVMGetEnumAttributeAtIndex(t->function, k + 1, noalias) != NULL;
        add_param(s, type_text(LLVMTypeOf(LLVMGetParam(t->function, k))), own ? " noalias" : "", tncc_format("a%u", k));
    }
    for (int k = 0; k < t->shared_count; k++)
        if (t->shared[k].size && !s->local_on_stack)
            add_param(s, "ptr", apart, tncc_format("sh%d", k));
        else if (t->shared[k].size)
            tncc_add(&s->locals, ", ptr %%sh%d", k);
    for (int k = 0; k < t->area_count; k++)
        add_param(s, "ptr", " noalias", tncc_format("pa%d", k));
    for (int k = 0; k < t->slot_count; k++)
        if (per_thread(&t->slots[k]))
            add_param(s, "ptr", " noalias", tncc_format("sl%d", k));
    for (int x = 0; x < X_COUNT; x++)
        if (exchange_used(t, x))
            add_param(s, "ptr", " noalias", exchange_names[x]);
    if (t->rows)
        add_param(s, "i64", "", "row");
    if (t->sync_count > 1) {
        add_param(s, "ptr", " noalias", "states");
        if (t->warps)
            add_param(s, "ptr", " noalias", "warps");
    }
    /* what every call of a region passes last */
    for (int k = 0; k < t->shared_count; k++)
        tncc_add(&s->tail, t->shared[k].size ? ", ptr %%sh%d" : ", ptr %%dyn", k);
    for (int k = 0; k < t->area_count; k++)
        tncc_add(&s->tail, ", ptr %%pa%d", k);
    for (int k = 0; k < t->slot_count; k++)
        if (per_thread(&t->slots[k]))
            tncc_add(&s->tail, ", ptr %%sl%d", k);
    for (int x = 0; x < X_COUNT; x++)
        if (exchange_used(t, x))
            tncc_add(&s->tail, ", ptr %%%s", exchange_names[x]);
}

/* "%to = call i32 @NAME.region.R(...)"; x, y, z, lin name the thread, or the first of those that a vector runs; `more` is behind the other arguments. */
void tncc_call_function(struct schedule *s, const char *to, LLVMValueRef function, const char *x, const char *y,
                        const char *z, const char *lin, const char *more, bool inlined)
{
    struct transform *t = s->t;
    size_t bytes;
    W("  %%%s = call %s @\"%s\"(", to, type_text(LLVMGetReturnType(LLVMGlobalGetValueType(function))),
      LLVMGetValueName2(function, &bytes));
    for (unsigned k = 0; k < t->kernel->arg_count; k++)
        W("%s %%a%u, ", type_text(LLVMTypeOf(LLVMGetParam(t->function, k))), k);
    W("i32 %%bx, i32 %%by, i32 %%bz, i32 %%gx, i32 %%gy, i32 %%gz, i32 %%cx, i32 %%cy, i32 %%cz, "
      "i32 %%%s, i32 %%%s, i32 %%%s, i32 %%%s, i32 ",
      x, y, z, lin);
    if (t->width)
        W("%u", t->width);
    else
        W("%%width");
    W(", ptr %%worker, ptr %%dyn, ptr %%uin, ptr %%uout, ptr %%red, i64 %s%s%s) %s\n", t->rows ? "%row" : "1",
      s->tail.data ? s->tail.data : "", more, inlined ? "#1" : "#2");
}

void tncc_call_region(struct schedule *s, const char *to, int region, const char *x, const char *y, const char *z,
                      const char *lin, bool inlined)
{
    tncc_call_function(s, to, s->t->regions[region], x, y, z, lin, "", inlined);
}

/* The place in %states of the thread whose linear index is %<lin>; pre is put before the names made here. */
static void state_place(struct schedule *s, const char *lin, int r, const char *pre)
{
    W("  %%%slx%d = zext i32 %%%s%d to i64\n  %%%ssp%d = getelementptr inbounds i32, ptr %%states, i64 %%%slx%d\n", pre,
      r, lin, r, pre, r, pre, r);
}

static void put_state(struct schedule *s, const char *lin, const char *type, const char *value, int r, const char *pre)
{
    state_place(s, lin, r, pre);
    W("  store %s %%%s%d, ptr %%%ssp%d, align 4\n", type, value, r, pre, r);
}

/* The first `left` of a vector's states. */
static void put_some_states(struct schedule *s, const char *left, int r, const char *pre)
{
    unsigned lanes = s->t->lanes;
    state_place(s, tncc_format("%slin", pre), r, pre);
    W("  %%%sl1%d = insertelement <%u x i32> poison, i32 %%%s%d, i32 0\n  %%%sl2%d = shufflevector <%u x i32> "
      "%%%sl1%d, <%u "
      "x i32> poison, <%u x i32> zeroinitializer\n  %%%sm%d = icmp ult <%u x i32> <",
      pre, r, lanes, left, r, pre, r, lanes, pre, r, lanes, lanes, pre, r, lanes);
    for (unsigned k = 0; k < lanes; k++)
        W("%si32 %u", k ? ", " : "", k);
    W(">, %%%sl2%d\n  call void @llvm.masked.store.v%ui32.p0(<%u x i32> %%%sr%d, ptr %%%ssp%d, i32 4, <%u x i1> "
      "%%%sm%d)\n",
      pre, r, lanes, lanes, pre, r, pre, r, lanes, pre, r);
}

/* The region's vector for threads of the row from %vt<r> on: whole, or %<left><r> of them. Names made here begin with p:
 * %<p>q<r> is the last lane's result; if dynamic, %<p>orx<r> and %<p>anx<r> add all to %vor<r> and %van<r>. */
static void write_group(struct schedule *s, int r, bool dynamic, const char *p, const char *left)
{
    unsigned lanes = s->t->lanes;
    W("  %%%slin%d = add nuw nsw i32 %%l%d, %%vt%d\n  %%%sx%d = add nuw nsw i32 %%x0%d, %%vt%d\n", p, r, r, r, p, r, r,
      r);
    LLVMValueRef function = !left && s->t->full[r] ? s->t->full[r] : s->t->vectors[r];
    tncc_call_function(s, tncc_format("%sr%d", p, r), function, tncc_format("%sx%d", p, r), tncc_format("y%d", r),
                       tncc_format("z%d", r), tncc_format("%slin%d", p, r),
                       left ? tncc_format(", i32 %%%s%d", left, r) : tncc_format(", i32 %u", lanes), !left);
    if ((dynamic || s->t->reduces) && left)
        put_some_states(s, left, r, p);
    else if (dynamic || s->t->reduces)
        put_state(s, tncc_format("%slin", p), tncc_format("<%u x i32>", lanes), tncc_format("%sr", p), r, p);
    W("  %%%sq%d = extractelement <%u x i32> %%%sr%d, i32 %u\n", p, r, lanes, p, r, lanes - 1);
    if (dynamic)
        W("  %%%so%d = call i32 @llvm.vector.reduce.or.v%ui32(<%u x i32> %%%sr%d)\n"
          "  %%%sa%d = call i32 @llvm.vector.reduce.and.v%ui32(<%u x i32> %%%sr%d)\n"
          "  %%%sorx%d = or i32 %%vor%d, %%%so%d\n  %%%sanx%d = and i32 %%van%d, %%%sa%d\n",
          p, r, lanes, lanes, p, r, p, r, lanes, lanes, p, r, p, r, r, p, r, p, r, r, p, r);
}

/* Where the threads of a row go on: at thread %<start>, in a block that is come to from %<from>; %<last> is the result of
 * the thread before. */
struct row_place {
    const char *from, *start, *last;
};

/* Several groups at once, as long as so many are left: `copies` of them, whose function gives places for `lanes`. */
static struct row_place write_jammed_loop(struct schedule *s, int r, const char *bound, struct row_place at,
                                          LLVMValueRef function, unsigned copies, unsigned lanes)
{
    W("  br label %%g%d\ng%d:\n  %%gt%d = phi i32 [%s, %%%s%d], [%%gn%d, %%gb%d]\n"
      "  %%gl%d = phi i32 [%s, %%%s%d], [%%gq%d, %%gb%d]\n",
      r, r, r, at.start, at.from, r, r, r, r, at.last, at.from, r, r, r);
    W("  %%gn%d = add nuw nsw i32 %%gt%d, %u\n  %%gc%d = icmp ule i32 %%gn%d, %%%s\n  br i1 %%gc%d, label %%gb%d, "
      "label %%gx%d\n",
      r, r, s->t->lanes * copies, r, r, bound, r, r, r);
    W("gb%d:\n  %%glin%d = add nuw nsw i32 %%l%d, %%gt%d\n  %%gxx%d = add nuw nsw i32 %%x0%d, %%gt%d\n", r, r, r, r, r,
      r, r);
    tncc_call_function(s, tncc_format("gr%d", r), function, tncc_format("gxx%d", r), tncc_format("y%d", r),
                       tncc_format("z%d", r), tncc_format("glin%d", r), tncc_format(", i32 %u", lanes), true);
    W("  %%gq%d = extractelement <%u x i32> %%gr%d, i32 %u\n  br label %%g%d\ngx%d:\n", r, lanes, r, lanes - 1, r, r);
    return (struct row_place){ "gx", tncc_format("%%gt%d", r), tncc_format("%%gl%d", r) };
}

/* Groups of threads at once: whole ones, then what is left under a mask, unless that is too little to be worth one. */
static void write_vector_loop(struct schedule *s, int r, bool dynamic, const char *bound, struct row_place at)
{
    W("  br label %%v%d\nv%d:\n  %%vt%d = phi i32 [%s, %%%s%d], [%%vn%d, %%vb%d]\n", r, r, r, at.start, at.from, r, r,
      r);
    W("  %%vl%d = phi i32 [%s, %%%s%d], [%%vq%d, %%vb%d]\n", r, at.last, at.from, r, r, r);
    if (dynamic)
        W("  %%vor%d = phi i32 [%%orr%d, %%%s%d], [%%vorx%d, %%vb%d]\n  %%van%d = phi i32 [%%anr%d, %%%s%d], "
          "[%%vanx%d, %%vb%d]\n",
          r, r, at.from, r, r, r, r, r, at.from, r, r, r);
    W("  %%vn%d = add nuw nsw i32 %%vt%d, %u\n  %%vc%d = icmp ule i32 %%vn%d, %%%s\n  br i1 %%vc%d, label %%vb%d, "
      "label %%vs%d\nvb%d:\n",
      r, r, s->t->lanes, r, r, bound, r, r, r, r);
    write_group(s, r, dynamic, "v", NULL);
    if (s->whole) {
        W("  br label %%v%d\nvs%d:\n  br label %%rend%d\n", r, r, r);
        return;
    }
    W("  br label %%v%d\nvs%d:\n  %%vrem%d = sub nuw nsw i32 %%%s, %%vt%d\n  %%vleft%d = icmp ne i32 %%vrem%d, 0\n"
      "  br i1 %%vleft%d, label %%xs%d, label %%rend%d\nxs%d:\n  %%vmany%d = icmp uge i32 %%vrem%d, %u\n"
      "  br i1 %%vmany%d, label %%w%d, label %%x%d\nw%d:\n",
      r, r, r, bound, r, r, r, r, r, r, r, r, r, LEAST_TAIL, r, r, r, r);
    write_group(s, r, dynamic, "w", "vrem");
    W("  br label %%rend%d\n", r);
}

/* Nothing is left of a row. */
static void write_whole_end(struct schedule *s, int r, bool dynamic)
{
    W("rend%d:\n  %%n%d = phi i32 [%%vl%d, %%vs%d]\n", r, r, r, r);
    if (dynamic)
        W("  %%orx%d = phi i32 [%%vor%d, %%vs%d]\n  %%anx%d = phi i32 [%%van%d, %%vs%d]\n", r, r, r, r, r, r);
}

/* LLVM 19's loop vectoriser asks a division in a block that not all threads come to of the first lane alone, also where that
 * lane does not come there, and makes addresses of it; a divisor that is no constant counts as one that might be zero. */
static bool divides_in_parts(LLVMValueRef region)
{
    EACH_BLOCK(region, b)
    EACH_INSTRUCTION(b, i)
    {
        LLVMOpcode op = LLVMGetInstructionOpcode(i);
        if ((op == LLVMUDiv || op == LLVMSDiv || op == LLVMURem || op == LLVMSRem) &&
            !LLVMIsAConstantInt(LLVMGetOperand(i, 1)))
            return LLVMGetNextBasicBlock(LLVMGetEntryBasicBlock(region)) != NULL;
    }
    return false;
}

/* The threads of a row through region r, from %x0<r> and linear index %l<r> on, as many as %<bound> says. Ends in label
 * rend<r> with the last thread's result in %n<r>, or, if dynamic, the or and the and of all in %orx<r>, %anx<r>. */
static void write_row(struct schedule *s, int r, bool dynamic, const char *bound, struct row_place at)
{
    bool vector = s->t->vectors && s->t->vectors[r];
    const char *from = vector ? "xs" : at.from, *start = vector ? tncc_format("%%vt%d", r) : at.start;
    const struct tncc_jammed *jam = &s->t->jams[r];
    if (vector && jam->function && !jam->rows)
        at = write_jammed_loop(s, r, bound, at, jam->function, jam->copies, s->t->lanes);
    else if (vector && !jam->function && s->t->doubles[r] && !dynamic && !s->t->reduces)
        at = write_jammed_loop(s, r, bound, at, s->t->doubles[r], 2, 2 * s->t->lanes);
    if (vector)
        write_vector_loop(s, r, dynamic, bound, at);
    else
        W("  br label %%x%d\n", r);
    if (vector && s->whole) {
        write_whole_end(s, r, dynamic);
        return;
    }
    W("x%d:\n  %%t%d = phi i32 [%s, %%%s%d], [%%tn%d, %%x%d]\n", r, r, start, from, r, r, r);
    if (dynamic)
        W("  %%or%d = phi i32 [%%%s%d, %%%s%d], [%%oro%d, %%x%d]\n  %%an%d = phi i32 [%%%s%d, %%%s%d], [%%ana%d, "
          "%%x%d]\n",
          r, vector ? "vor" : "orr", r, from, r, r, r, r, vector ? "van" : "anr", r, from, r, r, r);
    W("  %%lin%d = add nuw nsw i32 %%l%d, %%t%d\n  %%tx%d = add nuw nsw i32 %%x0%d, %%t%d\n", r, r, r, r, r, r);
    tncc_call_region(s, tncc_format("ns%d", r), r, tncc_format("tx%d", r), tncc_format("y%d", r), tncc_format("z%d", r),
                     tncc_format("lin%d", r), !vector);
    if (dynamic || s->t->reduces)
        put_state(s, "lin", "i32", "ns", r, "");
    if (dynamic)
        W("  %%oro%d = or i32 %%or%d, %%ns%d\n  %%ana%d = and i32 %%an%d, %%ns%d\n", r, r, r, r, r, r);
    W("  %%tn%d = add nuw nsw i32 %%t%d, 1\n  %%tc%d = icmp ult i32 %%tn%d, %%%s\n"
      "  br i1 %%tc%d, label %%x%d, label %%rend%d%s\nrend%d:\n",
      r, r, r, r, bound, r, r, r, divides_in_parts(s->t->regions[r]) ? ", !llvm.loop !0" : "", r);
    W("  %%n%d = phi i32 [%%ns%d, %%x%d]", r, r, r);
    if (vector)
        W(", [%%vl%d, %%vs%d], [%%wq%d, %%w%d]", r, r, r, r);
    W("\n");
    if (dynamic)
        for (int k = 0; k < 2; k++) {
            W("  %%%s%d = phi i32 [%%%s%d, %%x%d]", k ? "anx" : "orx", r, k ? "ana" : "oro", r, r);
            if (vector)
                W(", [%%%s%d, %%vs%d], [%%%s%d, %%w%d]", k ? "van" : "vor", r, r, k ? "wanx" : "worx", r, r);
            W("\n");
        }
}

void tncc_write_row(struct schedule *s, int r, bool dynamic, const char *bound)
{
    write_row(s, r, dynamic, bound, (struct row_place){ "row", "0", "-1" });
}

/* ---- NAME: unpacking ---- */
static void load_field(struct schedule *s, const char *base, unsigned at, const char *type, const char *name)
{
    W("  %%%s.p = getelementptr inbounds i8, ptr %%%s, i64 %u\n  %%%s = load %s, ptr %%%s.p\n", name, base, at, name,
      type, name);
}

static uint32_t scratch_array(struct schedule *s, const char *name, uint32_t bytes, uint32_t at)
{
    W("  %%%s.t = mul nuw nsw i64 %%threads, %u\n  %%%s.o = add nuw nsw i64 %%%s.t, %u\n"
      "  %%%s = getelementptr inbounds i8, ptr %%scratch, i64 %%%s.o\n",
      name, at, name, name, s->more, name, name);
    return at + bytes;
}

static void write_scratch(struct schedule *s)
{
    struct transform *t = s->t;
    uint32_t at = 0;
    load_field(s, "worker", 16, "ptr", "scratch");
    W("  %%bxy = mul i32 %%bx, %%by\n  %%nt = mul i32 %%bxy, %%bz\n  %%nt64 = zext i32 %%nt to i64\n"
      "  %%nt63 = add nuw nsw i64 %%nt64, 63\n  %%threads = and i64 %%nt63, -64\n");
    if (t->rows)
        W("  %%row = add nuw nsw i64 %%threads, %u\n", ROW_MORE);
    for (int k = 0; k < t->area_count; k++) {
        at = scratch_array(s, tncc_format("pa%d", k), (uint32_t)t->areas[k].size, at);
        if (t->rows && t->areas[k].element)
            s->more += ((uint32_t)t->areas[k].size * ROW_MORE + 63) / 64 * 64;
    }
    for (int k = 0; k < t->slot_count; k++)
        if (per_thread(&t->slots[k]))
            at = scratch_array(s, tncc_format("sl%d", k), t->slots[k].size, at);
    for (int x = 0; x < X_COUNT; x++)
        if (exchange_used(t, x))
            at = scratch_array(s, exchange_names[x], exchange_bytes[x], at);
    if (t->sync_count > 1) {
        at = scratch_array(s, "states", 4, at);
        if (t->warps)
            at = scratch_array(s, "warps", 4, at);
    }
    t->kernel->scratch_thread = at;
    t->kernel->scratch_block = at ? 63 * at + 64 + s->more : 0;
}

static void write_arg(struct schedule *s, unsigned k)
{
    struct transform *t = s->t;
    const struct tncc_arg *a = &t->kernel->args[k];
    LLVMTypeRef type = LLVMTypeOf(LLVMGetParam(t->function, k));
    if (a->by_address) {
        W("  %%a%u = getelementptr inbounds i8, ptr %%args, i64 %u\n", k, a->offset);
        return;
    }
    W("  %%a%u.p = getelementptr inbounds i8, ptr %%args, i64 %u\n", k, a->offset);
    if (type == t->i1)
        W("  %%a%u.b = load i8, ptr %%a%u.p, align 1\n  %%a%u = trunc i8 %%a%u.b to i1\n", k, k, k, k);
    else
        W("  %%a%u = load %s, ptr %%a%u.p, align %u\n", k, type_text(type), k, a->align);
}

/* Is there a region whose loops over threads become simpler when nothing is left of a row? */
static bool has_whole(const struct transform *t)
{
    bool any = false;
    for (int r = 0; r < t->sync_count && !t->warps && !t->wide; r++)
        any |= t->vectors[r] != NULL;
    return any;
}

/* The most rows that a region runs at once; powers of two. */
static unsigned rows_at_once(const struct transform *t)
{
    unsigned most = 1;
    for (int r = 0; r < t->sync_count; r++)
        if (t->jams[r].rows && t->jams[r].copies > most)
            most = t->jams[r].copies;
    return most;
}

static void write_entry(struct schedule *s)
{
    struct transform *t = s->t;
    W("define void @\"%s\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count) #0 {\nentry:\n", s->name);
    for (unsigned k = 0; k < 6; k++)
        load_field(s, "launch", 4 * k, "i32", geometry[k]);
    if (t->whole_warps)
        W("  %%rest = and i32 %%bx, %u\n  %%fits = icmp eq i32 %%rest, 0\n  br i1 %%fits, label %%whole, label %%any\n"
          "whole:\n  call void @\"%s\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count) #2\n  ret void\nany:\n",
          t->width - 1, t->whole_warps->kernel->name);
    load_field(s, "launch", 28, "i32", "width");
    load_field(s, "launch", 32, "ptr", "args");
    load_field(s, "worker", 0, "ptr", "dyn");
    for (unsigned k = 0; k < t->kernel->arg_count; k++)
        write_arg(s, k);
    if (!s->local_on_stack) {
        uint64_t at = 0;
        load_field(s, "worker", 8, "ptr", "static");
        for (int k = 0; k < t->shared_count; k++) {
            if (!t->shared[k].size)
                continue;
            at = (at + t->shared[k].align - 1) / t->shared[k].align * t->shared[k].align;
            W("  %%sh%d = getelementptr inbounds i8, ptr %%static, i64 %llu\n", k, (unsigned long long)at);
            at += t->shared[k].size;
        }
    }
    write_scratch(s);
    if (has_whole(t)) {
        W("  %%wx = and i32 %%bx, %u\n  %%wy = and i32 %%by, %u\n  %%wxy = or i32 %%wx, %%wy\n"
          "  %%wc = icmp eq i32 %%wxy, 0\n  br i1 %%wc, label %%whole, label %%blocks\nwhole:\n",
          t->lanes - 1, rows_at_once(t) - 1);
        W("  call void @\"%s.whole\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count%s) #2\n  ret void\nblocks:\n",
          s->name, s->pass.data);
    }
    W("  call void @\"%s.blocks\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count%s) #2\n  ret void\n}\n", s->name,
      s->pass.data);
}

/* ---- runs of blocks ----
 * Blocks beside each other go through each of their rows together, where they access nothing but what lies side by side, and do
 * not wait: memory is walked in rows of the grid, not in pieces as wide as a block. */
enum {
    RUN_ROW = 4096,   /* threads of a row, */
    RUN_PLANE = 16384 /* and of all rows of one z, before the next z: what planes share should stay in the cache */
};

static bool in_runs(const struct schedule *s)
{
    return s->whole && s->t->rows_lie_side_by_side;
}

/* How far the run goes that begins at block %cfirst, %cyfirst: to %cend, and, if that is all of a row of the grid, %cyend. */
static void write_run(struct schedule *s)
{
    W("  %%rmax = udiv i32 %u, %%bx\n  %%rmost = call i32 @llvm.umax.i32(i32 %%rmax, i32 1)\n"
      "  %%rgrid = sub i32 %%gx, %%cfirst\n  %%rx = call i32 @llvm.umin.i32(i32 %%rmost, i32 %%rgrid)\n"
      "  %%rx64 = zext i32 %%rx to i64\n  %%rleft = sub i64 %%end, %%b\n"
      "  %%run = call i64 @llvm.umin.i64(i64 %%rx64, i64 %%rleft)\n  %%run32 = trunc i64 %%run to i32\n"
      "  %%cend = add i32 %%cfirst, %%run32\n",
      RUN_ROW);
    W("  %%rall = icmp eq i64 %%run, %%gx64\n  %%rplane = mul i64 %%nxy64, %%gx64\n"
      "  %%rymax = udiv i64 %u, %%rplane\n  %%rymost = call i64 @llvm.umax.i64(i64 %%rymax, i64 1)\n"
      "  %%ryleft = udiv i64 %%rleft, %%gx64\n  %%ry = call i64 @llvm.umin.i64(i64 %%rymost, i64 %%ryleft)\n"
      "  %%rygrid = sub i32 %%gy, %%cyfirst\n  %%rygrid64 = zext i32 %%rygrid to i64\n"
      "  %%rys = call i64 @llvm.umin.i64(i64 %%ry, i64 %%rygrid64)\n  %%ryn = select i1 %%rall, i64 %%rys, i64 1\n"
      "  %%ryn32 = trunc i64 %%ryn to i32\n  %%cyend = add i32 %%cyfirst, %%ryn32\n  %%rblocks = mul i64 %%run, %%ryn\n",
      RUN_PLANE);
}

/* ---- NAME.blocks: the loop over blocks; the body is the kernel's schedule ---- */
void tncc_write_blocks_head(struct schedule *s)
{
    struct transform *t = s->t;
    W("define internal void @\"%s.%s\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count%s) #0 {\nentry:\n", s->name,
      s->whole ? "whole" : "blocks", s->params.data);
    if (s->local_on_stack)
        for (int k = 0; k < t->shared_count; k++)
            if (t->shared[k].size)
                /* Bytes: the text is parsed on its own, where a structure's name says nothing. */
                W("  %%sh%d = alloca [%u x i8], align %u\n", k, (unsigned)t->shared[k].size,
                  t->shared[k].align < 64 ? 64 : t->shared[k].align);
    W("  %%uin = alloca [%u x i8], align 64\n  %%uout = alloca [%u x i8], align 64\n  %%red = alloca [4 x i32], align "
      "16\n"
      "  %%state = alloca i32\n",
      t->uniform_bytes + 8, t->uniform_bytes + 8);
    W("  %%bxy = mul i32 %%bx, %%by\n  %%nt = mul i32 %%bxy, %%bz\n");
    if (in_runs(s))
        W("  %%nxy64 = zext i32 %%bxy to i64\n");
    if (t->warps)
        W("  %%ntw = add i32 %%nt, %u\n  %%nw = udiv i32 %%ntw, %u\n", t->width - 1, t->width);
    W("  %%block.p = getelementptr inbounds i8, ptr %%worker, i64 40\n"
      "  %%stop.p = getelementptr inbounds i8, ptr %%worker, i64 48\n"
      "  %%gx64 = zext i32 %%gx to i64\n  %%gy64 = zext i32 %%gy to i64\n"
      "  %%c0x = urem i64 %%first, %%gx64\n  %%c1 = udiv i64 %%first, %%gx64\n  %%c0y = urem i64 %%c1, %%gy64\n"
      "  %%c0z = udiv i64 %%c1, %%gy64\n  %%c0x32 = trunc i64 %%c0x to i32\n  %%c0y32 = trunc i64 %%c0y to i32\n"
      "  %%c0z32 = trunc i64 %%c0z to i32\n  %%end = add i64 %%first, %%count\n"
      "  %%some = icmp ult i64 %%first, %%end\n  br i1 %%some, label %%block, label %%done\n");
    const char *cx = in_runs(s) ? "cfirst" : "cx", *cy = in_runs(s) ? "cyfirst" : "cy";
    W("block:\n  %%b = phi i64 [%%first, %%entry], [%%bn, %%blockend]\n  %%%s = phi i32 [%%c0x32, %%entry], [%%cxn, "
      "%%blockend]\n"
      "  %%%s = phi i32 [%%c0y32, %%entry], [%%cyn, %%blockend]\n  %%cz = phi i32 [%%c0z32, %%entry], [%%czn, "
      "%%blockend]\n",
      cx, cy);
    if (in_runs(s))
        write_run(s);
    else
        W("  store volatile i64 %%b, ptr %%block.p\n");
}

void tncc_write_blocks_tail(struct schedule *s)
{
    W(in_runs(s) ? "blockend:\n  %%bn = add nuw i64 %%b, %%rblocks\n  %%cxw = icmp eq i32 %%cend, %%gx\n"
                   "  %%cxn = select i1 %%cxw, i32 0, i32 %%cend\n  %%cy1 = select i1 %%cxw, i32 %%cyend, i32 %%cyfirst\n"
                 : "blockend:\n  %%bn = add nuw i64 %%b, 1\n  %%cx1 = add i32 %%cx, 1\n  %%cxw = icmp eq i32 %%cx1, %%gx\n"
                   "  %%cxn = select i1 %%cxw, i32 0, i32 %%cx1\n  %%cxc = zext i1 %%cxw to i32\n"
                   "  %%cy1 = add i32 %%cy, %%cxc\n");
    W("  %%cyw = icmp eq i32 %%cy1, %%gy\n  %%cyn = select i1 %%cyw, i32 0, i32 %%cy1\n  %%cyc = zext i1 %%cyw to i32\n"
      "  %%czn = add i32 %%cz, %%cyc\n  %%stopped = load volatile i32, ptr %%stop.p\n  %%go = icmp eq i32 %%stopped, "
      "0\n"
      "  %%more = icmp ult i64 %%bn, %%end\n  %%again = and i1 %%go, %%more\n"
      "  br i1 %%again, label %%block, label %%done\ndone:\n  ret void\n}\n");
}

/* At the first of so many rows: their whole groups at once. What is left of each row follows row by row. */
static struct row_place write_jammed_rows(struct schedule *s, int r)
{
    const struct tncc_jammed *j = &s->t->jams[r];
    unsigned lanes = s->t->lanes;
    W("  %%jy%d = add nuw nsw i32 %%y%d, %u\n  %%jf%d = icmp ule i32 %%jy%d, %%by\n  %%jn%d = icmp eq i32 %%jleft%d, "
      "0\n"
      "  %%jw%d = icmp uge i32 %%bx, %u\n  %%jfn%d = and i1 %%jf%d, %%jn%d\n  %%jgo%d = and i1 %%jfn%d, %%jw%d\n"
      "  br i1 %%jgo%d, label %%j%d, label %%jx%d\n",
      r, r, j->copies, r, r, r, r, r, lanes, r, r, r, r, r, r, r, r, r);
    W("j%d:\n  %%jt%d = phi i32 [0, %%row%d], [%%jtn%d, %%j%d]\n  %%jlin%d = add nuw nsw i32 %%l%d, %%jt%d\n", r, r, r,
      r, r, r, r, r);
    /* y as if unknown: what the rows load does not change along x, and would be kept in far more registers than there are */
    W("  %%jyo%d = call i32 asm sideeffect \"\", \"=r,0\"(i32 %%y%d)\n", r, r);
    tncc_call_function(s, tncc_format("jr%d", r), j->function, tncc_format("jt%d", r), tncc_format("jyo%d", r),
                       tncc_format("z%d", r), tncc_format("jlin%d", r), tncc_format(", i32 %u", lanes), true);
    W("  %%jtn%d = add nuw nsw i32 %%jt%d, %u\n  %%jte%d = add nuw nsw i32 %%jt%d, %u\n"
      "  %%jc%d = icmp ule i32 %%jte%d, %%bx\n  br i1 %%jc%d, label %%j%d, label %%jd%d\n",
      r, r, lanes, r, r, 2 * lanes, r, r, r, r, r);
    W("jd%d:\n  %%jq%d = extractelement <%u x i32> %%jr%d, i32 %u\n  br label %%jx%d\n", r, r, lanes, r, lanes - 1, r);
    W("jx%d:\n  %%jl%d = phi i32 [%%jleft%d, %%row%d], [%u, %%jd%d]\n  %%ja%d = phi i32 [%%jlast%d, %%row%d], [%%jq%d, "
      "%%jd%d]\n",
      r, r, r, r, j->copies, r, r, r, r, r, r);
    W("  %%jnone%d = icmp eq i32 %%jl%d, 0\n  %%jwhole%d = and i32 %%bx, -%u\n"
      "  %%jfrom%d = select i1 %%jnone%d, i32 0, i32 %%jwhole%d\n"
      "  %%jless%d = add i32 %%jl%d, -1\n  %%jleftn%d = select i1 %%jnone%d, i32 0, i32 %%jless%d\n",
      r, r, r, lanes, r, r, r, r, r, r, r, r);
    return (struct row_place){ "jx", tncc_format("%%jfrom%d", r), tncc_format("%%ja%d", r) };
}

/* So many rows at once, and nothing is left of them. */
static void write_whole_rows(struct schedule *s, int r, const char *from)
{
    const struct tncc_jammed *j = &s->t->jams[r];
    unsigned lanes = s->t->lanes;
    W("  br label %%j%d\nj%d:\n  %%jt%d = phi i32 [0, %%%s%d], [%%jtn%d, %%j%d]\n  %%jlin%d = add nuw nsw i32 %%l%d, "
      "%%jt%d\n  %%jyo%d = call i32 asm sideeffect \"\", \"=r,0\"(i32 %%y%d)\n",
      r, r, r, from, r, r, r, r, r, r, r, r);
    tncc_call_function(s, tncc_format("jr%d", r), j->function, tncc_format("jt%d", r), tncc_format("jyo%d", r),
                       tncc_format("z%d", r), tncc_format("jlin%d", r), tncc_format(", i32 %u", lanes), true);
    W("  %%jtn%d = add nuw nsw i32 %%jt%d, %u\n  %%jc%d = icmp ult i32 %%jtn%d, %%bx\n"
      "  br i1 %%jc%d, label %%j%d, label %%rend%d\n"
      "rend%d:\n  %%n%d = extractelement <%u x i32> %%jr%d, i32 %u\n",
      r, r, lanes, r, r, r, r, r, r, r, lanes, r, lanes - 1);
}

/* All threads of a block through region r, x innermost. Leaves the result in %n<r> (last thread), or, if dynamic, the
 * or and the and of all in %or<r>, %and<r>. Ends in label after<r>. */
static void write_block_loop(struct schedule *s, int r, bool dynamic)
{
    struct row_place at = { "row", "0", "-1" };
    bool jammed = s->t->vectors[r] && s->t->jams[r].function && s->t->jams[r].rows, whole = jammed && s->whole;
    unsigned rows = whole ? s->t->jams[r].copies : 1;
    W("rows%d:\n  br label %%row%d\nrow%d:\n  %%z%d = phi i32 [0, %%rows%d], [%%zn%d, %%rend%d]\n"
      "  %%y%d = phi i32 [0, %%rows%d], [%%yn%d, %%rend%d]\n  %%l%d = phi i32 [0, %%rows%d], [%%ln%d, %%rend%d]\n",
      r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
    if (dynamic)
        W("  %%orr%d = phi i32 [0, %%rows%d], [%%orx%d, %%rend%d]\n  %%anr%d = phi i32 [-1, %%rows%d], [%%anx%d, "
          "%%rend%d]\n",
          r, r, r, r, r, r, r, r);
    if (jammed && !whole)
        W("  %%jleft%d = phi i32 [0, %%rows%d], [%%jleftn%d, %%rend%d]\n  %%jlast%d = phi i32 [-1, %%rows%d], [%%n%d, "
          "%%rend%d]\n",
          r, r, r, r, r, r, r, r);
    W("  %%x0%d = add i32 0, 0\n", r);
    if (whole) {
        write_whole_rows(s, r, at.from);
    } else {
        if (jammed)
            at = write_jammed_rows(s, r);
        write_row(s, r, dynamic, "bx", at);
    }
    W("  %%lr%d = mul nuw nsw i32 %%bx, %u\n  %%ln%d = add nuw nsw i32 %%l%d, %%lr%d\n"
      "  %%yq%d = add nuw nsw i32 %%y%d, %u\n  %%yw%d = icmp eq i32 %%yq%d, %%by\n"
      "  %%yn%d = select i1 %%yw%d, i32 0, i32 %%yq%d\n  %%yc%d = zext i1 %%yw%d to i32\n  %%zn%d = add nuw nsw i32 "
      "%%z%d, %%yc%d\n"
      "  %%rc%d = icmp ult i32 %%ln%d, %%nt\n  br i1 %%rc%d, label %%row%d, label %%after%d\nafter%d:\n",
      r, rows, r, r, r, r, r, rows, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
}

/* The same for the only region of a kernel, through a run of blocks: x, block x, y, block y, z. */
static void write_run_loop(struct schedule *s)
{
    bool jammed = s->t->jams[0].function && s->t->jams[0].rows;
    unsigned rows = jammed ? s->t->jams[0].copies : 1;
    W("rows0:\n  %%x00 = add i32 0, 0\n  br label %%row0\nrow0:\n  %%z0 = phi i32 [0, %%rows0], [%%zn0, %%rowend]\n"
      "  %%cy = phi i32 [%%cyfirst, %%rows0], [%%cynext, %%rowend]\n  %%y0 = phi i32 [0, %%rows0], [%%yn0, %%rowend]\n"
      "  %%lz = mul i32 %%z0, %%by\n  %%ly = add i32 %%lz, %%y0\n  %%l0 = mul i32 %%ly, %%bx\n"
      "  %%rcy = sub i32 %%cy, %%cyfirst\n  %%rcy64 = zext i32 %%rcy to i64\n  %%rrow = mul i64 %%rcy64, %%gx64\n"
      "  %%brow = add i64 %%b, %%rrow\n  br label %%run0\n"
      "run0:\n  %%cx = phi i32 [%%cfirst, %%row0], [%%cnext, %%rend0]\n  %%bnow = phi i64 [%%brow, %%row0], [%%bnext, %%rend0]\n"
      "  store volatile i64 %%bnow, ptr %%block.p\n");
    if (jammed)
        write_whole_rows(s, 0, "run");
    else
        write_row(s, 0, false, "bx", (struct row_place){ "run", "0", "-1" });
    W("  %%bnext = add nuw i64 %%bnow, 1\n  %%cnext = add nuw i32 %%cx, 1\n  %%cmore = icmp ult i32 %%cnext, %%cend\n"
      "  br i1 %%cmore, label %%run0, label %%rowend\nrowend:\n  %%yq = add nuw i32 %%y0, %u\n"
      "  %%yw = icmp eq i32 %%yq, %%by\n  %%yn0 = select i1 %%yw, i32 0, i32 %%yq\n  %%yc = zext i1 %%yw to i32\n"
      "  %%cyq = add nuw i32 %%cy, %%yc\n  %%ryw = icmp eq i32 %%cyq, %%cyend\n"
      "  %%cynext = select i1 %%ryw, i32 %%cyfirst, i32 %%cyq\n  %%ryc = zext i1 %%ryw to i32\n"
      "  %%zn0 = add nuw i32 %%z0, %%ryc\n  %%zmore = icmp ult i32 %%zn0, %%bz\n"
      "  br i1 %%zmore, label %%row0, label %%blockend\n",
      rows);
}

void tncc_copy_uniform(struct schedule *s)
{
    if (s->t->uniform_bytes)
        W("  call void @llvm.memcpy.p0.p0.i64(ptr align 64 %%uin, ptr align 64 %%uout, i64 %u, i1 false)\n",
          s->t->uniform_bytes);
}

void tncc_reduce_predicates(struct schedule *s)
{
    if (s->t->reduces)
        W("  call void @tn_rt_reduce(ptr @\"%s.kinds\", ptr %%states, ptr %%xpred, i32 %%nt, ptr %%red)\n", s->name);
}

/* One pass over threads that have parted: each runs from where it waits to where it waits next. */
static void write_parted_pass(struct schedule *s)
{
    struct transform *t = s->t;
    W("parted:\n");
    tncc_copy_uniform(s);
    tncc_reduce_predicates(s);
    W("  br label %%pt\npt:\n  %%pl = phi i32 [0, %%parted], [%%pln, %%pnext]\n  %%px = phi i32 [0, %%parted], [%%pxn, "
      "%%pnext]\n"
      "  %%py = phi i32 [0, %%parted], [%%pyn, %%pnext]\n  %%pz = phi i32 [0, %%parted], [%%pzn, %%pnext]\n"
      "  %%por = phi i32 [0, %%parted], [%%porn, %%pnext]\n  %%pan = phi i32 [-1, %%parted], [%%pann, %%pnext]\n"
      "  %%pl64 = zext i32 %%pl to i64\n  %%psp = getelementptr inbounds i32, ptr %%states, i64 %%pl64\n"
      "  %%pst = load i32, ptr %%psp\n  switch i32 %%pst, label %%pkeep [");
    for (int r = 1; r < t->sync_count; r++)
        W(" i32 %d, label %%p%d", r, r);
    W(" ]\n");
    for (int r = 1; r < t->sync_count; r++) {
        W("p%d:\n", r);
        tncc_call_region(s, tncc_format("pn%d", r), r, "px", "py", "pz", "pl", false);
        W("  br label %%pput\n");
    }
    W("pput:\n  %%pv = phi i32");
    for (int r = 1; r < t->sync_count; r++)
        W("%s [%%pn%d, %%p%d]", r > 1 ? "," : "", r, r);
    W("\n  store i32 %%pv, ptr %%psp\n  br label %%pnext\npkeep:\n  br label %%pnext\n"
      "pnext:\n  %%pr = phi i32 [%%pv, %%pput], [-1, %%pkeep]\n  %%porn = or i32 %%por, %%pr\n  %%pann = and i32 "
      "%%pan, %%pr\n"
      "  %%px1 = add i32 %%px, 1\n  %%pxw = icmp eq i32 %%px1, %%bx\n  %%pxn = select i1 %%pxw, i32 0, i32 %%px1\n"
      "  %%pxc = zext i1 %%pxw to i32\n  %%py1 = add i32 %%py, %%pxc\n  %%pyw = icmp eq i32 %%py1, %%by\n"
      "  %%pyn = select i1 %%pyw, i32 0, i32 %%py1\n  %%pyc = zext i1 %%pyw to i32\n  %%pzn = add i32 %%pz, %%pyc\n"
      "  %%pln = add i32 %%pl, 1\n  %%pc = icmp ult i32 %%pln, %%nt\n  br i1 %%pc, label %%pt, label %%pdone\n"
      "pdone:\n  %%peq = icmp eq i32 %%porn, %%pann\n  store i32 %%porn, ptr %%state\n"
      "  br i1 %%peq, label %%dispatch, label %%parted\n");
}

static void write_dispatch(struct schedule *s, const char *ended)
{
    W("dispatch:\n  %%st = load i32, ptr %%state\n  switch i32 %%st, label %%%s [", ended);
    for (int r = 0; r < s->t->sync_count; r++)
        W(" i32 %d, label %%region%d", r, r);
    W(" ]\n");
}

/* Kernels without warp operations: all threads of the block go from barrier to barrier. */
static void write_block_schedule(struct schedule *s)
{
    struct transform *t = s->t;
    bool any_dynamic = false;
    tncc_write_blocks_head(s);
    W("  store i32 0, ptr %%state\n  br label %%%s\n", t->sync_count > 1 ? "dispatch" : "rows0");
    if (in_runs(s)) {
        write_run_loop(s);
        tncc_write_blocks_tail(s);
        return;
    }
    if (t->sync_count == 1) {
        write_block_loop(s, 0, false);
        W("  br label %%blockend\n");
        tncc_write_blocks_tail(s);
        return;
    }
    write_dispatch(s, "blockend");
    for (int r = 0; r < t->sync_count; r++) {
        bool dynamic = tncc_is_dynamic(t, r);
        any_dynamic |= dynamic;
        W("region%d:\n", r);
        if (r) {
            tncc_copy_uniform(s);
            if (t->sync[r].kind == SYNC_BARRIER_REDUCE)
                tncc_reduce_predicates(s);
        }
        W("  br label %%rows%d\n", r);
        write_block_loop(s, r, dynamic);
        if (dynamic)
            W("  %%eq%d = icmp eq i32 %%orx%d, %%anx%d\n  store i32 %%orx%d, ptr %%state\n"
              "  br i1 %%eq%d, label %%dispatch, label %%parted\n",
              r, r, r, r, r);
        else if (only_next(t, r) >= 0)
            W("  store i32 %d, ptr %%state\n  br label %%dispatch\n", only_next(t, r) ? only_next(t, r) : -1);
        else
            W("  store i32 %%n%d, ptr %%state\n  br label %%dispatch\n", r);
    }
    if (any_dynamic)
        write_parted_pass(s);
    tncc_write_blocks_tail(s);
}

/* The kinds of the sync points, for device/warp.c. */
static void write_kinds(struct schedule *s)
{
    struct transform *t = s->t;
    W("@\"%s.kinds\" = internal unnamed_addr constant [%d x i8] [", s->name, t->sync_count);
    for (int r = 0; r < t->sync_count; r++)
        W("%si8 %d", r ? ", " : "", (int)t->sync[r].kind | (t->sync[r].full_mask ? FULL_MASK : 0));
    W("]\n");
}

static void declare_function(struct schedule *s, LLVMValueRef f)
{
    LLVMTypeRef type = LLVMGlobalGetValueType(f);
    unsigned n = LLVMCountParamTypes(type);
    LLVMTypeRef *types = tncc_alloc((n + 1) * sizeof *types);
    size_t bytes;
    LLVMGetParamTypes(type, types);
    W("declare %s @\"%s\"(", type_text(LLVMGetReturnType(type)), LLVMGetValueName2(f, &bytes));
    for (unsigned k = 0; k < n; k++)
        W("%s%s", k ? ", " : "", type_text(types[k]));
    W(")\n");
}

static void declare_regions(struct schedule *s)
{
    for (int r = 0; r < s->t->sync_count; r++) {
        if (s->t->regions[r])
            declare_function(s, s->t->regions[r]);
        if (s->t->vectors && s->t->vectors[r])
            declare_function(s, s->t->vectors[r]);
        if (s->t->full && s->t->full[r])
            declare_function(s, s->t->full[r]);
        if (s->t->doubles && s->t->doubles[r])
            declare_function(s, s->t->doubles[r]);
        if (s->t->jams && s->t->jams[r].function)
            declare_function(s, s->t->jams[r].function);
    }
}

void tncc_schedule(struct transform *t, struct tncc_text *out)
{
    struct schedule s = { .t = t, .out = out, .name = t->kernel->name };
    uint64_t local = 0;
    for (int k = 0; k < t->shared_count; k++) {
        local = (local + t->shared[k].align - 1) / t->shared[k].align * t->shared[k].align + t->shared[k].size;
        if (t->shared[k].align > t->kernel->local_align)
            t->kernel->local_align = t->shared[k].align;
    }
    s.local_on_stack = local <= STACK_LOCAL_LIMIT && !t->kernel->local_addressed;
    t->kernel->static_local = (uint32_t)local;
    t->kernel->stack = s.local_on_stack && local ? (uint32_t)((local + 4095) / 4096 * 4096 + (64 << 10)) : 0;
    list_params(&s);
    declare_regions(&s);
    if (!t->wide)
        write_kinds(&s);
    write_entry(&s);
    if (t->wide)
        tncc_schedule_wide(&s);
    else if (t->warps)
        tncc_schedule_warps(&s);
    else
        write_block_schedule(&s);
    s.whole = has_whole(t);
    if (s.whole)
        write_block_schedule(&s);
}
