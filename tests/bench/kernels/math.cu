/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic; one thread an element. Described in math.c. */
static __device__ __forceinline__ float normal(float d)
{
    const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
    const float tail = 0.39894228f * expf(-0.5f * d * d) *
                       (k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f)))));
    return d > 0 ? 1.0f - tail : tail;
}

extern "C" __global__ void black_scholes(const float *price, const float *strike, const float *years, float *call, float *put, unsigned n, float rate, float volatility)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    const float s = price[i], x = strike[i], t = years[i], root = sqrtf(t);
    const float d1 = (logf(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
    const float d2 = d1 - volatility * root, n1 = normal(d1), n2 = normal(d2), discounted = x * expf(-rate * t);
    call[i] = s * n1 - discounted * n2;
    put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}

static __device__ __forceinline__ unsigned next(unsigned s)
{
    s ^= s << 13;
    s ^= s >> 17;
    return s ^ s << 5;
}

extern "C" __global__ void monte_carlo(float *out, unsigned n, unsigned k)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    unsigned s = i * 2654435761u + 12345u, inside = 0;
    s = s ? s : 1;
    for (unsigned j = 0; j < k; j++) {
        s = next(s);
        const float x = (float)(s >> 8) * 5.9604645e-8f;
        s = next(s);
        const float y = (float)(s >> 8) * 5.9604645e-8f;
        if (x * x + y * y <= 1.0f)
            inside++;
    }
    out[i] = 4.0f * (float)inside / (float)k;
}

#define THREADS 256

/* n is a multiple of the threads. */
extern "C" __global__ void nbody(const float4 *bodies, float4 *out, unsigned n)
{
    __shared__ float tile[4][THREADS];
    const unsigned t = threadIdx.x, i = blockIdx.x * THREADS + t;
    const float4 own = bodies[i];
    float x = 0.0f, y = 0.0f, z = 0.0f;
    for (unsigned first = 0; first < n; first += THREADS) {
        const float4 body = bodies[first + t];
        tile[0][t] = body.x;
        tile[1][t] = body.y;
        tile[2][t] = body.z;
        tile[3][t] = body.w;
        __syncthreads();
        for (unsigned j = 0; j < THREADS; j++) {
            const float dx = tile[0][j] - own.x, dy = tile[1][j] - own.y, dz = tile[2][j] - own.z;
            const float inverse = rsqrtf(dx * dx + dy * dy + dz * dz + 0.01f);
            const float s = tile[3][j] * inverse * inverse * inverse;
            x += dx * s;
            y += dy * s;
            z += dz * s;
        }
        __syncthreads();
    }
    out[i] = make_float4(x, y, z, 0.0f);
}

extern "C" __global__ void mandelbrot(unsigned *out, unsigned n, unsigned m, unsigned k)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= n || row >= m)
        return;
    const float cx = -2.0f + 3.0f * (float)column / (float)n, cy = -1.5f + 3.0f * (float)row / (float)m;
    float x = 0.0f, y = 0.0f;
    unsigned i = 0;
    while (i < k && x * x + y * y <= 4.0f) {
        const float t = x * x - y * y + cx;
        y = 2.0f * x * y + cy;
        x = t;
        i++;
    }
    out[row * n + column] = i;
}

extern "C" __global__ void gelu(const float *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678f));
}
