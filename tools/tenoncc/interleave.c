/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interleave.c - permutations between vectors and what lies in memory element behind element.
 */
#include "tools/tenoncc/interleave.h"

LLVMValueRef tncc_permute(const struct tncc_lanes *l, LLVMValueRef a, LLVMValueRef b, const unsigned *from)
{
    LLVMValueRef order[TNCC_MAX_LANES];
    for (unsigned k = 0; k < l->count; k++)
        order[k] = LLVMConstInt(l->i32, from[k], 0);
    return LLVMBuildShuffleVector(l->builder, a, b, LLVMConstVector(order, l->count), "");
}

LLVMValueRef tncc_part(const struct tncc_lanes *l, LLVMValueRef a, LLVMValueRef b, unsigned first, unsigned count)
{
    LLVMValueRef order[TNCC_MAX_LANES];
    for (unsigned k = 0; k < count; k++)
        order[k] = LLVMConstInt(l->i32, first + k, 0);
    return LLVMBuildShuffleVector(l->builder, a, b ? b : LLVMGetPoison(LLVMTypeOf(a)), LLVMConstVector(order, count),
                                  "");
}

void tncc_join_rows(const struct tncc_lanes *l, LLVMValueRef *rows, unsigned count, unsigned length, LLVMValueRef *all)
{
    for (; length < l->count; length *= 2, count /= 2)
        for (unsigned k = 0; k < count / 2; k++)
            rows[k] = tncc_part(l, rows[2 * k], rows[2 * k + 1], 0, 2 * length);
    for (unsigned k = 0; k < count; k++)
        all[k] = rows[k];
}

void tncc_take_every(const struct tncc_lanes *l, LLVMValueRef *all, unsigned step, const bool *wanted, LLVMValueRef *out,
                     unsigned by)
{
    unsigned from[TNCC_MAX_LANES];
    bool any = false;
    for (unsigned o = 0; o < step; o++)
        any |= wanted[o * by];
    if (!any)
        return;
    if (step == 1) {
        out[0] = all[0];
        return;
    }
    if (step % 2 == 0) {
        for (unsigned odd = 0; odd < 2; odd++) {
            LLVMValueRef half[TNCC_MAX_STEP];
            for (unsigned k = 0; k < l->count; k++)
                from[k] = 2 * k + odd;
            for (unsigned j = 0; j < step / 2; j++)
                half[j] = tncc_permute(l, all[2 * j], all[2 * j + 1], from);
            tncc_take_every(l, half, step / 2, wanted + odd * by, out + odd * by, 2 * by);
        }
        return;
    }
    for (unsigned o = 0; o < step; o++) {
        if (!wanted[o * by])
            continue;
        LLVMValueRef r = all[0];
        for (unsigned j = 1; j < step; j++) {
            for (unsigned k = 0; k < l->count; k++) {
                unsigned e = k * step + o, in = e / l->count;
                from[k] = in == j ? l->count + e % l->count : in == 0 && j == 1 ? e : k;
            }
            r = tncc_permute(l, r, all[j], from);
        }
        out[o * by] = r;
    }
}

void tncc_put_every(const struct tncc_lanes *l, LLVMValueRef *in, unsigned step, unsigned by, LLVMValueRef *all)
{
    unsigned from[TNCC_MAX_LANES], n = l->count;
    if (step == 1) {
        all[0] = in[0];
        return;
    }
    if (step % 2 == 0) {
        LLVMValueRef half[2][TNCC_MAX_STEP];
        for (unsigned odd = 0; odd < 2; odd++)
            tncc_put_every(l, in + odd * by, step / 2, 2 * by, half[odd]);
        for (unsigned j = 0; j < step; j++) {
            for (unsigned k = 0; k < n; k++)
                from[k] = (j % 2) * n / 2 + k / 2 + (k % 2) * n;
            all[j] = tncc_permute(l, half[0][j / 2], half[1][j / 2], from);
        }
        return;
    }
    for (unsigned j = 0; j < step; j++) {
        LLVMValueRef r = in[0];
        for (unsigned o = 1; o < step; o++) {
            for (unsigned k = 0; k < n; k++) {
                unsigned e = j * n + k, member = e % step, lane = e / step;
                from[k] = member == o ? n + lane : member == 0 && o == 1 ? lane : k;
            }
            r = tncc_permute(l, r, in[o * by], from);
        }
        all[j] = r;
    }
}
