/* SPDX-License-Identifier: Apache-2.0 */
/* refused.cu - what OpenCL C cannot do: each kernel but `good` is refused by name, with a reason. */
#define K extern "C" __global__
typedef int (*function)(int);
static __device__ int twice(int x) { return 2 * x; }
static __device__ int thrice(int x) { return 3 * x; }
static __device__ int depth(int n) { return n < 2 ? n : depth(n - 1) + depth(n - 2); }
extern "C" __device__ int elsewhere(int);

K void good(int *out) { out[0] = 1; }
K void recursion(int *out) { out[0] = depth(out[1]); }
K void function_pointer(int *out)
{
    function f = out[1] ? twice : thrice;
    out[0] = f(out[2]) + (f == twice);
}
K void heap(int **out) { out[0] = (int *)malloc(16); }
K void stops(int *out) { assert(out[0] > 0); }
K void assembly(int *out) { asm volatile("mov.u32 %0, %%laneid;" : "=r"(out[0])); }
K void undefined(int *out) { out[0] = elsewhere(1); }
K void ticks(long long *out) { out[0] = clock64(); }
K void wide(__int128 *out) { out[0] = out[1] * out[2]; }
K void format(const char *f) { printf(f); }
