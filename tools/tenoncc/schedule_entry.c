/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_entry.c - NAME, the image's entry of a kernel: unpacks the arguments and the worker's memory, and chooses between the
 * functions that run blocks by the launch's block shape. Writes text.
 */
#include "tools/tenoncc/schedule.h"

enum {
    ROW_MORE =
        16 /* elements that a row is longer than the block, so that rows don't meet in the same places of the cache */
};

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
        if (tncc_per_thread(&t->slots[k]))
            at = scratch_array(s, tncc_format("sl%d", k), t->slots[k].size, at);
    for (int x = 0; x < X_COUNT; x++)
        if (exchange_used(t, x))
            at = scratch_array(s, tncc_exchange_names[x], exchange_bytes[x], at);
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
        W("  %%a%u = load %s, ptr %%a%u.p, align %u\n", k, tncc_type_text(type), k, a->align);
}

/* Is there a region whose loops over threads become simpler when nothing is left of a row? */
bool tncc_has_whole(const struct transform *t)
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

void tncc_write_entry(struct schedule *s)
{
    struct transform *t = s->t;
    W("define void @\"%s\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count) #0 {\nentry:\n", s->name);
    for (unsigned k = 0; k < 6; k++)
        if (k >= 3 && t->options->block[k - 3])
            W("  %%%s = add i32 0, %u\n", tncc_geometry[k], t->options->block[k - 3]);
        else
            load_field(s, "launch", 4 * k, "i32", tncc_geometry[k]);
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
    if (tncc_has_whole(t)) {
        W("  %%wx = and i32 %%bx, %u\n  %%wy = and i32 %%by, %u\n  %%wxy = or i32 %%wx, %%wy\n"
          "  %%wc = icmp eq i32 %%wxy, 0\n  br i1 %%wc, label %%whole, label %%blocks\nwhole:\n",
          t->lanes - 1, rows_at_once(t) - 1);
        W("  call void @\"%s.whole\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count%s) #2\n  ret void\nblocks:\n",
          s->name, s->pass.data);
    }
    W("  call void @\"%s.blocks\"(ptr %%launch, ptr %%worker, i64 %%first, i64 %%count%s) #2\n  ret void\n}\n", s->name,
      s->pass.data);
}
