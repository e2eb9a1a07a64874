/* SPDX-License-Identifier: Apache-2.0 */
/* cuda.h - for sources that include it by name; everything is in tenon_cuda.h. */
#ifndef TENON_WRAP_CUDA_H
#define TENON_WRAP_CUDA_H
#include "tenon_cuda.h"
#endif
