/* SPDX-License-Identifier: Apache-2.0 */
/* Sum of a token's, its place's and its type's vectors; C interface in embedding.h. One thread an element; grid x
 * counts tokens, y tiles of columns. */
extern "C" __global__ void tnk_k_embedding(const int *ids, const int *places, const int *types, const float *words,
                                           const float *positions, const float *kinds, float *out, unsigned columns)
{
    const unsigned column = blockIdx.y * blockDim.x + threadIdx.x, token = blockIdx.x;
    if (column >= columns)
        return;
    float value = words[(unsigned long long)ids[token] * columns + column];
    if (places)
        value += positions[(unsigned long long)places[token] * columns + column];
    if (kinds)
        value += kinds[(unsigned long long)(types ? types[token] : 0) * columns + column];
    out[(unsigned long long)token * columns + column] = value;
}
