/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/tensor.cu - inline PTX by which the lanes of a warp of 32 act together: matrices, shuffles, votes, copies to
 * local memory and its 32-bit addresses; and rarer instructions for one lane.
 */
#include <cuda_fp16.h>
#include <cuda_bf16.h>

#define LANE (threadIdx.x % 32)

/* ---- matrices: a is M x K by rows, b is K x N as rows of b transposed, all words as the caller laid them out ---- */
extern "C" __global__ void mma_f16_f32(const unsigned *a, const unsigned *b, const float *c, float *d)
{
    const unsigned *A = a + 4 * threadIdx.x, *B = b + 2 * threadIdx.x;
    const float *C = c + 4 * threadIdx.x;
    float *D = d + 4 * threadIdx.x;
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
                 : "=f"(D[0]), "=f"(D[1]), "=f"(D[2]), "=f"(D[3])
                 : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[0]), "r"(B[1]), "f"(C[0]), "f"(C[1]), "f"(C[2]), "f"(C[3]));
}
extern "C" __global__ void mma_f16_f16(const unsigned *a, const unsigned *b, const unsigned *c, unsigned *d)
{
    const unsigned *A = a + 2 * threadIdx.x, *B = b + threadIdx.x, *C = c + 2 * threadIdx.x;
    unsigned *D = d + 2 * threadIdx.x;
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3}, {%4}, {%5,%6};"
                 : "=r"(D[0]), "=r"(D[1]) : "r"(A[0]), "r"(A[1]), "r"(B[0]), "r"(C[0]), "r"(C[1]));
}
extern "C" __global__ void mma_bf16(const unsigned *a, const unsigned *b, const float *c, float *d)
{
    const unsigned *A = a + 4 * threadIdx.x, *B = b + 2 * threadIdx.x;
    float r[4] = { c[4 * threadIdx.x], c[4 * threadIdx.x + 1], c[4 * threadIdx.x + 2], c[4 * threadIdx.x + 3] };
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(r[0]), "+f"(r[1]), "+f"(r[2]), "+f"(r[3])
                 : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[0]), "r"(B[1]));
    for (int i = 0; i < 4; i++)
        d[4 * threadIdx.x + i] = r[i];
}
extern "C" __global__ void mma_tf32(const float *a, const float *b, const float *c, float *d)
{
    const float *C = c + 4 * threadIdx.x;
    float *D = d + 4 * threadIdx.x;
    unsigned A[4], B[2];
    for (int i = 0; i < 4; i++)
        asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(A[i]) : "f"(a[4 * threadIdx.x + i]));
    for (int i = 0; i < 2; i++)
        asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(B[i]) : "f"(b[2 * threadIdx.x + i]));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
                 : "=f"(D[0]), "=f"(D[1]), "=f"(D[2]), "=f"(D[3])
                 : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[0]), "r"(B[1]), "f"(C[0]), "f"(C[1]), "f"(C[2]), "f"(C[3]));
}
extern "C" __global__ void mma_s8(const unsigned *a, const unsigned *b, const int *c, int *d)
{
    const unsigned *A = a + 4 * threadIdx.x, *B = b + 2 * threadIdx.x;
    const int *C = c + 4 * threadIdx.x;
    int *D = d + 4 * threadIdx.x;
    asm volatile("mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.u8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
                 : "=r"(D[0]), "=r"(D[1]), "=r"(D[2]), "=r"(D[3])
                 : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[0]), "r"(B[1]), "r"(C[0]), "r"(C[1]), "r"(C[2]), "r"(C[3]));
}
extern "C" __global__ void mma_s8_small(const unsigned *a, const unsigned *b, const int *c, int *d)
{
    int *D = d + 2 * threadIdx.x;
    asm volatile("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0,%1}, {%2}, {%3}, {%4,%5};"
                 : "=r"(D[0]), "=r"(D[1])
                 : "r"(a[threadIdx.x]), "r"(b[threadIdx.x]), "r"(c[2 * threadIdx.x]), "r"(c[2 * threadIdx.x + 1]));
}
extern "C" __global__ void mma_f64(const double *a, const double *b, const double *c, double *d)
{
    double *D = d + 2 * threadIdx.x;
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0,%1}, {%2}, {%3}, {%4,%5};"
                 : "=d"(D[0]), "=d"(D[1])
                 : "d"(a[threadIdx.x]), "d"(b[threadIdx.x]), "d"(c[2 * threadIdx.x]), "d"(c[2 * threadIdx.x + 1]));
}

