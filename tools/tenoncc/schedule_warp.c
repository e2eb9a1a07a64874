/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_warp.c - the schedule of kernels with warp operations: one warp after another runs from block barrier to
 * block barrier. While all lanes of a warp wait at the same operation they go together, in loops that vectorise;
 * when they part, NAME.slow runs them lane by lane and tn_rt_resolve (device/warp.c) says who may go on.
 */
#include "tools/tenoncc/schedule.h"

/* Where the lanes of the warp stand in the block: first thread and end, and the first thread's x, y, z. */
static void write_warp_place(struct schedule *s)
{
    W("  %%wb = mul nuw nsw i32 %%w, %u\n  %%wr = sub i32 %%nt, %%wb\n  %%wfull = icmp ugt i32 %%wr, %u\n"
      "  %%wn = select i1 %%wfull, i32 %u, i32 %%wr\n  %%wend = add nuw nsw i32 %%wb, %%wn\n"
      "  %%wx = urem i32 %%wb, %%bx\n  %%wq = udiv i32 %%wb, %%bx\n  %%wy = urem i32 %%wq, %%by\n"
      "  %%wz = udiv i32 %%wq, %%by\n  %%wb64 = zext i32 %%wb to i64\n"
      "  %%wstates = getelementptr inbounds i32, ptr %%states, i64 %%wb64\n",
      s->t->width, s->t->width, s->t->width);
}

/* The exchange arrays of this warp, for tn_rt_* calls. */
static const char *const warp_arrays[X_PRED] = { "xmask", "xv32", "xv64", "xsrc", "xr32", "xr64" };

static void write_warp_arrays(struct schedule *s)
{
    for (int x = 0; x < X_PRED; x++)
        W("  %%w%s = getelementptr inbounds [%u x i8], ptr %%%s, i64 %%wb64\n", warp_arrays[x], exchange_bytes[x],
          warp_arrays[x]);
}

