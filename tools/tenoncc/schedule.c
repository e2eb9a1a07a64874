/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - writes, as text IR, the functions around a kernel's regions (schedule_entry.c, schedule_rows.c: parts of them):
 *
 *   NAME          the image's entry: unpacks the arguments and the worker's memory, calls NAME.blocks
 *   NAME.blocks   runs a range of blocks: loops over the threads for each region, and goes from region to region
 *   NAME.whole    the same for blocks whose rows are whole groups of threads, and whose rows are as many as run at once
 *   NAME.rows.R   where there are many regions: the threads through one of them
 *   NAME.slow     with warp operations: one warp whose lanes have parted, lane by lane, until they meet again
 *
 * Loop scaffolds are shorter and clearer as text than as builder calls; LLVM parses and links them.
 */
#include "tools/tenoncc/schedule.h"

#include <stdlib.h>
#include <string.h>

enum { STACK_LOCAL_LIMIT = 64 << 10 };

const char *const tncc_geometry[] = { "gx", "gy", "gz", "bx", "by", "bz" };
const char *const tncc_exchange_names[X_COUNT] = { "xmask", "xv32", "xv64", "xsrc", "xr32", "xr64", "xpred" };

const char *tncc_type_text(LLVMTypeRef type)
{
    char *text = LLVMPrintTypeToString(type);
    const char *copy = tncc_copy(text, strlen(text));
    LLVMDisposeMessage(text);
    return copy;
}

bool tncc_per_thread(const struct slot *slot)
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
int tncc_only_next(const struct transform *t, int region)
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

bool tncc_rests_count(const struct transform *t, int region)
{
    return !t->warps && !t->wide && !t->reduces && tncc_only_next(t, region) >= 0 && !tncc_is_dynamic(t, region);
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
        add_param(s, "i32", "", tncc_geometry[k]);
    add_param(s, "i32", "", "width");
    s->apart = t->kernel->local_addressed || tncc_local_escapes(t) ? "" : " noalias";
    add_param(s, "ptr", s->apart, "dyn");
    for (unsigned k = 0; k < t->kernel->arg_count; k++) {
        bool own = LLVMGetEnumAttributeAtIndex(t->function, k + 1, noalias) != NULL;
        add_param(s, tncc_type_text(LLVMTypeOf(LLVMGetParam(t->function, k))), own ? " noalias" : "",
                  tncc_format("a%u", k));
    }
    for (int k = 0; k < t->shared_count; k++)
        if (t->shared[k].size && !s->local_on_stack)
            add_param(s, "ptr", s->apart, tncc_format("sh%d", k));
        else if (t->shared[k].size)
            tncc_add(&s->locals, ", ptr %%sh%d", k);
    for (int k = 0; k < t->area_count; k++)
        add_param(s, "ptr", " noalias", tncc_format("pa%d", k));
    for (int k = 0; k < t->slot_count; k++)
        if (tncc_per_thread(&t->slots[k]))
            add_param(s, "ptr", " noalias", tncc_format("sl%d", k));
    for (int x = 0; x < X_COUNT; x++)
        if (exchange_used(t, x))
            add_param(s, "ptr", " noalias", tncc_exchange_names[x]);
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
        if (tncc_per_thread(&t->slots[k]))
            tncc_add(&s->tail, ", ptr %%sl%d", k);
    for (int x = 0; x < X_COUNT; x++)
        if (exchange_used(t, x))
            tncc_add(&s->tail, ", ptr %%%s", tncc_exchange_names[x]);
}

/* Places to wait at: in any kernel, where whole warps have a form of their own, where there are barriers alone. */
enum { MANY = 64, MANY_BESIDE_WARPS = 16, MANY_BARRIERS = 200 };

/* Vectors of regions and warp operations are called, since a function of thousands of lines takes LLVM seconds. */
bool tncc_calls_stay(const struct transform *t)
{
    return t->sync_count > (t->whole_warps ? MANY_BESIDE_WARPS : MANY);
}

bool tncc_loops_apart(const struct transform *t)
{
    return t->sync_count > (t->warps ? MANY : MANY_BARRIERS);
}

