// SPDX-License-Identifier: Apache-2.0
// Inline PTX, one row of numbers for each thread.
extern "C" __global__ void assembly(const unsigned *x, const unsigned *y, unsigned *out)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, a = x[i], b = y[i], r, s;
    unsigned long long l;
    unsigned *o = out + i * 32;
    asm volatile("mov.u32 %0, %%laneid;" : "=r"(o[0]));
    asm("mov.u32 %0, %%tid.x;\n\t"
        "mad.lo.u32 %0, %1, %2, %0;" : "=&r"(r) : "r"(blockIdx.x), "r"(blockDim.x));
    o[1] = r;
    asm("bfe.u32 %0, %1, 5, 9;" : "=r"(o[2]) : "r"(a));
    asm("bfe.s32 %0, %1, %2, 12;" : "=r"(o[3]) : "r"(a), "r"(b & 31));
    asm("bfi.b32 %0, %1, %2, 7, 11;" : "=r"(o[4]) : "r"(a), "r"(b));
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(o[5]) : "r"(a), "r"(b), "r"(0x0d17));
    asm("lop3.b32 %0, %1, %2, %3, 0xca;" : "=r"(o[6]) : "r"(a), "r"(b), "r"(0x12345678));
    asm("shf.l.wrap.b32 %0, %1, %2, %3;" : "=r"(o[7]) : "r"(a), "r"(b), "r"(b & 63));
    asm("shf.r.clamp.b32 %0, %1, %2, %3;" : "=r"(o[8]) : "r"(a), "r"(b), "r"(b & 63));
    asm("{\n\t.reg .u32 t1, t2;  // scratch\n\tbrev.b32 t1, %1;\n\tclz.b32 t2, t1;\n\tpopc.b32 t1, %1;\n\tadd.u32 %0, t1, t2;\n\t}"
        : "=r"(o[9]) : "r"(a));
    asm("mul.wide.u32 %0, %1, %2;" : "=l"(l) : "r"(a), "r"(b));
    asm("mov.b64 {%0, %1}, %2;" : "=r"(r), "=r"(s) : "l"(l));
    o[10] = r;
    o[11] = s;
    asm("mov.b64 %0, {%1, %2};" : "=l"(l) : "r"(b), "r"(a));
    o[12] = (unsigned)(l >> 16);
    asm("mul.hi.s32 %0, %1, %2;" : "=r"(o[13]) : "r"(a), "r"(b));
    asm("{ .reg .pred p; setp.lt.s32 p, %1, %2; selp.u32 %0, 1, 2, p; @p add.u32 %0, %0, 10; @!p sub.u32 %0, %0, 1; }"
        : "=r"(o[14]) : "r"(a), "r"(b));
    asm("ld.global.nc.u32 %0, [%1+4];" : "=r"(o[15]) : "l"(x + i / 2));
    asm volatile("st.global.cs.u32 [%0+64], %1;" ::"l"(o), "r"(a ^ b) : "memory");
    asm("shr.s32 %0, %1, %2;" : "=r"(o[17]) : "r"(a), "r"(b & 63));
    asm("shl.b32 %0, %1, %2;" : "=r"(o[18]) : "r"(a), "r"(b & 63));
    float f = (float)(a & 0xffff) + 0.5f, g;
    asm("fma.rn.f32 %0, %1, %1, 0f3F800000;" : "=f"(g) : "f"(f));
    o[19] = __float_as_uint(g);
    asm("cvt.rni.s32.f32 %0, %1;" : "=r"(o[20]) : "f"(-f));
    asm("cvt.rn.f32.u32 %0, %1;" : "=f"(g) : "r"(b));
    o[21] = __float_as_uint(g);
    asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(o[22]) : "r"(a), "r"(b), "r"(7));
    asm("max.s32 %0, %1, %2; min.u32 %0, %0, 1000000;" : "=r"(o[23]) : "r"(a), "r"(b));
    r = 5;
    asm("add.u32 %0, %0, %1;" : "+r"(r) : "n"(37));
    o[24] = r;
    asm volatile("ld.global.v2.u32 {%0, %1}, [%2];" : "=r"(r), "=r"(s) : "l"(x + (i & ~1u)));
    o[25] = r - s;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(g) : "f"(f));
    o[26] = __float_as_uint(g);
    asm("cvt.s32.s8 %0, %1;" : "=r"(o[27]) : "r"(a));
    asm("ex2.approx.f32 %0, %1;" : "=f"(g) : "f"(0.125f * (float)(a & 63)));
    o[28] = __float_as_uint(g);
}

extern "C" __global__ void together(unsigned *sum, unsigned *most, unsigned *out)
{
    __shared__ unsigned s[128];
    unsigned t = threadIdx.x, old;
    asm volatile("red.global.add.u32 [%0], %1;" ::"l"(sum), "r"(t) : "memory");
    asm volatile("atom.global.max.u32 %0, [%1], %2;" : "=r"(old) : "l"(most), "r"(t) : "memory");
    asm volatile("atom.global.cas.b32 %0, [%1], %2, %3;" : "=r"(old) : "l"(most + 1), "r"(t), "r"(t + 1) : "memory");
    s[t] = t * 3;
    asm volatile("membar.gl;" ::: "memory");
    asm volatile("bar.sync 0;" ::: "memory");
    out[t] = s[127 - t];
}

extern "C" __global__ void warps(unsigned *out)
{
    unsigned r;
    asm volatile("mov.u32 %0, %%warpid;" : "=r"(r));
    out[threadIdx.x] = r;
}
