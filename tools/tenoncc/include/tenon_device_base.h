/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_device_base.h - the CUDA C++ language words and vector types, for device and host passes alike.
 * Includes nothing, so that a kernel that needs no C library compiles in milliseconds.
 */
#ifndef TENON_DEVICE_BASE_H
#define TENON_DEVICE_BASE_H

#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __managed__ _Pragma("GCC error \"__managed__ variables are not supported; use __device__ ones, or memory from the host\"") __device__
#define __grid_constant__ __attribute__((grid_constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __attribute__((aligned(n)))
#ifndef __CUDACC__
#define __CUDACC__ 1
#endif
#ifndef __CUDACC_VER_MAJOR__
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 5
#endif
#ifndef CUDART_VERSION
#define CUDART_VERSION 12050
#endif
#ifndef CUDA_VERSION
#define CUDA_VERSION 12050
#endif
#define __TENON__ 1

typedef __SIZE_TYPE__ size_t;

#define TN__HD static __inline__ __host__ __device__ __attribute__((always_inline, nodebug))

#define TN__VECTOR(T, N, A2, A4)                                                                                      \
    struct N##1 { T x; };                                                                                             \
    struct __attribute__((aligned(A2))) N##2 { T x, y; };                                                             \
    struct N##3 { T x, y, z; };                                                                                       \
    struct __attribute__((aligned(A4))) N##4 { T x, y, z, w; };                                                       \
    TN__HD N##1 make_##N##1(T x) { return N##1{x}; }                                                                  \
    TN__HD N##2 make_##N##2(T x, T y) { return N##2{x, y}; }                                                          \
    TN__HD N##3 make_##N##3(T x, T y, T z) { return N##3{x, y, z}; }                                                  \
    TN__HD N##4 make_##N##4(T x, T y, T z, T w) { return N##4{x, y, z, w}; }

TN__VECTOR(signed char, char, 2, 4)
TN__VECTOR(unsigned char, uchar, 2, 4)
TN__VECTOR(short, short, 4, 8)
TN__VECTOR(unsigned short, ushort, 4, 8)
TN__VECTOR(int, int, 8, 16)
TN__VECTOR(unsigned int, uint, 8, 16)
TN__VECTOR(long, long, 16, 16)
TN__VECTOR(unsigned long, ulong, 16, 16)
TN__VECTOR(long long, longlong, 16, 16)
TN__VECTOR(unsigned long long, ulonglong, 16, 16)
TN__VECTOR(float, float, 8, 16)
TN__VECTOR(double, double, 16, 16)
#undef TN__VECTOR

struct dim3 {
    unsigned int x, y, z;
    __host__ __device__ constexpr dim3(unsigned int a = 1, unsigned int b = 1, unsigned int c = 1) : x(a), y(b), z(c) {}
    __host__ __device__ constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    __host__ __device__ constexpr operator uint3() const { return uint3{x, y, z}; }
};

typedef struct CUstream_st *cudaStream_t;

/* <<<>>> in a file that also has host code; the program's own runtime defines them. */
extern "C" unsigned int __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t bytes = 0, void *stream = 0);

#endif
