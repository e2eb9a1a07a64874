/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic as OpenCL C. Described in math.c. */
float normal(float d)
{
    const float k = 1.0f / (1.0f + 0.2316419f * fabs(d));
    const float tail = 0.39894228f * exp(-0.5f * d * d) *
                       (k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f)))));
    return d > 0 ? 1.0f - tail : tail;
}

kernel void black_scholes(global const float *price, global const float *strike, global const float *years, global float *call, global float *put, uint n, float rate, float volatility)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i >= n)
        return;
    const float s = price[i], x = strike[i], t = years[i], root = sqrt(t);
    const float d1 = (log(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
    const float d2 = d1 - volatility * root, n1 = normal(d1), n2 = normal(d2), discounted = x * exp(-rate * t);
    call[i] = s * n1 - discounted * n2;
    put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}

uint next_random(uint s)
{
    s ^= s << 13;
    s ^= s >> 17;
    return s ^ s << 5;
}

kernel void monte_carlo(global float *out, uint n, uint k)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i >= n)
        return;
    uint s = i * 2654435761u + 12345u, inside = 0;
    s = s ? s : 1;
    for (uint j = 0; j < k; j++) {
        s = next_random(s);
        const float x = (float)(s >> 8) * 5.9604645e-8f;
        s = next_random(s);
        const float y = (float)(s >> 8) * 5.9604645e-8f;
        if (x * x + y * y <= 1.0f)
            inside++;
    }
    out[i] = 4.0f * (float)inside / (float)k;
}

#define THREADS 256

/* n is a multiple of the threads. */
kernel void nbody(global const float4 *bodies, global float4 *out, uint n)
{
    local float tile[4][THREADS];
    const uint t = get_local_id(0), i = get_group_id(0) * THREADS + t;
    const float4 own = bodies[i];
    float x = 0.0f, y = 0.0f, z = 0.0f;
    for (uint first = 0; first < n; first += THREADS) {
        const float4 body = bodies[first + t];
        tile[0][t] = body.x;
        tile[1][t] = body.y;
        tile[2][t] = body.z;
        tile[3][t] = body.w;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint j = 0; j < THREADS; j++) {
            const float dx = tile[0][j] - own.x, dy = tile[1][j] - own.y, dz = tile[2][j] - own.z;
            const float inverse = rsqrt(dx * dx + dy * dy + dz * dz + 0.01f);
            const float s = tile[3][j] * inverse * inverse * inverse;
            x += dx * s;
            y += dy * s;
            z += dz * s;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    out[i] = (float4)(x, y, z, 0.0f);
}

kernel void mandelbrot(global uint *out, uint n, uint m, uint k)
{
    const uint column = get_group_id(0) * get_local_size(0) + get_local_id(0), row = get_group_id(1) * get_local_size(1) + get_local_id(1);
    if (column >= n || row >= m)
        return;
    const float cx = -2.0f + 3.0f * (float)column / (float)n, cy = -1.5f + 3.0f * (float)row / (float)m;
    float x = 0.0f, y = 0.0f;
    uint i = 0;
    while (i < k && x * x + y * y <= 4.0f) {
        const float t = x * x - y * y + cx;
        y = 2.0f * x * y + cy;
        x = t;
        i++;
    }
    out[row * n + column] = i;
}

kernel void gelu(global const float *x, global float *y, uint n)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i < n)
        y[i] = 0.5f * x[i] * (1.0f + erf(x[i] * 0.70710678f));
}
