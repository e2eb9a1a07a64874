/* SPDX-License-Identifier: Apache-2.0 */
/* cuda_runtime.h - for sources that include it by name; everything is in tenon_cuda.h. */
#ifndef TENON_WRAP_CUDA_RUNTIME_H
#define TENON_WRAP_CUDA_RUNTIME_H
#include "tenon_cuda.h"
#endif