/* A product of 32 x 32 x K by four warps, the way that tensor core programs are written: copies to local memory by
 * cp.async, fragments by ldmatrix, mma in a loop. a is 32 x K, b is K x 32, by rows. */
extern "C" __global__ void gemm_tensor(const __half *a, const __half *b, float *c, int K)
{
    __shared__ __align__(16) __half tileA[2][32][16], tileB[2][16][32];
    const int warp = threadIdx.x / 32, lane = LANE, row0 = 16 * (warp / 2), col0 = 16 * (warp % 2);
    float acc[2][4] = {};
    auto fetch = [&](int buffer, int k) {
        if (threadIdx.x < 64) {   /* 16 bytes a thread */
            unsigned at = (unsigned)__cvta_generic_to_shared(&tileA[buffer][threadIdx.x / 2][threadIdx.x % 2 * 8]);
            asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" :: "r"(at), "l"(a + threadIdx.x / 2 * K + k + threadIdx.x % 2 * 8));
        } else {
            int t = threadIdx.x - 64;
            unsigned at = (unsigned)__cvta_generic_to_shared(&tileB[buffer][t / 4][t % 4 * 8]);
            asm volatile("cp.async.ca.shared.global.L2::128B [%0], [%1], %2, %3;" :: "r"(at), "l"(b + (k + t / 4) * 32 + t % 4 * 8), "n"(16), "r"(16));
        }
        asm volatile("cp.async.commit_group;");
    };
    fetch(0, 0);
    for (int k = 0; k < K; k += 16) {
        int buffer = k / 16 & 1;
        if (k + 16 < K)
            fetch(buffer ^ 1, k + 16);
        asm volatile("cp.async.wait_group 0;");
        __syncthreads();
        unsigned A[4], B[2][2];
        unsigned at = (unsigned)__cvta_generic_to_shared(&tileA[buffer][row0 + lane % 16][lane / 16 * 8]);
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(A[0]), "=r"(A[1]), "=r"(A[2]), "=r"(A[3]) : "r"(at));
        for (int n = 0; n < 2; n++) {
            unsigned bt = (unsigned)__cvta_generic_to_shared(&tileB[buffer][lane % 16][col0 + 8 * n]);
            asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];" : "=r"(B[n][0]), "=r"(B[n][1]) : "r"(bt));
            asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                         : "+f"(acc[n][0]), "+f"(acc[n][1]), "+f"(acc[n][2]), "+f"(acc[n][3])
                         : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[n][0]), "r"(B[n][1]));
        }
        __syncthreads();
    }
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 4; i++)
            c[(row0 + lane / 4 + 8 * (i / 2)) * 32 + col0 + 8 * n + lane % 4 * 2 + i % 2] = acc[n][i];
}

/* ---- lanes ---- */
extern "C" __global__ void lanes(const unsigned *in, unsigned *out)
{
    unsigned v = in[threadIdx.x], *o = out + 16 * threadIdx.x;
    asm volatile("shfl.sync.down.b32 %0, %1, 3, 31, 0xffffffff;" : "=r"(o[0]) : "r"(v));
    asm volatile("shfl.sync.up.b32 %0, %1, 2, 0, -1;" : "=r"(o[1]) : "r"(v));
    asm volatile("{ .reg .pred p; shfl.sync.bfly.b32 %0|p, %2, 5, 0x1807, 0xffffffff; selp.u32 %1, 1, 0, p; }"
                 : "=r"(o[2]), "=r"(o[3]) : "r"(v));
    asm volatile("shfl.sync.idx.b32 %0, %1, %2, 31, 0xffffffff;" : "=r"(o[4]) : "r"(v), "r"(v % 32));
    asm volatile("match.any.sync.b32 %0, %1, 0xffffffff;" : "=r"(o[5]) : "r"(v % 4));
    asm volatile("{ .reg .pred p; match.all.sync.b64 %0|p, %2, -1; selp.u32 %1, 1, 0, p; }" : "=r"(o[6]), "=r"(o[7]) : "l"((long long)(v & 0)));
    asm volatile("redux.sync.add.u32 %0, %1, 0xffffffff;" : "=r"(o[8]) : "r"(v));
    asm volatile("redux.sync.min.s32 %0, %1, 0xffffffff;" : "=r"(o[9]) : "r"((int)v - 40));
    asm volatile("redux.sync.xor.b32 %0, %1, 0xffffffff;" : "=r"(o[10]) : "r"(v));
    asm volatile("{ .reg .pred p, q; setp.gt.u32 p, %1, 20; vote.sync.uni.pred q, p, -1; selp.u32 %0, 1, 0, q; }" : "=r"(o[11]) : "r"(v));
    asm volatile("{ .reg .pred p; elect.sync _|p, 0xfffffff0; selp.u32 %0, 1, 0, p; }" : "=r"(o[12]));
    if (LANE < 12)   /* some lanes only */
        asm volatile("redux.sync.max.u32 %0, %1, 0xfff;" : "=r"(o[13]) : "r"(v));
    asm volatile("{ .reg .pred p, q; setp.ne.u32 p, %1, 0; bar.red.popc.u32 %0, 0, p; }" : "=r"(o[14]) : "r"(v % 3));
    asm volatile("mov.u32 %0, %%lanemask_ge;" : "=r"(o[15]));
}

