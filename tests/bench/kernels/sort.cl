/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting networks as OpenCL C. Described in sort.c. */
#define RUN 512

kernel void bitonic_block(global const uint *x, global uint *y)
{
    local uint part[RUN];
    const uint t = get_local_id(0), first = get_group_id(0) * RUN;
    part[t] = x[first + t];
    part[t + RUN / 2] = x[first + t + RUN / 2];
    for (uint size = 2; size <= RUN; size *= 2)
        for (uint step = size / 2; step > 0; step /= 2) {
            barrier(CLK_LOCAL_MEM_FENCE);
            const uint i = 2 * t - (t & (step - 1)), j = i + step;
            const uint a = part[i], b = part[j];
            if ((a > b) == ((i & size) == 0)) {
                part[i] = b;
                part[j] = a;
            }
        }
    barrier(CLK_LOCAL_MEM_FENCE);
    y[first + t] = part[t];
    y[first + t + RUN / 2] = part[t + RUN / 2];
}

kernel void bitonic_global(global uint *x, uint size, uint step)
{
    const uint t = get_group_id(0) * get_local_size(0) + get_local_id(0);
    const uint i = 2 * t - (t & (step - 1)), j = i + step;
    const uint a = x[i], b = x[j];
    if ((a > b) == ((i & size) == 0)) {
        x[i] = b;
        x[j] = a;
    }
}

#define SHORT 128

kernel void odd_even(global const uint *x, global uint *y)
{
    local uint part[SHORT];
    const uint t = get_local_id(0), first = get_group_id(0) * SHORT;
    part[t] = x[first + t];
    part[t + SHORT / 2] = x[first + t + SHORT / 2];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint round = 0; round < SHORT; round++) {
        const uint i = 2 * t + (round & 1);
        if (i + 1 < SHORT) {
            const uint a = part[i], b = part[i + 1];
            if (a > b) {
                part[i] = b;
                part[i + 1] = a;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    y[first + t] = part[t];
    y[first + t + SHORT / 2] = part[t + SHORT / 2];
}
