/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_wide.c - the schedule of kernels with warp operations for blocks whose rows are whole warps: each region for
 * one warp after another, all its lanes at once, from block barrier to block barrier. A word for each warp says which of
 * its lanes have not ended; those of a block that go on all wait at the same barrier.
 */
#include "tools/tenoncc/schedule.h"

/* May lanes end before the last region that runs? Then warps have masks. */
static bool is_mortal(const struct transform *t)
{
    for (int r = 0; r < t->sync_count; r++) {
        const uint64_t *next = t->blocks[t->sync[r].block].next;
        bool others = false;
        for (int n = 1; n < t->sync_count; n++)
            others |= bit_test(next, n);
        if (others && bit_test(next, 0))
            return true;
    }
    return false;
}

static const char *at(const char *name, int r)
{
    return tncc_format("%s%d", name, r);
}

/* The region for the lanes of %m<r>, or for all; leaves what each lane waits at in %<to><r>. */
static void call_vector(struct schedule *s, int r, const char *to, const char *mask)
{
    tncc_call_function(s, at(to, r), s->t->vectors[r], at("x", r), at("y", r), at("z", r), at("l", r),
                       tncc_format(", i%u %s", s->t->width, mask), true);
}

static void run_vector(struct schedule *s, int r, bool mortal)
{
    unsigned w = s->t->width;
    if (!mortal) {
        call_vector(s, r, "vr", "-1");
        return;
    }
    W("  %%full%d = icmp eq i%u %%m%d, -1\n  br i1 %%full%d, label %%vf%d, label %%vp%d\nvf%d:\n", r, w, r, r, r, r, r);
    call_vector(s, r, "vrf", "-1");
    W("  br label %%vj%d\nvp%d:\n", r, r);
    call_vector(s, r, "vrp", tncc_format("%%m%d", r));
    W("  br label %%vj%d\nvj%d:\n  %%vr%d = phi <%u x i32> [%%vrf%d, %%vf%d], [%%vrp%d, %%vp%d]\n", r, r, r, w, r, r, r,
      r);
}

/* Where the warp waits, in %w<r>, 0: nowhere; and who is left of it. */
static void take_vector(struct schedule *s, int r, bool mortal)
{
    unsigned w = s->t->width;
    if (tncc_only_next(s->t, r) >= 0)
        return;
    if (!mortal) {
        W("  %%w%d = extractelement <%u x i32> %%vr%d, i32 0\n", r, w, r);
        return;
    }
    W("  %%ml%d = bitcast i%u %%m%d to <%u x i1>\n  %%vs%d = select <%u x i1> %%ml%d, <%u x i32> %%vr%d, <%u x i32> "
      "zeroinitializer\n"
      "  %%w%d = call i32 @llvm.vector.reduce.smax.v%ui32(<%u x i32> %%vs%d)\n",
      r, w, r, w, r, w, r, w, r, w, r, w, w, r);
    if (bit_test(s->t->blocks[s->t->sync[r].block].next, 0))
        W("  %%vl%d = icmp sgt <%u x i32> %%vs%d, zeroinitializer\n  %%vb%d = bitcast <%u x i1> %%vl%d to i%u\n"
          "  store i%u %%vb%d, ptr %%mp%d, align 8\n",
          r, w, r, r, w, r, w, w, r, r);
}

