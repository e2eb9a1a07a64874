// SPDX-License-Identifier: Apache-2.0
// What the kernel of ACL's public launch sample computes: the sum of two arrays of 16-bit numbers, 2048 a block. Launched with
// blocks only, so a block has one thread here, and more where the client asks for them.
extern "C" __global__ void add_custom(const _Float16 *x, const _Float16 *y, _Float16 *z)
{
    for (int i = threadIdx.x; i < 2048; i += blockDim.x) {
        int at = blockIdx.x * 2048 + i;
        z[at] = x[at] + y[at];
    }
}