/* "%to = call i32 @NAME.region.R(...)"; x, y, z, lin name the thread, or the first of those that a vector runs; `more` is behind the other arguments. */
void tncc_call_function(struct schedule *s, const char *to, LLVMValueRef function, const char *x, const char *y,
                        const char *z, const char *lin, const char *more, bool inlined)
{
    struct transform *t = s->t;
    size_t bytes;
    W("  %%%s = call %s @\"%s\"(", to, tncc_type_text(LLVMGetReturnType(LLVMGlobalGetValueType(function))),
      LLVMGetValueName2(function, &bytes));
    for (unsigned k = 0; k < t->kernel->arg_count; k++)
        W("%s %%a%u, ", tncc_type_text(LLVMTypeOf(LLVMGetParam(t->function, k))), k);
    W("i32 %%bx, i32 %%by, i32 %%bz, i32 %%gx, i32 %%gy, i32 %%gz, i32 %%cx, i32 %%cy, i32 %%cz, "
      "i32 %%%s, i32 %%%s, i32 %%%s, i32 %%%s, i32 ",
      x, y, z, lin);
    if (t->width)
        W("%u", t->width);
    else
        W("%%width");
    W(", ptr %%worker, ptr %%dyn, ptr %%uin, ptr %%uout, ptr %%red, i64 %s%s%s) %s\n", t->rows ? "%row" : "1",
      s->tail.data ? s->tail.data : "", more,
      inlined && !t->options->after && !(*more && tncc_calls_stay(t)) ? "#1" : "#2");
}

void tncc_call_region(struct schedule *s, const char *to, int region, const char *x, const char *y, const char *z,
                      const char *lin, bool inlined)
{
    bool rest = s->t->vectors && s->t->vectors[region]; /* few threads; else LLVM makes vectors of the loop around it */
    tncc_call_function(s, to, s->t->regions[region], x, y, z, lin, "", inlined && !(rest && tncc_calls_stay(s->t)));
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
    if (tncc_in_runs(s))
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
    const char *cx = tncc_in_runs(s) ? "cfirst" : "cx", *cy = tncc_in_runs(s) ? "cyfirst" : "cy";
    W("block:\n  %%b = phi i64 [%%first, %%entry], [%%bn, %%blockend]\n  %%%s = phi i32 [%%c0x32, %%entry], [%%cxn, "
      "%%blockend]\n"
      "  %%%s = phi i32 [%%c0y32, %%entry], [%%cyn, %%blockend]\n  %%cz = phi i32 [%%c0z32, %%entry], [%%czn, "
      "%%blockend]\n",
      cx, cy);
    if (tncc_in_runs(s))
        tncc_write_run(s);
    else
        W("  store volatile i64 %%b, ptr %%block.p\n");
}

