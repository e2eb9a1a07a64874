/* SPDX-License-Identifier: Apache-2.0 */
/* cuda_pipeline_primitives.h - copies to local memory, done at once. */
#ifndef TENON_CUDA_PIPELINE_PRIMITIVES_H
#define TENON_CUDA_PIPELINE_PRIMITIVES_H
#include "tenon_cuda.h"
TN__D void __pipeline_memcpy_async(void *__to, const void *__from, size_t __n, size_t __zero = 0)
{
    __builtin_memcpy(__to, __from, __n - __zero);
    for (size_t __i = __n - __zero; __i < __n; __i++)
        ((char *)__to)[__i] = 0;
}
TN__D void __pipeline_commit() {}
TN__D void __pipeline_wait_prior(size_t) {}
#endif
