/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mma.h - CUDA's wmma fragments as plain loops. A lane has the elements of the result in one column, and keeps the rows of a
 * and the column of b that they need: fragments of a and b are larger than on NVIDIA's chips, and mma_sync exchanges nothing.
 * An operation on every x[i] of a fragment means what it means there. Sums are in float or int, and become
 * the type of the result at the end.
 */
#ifndef TENON_MMA_H
#define TENON_MMA_H

#include "cuda_bf16.h"
#include "cuda_fp16.h"

namespace nvcuda
{
namespace wmma
{
struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major, mem_col_major };
#define TN__M __device__ __attribute__((__always_inline__, __nodebug__))

template <int __M, int __N, int __K> struct tn__shape {
    static_assert(__K == 16 && ((__M == 16 && __N == 16) || (__M == 32 && __N == 8) || (__M == 8 && __N == 32)),
                  "wmma has the shapes 16x16x16, 32x8x16 and 8x32x16");
    static constexpr int __rows = __M * __N / TENON_WARP, __step = TENON_WARP / __N;   /* of a lane's column */
    static TN__M int __row(int __i) { return (int)__tn_lane() / __N + __step * __i; }
    static TN__M int __column() { return (int)__tn_lane() % __N; }
};
template <class __T> struct tn__product { typedef float __type; };
template <> struct tn__product<signed char> { typedef int __type; };
template <> struct tn__product<unsigned char> { typedef int __type; };

template <class TN__USE, int __M, int __N, int __K, class __T, class TN__LAYOUT = void> struct fragment;
template <int __M, int __N, int __K, class __T, class __L> struct fragment<matrix_a, __M, __N, __K, __T, __L> {
    enum { num_elements = tn__shape<__M, __N, __K>::__rows * __K, num_storage_elements = num_elements };
    __T x[num_elements];
};
template <int __M, int __N, int __K, class __T, class __L> struct fragment<matrix_b, __M, __N, __K, __T, __L> {
    enum { num_elements = __K, num_storage_elements = num_elements };
    __T x[num_elements];
};
template <int __M, int __N, int __K, class __T> struct fragment<accumulator, __M, __N, __K, __T, void> {
    enum { num_elements = tn__shape<__M, __N, __K>::__rows, num_storage_elements = num_elements };
    __T x[num_elements];
};

template <class __U, int __M, int __N, int __K, class __T, class __L, class __V> TN__D void fill_fragment(fragment<__U, __M, __N, __K, __T, __L> &__f, __V __v)
{
    for (int __i = 0; __i < (int)__f.num_elements; __i++)
        __f.x[__i] = __T(__v);
}
template <class __L> struct tn__rows { static constexpr bool __value = false; };
template <> struct tn__rows<row_major> { static constexpr bool __value = true; };

template <int __M, int __N, int __K, class __T, class __L>
TN__D void load_matrix_sync(fragment<matrix_a, __M, __N, __K, __T, __L> &__f, const __T *__p, unsigned int __stride)
{
    typedef tn__shape<__M, __N, __K> __shape;
    __syncwarp();
    for (int __i = 0; __i < __shape::__rows; __i++)
        for (int __k = 0; __k < __K; __k++)
            __f.x[__i * __K + __k] = tn__rows<__L>::__value ? __p[(unsigned int)__shape::__row(__i) * __stride + __k] : __p[__k * __stride + __shape::__row(__i)];
}
template <int __M, int __N, int __K, class __T, class __L>
TN__D void load_matrix_sync(fragment<matrix_b, __M, __N, __K, __T, __L> &__f, const __T *__p, unsigned int __stride)
{
    typedef tn__shape<__M, __N, __K> __shape;
    __syncwarp();
    for (int __k = 0; __k < __K; __k++)
        __f.x[__k] = tn__rows<__L>::__value ? __p[__k * __stride + __shape::__column()] : __p[(unsigned int)__shape::__column() * __stride + __k];
}
template <int __M, int __N, int __K, class __T>
TN__D void load_matrix_sync(fragment<accumulator, __M, __N, __K, __T> &__f, const __T *__p, unsigned int __stride, layout_t __layout)
{
    typedef tn__shape<__M, __N, __K> __shape;
    __syncwarp();
    for (int __i = 0; __i < __shape::__rows; __i++)
        __f.x[__i] = __layout == mem_row_major ? __p[(unsigned int)__shape::__row(__i) * __stride + __shape::__column()]
                                         : __p[(unsigned int)__shape::__column() * __stride + __shape::__row(__i)];
}
template <int __M, int __N, int __K, class __T>
TN__D void store_matrix_sync(__T *__p, const fragment<accumulator, __M, __N, __K, __T> &__f, unsigned int __stride, layout_t __layout)
{
    typedef tn__shape<__M, __N, __K> __shape;
    __syncwarp();
    for (int __i = 0; __i < __shape::__rows; __i++)
        __p[__layout == mem_row_major ? (unsigned int)__shape::__row(__i) * __stride + __shape::__column()
                                  : (unsigned int)__shape::__column() * __stride + __shape::__row(__i)] = __f.x[__i];
    __syncwarp();
}
template <int __M, int __N, int __K, class __T, class __LA, class __LB, class __D, class __C>
TN__D void mma_sync(fragment<accumulator, __M, __N, __K, __D> &__d, const fragment<matrix_a, __M, __N, __K, __T, __LA> &__a,
                    const fragment<matrix_b, __M, __N, __K, __T, __LB> &__b, const fragment<accumulator, __M, __N, __K, __C> &__c, bool = false)
{
    typedef typename tn__product<__T>::__type __P;
    for (int __i = 0; __i < tn__shape<__M, __N, __K>::__rows; __i++) {
        __P __sum = (__P)__c.x[__i];
        for (int __k = 0; __k < __K; __k++)
            __sum += (__P)__a.x[__i * __K + __k] * (__P)__b.x[__k];
        __d.x[__i] = __D(__sum);
    }
}
#undef TN__M
}
}

#endif
