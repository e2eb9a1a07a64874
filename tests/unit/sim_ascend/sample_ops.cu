/* SPDX-License-Identifier: Apache-2.0 */
/* What the operators of the vendor's examples do, for tenoncc; a launch without threads is one thread a block. */
extern "C" __global__ void easy_op(unsigned *x)
{
    x[blockIdx.x] += 1;
}

extern "C" __global__ void error_op()
{
    __trap();
}

extern "C" __global__ void short_op(unsigned *x)
{
    x[blockIdx.x] *= 2;
}

extern "C" __global__ void long_op(unsigned *x)
{
    volatile float t = 0;
    for (int i = 0; i < 50000000; i++)
        t = t * t + 0.00001f;
    x[blockIdx.x] += t > 0.0f;
}

extern "C" __global__ void write_value(int *at, int value)
{
    at[blockIdx.x] = value;
}

extern "C" __global__ void read_value(int *at)
{
    if (at[blockIdx.x] == -1)
        __trap();
}