/* Lane by lane: a region without warp operations that is not worth a vector. */
static void run_lanes(struct schedule *s, int r, bool mortal)
{
    unsigned w = s->t->width;
    bool ends = mortal && bit_test(s->t->blocks[s->t->sync[r].block].next, 0);
    W("  br label %%t%d\nt%d:\n  %%k%d = phi i32 [0, %%warp%d], [%%kn%d, %%tend%d]\n  %%tw%d = phi i32 [0, %%warp%d], "
      "[%%twn%d, %%tend%d]\n",
      r, r, r, r, r, r, r, r, r, r);
    if (ends)
        W("  %%tm%d = phi i%u [%%m%d, %%warp%d], [%%tmn%d, %%tend%d]\n", r, w, r, r, r, r);
    if (mortal)
        W("%s  %%ts%d = lshr i%u %%m%d, %s%d\n  %%ti%d = trunc i%u %%ts%d to i1\n"
          "  br i1 %%ti%d, label %%tr%d, label %%tend%d\ntr%d:\n",
          w == 64 ? tncc_format("  %%kw%d = zext i32 %%k%d to i64\n", r, r) : "", r, w, r, w == 64 ? "%kw" : "%k", r, r,
          w, r, r, r, r, r);
    W("  %%tl%d = add nuw nsw i32 %%l%d, %%k%d\n  %%tx%d = add nuw nsw i32 %%x%d, %%k%d\n", r, r, r, r, r, r);
    tncc_call_region(s, at("tn", r), r, at("tx", r), at("y", r), at("z", r), at("tl", r), true);
    W("  %%tv%d = call i32 @llvm.smax.i32(i32 %%tw%d, i32 %%tn%d)\n", r, r, r);
    if (ends)
        W("  %%tz%d = icmp slt i32 %%tn%d, 0\n  %%tb%d = zext i1 %%tz%d to i%u\n  %%tg%d = shl i%u %%tb%d, %s%d\n"
          "  %%th%d = xor i%u %%tg%d, -1\n  %%tmr%d = and i%u %%tm%d, %%th%d\n",
          r, r, r, r, w, r, w, r, w == 64 ? "%kw" : "%k", r, r, w, r, r, w, r, r);
    W("  br label %%tend%d\ntend%d:\n  %%twn%d = phi i32 [%%tv%d, %%%s%d]", r, r, r, r, mortal ? "tr" : "t", r);
    if (mortal)
        W(", [%%tw%d, %%t%d]", r, r);
    if (ends)
        W("\n  %%tmn%d = phi i%u [%%tmr%d, %%tr%d], [%%tm%d, %%t%d]", r, w, r, r, r, r);
    W("\n  %%kn%d = add nuw nsw i32 %%k%d, 1\n  %%tc%d = icmp ult i32 %%kn%d, %u\n  br i1 %%tc%d, label %%t%d, label "
      "%%tq%d\n"
      "tq%d:\n  %%w%d = add i32 %%twn%d, 0\n",
      r, r, r, r, w, r, r, r, r, r, r);
    if (ends)
        W("  store i%u %%tmn%d, ptr %%mp%d, align 8\n", w, r, r);
}

