/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reductions, prefix sums and histograms: launches of reduce.cu, scan.cu and histogram.cu. Each level of a reduction or
 * scan leaves one number a block; levels stand one behind the other in the workspace. May call the public API only.
 */
#include "reduce.h"
#include "histogram.h"
#include "internal.h"
#include "scan.h"

#define BLOCK          256u /* as in the .cu files */
#define REDUCE_SPAN    (BLOCK * 8u)
#define SCAN_SPAN      (BLOCK * 4u)
#define HISTOGRAM_SPAN (BLOCK * 64u)
#define SCAN_LIMIT     (1ull << 31)

static const tn_dim3 block = { BLOCK, 1, 1 };

static uint64_t levels_bytes(uint64_t n, uint64_t span)
{
    uint64_t bytes = 0;
    do {
        n = tnk_ceil(n, span);
        bytes += n * 4;
    } while (n > 1);
    return bytes;
}

uint64_t tnk_reduce_workspace(uint64_t n)
{
    return n ? levels_bytes(n, REDUCE_SPAN) : 4;
}

uint64_t tnk_scan_workspace(uint64_t n)
{
    return n ? levels_bytes(n, SCAN_SPAN) : 4;
}

/* One level: n elements at `in` to one a block at `out`. */
static tn_status reduce_level(const tnk_library *k, tn_stream stream, enum tnk_kernel kernel, tn_address in, uint64_t n,
                              tn_address out)
{
    uint64_t blocks = tnk_ceil(n, REDUCE_SPAN), step = k->max_grid[0] < 1u << 20 ? k->max_grid[0] : 1u << 20;
    for (uint64_t at = 0; at < blocks; at += step) {
        uint64_t here = blocks - at < step ? blocks - at : step, left = n - at * REDUCE_SPAN;
        tn_address from = in + at * REDUCE_SPAN * 4, to = out + at * 4;
        uint32_t count = (uint32_t)(left < here * REDUCE_SPAN ? left : here * REDUCE_SPAN);
        tn_arg args[] = { TN_ARG(from), TN_ARG(to), TN_ARG(count) };
        TNK_TRY(tnk__launch(k, stream, kernel, (tn_dim3){ (uint32_t)here, 1, 1 }, block, args, TNK_COUNT(args)));
    }
    return TN_OK;
}

static tn_status reduce(const tnk_library *k, tn_stream stream, enum tnk_kernel kernel, tn_address in, uint64_t n,
                        tn_address out, tn_address workspace)
{
    if (!in || !out || !workspace || (in | out | workspace) % 4)
        return TN_INVALID;
    for (uint64_t blocks; (blocks = tnk_ceil(n, REDUCE_SPAN)) > 1; n = blocks) {
        TNK_TRY(reduce_level(k, stream, kernel, in, n, workspace));
        in = workspace;
        workspace += blocks * 4;
    }
    return reduce_level(k, stream, kernel, in, n, out);
}

tn_status tnk_reduce_sum(const tnk_library *k, tn_stream stream, tn_address in, uint64_t n, tn_address out,
                         tn_address workspace)
{
    if (n == 0)
        return tn_fill(stream, out, 0, 4, 1, NULL);
    return reduce(k, stream, TNK_REDUCE_SUM, in, n, out, workspace);
}

tn_status tnk_reduce_max(const tnk_library *k, tn_stream stream, tn_address in, uint64_t n, tn_address out,
                         tn_address workspace)
{
    return n ? reduce(k, stream, TNK_REDUCE_MAX, in, n, out, workspace) : TN_INVALID;
}

/* Scans n elements, then the blocks' totals (exclusive, in place), and adds those to the blocks. */
static tn_status scan(const tnk_library *k, tn_stream stream, tn_address in, tn_address out, uint64_t n,
                      uint32_t inclusive, tn_address totals)
{
    uint64_t blocks = tnk_ceil(n, SCAN_SPAN);
    for (int pass = 0; pass < 2; pass++) {
        for (uint64_t at = 0; at < blocks; at += k->max_grid[0]) {
            uint64_t here = blocks - at < k->max_grid[0] ? blocks - at : k->max_grid[0], left = n - at * SCAN_SPAN;
            uint32_t count = (uint32_t)(left < here * SCAN_SPAN ? left : here * SCAN_SPAN);
            tn_address from = in + at * SCAN_SPAN * 4, to = out + at * SCAN_SPAN * 4, sums = totals + at * 4;
            tn_dim3 grid = { (uint32_t)here, 1, 1 };
            tn_arg first[] = { TN_ARG(from), TN_ARG(to), TN_ARG(sums), TN_ARG(count), TN_ARG(inclusive) };
            tn_arg second[] = { TN_ARG(to), TN_ARG(sums), TN_ARG(count) };
            if (pass == 0)
                TNK_TRY(tnk__launch(k, stream, TNK_SCAN, grid, block, first, TNK_COUNT(first)));
            else
                TNK_TRY(tnk__launch(k, stream, TNK_SCAN_ADD, grid, block, second, TNK_COUNT(second)));
        }
        if (blocks == 1)
            break;
        if (pass == 0)
            TNK_TRY(scan(k, stream, totals, totals, blocks, 0, totals + blocks * 4));
    }
    return TN_OK;
}

tn_status tnk_scan(const tnk_library *k, tn_stream stream, tn_address in, tn_address out, uint64_t n, bool inclusive,
                   tn_address workspace)
{
    if (n == 0)
        return TN_OK;
    if (!in || !out || !workspace || (in | out | workspace) % 4 || n > SCAN_LIMIT)
        return TN_INVALID;
    return scan(k, stream, in, out, n, inclusive, workspace);
}

tn_status tnk_histogram(const tnk_library *k, tn_stream stream, tn_address bytes, uint64_t n, tn_address counts)
{
    uint64_t step = (k->max_grid[0] < 1u << 16 ? k->max_grid[0] : 1u << 16) * (uint64_t)HISTOGRAM_SPAN;
    if (n && (!bytes || !counts || counts % 4))
        return TN_INVALID;
    for (uint64_t at = 0; at < n; at += step) {
        tn_address from = bytes + at;
        uint32_t count = (uint32_t)(n - at < step ? n - at : step);
        tn_arg args[] = { TN_ARG(from), TN_ARG(counts), TN_ARG(count) };
        tn_dim3 grid = { (uint32_t)tnk_ceil(count, HISTOGRAM_SPAN), 1, 1 };
        TNK_TRY(tnk__launch(k, stream, TNK_HISTOGRAM, grid, block, args, TNK_COUNT(args)));
    }
    return TN_OK;
}
