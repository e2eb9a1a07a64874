/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_rows.c - the threads of a block through one region: groups of a row at once, several such, what is left of a row;
 * rows below each other; and blocks beside each other, where these go through their rows together. Writes text.
 */
#include "tools/tenoncc/schedule.h"

enum { LEAST_TAIL = 4 /* threads that are worth a vector under a mask */ };

/* What runs several groups of region r's threads at once, if there is such. */
static const struct tncc_jammed *jam_of(const struct schedule *s, int r)
{
    return s->whole ? &s->t->jams[r] : &s->t->fewer[r];
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
      "label %%ge%d\n",
      r, r, s->t->lanes * copies, r, r, bound, r, r, r);
    W("gb%d:\n  %%glin%d = add nuw nsw i32 %%l%d, %%gt%d\n  %%gxx%d = add nuw nsw i32 %%x0%d, %%gt%d\n", r, r, r, r, r,
      r, r);
    tncc_call_function(s, tncc_format("gr%d", r), function, tncc_format("gxx%d", r), tncc_format("y%d", r),
                       tncc_format("z%d", r), tncc_format("glin%d", r), tncc_format(", i32 %u", lanes), true);
    W("  %%gq%d = extractelement <%u x i32> %%gr%d, i32 %u\n  br label %%g%d\nge%d:\n", r, lanes, r, lanes - 1, r, r);
    return (struct row_place){ "ge", tncc_format("%%gt%d", r), tncc_format("%%gl%d", r) };
}

/* Groups of threads at once: whole ones, then what is left under a mask, unless that is too little to be worth one. */
static void write_vector_loop(struct schedule *s, int r, bool dynamic, const char *bound, struct row_place at)
{
    const char *again = s->t->rests[r] ? "vg" : "vb"; /* where a group has run */
    W("  br label %%v%d\nv%d:\n  %%vt%d = phi i32 [%s, %%%s%d], [%%vn%d, %%%s%d]\n", r, r, r, at.start, at.from, r, r,
      again, r);
    W("  %%vl%d = phi i32 [%s, %%%s%d], [%%vq%d, %%%s%d]\n", r, at.last, at.from, r, r, again, r);
    if (dynamic)
        W("  %%vor%d = phi i32 [%%orr%d, %%%s%d], [%%vorx%d, %%vb%d]\n  %%van%d = phi i32 [%%anr%d, %%%s%d], "
          "[%%vanx%d, %%vb%d]\n",
          r, r, at.from, r, r, r, r, r, at.from, r, r, r);
    W("  %%vn%d = add nuw nsw i32 %%vt%d, %u\n  %%vc%d = icmp ule i32 %%vn%d, %%%s\n  br i1 %%vc%d, label %%vb%d, "
      "label %%vs%d\nvb%d:\n",
      r, r, s->t->lanes, r, r, bound, r, r, r, r);
    write_group(s, r, dynamic, "v", NULL);
    if (s->t->rests[r])
        W("  %%vdone%d = icmp eq i32 %%vq%d, %d\n  br i1 %%vdone%d, label %%vd%d, label %%vg%d\n"
          "vd%d:\n  br label %%rend%d\nvg%d:\n",
          r, r, TNCC_REST_DONE, r, r, r, r, r, r);
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
    W("rend%d:\n  %%n%d = phi i32 [%%vl%d, %%vs%d]%s\n", r, r, r, r,
      s->t->rests[r] ? tncc_format(", [-1, %%vd%d]", r) : "");
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
    const struct tncc_jammed *jam = jam_of(s, r);
    const struct tncc_wider *wider = &s->t->wider[r];
    if (vector && jam->function && !jam->rows)
        at = write_jammed_loop(s, r, bound, at, jam->function, jam->copies, s->t->lanes);
    else if (vector && !jam->function && wider->function && !dynamic && !s->t->reduces)
        at = write_jammed_loop(s, r, bound, at, wider->function, wider->groups, wider->groups * s->t->lanes);
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
        W(", [%%vl%d, %%vs%d], [%%wq%d, %%w%d]%s", r, r, r, r, s->t->rests[r] ? tncc_format(", [-1, %%vd%d]", r) : "");
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

/* ---- runs of blocks ----
 * Blocks beside each other go through each of their rows together, where they access nothing but what lies side by side, and do
 * not wait: memory is walked in rows of the grid, not in pieces as wide as a block. */
enum {
    RUN_ROW = 4096,   /* threads of a row, */
    RUN_PLANE = 16384 /* and of all rows of one z, before the next z: what planes share should stay in the cache */
};

bool tncc_in_runs(const struct schedule *s)
{
    return s->whole && s->t->rows_lie_side_by_side;
}

/* How far the run goes that begins at block %cfirst, %cyfirst: to %cend, and, if that is all of a row of the grid, %cyend. */
void tncc_write_run(struct schedule *s)
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
      "  %%ryn32 = trunc i64 %%ryn to i32\n  %%cyend = add i32 %%cyfirst, %%ryn32\n  %%rblocks = mul i64 %%run, "
      "%%ryn\n",
      RUN_PLANE);
}

/* At the first of so many rows: their whole groups at once. What is left of each row follows row by row. */
static struct row_place write_jammed_rows(struct schedule *s, int r)
{
    const struct tncc_jammed *j = jam_of(s, r);
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
    const struct tncc_jammed *j = jam_of(s, r);
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
void tncc_write_block_loop(struct schedule *s, int r, bool dynamic)
{
    struct row_place at = { "row", "0", "-1" };
    const struct tncc_jammed *jam = jam_of(s, r);
    bool jammed = s->t->vectors[r] && jam->function && jam->rows, whole = jammed && s->whole;
    unsigned rows = whole ? jam->copies : 1;
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
void tncc_write_run_loop(struct schedule *s)
{
    const struct tncc_jammed *jam = jam_of(s, 0);
    bool jammed = jam->function && jam->rows;
    unsigned rows = jammed ? jam->copies : 1;
    W("rows0:\n  %%x00 = add i32 0, 0\n  br label %%row0\nrow0:\n  %%z0 = phi i32 [0, %%rows0], [%%zn0, %%rowend]\n"
      "  %%cy = phi i32 [%%cyfirst, %%rows0], [%%cynext, %%rowend]\n  %%y0 = phi i32 [0, %%rows0], [%%yn0, %%rowend]\n"
      "  %%lz = mul i32 %%z0, %%by\n  %%ly = add i32 %%lz, %%y0\n  %%l0 = mul i32 %%ly, %%bx\n"
      "  %%rcy = sub i32 %%cy, %%cyfirst\n  %%rcy64 = zext i32 %%rcy to i64\n  %%rrow = mul i64 %%rcy64, %%gx64\n"
      "  %%brow = add i64 %%b, %%rrow\n  br label %%run0\n"
      "run0:\n  %%cx = phi i32 [%%cfirst, %%row0], [%%cnext, %%rend0]\n  %%bnow = phi i64 [%%brow, %%row0], [%%bnext, "
      "%%rend0]\n"
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
