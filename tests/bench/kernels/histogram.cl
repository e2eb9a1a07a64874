/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms of bytes as OpenCL C. Described in histogram.c. */
kernel void histogram_local(global const uchar *x, global uint *counts, uint n)
{
    local uint own[256];
    const uint t = get_local_id(0);
    own[t] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = get_group_id(0) * get_local_size(0) + t; i < n; i += get_num_groups(0) * get_local_size(0))
        atomic_add(&own[x[i]], 1u);
    barrier(CLK_LOCAL_MEM_FENCE);
    atomic_add(&counts[t], own[t]);
}

kernel void histogram_global(global const uchar *x, global uint *counts, uint n)
{
    for (uint i = get_group_id(0) * get_local_size(0) + get_local_id(0); i < n; i += get_num_groups(0) * get_local_size(0))
        atomic_add(&counts[x[i]], 1u);
}
