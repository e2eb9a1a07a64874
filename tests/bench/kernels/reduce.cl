/* SPDX-License-Identifier: Apache-2.0 */
/* Sums as OpenCL C. Described in reduce.c. */
#define THREADS 256

void tree(local float *part, float value, global float *out)
{
    const uint t = get_local_id(0);
    part[t] = value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (t == 0)
        *out = part[0];
}

kernel void reduce_tree(global const float *x, global float *partial, uint n)
{
    local float part[THREADS];
    const uint i = get_global_id(0);
    tree(part, i < n ? x[i] : 0.0f, &partial[get_group_id(0)]);
}

kernel void reduce_stride(global const float *x, global float *partial, uint n)
{
    local float part[THREADS];
    float sum = 0.0f;
    for (uint i = get_global_id(0); i < n; i += get_global_size(0))
        sum += x[i];
    tree(part, sum, &partial[get_group_id(0)]);
}

kernel void reduce_last(global const float *partial, global float *out, uint count)
{
    local float part[THREADS];
    float sum = 0.0f;
    for (uint i = get_local_id(0); i < count; i += THREADS)
        sum += partial[i];
    tree(part, sum, out);
}

kernel void reduce_last_of(global const float *partial, global float *out, uint n)
{
    local float part[THREADS];
    const uint count = (n + THREADS - 1) / THREADS;
    float sum = 0.0f;
    for (uint i = get_local_id(0); i < count; i += THREADS)
        sum += partial[i];
    tree(part, sum, out);
}

/* OpenCL's counterpart of shuffles are sub-groups; an implementation without them does it with a tree. */
#if defined(cl_khr_subgroups) || defined(cl_intel_subgroups) || defined(__opencl_c_subgroups)
#ifdef cl_khr_subgroups
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
#endif
kernel void reduce_shuffle(global const float *x, global float *partial, uint n)
{
    local float part[THREADS];
    const uint t = get_local_id(0), i = get_global_id(0);
    float sum = sub_group_reduce_add(i < n ? x[i] : 0.0f);
    if (get_sub_group_local_id() == 0)
        part[get_sub_group_id()] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (t == 0) {
        sum = 0.0f;
        for (uint j = 0; j < get_num_sub_groups(); j++)
            sum += part[j];
        partial[get_group_id(0)] = sum;
    }
}
#else
kernel void reduce_shuffle(global const float *x, global float *partial, uint n)
{
    local float part[THREADS];
    const uint i = get_global_id(0);
    tree(part, i < n ? x[i] : 0.0f, &partial[get_group_id(0)]);
}
#endif

kernel void reduce_max(global const float *x, global float *partial, uint n)
{
    local float part[THREADS];
    const uint t = get_local_id(0);
    float most = x[0];
    for (uint i = get_global_id(0); i < n; i += get_global_size(0))
        most = fmax(most, x[i]);
    part[t] = most;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] = fmax(part[t], part[t + step]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (t == 0)
        partial[get_group_id(0)] = part[0];
}

kernel void dot_product(global const float *x, global const float *y, global float *partial, uint n)
{
    local float part[THREADS];
    float sum = 0.0f;
    for (uint i = get_global_id(0); i < n; i += get_global_size(0))
        sum += x[i] * y[i];
    tree(part, sum, &partial[get_group_id(0)]);
}