void tncc_write_blocks_tail(struct schedule *s)
{
    W(tncc_in_runs(s)
          ? "blockend:\n  %%bn = add nuw i64 %%b, %%rblocks\n  %%cxw = icmp eq i32 %%cend, %%gx\n"
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

/* ---- NAME.rows.R, NAME.whole.rows.R, NAME.wide.rows.R: LLVM's time for a function grows faster than its loops, so with many
 * places to wait at the threads through each region have one of their own. It gives the sync point at which all wait, or
 * PARTED. ---- */
static const char *rows_name(const struct schedule *s, int r)
{
    return tncc_format("%s.%srows.%d", s->name, s->whole ? "whole." : "", r);
}

/* `more`: a further parameter. What is on the stack of NAME.blocks is seen from there alone. */
void tncc_write_rows_head(struct schedule *s, int r, const char *more)
{
    W("define internal i32 @\"%s\"(ptr %%launch, ptr %%worker, i32 %%cx, i32 %%cy, i32 %%cz, ptr noalias %%uin, ptr noalias "
      "%%uout, ptr noalias %%red%s%s",
      rows_name(s, r), more, s->params.data);
    for (int k = 0; k < s->t->shared_count && s->local_on_stack; k++)
        if (s->t->shared[k].size)
            W(", ptr%s %%sh%d", s->apart, k);
    W(") #0 {\nentry:\n  %%bxy = mul i32 %%bx, %%by\n  %%nt = mul i32 %%bxy, %%bz\n");
}

/* Behind after<r>. Where there is one place to come to, %n<r> need not say so: not behind the rest of a row. */
void tncc_write_rows_tail(struct schedule *s, int r, bool dynamic)
{
    int only = tncc_only_next(s->t, r);
    if (dynamic)
        W("  %%eq%d = icmp eq i32 %%orx%d, %%anx%d\n  %%out%d = select i1 %%eq%d, i32 %%orx%d, i32 %d\n"
          "  ret i32 %%out%d\n}\n",
          r, r, r, r, r, r, PARTED, r);
    else if (only >= 0)
        W("  ret i32 %d\n}\n", only ? only : -1);
    else
        W("  ret i32 %%n%d\n}\n", r);
}

/* "%to = call ..." */
void tncc_call_rows(struct schedule *s, const char *to, int r, const char *more)
{
    W("  %%%s = call i32 @\"%s\"(ptr %%launch, ptr %%worker, i32 %%cx, i32 %%cy, i32 %%cz, ptr %%uin, ptr %%uout, ptr %%red%s%s%s) "
      "#2\n",
      to, rows_name(s, r), more, s->pass.data, s->locals.data ? s->locals.data : "");
}

/* The same in NAME.blocks, with what is behind it in <same>, and in <parted> where threads may go on differently. */
void tncc_write_rows(struct schedule *s, int r, bool dynamic, const char *more, const char *same, const char *parted)
{
    W("rows%d:\n", r);
    tncc_call_rows(s, tncc_format("n%d", r), r, more);
    W("  store i32 %%n%d, ptr %%state\n", r);
    if (dynamic)
        W("  %%on%d = icmp ne i32 %%n%d, %d\n  br i1 %%on%d, label %%%s, label %%%s\n", r, r, PARTED, r, same, parted);
    else
        W("  br label %%%s\n", same);
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
    bool any_dynamic = false, apart = tncc_loops_apart(t);
    for (int r = 0; r < t->sync_count && apart; r++) {
        tncc_write_rows_head(s, r, "");
        W("  br label %%rows%d\n", r);
        tncc_write_block_loop(s, r, tncc_is_dynamic(t, r));
        tncc_write_rows_tail(s, r, tncc_is_dynamic(t, r));
    }
    tncc_write_blocks_head(s);
    W("  store i32 0, ptr %%state\n  br label %%%s\n", t->sync_count > 1 ? "dispatch" : "rows0");
    if (tncc_in_runs(s)) {
        tncc_write_run_loop(s);
        tncc_write_blocks_tail(s);
        return;
    }
    if (t->sync_count == 1) {
        tncc_write_block_loop(s, 0, false);
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
        if (apart) {
            tncc_write_rows(s, r, dynamic, "", "dispatch", "parted");
            continue;
        }
        tncc_write_block_loop(s, r, dynamic);
        if (dynamic)
            W("  %%eq%d = icmp eq i32 %%orx%d, %%anx%d\n  store i32 %%orx%d, ptr %%state\n"
              "  br i1 %%eq%d, label %%dispatch, label %%parted\n",
              r, r, r, r, r);
        else if (tncc_only_next(t, r) >= 0)
            W("  store i32 %d, ptr %%state\n  br label %%dispatch\n", tncc_only_next(t, r) ? tncc_only_next(t, r) : -1);
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
    W("declare %s @\"%s\"(", tncc_type_text(LLVMGetReturnType(type)), LLVMGetValueName2(f, &bytes));
    for (unsigned k = 0; k < n; k++)
        W("%s%s", k ? ", " : "", tncc_type_text(types[k]));
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
        if (s->t->wider && s->t->wider[r].function)
            declare_function(s, s->t->wider[r].function);
        if (s->t->jams && s->t->jams[r].function)
            declare_function(s, s->t->jams[r].function);
        if (s->t->fewer && s->t->fewer[r].function && s->t->fewer[r].function != s->t->jams[r].function)
            declare_function(s, s->t->fewer[r].function);
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
    tncc_write_entry(&s);
    if (t->wide)
        tncc_schedule_wide(&s);
    else if (t->warps)
        tncc_schedule_warps(&s);
    else
        write_block_schedule(&s);
    s.whole = tncc_has_whole(t);
    if (s.whole)
        write_block_schedule(&s);
}
