// SPDX-License-Identifier: Apache-2.0
// Columns that become rows: neighbouring lanes are far apart in memory, the rows of a block side by side.
template <class T> __device__ void put(const T *in, T *out, unsigned n, unsigned m)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < n && y < m)
        out[x * m + y] = in[y * n + x];
}

template <class T> __device__ void get(const T *in, T *out, unsigned n, unsigned m)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < n && y < m)
        out[y * n + x] = in[x * m + y];
}

#define BOTH(NAME, T)                                                                                                  \
    extern "C" __global__ void put_##NAME(const T *in, T *out, unsigned n, unsigned m)                                 \
    {                                                                                                                  \
        put(in, out, n, m);                                                                                            \
    }                                                                                                                  \
    extern "C" __global__ void get_##NAME(const T *in, T *out, unsigned n, unsigned m)                                 \
    {                                                                                                                  \
        get(in, out, n, m);                                                                                            \
    }
BOTH(bytes, unsigned char)
BOTH(shorts, short)
BOTH(words, unsigned)
BOTH(floats, float)
BOTH(doubles, double)
BOTH(longs, long long)

// through a tile, several rows a thread
extern "C" __global__ void tiles(const unsigned *in, unsigned *out, unsigned n, unsigned m)
{
    __shared__ unsigned tile[32][33];
    unsigned x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
    for (unsigned i = 0; i < 32; i += blockDim.y)
        if (x < n && y + i < m)
            tile[threadIdx.y + i][threadIdx.x] = in[(y + i) * n + x];
    __syncthreads();
    x = blockIdx.y * 32 + threadIdx.x;
    y = blockIdx.x * 32 + threadIdx.y;
    for (unsigned i = 0; i < 32; i += blockDim.y)
        if (x < m && y + i < n)
            out[(y + i) * m + x] = tile[threadIdx.x][threadIdx.y + i];
}

// several rows a thread without a tile; some of them, and some of the lanes, may lie outside
template <bool puts> __device__ void strips(const unsigned *in, unsigned *out, unsigned n, unsigned m)
{
    unsigned x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
    for (unsigned i = 0; i < 32; i += 8)
        if (x < n && y + i < m) {
            if (puts)
                out[x * m + y + i] = in[(y + i) * n + x];
            else
                out[(y + i) * n + x] = in[x * m + y + i];
        }
}
extern "C" __global__ void put_strips(const unsigned *in, unsigned *out, unsigned n, unsigned m)
{
    strips<true>(in, out, n, m);
}
extern "C" __global__ void get_strips(const unsigned *in, unsigned *out, unsigned n, unsigned m)
{
    strips<false>(in, out, n, m);
}

// some lanes of some rows only, by what the data are; what is stored depends on both ways
extern "C" __global__ void some(const unsigned *in, unsigned *out, unsigned n, unsigned m)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= n || y >= m)
        return;
    unsigned v = in[x * m + y] * 3;
    if (v & 1)
        out[x * m + y] = v + in[y * n + x];
}

// the same where every thread is inside, so that data alone keep lanes away
extern "C" __global__ void sieve(const unsigned *in, unsigned *out, unsigned n, unsigned m)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    unsigned v = in[y * n + x] * 3;
    if (v & 1)
        out[x * m + y] = v;
}

// an index that wraps between two rows: they are 4 GiB apart
extern "C" __global__ void wraps(unsigned char *out, unsigned step, unsigned from)
{
    out[threadIdx.x * step + threadIdx.y + from] = (unsigned char)(threadIdx.x * 16 + threadIdx.y + 1);
}
