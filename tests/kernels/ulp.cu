// SPDX-License-Identifier: Apache-2.0
// Each function of ulp.h over arrays, in both precisions.
#define CALL_1(f) f(x[i])
#define CALL_2(f) f(x[i], y[i])
#define KERNEL(prefix, type, f, name, args)                                                                            \
    extern "C" __global__ void prefix##name(const type *x, const type *y, type *out, int n)                            \
    {                                                                                                                  \
        int i = blockIdx.x * blockDim.x + threadIdx.x;                                                                 \
        if (i < n)                                                                                                     \
            out[i] = CALL_##args(f);                                                                                   \
    }
#define ROW(name, args, exact, single, twice) KERNEL(f_, float, name##f, name, args) KERNEL(d_, double, name, name, args)
#include "ulp.h"
