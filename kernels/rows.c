/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that take one block a row or sequence: launches of softmax.cu, layer_norm.cu, embedding.cu, attention.cu and
 * pooling.cu. More rows than the device's grid takes go by several launches. May call the public API only. */
#include "attention.h"
#include "embedding.h"
#include "internal.h"
#include "layer_norm.h"
#include "pooling.h"
#include "softmax.h"

#define BLOCK   128u /* as in the .cu files */
#define QUERIES 32u

static const tn_dim3 block = { BLOCK, 1, 1 };

static uint32_t smaller(uint64_t a, uint64_t b)
{
    return (uint32_t)(a < b ? a : b);
}

static tn_address behind(tn_address base, uint64_t elements)
{
    return base ? base + elements * 4 : 0;
}

tn_status tnk_softmax(const tnk_library *k, tn_stream stream, tn_address in, tn_address out, tn_address lengths,
                      uint32_t rows, uint32_t columns, float scale)
{
    if (!rows || !columns)
        return TN_OK;
    if (!in || !out || (in | out | lengths) % 4)
        return TN_INVALID;
    for (uint64_t row = 0; row < rows; row += k->max_grid[0]) {
        tn_address from = behind(in, row * columns), to = behind(out, row * columns), mask = behind(lengths, row);
        tn_arg args[] = { TN_ARG(from), TN_ARG(to), TN_ARG(mask), TN_ARG(columns), TN_ARG(scale) };
        tn_dim3 grid = { smaller(rows - row, k->max_grid[0]), 1, 1 };
        TNK_TRY(tnk__launch(k, stream, TNK_SOFTMAX, grid, block, args, TNK_COUNT(args)));
    }
    return TN_OK;
}

tn_status tnk_layer_norm(const tnk_library *k, tn_stream stream, tn_address in, tn_address residual, tn_address gamma,
                         tn_address beta, tn_address out, uint32_t rows, uint32_t columns, float epsilon)
{
    if (!rows || !columns)
        return TN_OK;
    if (!in || !out || !gamma || !beta || (in | residual | gamma | beta | out) % 4)
        return TN_INVALID;
    for (uint64_t row = 0; row < rows; row += k->max_grid[0]) {
        tn_address from = behind(in, row * columns), second = behind(residual, row * columns);
        tn_address to = behind(out, row * columns);
        tn_arg args[] = { TN_ARG(from), TN_ARG(second),  TN_ARG(gamma),  TN_ARG(beta),
                          TN_ARG(to),   TN_ARG(columns), TN_ARG(epsilon) };
        tn_dim3 grid = { smaller(rows - row, k->max_grid[0]), 1, 1 };
        TNK_TRY(tnk__launch(k, stream, TNK_LAYER_NORM, grid, block, args, TNK_COUNT(args)));
    }
    return TN_OK;
}

tn_status tnk_embedding(const tnk_library *k, tn_stream stream, tn_address ids, tn_address places, tn_address types,
                        tn_address words, tn_address positions, tn_address kinds, tn_address out, uint32_t tokens,
                        uint32_t columns)
{
    if (!tokens || !columns)
        return TN_OK;
    if (!ids || !words || !out || (places && !positions) || (types && !kinds))
        return TN_INVALID;
    if ((ids | places | types | words | positions | kinds | out) % 4 || tnk_ceil(columns, BLOCK) > k->max_grid[1])
        return TN_INVALID;
    for (uint64_t token = 0; token < tokens; token += k->max_grid[0]) {
        tn_address id = behind(ids, token), place = behind(places, token), type = behind(types, token);
        tn_address to = behind(out, token * columns);
        tn_arg args[] = { TN_ARG(id),        TN_ARG(place), TN_ARG(type), TN_ARG(words),
                          TN_ARG(positions), TN_ARG(kinds), TN_ARG(to),   TN_ARG(columns) };
        tn_dim3 grid = { smaller(tokens - token, k->max_grid[0]), (uint32_t)tnk_ceil(columns, BLOCK), 1 };
        TNK_TRY(tnk__launch(k, stream, TNK_EMBEDDING, grid, block, args, TNK_COUNT(args)));
    }
    return TN_OK;
}

tn_status tnk_attention(const tnk_library *k, tn_stream stream, const tnk_attention_args *args)
{
    if (!args || args->size != sizeof *args)
        return TN_INVALID;
    tnk_attention_args a = *args;
    uint64_t row = (uint64_t)a.heads * a.head_size;
    if (!a.sequences || !a.longest || !a.heads)
        return TN_OK;
    if (a.head_size != 32 && a.head_size != 64)
        return TN_UNSUPPORTED;
    a.pitch = a.pitch ? a.pitch : (uint32_t)row;
    a.out_pitch = a.out_pitch ? a.out_pitch : (uint32_t)row;
    uint64_t tiles = tnk_ceil(a.longest, QUERIES);
    if (!a.q || !a.k || !a.v || !a.out || !a.offsets || (a.q | a.k | a.v | a.out | a.offsets) % 4)
        return TN_INVALID;
    if (a.pitch < row || a.out_pitch < row || a.heads > k->max_grid[0] || tiles > k->max_grid[2])
        return TN_INVALID;
    enum tnk_kernel kernel = a.head_size == 32 ? TNK_ATTENTION_32 : TNK_ATTENTION_64;
    for (uint64_t s = 0; s < a.sequences; s += k->max_grid[1]) {
        tn_address offsets = behind(a.offsets, s);
        tn_arg values[] = { TN_ARG(a.q),     TN_ARG(a.k),     TN_ARG(a.v),         TN_ARG(a.out),
                            TN_ARG(offsets), TN_ARG(a.pitch), TN_ARG(a.out_pitch), TN_ARG(a.scale) };
        tn_dim3 grid = { a.heads, smaller(a.sequences - s, k->max_grid[1]), (uint32_t)tiles };
        TNK_TRY(tnk__launch(k, stream, kernel, grid, (tn_dim3){ QUERIES, 1, 1 }, values, TNK_COUNT(values)));
    }
    return TN_OK;
}

tn_status tnk_mean_pool(const tnk_library *k, tn_stream stream, tn_address in, tn_address offsets, tn_address out,
                        uint32_t sequences, uint32_t columns, bool normalise)
{
    if (!sequences || !columns)
        return TN_OK;
    if (!in || !offsets || !out || (in | offsets | out) % 4)
        return TN_INVALID;
    uint32_t unit = normalise;
    for (uint64_t s = 0; s < sequences; s += k->max_grid[0]) {
        tn_address bounds = behind(offsets, s), to = behind(out, s * columns);
        tn_arg args[] = { TN_ARG(in), TN_ARG(bounds), TN_ARG(to), TN_ARG(columns), TN_ARG(unit) };
        tn_dim3 grid = { smaller(sequences - s, k->max_grid[0]), 1, 1 };
        TNK_TRY(tnk__launch(k, stream, TNK_MEAN_POOL, grid, block, args, TNK_COUNT(args)));
    }
    return TN_OK;
}
