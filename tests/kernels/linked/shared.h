/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kernels/linked/shared.h - what both sources of one device program know. */
#ifndef TESTS_KERNELS_LINKED_H
#define TESTS_KERNELS_LINKED_H

struct Shape {
    __device__ virtual int area() const = 0;
    int side;
};
template <class T> __device__ T twice(T v) { static __device__ int calls; atomicAdd(&calls, 1); return v + v; }   /* in both files, and one */
extern __device__ int elsewhere(int x);
extern __device__ int count_calls(int x);
extern __device__ int table[4];
extern __constant__ float scale_of[2];
extern __device__ int (*const operations[2])(int, int);
extern __device__ const Shape *make_square(void *at, int side);
extern __device__ int lane_sum(int v);

#endif
