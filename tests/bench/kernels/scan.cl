/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix sums as OpenCL C; work-groups of 256. Described in scan.c. */
#define THREADS 256
#define EACH 4

/* Inclusive sums of one value a thread; two barriers a step. */
uint scan_block(local uint *part, uint value)
{
    const uint t = get_local_id(0);
    part[t] = value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = 1; step < THREADS; step *= 2) {
        const uint other = t >= step ? part[t - step] : 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        part[t] += other;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    return part[t];
}

kernel void scan_blocks(global const uint *x, global uint *y, uint n)
{
    local uint part[THREADS];
    const uint i = get_group_id(0) * THREADS + get_local_id(0);
    const uint sum = scan_block(part, i < n ? x[i] : 0);
    if (i < n)
        y[i] = sum;
}

kernel void scan_parts(global const uint *x, global uint *y, global uint *sums, uint n)
{
    local uint part[THREADS];
    const uint t = get_local_id(0), first = (get_group_id(0) * THREADS + t) * EACH;
    uint own[EACH], sum = 0;
    for (uint j = 0; j < EACH; j++)
        own[j] = sum += first + j < n ? x[first + j] : 0;
    const uint upto = scan_block(part, sum);
    for (uint j = 0; j < EACH; j++)
        if (first + j < n)
            y[first + j] = upto - sum + own[j];
    if (t == THREADS - 1)
        sums[get_group_id(0)] = upto;
}

/* One block makes the sums of the blocks exclusive; each thread has a run of them. Returns the sum of all in the last thread. */
uint scan_runs(global uint *sums, local uint *part, uint count)
{
    const uint run = (count + THREADS - 1) / THREADS, from = get_local_id(0) * run;
    const uint to = from + run < count ? from + run : count;
    uint sum = 0;
    for (uint i = from; i < to; i++)
        sum += sums[i];
    const uint upto = scan_block(part, sum);
    uint before = upto - sum;
    for (uint i = from; i < to; i++) {
        const uint own = sums[i];
        sums[i] = before;
        before += own;
    }
    return upto;
}

kernel void scan_sums(global uint *sums, uint n)
{
    local uint part[THREADS];
    scan_runs(sums, part, (n + THREADS * EACH - 1) / (THREADS * EACH));
}

kernel void scan_add(global uint *y, global const uint *sums, uint n)
{
    const uint before = sums[get_group_id(0)];
    for (uint j = 0; j < EACH; j++) {
        const uint i = (get_group_id(0) * EACH + j) * THREADS + get_local_id(0);
        if (i < n)
            y[i] += before;
    }
}

kernel void compact_count(global const uint *x, global uint *sums, uint n)
{
    local uint part[THREADS];
    const uint t = get_local_id(0), first = (get_group_id(0) * THREADS + t) * EACH;
    uint count = 0;
    for (uint j = 0; j < EACH; j++)
        count += first + j < n && x[first + j] % 3 == 0;
    const uint upto = scan_block(part, count);
    if (t == THREADS - 1)
        sums[get_group_id(0)] = upto;
}

kernel void compact_sums(global uint *sums, global uint *kept, uint n)
{
    local uint part[THREADS];
    const uint all = scan_runs(sums, part, (n + THREADS * EACH - 1) / (THREADS * EACH));
    if (get_local_id(0) == THREADS - 1)
        *kept = all;
}

kernel void compact_scatter(global const uint *x, global uint *y, global const uint *sums, uint n)
{
    local uint part[THREADS];
    const uint first = (get_group_id(0) * THREADS + get_local_id(0)) * EACH;
    uint count = 0;
    for (uint j = 0; j < EACH; j++)
        count += first + j < n && x[first + j] % 3 == 0;
    uint to = sums[get_group_id(0)] + scan_block(part, count) - count;
    for (uint j = 0; j < EACH; j++)
        if (first + j < n && x[first + j] % 3 == 0)
            y[to++] = x[first + j];
}
