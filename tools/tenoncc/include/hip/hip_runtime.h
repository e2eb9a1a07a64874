/* SPDX-License-Identifier: Apache-2.0 */
/* hip/hip_runtime.h - for device code that is written for HIP; the language is that of tenon_cuda.h, with HIP's older names. */
#ifndef TENON_HIP_RUNTIME_H
#define TENON_HIP_RUNTIME_H
#include "tenon_cuda.h"

#define hipThreadIdx_x threadIdx.x
#define hipThreadIdx_y threadIdx.y
#define hipThreadIdx_z threadIdx.z
#define hipBlockIdx_x blockIdx.x
#define hipBlockIdx_y blockIdx.y
#define hipBlockIdx_z blockIdx.z
#define hipBlockDim_x blockDim.x
#define hipBlockDim_y blockDim.y
#define hipBlockDim_z blockDim.z
#define hipGridDim_x gridDim.x
#define hipGridDim_y gridDim.y
#define hipGridDim_z gridDim.z
#define HIP_DYNAMIC_SHARED(__type, __variable) extern __shared__ __type __variable[];

#endif