/* All lanes of the warp through region r: rows of threads with the same y and z. */
static void write_lane_loop(struct schedule *s, int r, bool dynamic)
{
    W("rows%d:\n  br label %%row%d\nrow%d:\n  %%x0%d = phi i32 [%%wx, %%rows%d], [0, %%rend%d]\n"
      "  %%z%d = phi i32 [%%wz, %%rows%d], [%%zn%d, %%rend%d]\n  %%y%d = phi i32 [%%wy, %%rows%d], [%%yn%d, %%rend%d]\n"
      "  %%l%d = phi i32 [%%wb, %%rows%d], [%%ln%d, %%rend%d]\n",
      r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
    if (dynamic)
        W("  %%orr%d = phi i32 [0, %%rows%d], [%%orx%d, %%rend%d]\n  %%anr%d = phi i32 [-1, %%rows%d], [%%anx%d, "
          "%%rend%d]\n",
          r, r, r, r, r, r, r, r);
    W("  %%left%d = sub nuw nsw i32 %%wend, %%l%d\n  %%rowx%d = sub nuw nsw i32 %%bx, %%x0%d\n"
      "  %%seg%d = call i32 @llvm.umin.i32(i32 %%left%d, i32 %%rowx%d)\n",
      r, r, r, r, r, r, r);
    tncc_write_row(s, r, dynamic, tncc_format("seg%d", r));
    W("  %%ln%d = add nuw nsw i32 %%l%d, %%seg%d\n  %%yq%d = add nuw nsw i32 %%y%d, 1\n  %%yw%d = icmp eq i32 "
      "%%yq%d, %%by\n"
      "  %%yn%d = select i1 %%yw%d, i32 0, i32 %%yq%d\n  %%yc%d = zext i1 %%yw%d to i32\n  %%zn%d = add nuw nsw i32 "
      "%%z%d, %%yc%d\n"
      "  %%rc%d = icmp ult i32 %%ln%d, %%wend\n  br i1 %%rc%d, label %%row%d, label %%after%d\nafter%d:\n",
      r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r, r);
}

/* The operation at the entry of region r for all lanes at once. */
static void write_whole_operation(struct schedule *s, int r)
{
    const char *call = tncc_calls_stay(s->t) ? " #2" : "";
    W("op%d:\n", r);
    switch (s->t->sync[r].kind) {
    case SYNC_SHFL_32:
        W("  call void @tn_rt_shfl_32(ptr %%wxr32, ptr %%wxv32, ptr %%wxsrc, i32 %%wn)%s\n", call);
        break;
    case SYNC_SHFL_64:
        W("  call void @tn_rt_shfl_64(ptr %%wxr64, ptr %%wxv64, ptr %%wxsrc, i32 %%wn)%s\n", call);
        break;
    case SYNC_BALLOT:
        W("  call void @tn_rt_ballot(ptr %%wxr64, ptr %%wxv32, i32 %%wn)%s\n", call);
        break;
    case SYNC_MATCH:
        W("  call void @tn_rt_match(ptr %%wxr64, ptr %%wxv64, i32 %%wn)%s\n", call);
        break;
    default:
        break;
    }
    W("  br label %%rows%d\n", r);
}

static bool is_block_barrier(enum sync_kind kind)
{
    return kind == SYNC_BARRIER || kind == SYNC_BARRIER_REDUCE;
}

/* What comes behind a region when all lanes wait at the same place, which is in %state: one of <next>, or any (NULL). */
static void write_next(struct schedule *s, const char *region, const uint64_t *next)
{
    struct transform *t = s->t;
    W("next%s:\n  %%nx%s = load i32, ptr %%state\n  switch i32 %%nx%s, label %%settle [", region, region, region);
    for (int n = 1; n < t->sync_count; n++)
        if ((!next || bit_test(next, n)) && !is_block_barrier(t->sync[n].kind))
            W(" i32 %d, label %%%s%d", n, t->sync[n].full_mask ? "op" : "part", n);
    W(" ]\n");
}

static void write_region(struct schedule *s, int r)
{
    struct transform *t = s->t;
    bool dynamic = tncc_is_dynamic(t, r);
    if (r && t->sync[r].kind >= SYNC_WARP && t->sync[r].full_mask)
        write_whole_operation(s, r);
    else if (r && t->sync[r].kind >= SYNC_WARP) /* the mask is known only now: the slow way looks at it */
        W("part%d:\n  call void @tn_rt_fill(ptr %%wstates, i32 %d, i32 %%wn)%s\n  br label %%slow\n", r, r,
          tncc_calls_stay(t) ? " #2" : "");
    if (tncc_loops_apart(t)) {
        tncc_write_rows(s, r, dynamic, ", i32 %w", "next", "slow");
        return;
    }
    write_lane_loop(s, r, dynamic);
    if (dynamic)
        W("  %%eq%d = icmp eq i32 %%orx%d, %%anx%d\n  store i32 %%orx%d, ptr %%state\n"
          "  br i1 %%eq%d, label %%next%d, label %%slow\n",
          r, r, r, r, r, r);
    else
        W("  store i32 %%n%d, ptr %%state\n  br label %%next%d\n", r, r);
    write_next(s, tncc_format("%d", r), t->blocks[t->sync[r].block].next);
}

static void write_blocks(struct schedule *s)
{
    struct transform *t = s->t;
    for (int r = 0; r < t->sync_count && tncc_loops_apart(t); r++) {
        tncc_write_rows_head(s, r, ", i32 %w");
        write_warp_place(s);
        W("  br label %%rows%d\n", r);
        write_lane_loop(s, r, tncc_is_dynamic(t, r));
        tncc_write_rows_tail(s, r, tncc_is_dynamic(t, r));
    }
    tncc_write_blocks_head(s);
    W("  %%nw64 = zext i32 %%nw to i64\n  %%nwb = shl i64 %%nw64, 2\n"
      "  call void @llvm.memset.p0.i64(ptr %%warps, i8 0, i64 %%nwb, i1 false)\n  br label %%phase\nphase:\n");
    W("  br label %%warp\nwarp:\n  %%w = phi i32 [0, %%phase], [%%wnext, %%warpend]\n"
      "  %%all = phi i32 [-1, %%phase], [%%alln, %%warpend]\n");
    write_warp_place(s);
    write_warp_arrays(s);
    W("  %%wlong = zext i32 %%w to i64\n  %%wp = getelementptr inbounds i32, ptr %%warps, i64 %%wlong\n"
      "  %%ws = load i32, ptr %%wp\n  store i32 %%ws, ptr %%state\n  switch i32 %%ws, label %%warpend [ i32 %d, label "
      "%%released"
      " i32 0, label %%rows0",
      PARTED);
    for (int r = 1; r < t->sync_count; r++)
        if (is_block_barrier(t->sync[r].kind))
            W(" i32 %d, label %%rows%d", r, r);
    W(" ]\n");
    for (int r = 0; r < t->sync_count; r++)
        write_region(s, r);
    if (tncc_loops_apart(t))
        write_next(s, "", NULL);
    W("released:\n  br label %%parted\nslow:\n  br label %%parted\nparted:\n  %%free = phi i32 [1, %%released], [0, "
      "%%slow]\n"
      "  %%got = call i32 @\"%s.slow\"(ptr %%launch, ptr %%worker, i32 %%free, i32 %%w, i32 %%cx, i32 %%cy, i32 %%cz, "
      "ptr %%uin, ptr %%uout, ptr %%red%s%s) #2\n"
      "  switch i32 %%got, label %%keep [",
      s->name, s->pass.data, s->locals.data ? s->locals.data : "");
    for (int r = 1; r < t->sync_count; r++)
        W(" i32 %d, label %%rows%d", RESUME | r, r);
    W(" ]\nkeep:\n  store i32 %%got, ptr %%state\n  br label %%settle\nsettle:\n  %%sv = load i32, ptr %%state\n"
      "  store i32 %%sv, ptr %%wp\n  br label %%warpend\n"
      "warpend:\n  %%we = load i32, ptr %%wp\n  %%weq = icmp eq i32 %%we, -1\n  %%wes = sext i1 %%weq to i32\n"
      "  %%alln = and i32 %%all, %%wes\n  %%wnext = add nuw nsw i32 %%w, 1\n  %%wc = icmp ult i32 %%wnext, %%nw\n"
      "  br i1 %%wc, label %%warp, label %%phaseend\nphaseend:\n  %%over = icmp eq i32 %%alln, -1\n"
      "  br i1 %%over, label %%blockend, label %%opened\nopened:\n");
    tncc_reduce_predicates(s);
    W("  br label %%phase\n");
    tncc_write_blocks_tail(s);
}

/* NAME.slow: %free is 1 when the block barrier has just let its lanes go. Returns the sync point at which the whole warp
 * waits (a block barrier, or ENDED), PARTED when its lanes wait at different ones, or RESUME | r to go on together. */
static void write_slow(struct schedule *s)
{
    struct transform *t = s->t;
    W("define internal i32 @\"%s.slow\"(ptr %%launch, ptr %%worker, i32 %%free, i32 %%w, i32 %%cx, i32 %%cy, i32 %%cz, "
      "ptr %%uin, ptr %%uout, ptr %%red%s%s) #0 {\n"
      "entry:\n  %%again = alloca i32\n",
      s->name, s->params.data, s->locals.data ? s->locals.data : "");
    W("  %%bxy = mul i32 %%bx, %%by\n  %%nt = mul i32 %%bxy, %%bz\n");
    write_warp_place(s);
    write_warp_arrays(s);
    W("  store i32 0, ptr %%again\n  br label %%resolve\nresolve:\n  %%f = phi i32 [%%free, %%entry], [0, %%ran]\n"
      "  %%go = call i64 @tn_rt_resolve(ptr @\"%s.kinds\", ptr %%wstates, i32 %%wn, i32 %u, i32 %%f, ptr %%wxmask, ptr "
      "%%wxv32, "
      "ptr %%wxv64, ptr %%wxsrc, ptr %%wxr32, ptr %%wxr64, ptr %%again)\n",
      s->name, t->width);
    W("  %%verdict = load i32, ptr %%again\n  %%leave = icmp ne i32 %%verdict, 0\n"
      "  br i1 %%leave, label %%out, label %%lane\nout:\n  ret i32 %%verdict\n");
    W("lane:\n  %%m = phi i64 [%%go, %%resolve], [%%mn, %%put]\n  %%l64 = call i64 @llvm.cttz.i64(i64 %%m, i1 true)\n"
      "  %%m1 = sub i64 %%m, 1\n  %%mn = and i64 %%m, %%m1\n  %%l = trunc i64 %%l64 to i32\n  %%lin = add nuw nsw i32 "
      "%%wb, %%l\n"
      "  %%x = urem i32 %%lin, %%bx\n  %%q = udiv i32 %%lin, %%bx\n  %%y = urem i32 %%q, %%by\n  %%z = udiv i32 %%q, "
      "%%by\n"
      "  %%sp = getelementptr inbounds i32, ptr %%wstates, i64 %%l64\n  %%st = load i32, ptr %%sp\n"
      "  switch i32 %%st, label %%bad [");
    for (int r = 1; r < t->sync_count; r++)
        W(" i32 %d, label %%p%d", r, r);
    W(" ]\nbad:\n  unreachable\n");
    for (int r = 1; r < t->sync_count; r++) {
        W("p%d:\n", r);
        tncc_call_region(s, tncc_format("pn%d", r), r, "x", "y", "z", "lin", false);
        W("  br label %%put\n");
    }
    W("put:\n  %%v = phi i32");
    for (int r = 1; r < t->sync_count; r++)
        W("%s [%%pn%d, %%p%d]", r > 1 ? "," : "", r, r);
    W("\n  store i32 %%v, ptr %%sp\n  %%mc = icmp ne i64 %%mn, 0\n  br i1 %%mc, label %%lane, label %%ran\nran:\n"
      "  br label %%resolve\n}\n");
}

void tncc_schedule_warps(struct schedule *s)
{
    write_blocks(s);
    write_slow(s);
}