/* One warp after another; %l<r> is its first thread's linear index. Ends in after<r>, %any<r> where the block waits. */
static void write_warps(struct schedule *s, int r, bool mortal)
{
    unsigned w = s->t->width;
    bool vector = s->t->vectors[r], open = tncc_only_next(s->t, r) < 0;
    W("  br label %%row%d\nrow%d:\n  %%l%d = phi i32 [0, %%region%d], [%%ln%d, %%rend%d]\n  %%x%d = phi i32 [0, "
      "%%region%d], [%%xn%d, %%rend%d]\n"
      "  %%y%d = phi i32 [0, %%region%d], [%%yn%d, %%rend%d]\n  %%z%d = phi i32 [0, %%region%d], [%%zn%d, %%rend%d]\n",
      r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
    if (open)
        W("  %%any%d = phi i32 [0, %%region%d], [%%anyn%d, %%rend%d]\n", r, r, r, r);
    if (mortal)
        W("  %%mi%d = lshr exact i32 %%l%d, %u\n  %%mi64%d = zext i32 %%mi%d to i64\n  %%mp%d = getelementptr inbounds "
          "i64, "
          "ptr %%states, i64 %%mi64%d\n"
          "  %%m%d = load i%u, ptr %%mp%d, align 8\n  %%gone%d = icmp eq i%u %%m%d, 0\n"
          "  br i1 %%gone%d, label %%rend%d, label %%warp%d\n",
          r, r, w == 64 ? 6 : 5, r, r, r, r, r, w, r, r, w, r, r, r, r);
    else
        W("  br label %%warp%d\n", r);
    W("warp%d:\n", r);
    if (vector) {
        run_vector(s, r, mortal);
        take_vector(s, r, mortal);
    } else {
        run_lanes(s, r, mortal);
    }
    W("  br label %%rb%d\nrb%d:\n", r, r);
    if (open)
        W("  %%anyw%d = call i32 @llvm.smax.i32(i32 %%any%d, i32 %%w%d)\n", r, r, r);
    W("  br label %%rend%d\nrend%d:\n", r, r);
    if (open) {
        W("  %%anyn%d = phi i32 [%%anyw%d, %%rb%d]", r, r, r);
        if (mortal)
            W(", [%%any%d, %%row%d]", r, r);
        W("\n");
    }
    W("  %%ln%d = add nuw nsw i32 %%l%d, %u\n  %%xa%d = add nuw nsw i32 %%x%d, %u\n  %%xw%d = icmp eq i32 %%xa%d, "
      "%%bx\n"
      "  %%xn%d = select i1 %%xw%d, i32 0, i32 %%xa%d\n  %%xc%d = zext i1 %%xw%d to i32\n"
      "  %%ya%d = add nuw nsw i32 %%y%d, %%xc%d\n  %%yw%d = icmp eq i32 %%ya%d, %%by\n  %%yn%d = select i1 %%yw%d, i32 "
      "0, "
      "i32 %%ya%d\n"
      "  %%yc%d = zext i1 %%yw%d to i32\n  %%zn%d = add nuw nsw i32 %%z%d, %%yc%d\n"
      "  %%rc%d = icmp ult i32 %%ln%d, %%nt\n  br i1 %%rc%d, label %%row%d, label %%after%d\nafter%d:\n",
      r, r, w, r, r, w, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
}

/* A barrier with a reduction: over the lanes that are left. */
static void write_reduction(struct schedule *s, int r, bool mortal)
{
    unsigned w = s->t->width;
    W("  br label %%q%d\nq%d:\n  %%ql%d = phi i32 [0, %%enter%d], [%%qln%d, %%q%d]\n  %%qc%d = phi i64 [0, %%enter%d], "
      "[%%qcn%d, %%q%d]\n"
      "  %%qt%d = phi i64 [0, %%enter%d], [%%qtn%d, %%q%d]\n  %%qx%d = zext i32 %%ql%d to i64\n"
      "  %%qp%d = getelementptr inbounds i32, ptr %%xpred, i64 %%qx%d\n  %%qv%d = load <%u x i32>, ptr %%qp%d, align "
      "4\n"
      "  %%qn%d = icmp ne <%u x i32> %%qv%d, zeroinitializer\n  %%qb%d = bitcast <%u x i1> %%qn%d to i%u\n",
      r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, w, r, r, w, r, r, w, r, w);
    if (mortal)
        W("  %%qi%d = lshr exact i64 %%qx%d, %u\n  %%qm.p%d = getelementptr inbounds i64, ptr %%states, i64 %%qi%d\n"
          "  %%qm%d = load i%u, ptr %%qm.p%d, align 8\n",
          r, r, w == 64 ? 6 : 5, r, r, r, w, r);
    else
        W("  %%qm%d = add i%u 0, -1\n", r, w);
    W("  %%qa%d = and i%u %%qb%d, %%qm%d\n", r, w, r, r);
    if (w == 64)
        W("  %%qy%d = add i64 %%qa%d, 0\n  %%qo%d = add i64 %%qm%d, 0\n", r, r, r, r);
    else
        W("  %%qy%d = zext i32 %%qa%d to i64\n  %%qo%d = zext i32 %%qm%d to i64\n", r, r, r, r);
    W("  %%qe%d = call i64 @llvm.ctpop.i64(i64 %%qy%d)\n  %%qf%d = call i64 @llvm.ctpop.i64(i64 %%qo%d)\n"
      "  %%qcn%d = add i64 %%qc%d, %%qe%d\n  %%qtn%d = add i64 %%qt%d, %%qf%d\n  %%qln%d = add nuw nsw i32 %%ql%d, %u\n"
      "  %%qmore%d = icmp ult i32 %%qln%d, %%nt\n  br i1 %%qmore%d, label %%q%d, label %%qd%d\nqd%d:\n",
      r, r, r, r, r, r, r, r, r, r, r, r, w, r, r, r, r, r, r);
    W("  %%r0%d = trunc i64 %%qcn%d to i32\n  %%r1b%d = icmp eq i64 %%qcn%d, %%qtn%d\n  %%r1%d = zext i1 %%r1b%d to "
      "i32\n"
      "  %%r2b%d = icmp ne i64 %%qcn%d, 0\n  %%r2%d = zext i1 %%r2b%d to i32\n  store i32 %%r0%d, ptr %%red\n"
      "  %%rp1%d = getelementptr inbounds i32, ptr %%red, i64 1\n  store i32 %%r1%d, ptr %%rp1%d\n"
      "  %%rp2%d = getelementptr inbounds i32, ptr %%red, i64 2\n  store i32 %%r2%d, ptr %%rp2%d\n  br label "
      "%%region%d\n",
      r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
}

static void write_leave(struct schedule *s, int r)
{
    struct transform *t = s->t;
    const uint64_t *next = t->blocks[t->sync[r].block].next;
    int only = tncc_only_next(t, r);
    if (only >= 0) {
        W("  br label %%%s\n", only ? at("enter", only) : "blockend");
        return;
    }
    W("  switch i32 %%anyn%d, label %%blockend [", r);
    for (int n = 1; n < t->sync_count; n++)
        if (bit_test(next, n))
            W(" i32 %d, label %%enter%d", n, n);
    W(" ]\n");
}

static void write_region(struct schedule *s, int r, bool mortal)
{
    struct transform *t = s->t;
    W("enter%d:\n", r);
    if (r)
        tncc_copy_uniform(s);
    if (t->sync[r].kind == SYNC_BARRIER_REDUCE)
        write_reduction(s, r, mortal);
    else
        W("  br label %%region%d\n", r);
    W("region%d:\n", r);
    write_warps(s, r, mortal);
}

void tncc_schedule_wide(struct schedule *s)
{
    struct transform *t = s->t;
    bool mortal = is_mortal(t), apart = tncc_loops_apart(t);
    for (int r = 0; r < t->sync_count && apart; r++) {
        tncc_write_rows_head(s, r, "");
        W("  br label %%enter%d\n", r);
        write_region(s, r, mortal);
        W("  ret i32 %s\n}\n", tncc_only_next(t, r) < 0 ? tncc_format("%%anyn%d", r) : "0");
    }
    tncc_write_blocks_head(s);
    if (mortal)
        W("  %%nws = lshr i32 %%nt, %u\n  %%nws64 = zext i32 %%nws to i64\n  %%nwb = shl i64 %%nws64, 3\n"
          "  call void @llvm.memset.p0.i64(ptr align 8 %%states, i8 -1, i64 %%nwb, i1 false)\n",
          t->width == 64 ? 6 : 5);
    W("  br label %%enter0\n");
    for (int r = 0; r < t->sync_count; r++) {
        if (apart) {
            W("enter%d:\n", r);
            tncc_call_rows(s, tncc_format("anyn%d", r), r, "");
        } else {
            write_region(s, r, mortal);
        }
        write_leave(s, r);
    }
    tncc_write_blocks_tail(s);
}
