/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_device_base.h - the CUDA C++ language words and vector types, for device and host passes alike.
 * Includes nothing, so that a kernel that needs no C library compiles in milliseconds.
 */
#ifndef TENON_DEVICE_BASE_H
#define TENON_DEVICE_BASE_H

#define __host__ __attribute__((__host__))
#define __device__ __attribute__((__device__))
#define __global__ __attribute__((__global__))
#define __shared__ __attribute__((__shared__))
#define __constant__ __attribute__((__constant__))
#define __managed__ __device__ __attribute__((__annotate__("tenon.managed")))
#define __grid_constant__ __attribute__((__grid_constant__))
#define __launch_bounds__(...) __attribute__((__launch_bounds__(__VA_ARGS__)))
#define __forceinline__ __inline__ __attribute__((__always_inline__))
#define __align__(__n) __attribute__((__aligned__(__n)))
#define __builtin_align__(__n) __attribute__((__aligned__(__n)))
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

#define TN__HD static __inline__ __host__ __device__ __attribute__((__always_inline__, __nodebug__))

#define TN__VECTOR(__T, __N, __A2, __A4)                                                                              \
    struct __N##1 { __T x; };                                                                                         \
    struct __attribute__((__aligned__(__A2))) __N##2 { __T x, y; };                                                   \
    struct __N##3 { __T x, y, z; };                                                                                   \
    struct __attribute__((__aligned__(__A4))) __N##4 { __T x, y, z, w; };                                             \
    TN__HD __N##1 make_##__N##1(__T x) { return __N##1{x}; }                                                          \
    TN__HD __N##2 make_##__N##2(__T x, __T y) { return __N##2{x, y}; }                                                \
    TN__HD __N##3 make_##__N##3(__T x, __T y, __T z) { return __N##3{x, y, z}; }                                      \
    TN__HD __N##4 make_##__N##4(__T x, __T y, __T z, __T w) { return __N##4{x, y, z, w}; }

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
    __host__ __device__ constexpr dim3(unsigned int __a = 1, unsigned int __b = 1, unsigned int __c = 1) : x(__a), y(__b), z(__c) {}
    __host__ __device__ constexpr dim3(uint3 __v) : x(__v.x), y(__v.y), z(__v.z) {}
    __host__ __device__ constexpr operator uint3() const { return uint3{x, y, z}; }
};

typedef struct CUstream_st *cudaStream_t;

/* <<<>>> in a file that also has host code; the program's own runtime defines them. */
extern "C" unsigned int __cudaPushCallConfiguration(dim3 __grid, dim3 __block, size_t __bytes = 0, void *__stream = 0);

#endif
