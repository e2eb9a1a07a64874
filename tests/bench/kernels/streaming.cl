/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming kernels as OpenCL C. Described in streaming.c. */
kernel void copy(global const float *x, global float *y, uint n)
{
    const uint i = get_global_id(0);
    if (i < n)
        y[i] = x[i];
}

kernel void saxpy(global const float *x, global float *y, uint n, float a)
{
    const uint i = get_global_id(0);
    if (i < n)
        y[i] = a * x[i] + y[i];
}

kernel void triad(global const float *x, global const float *y, global float *z, uint n, float a)
{
    const uint i = get_global_id(0);
    if (i < n)
        z[i] = x[i] + a * y[i];
}

kernel void pairs(global const float2 *x, global float *y, uint n)
{
    const uint i = get_global_id(0);
    if (i < n) {
        const float2 pair = x[i];
        y[i] = pair.x + pair.y;
    }
}
