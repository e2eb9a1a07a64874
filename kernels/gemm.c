/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix multiplication and transposition: launches of gemm.cu and transpose.cu. May call the public API only. */
#include "gemm.h"
#include "internal.h"
#include "transpose.h"

#define ROWS    8u /* as in gemm.cu */
#define COLUMNS 128u
#define TILE    32u /* as in transpose.cu */
#define STEP    8u

/* `columns` columns from `first` of every product, by as many launches as the grid's limits need. */
static tn_status strip(const tnk_library *k, tn_stream stream, const tnk_gemm_args *g, enum tnk_kernel kernel,
                       uint32_t first, uint32_t columns)
{
    uint32_t activation = (g->flags & TNK_GEMM_GELU) != 0, batch = g->batch ? g->batch : 1;
    uint32_t step_y = k->max_grid[1], step_z = k->max_grid[2];
    uint64_t step_x = k->max_grid[0];
    for (uint32_t z = 0; z < batch; z += step_z < batch - z ? step_z : batch - z)
        for (uint64_t y = 0; y < tnk_ceil(columns, COLUMNS); y += step_y)
            for (uint64_t x = 0; x < tnk_ceil(g->m, ROWS); x += step_x) {
                uint64_t row = x * ROWS, left_y = tnk_ceil(columns, COLUMNS) - y, left_x = tnk_ceil(g->m, ROWS) - x;
                tn_address a = g->a + 4 * (z * g->batch_a + row * g->pitch_a), b = g->b + 4 * (z * g->batch_b);
                tn_address c = g->c + 4 * (z * g->batch_c + row * g->pitch_c);
                uint32_t m = g->m - (uint32_t)row, from = first + (uint32_t)y * COLUMNS;
                tn_dim3 grid = { (uint32_t)(left_x < step_x ? left_x : step_x),
                                 (uint32_t)(left_y < step_y ? left_y : step_y),
                                 batch - z < step_z ? batch - z : step_z };
                tn_arg args[] = { TN_ARG(a),          TN_ARG(b),          TN_ARG(g->bias),   TN_ARG(c),
                                  TN_ARG(m),          TN_ARG(g->n),       TN_ARG(g->k),      TN_ARG(g->pitch_a),
                                  TN_ARG(g->pitch_b), TN_ARG(g->pitch_c), TN_ARG(from),      TN_ARG(activation),
                                  TN_ARG(g->batch_a), TN_ARG(g->batch_b), TN_ARG(g->batch_c) };
                TNK_TRY(tnk__launch(k, stream, kernel, grid, (tn_dim3){ COLUMNS, 1, 1 }, args, TNK_COUNT(args)));
            }
    return TN_OK;
}

tn_status tnk_gemm(const tnk_library *k, tn_stream stream, const tnk_gemm_args *args)
{
    if (!args || args->size != sizeof *args || args->reserved || args->flags > (TNK_GEMM_TRANSPOSED_B | TNK_GEMM_GELU))
        return TN_INVALID;
    tnk_gemm_args g = *args;
    bool transposed = (g.flags & TNK_GEMM_TRANSPOSED_B) != 0;
    uint32_t row_b = transposed ? g.k : g.n;
    g.pitch_a = g.pitch_a ? g.pitch_a : g.k;
    g.pitch_b = g.pitch_b ? g.pitch_b : row_b;
    g.pitch_c = g.pitch_c ? g.pitch_c : g.n;
    if (!g.m || !g.n)
        return TN_OK;
    if (!g.c || (g.k && (!g.a || !g.b)) || (g.a | g.b | g.c | g.bias) % 4)
        return TN_INVALID;
    if (g.pitch_a < g.k || g.pitch_b < row_b || g.pitch_c < g.n)
        return TN_INVALID;
    uint32_t whole = g.n / COLUMNS * COLUMNS;
    if (whole)
        TNK_TRY(strip(k, stream, &g, transposed ? TNK_GEMM_NT : TNK_GEMM_NN, 0, whole));
    if (whole < g.n)
        TNK_TRY(strip(k, stream, &g, transposed ? TNK_GEMM_NT_EDGE : TNK_GEMM_NN_EDGE, whole, g.n - whole));
    return TN_OK;
}

tn_status tnk_transpose(const tnk_library *k, tn_stream stream, tn_address in, tn_address out, uint32_t rows,
                        uint32_t columns)
{
    if (!rows || !columns)
        return TN_OK;
    if (!in || !out || (in | out) % 4 || tnk_ceil(columns, TILE) > k->max_grid[0])
        return TN_INVALID;
    uint64_t step = (uint64_t)k->max_grid[1] * TILE;
    for (uint64_t row = 0; row < rows; row += step) {
        uint32_t first = (uint32_t)row;
        tn_dim3 grid = { (uint32_t)tnk_ceil(columns, TILE),
                         (uint32_t)tnk_ceil(rows - row < step ? rows - row : step, TILE), 1 };
        tn_arg args[] = { TN_ARG(in), TN_ARG(out), TN_ARG(rows), TN_ARG(columns), TN_ARG(first) };
        TNK_TRY(tnk__launch(k, stream, TNK_TRANSPOSE, grid, (tn_dim3){ TILE, STEP, 1 }, args, TNK_COUNT(args)));
    }
    return TN_OK;
}