/* ---- local memory by 32-bit addresses, static and dynamic ---- */
extern "C" __global__ void addresses(const unsigned *in, unsigned *out)
{
    __shared__ unsigned fixed[64];
    extern __shared__ unsigned more[];
    unsigned t = threadIdx.x, f = (unsigned)__cvta_generic_to_shared(fixed + t), m, v, w, x = 7;
    unsigned long long wide;
    asm volatile("{ .reg .u64 a; cvta.to.shared.u64 a, %1; cvt.u32.u64 %0, a; }" : "=r"(m) : "l"(more + t));
    asm volatile("st.shared.u32 [%0], %1;" :: "r"(f), "r"(in[t]) : "memory");
    asm volatile("st.shared.u32 [%0], %1;" :: "r"(m), "r"(in[t] + 1000) : "memory");
    __syncthreads();
    unsigned next = (unsigned)__cvta_generic_to_shared(fixed + (t + 1) % 64);
    asm volatile("ld.shared.u32 %0, [%1];" : "=r"(v) : "r"(next));
    asm volatile("{ .reg .pred p; setp.lt.u32 p, %2, 32; @p ld.shared.u32 %0, [%1]; }" : "+r"(x) : "r"(m), "r"(t));
    asm volatile("cvta.shared.u64 %0, %1;" : "=l"(wide) : "l"((unsigned long long)f));
    w = *(unsigned *)wide;
    __syncthreads();
    asm volatile("red.shared.add.u32 [%0], 1;" :: "r"((unsigned)__cvta_generic_to_shared(fixed)) : "memory");
    asm volatile("{ .reg .pred p; setp.lt.u32 p, %1, 5; @p red.shared.add.u32 [%0], 100; }" :: "r"((unsigned)__cvta_generic_to_shared(fixed + 1)), "r"(t) : "memory");
    __syncthreads();
    out[4 * t] = v;
    out[4 * t + 1] = x;
    out[4 * t + 2] = w;
    out[4 * t + 3] = fixed[t % 2] + more[63 - t];
}

/* What the source lacks is zero; a copy under a false predicate does nothing. */
extern "C" __global__ void copies(const unsigned char *in, unsigned char *out, int have)
{
    __shared__ __align__(16) unsigned char tile[4][16];
    for (int i = 0; i < 16; i++)
        tile[threadIdx.x][i] = 0xee;
    unsigned at = (unsigned)__cvta_generic_to_shared(tile[threadIdx.x]);
    asm volatile("{ .reg .pred p; setp.ne.u32 p, %3, 2; @p cp.async.ca.shared.global [%0], [%1], 8, %2; }"
                 :: "r"(at), "l"(in + 16 * threadIdx.x), "r"(have), "r"(threadIdx.x));
    asm volatile("cp.async.wait_all;");
    for (int i = 0; i < 16; i++)
        out[16 * threadIdx.x + i] = tile[threadIdx.x][i];
}

