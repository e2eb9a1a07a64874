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
#define TN__M __device__ __attribute__((always_inline, nodebug))

template <int M, int N, int K> struct tn__shape {
    static_assert(K == 16 && ((M == 16 && N == 16) || (M == 32 && N == 8) || (M == 8 && N == 32)),
                  "wmma has the shapes 16x16x16, 32x8x16 and 8x32x16");
    static constexpr int rows = M * N / TENON_WARP, step = TENON_WARP / N;   /* of a lane's column */
    static TN__M int row(int i) { return (int)__tn_lane() / N + step * i; }
    static TN__M int column() { return (int)__tn_lane() % N; }
};
template <class T> struct tn__product { typedef float type; };
template <> struct tn__product<signed char> { typedef int type; };
template <> struct tn__product<unsigned char> { typedef int type; };

template <class Use, int M, int N, int K, class T, class Layout = void> struct fragment;
template <int M, int N, int K, class T, class L> struct fragment<matrix_a, M, N, K, T, L> {
    enum { num_elements = tn__shape<M, N, K>::rows * K, num_storage_elements = num_elements };
    T x[num_elements];
};
template <int M, int N, int K, class T, class L> struct fragment<matrix_b, M, N, K, T, L> {
    enum { num_elements = K, num_storage_elements = num_elements };
    T x[num_elements];
};
template <int M, int N, int K, class T> struct fragment<accumulator, M, N, K, T, void> {
    enum { num_elements = tn__shape<M, N, K>::rows, num_storage_elements = num_elements };
    T x[num_elements];
};

template <class U, int M, int N, int K, class T, class L, class V> TN__D void fill_fragment(fragment<U, M, N, K, T, L> &f, V v)
{
    for (int i = 0; i < (int)f.num_elements; i++)
        f.x[i] = T(v);
}
template <class L> struct tn__rows { static constexpr bool value = false; };
template <> struct tn__rows<row_major> { static constexpr bool value = true; };

template <int M, int N, int K, class T, class L>
TN__D void load_matrix_sync(fragment<matrix_a, M, N, K, T, L> &f, const T *p, unsigned int stride)
{
    typedef tn__shape<M, N, K> shape;
    __syncwarp();
    for (int i = 0; i < shape::rows; i++)
        for (int k = 0; k < K; k++)
            f.x[i * K + k] = tn__rows<L>::value ? p[(unsigned int)shape::row(i) * stride + k] : p[k * stride + shape::row(i)];
}
template <int M, int N, int K, class T, class L>
TN__D void load_matrix_sync(fragment<matrix_b, M, N, K, T, L> &f, const T *p, unsigned int stride)
{
    typedef tn__shape<M, N, K> shape;
    __syncwarp();
    for (int k = 0; k < K; k++)
        f.x[k] = tn__rows<L>::value ? p[k * stride + shape::column()] : p[(unsigned int)shape::column() * stride + k];
}
template <int M, int N, int K, class T>
TN__D void load_matrix_sync(fragment<accumulator, M, N, K, T> &f, const T *p, unsigned int stride, layout_t layout)
{
    typedef tn__shape<M, N, K> shape;
    __syncwarp();
    for (int i = 0; i < shape::rows; i++)
        f.x[i] = layout == mem_row_major ? p[(unsigned int)shape::row(i) * stride + shape::column()]
                                         : p[(unsigned int)shape::column() * stride + shape::row(i)];
}
template <int M, int N, int K, class T>
TN__D void store_matrix_sync(T *p, const fragment<accumulator, M, N, K, T> &f, unsigned int stride, layout_t layout)
{
    typedef tn__shape<M, N, K> shape;
    __syncwarp();
    for (int i = 0; i < shape::rows; i++)
        p[layout == mem_row_major ? (unsigned int)shape::row(i) * stride + shape::column()
                                  : (unsigned int)shape::column() * stride + shape::row(i)] = f.x[i];
    __syncwarp();
}
template <int M, int N, int K, class T, class LA, class LB, class D, class C>
TN__D void mma_sync(fragment<accumulator, M, N, K, D> &d, const fragment<matrix_a, M, N, K, T, LA> &a,
                    const fragment<matrix_b, M, N, K, T, LB> &b, const fragment<accumulator, M, N, K, C> &c, bool = false)
{
    typedef typename tn__product<T>::type P;
    for (int i = 0; i < tn__shape<M, N, K>::rows; i++) {
        P sum = (P)c.x[i];
        for (int k = 0; k < K; k++)
            sum += (P)a.x[i * K + k] * (P)b.x[k];
        d.x[i] = D(sum);
    }
}
#undef TN__M
}
}

#endif
