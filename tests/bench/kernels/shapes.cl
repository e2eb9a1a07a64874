/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of several shapes, as OpenCL C. Described in shapes.c. */
kernel void small_blocks(global const uint *x, global uint *y)
{
    local uint part[32];
    const uint t = get_local_id(0), i = get_group_id(0) * 32 + t, own = x[i];
    uint rank = 0;
    part[t] = own;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint j = 0; j < 32; j++)
        rank += part[j] < own || (part[j] == own && j < t);
    y[i] = rank;
}

kernel void large_blocks(global const uint *x, global uint *y)
{
    local uint part[1024];
    const uint t = get_local_id(0), i = get_group_id(0) * 1024 + t;
    part[t] = x[i];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = 1; step < 1024; step *= 2) {
        const uint other = t >= step ? part[t - step] : 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        part[t] += other;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    y[i] = part[t];
}

kernel void cube_blocks(global const float *x, global float *y)
{
    local float part[2][1024];
    const uint t = get_local_id(0) + 16 * (get_local_id(1) + 8 * get_local_id(2)), i = get_group_id(0) * 1024 + t;
    part[0][t] = x[i];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint round = 0; round < 16; round++) {
        local const float *now = part[round % 2];
        part[(round + 1) % 2][t] = 0.25f * (now[(t + 1023) % 1024] + now[(t + 1) % 1024]) + 0.5f * now[t];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    y[i] = part[0][t];
}