/* ---- one lane ---- */
__device__ unsigned add_cc(unsigned a, unsigned b) { unsigned r; asm volatile("add.cc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b)); return r; }
__device__ unsigned addc_cc(unsigned a, unsigned b) { unsigned r; asm volatile("addc.cc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b)); return r; }
__device__ unsigned addc(unsigned a, unsigned b) { unsigned r; asm volatile("addc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b)); return r; }
extern "C" __global__ void big_numbers(const unsigned *a, const unsigned *b, unsigned *out)
{
    const unsigned *A = a + 4 * threadIdx.x, *B = b + 4 * threadIdx.x;
    unsigned *o = out + 16 * threadIdx.x;
    o[0] = add_cc(A[0], B[0]);   /* one function a limb, as programs have it */
    o[1] = addc_cc(A[1], B[1]);
    o[2] = addc_cc(A[2], B[2]);
    o[3] = addc_cc(A[3], B[3]);
    o[4] = addc(0, 0);
    asm volatile("sub.cc.u32 %0, %4, %8; subc.cc.u32 %1, %5, %9; subc.cc.u32 %2, %6, %10; subc.u32 %3, %7, %11;"
                 : "=r"(o[5]), "=r"(o[6]), "=r"(o[7]), "=r"(o[8])
                 : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[0]), "r"(B[1]), "r"(B[2]), "r"(B[3]));
    /* (A1 A0) * B0 + (B3 B2), 96 bits */
    asm volatile("mad.lo.cc.u32 %0, %3, %5, %6; madc.hi.cc.u32 %1, %3, %5, %7; addc.u32 %2, 0, 0; mad.lo.cc.u32 %1, %4, %5, %1; madc.hi.u32 %2, %4, %5, %2;"
                 : "=&r"(o[9]), "=&r"(o[10]), "=&r"(o[11]) : "r"(A[0]), "r"(A[1]), "r"(B[0]), "r"(B[2]), "r"(B[3]));
}

extern "C" __global__ void rare(const unsigned *in, const float *fin, unsigned *out, float *fout)
{
    unsigned a = in[2 * threadIdx.x], b = in[2 * threadIdx.x + 1], *o = out + 20 * threadIdx.x;
    float x = fin[2 * threadIdx.x], y = fin[2 * threadIdx.x + 1], *f = fout + 8 * threadIdx.x;
    unsigned short h;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(o[0]) : "f"(x), "f"(y));
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(o[1]) : "f"(x), "f"(y));
    asm("add.f16x2 %0, %1, %2;" : "=r"(o[2]) : "r"(o[0]), "r"(0x3c004000u));
    asm("fma.rn.f16x2 %0, %1, %1, %2;" : "=r"(o[3]) : "r"(o[0]), "r"(0x3c004000u));
    asm("fma.rn.bf16x2 %0, %1, %1, %2;" : "=r"(o[4]) : "r"(o[1]), "r"(0x3f803f80u));
    asm("max.f16x2 %0, %1, %2;" : "=r"(o[5]) : "r"(o[0]), "r"(0x0u));
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(h) : "f"(x));
    o[6] = h;
    asm("sad.s32 %0, %1, %2, 5;" : "=r"(o[7]) : "r"(a), "r"(b));
    asm("mul24.lo.u32 %0, %1, %2;" : "=r"(o[8]) : "r"(a), "r"(b));
    asm("mad24.hi.s32 %0, %1, %2, 1;" : "=r"(o[9]) : "r"(a), "r"(b));
    asm("bfind.u32 %0, %1;" : "=r"(o[10]) : "r"(a));
    asm("bfind.shiftamt.s32 %0, %1;" : "=r"(o[11]) : "r"(b));
    asm("add.sat.s32 %0, %1, %2;" : "=r"(o[12]) : "r"(a), "r"(b));
    asm("dp2a.lo.s32.u32 %0, %1, %2, 9;" : "=r"(o[13]) : "r"(a), "r"(b));
    asm("slct.u32.s32 %0, %1, %2, %3;" : "=r"(o[14]) : "r"(a), "r"(b), "r"(a));
    asm("cnot.b32 %0, %1;" : "=r"(o[15]) : "r"(a % 2));
    asm("add.sat.f32 %0, %1, %2;" : "=f"(f[0]) : "f"(x), "f"(y));
    asm("fma.rn.sat.f32 %0, %1, %2, 0f3F000000;" : "=f"(f[1]) : "f"(x), "f"(y));
    asm("tanh.approx.f32 %0, %1;" : "=f"(f[2]) : "f"(x));
    asm("copysign.f32 %0, %1, %2;" : "=f"(f[3]) : "f"(x), "f"(y));
}
