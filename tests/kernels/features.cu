/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/features.cu - C++ in device code, feature by feature: bit-fields, unions, variadic templates, lambdas that are
 * arguments of templates, large structures by value, virtual inheritance of interfaces, function pointers in arrays and in memory,
 * recursion with local state, constexpr tables, goto and switch, local classes, references, move, operators.
 */
#include <cstdint>

/* ---- layout ---- */
struct Bits { unsigned a : 3; int b : 5; unsigned : 0; unsigned long long c : 40; bool d : 1; unsigned char e : 7; };
union Word { float f; unsigned u; unsigned char bytes[4]; struct { short low, high; }; };
struct Big { double d[40]; char text[13]; short s[7]; };
struct Empty {};
struct Tail : Empty { char c; __align__(16) float v[3]; };

extern "C" __global__ void layout(Bits b, Word w, Big big, Tail tail, const Big *more, long long *out)
{
    int t = threadIdx.x;
    Bits m = b;
    m.a += t;
    m.b -= t;
    m.c += (unsigned long long)t << 35;
    m.d = !m.d;
    m.e = m.e * 3 + t;
    Word v = w;
    v.bytes[3] ^= 0x80;
    v.high += t;
    big.d[t % 40] += 1.0;   /* the thread's own copy */
    big.text[t % 13] = (char)t;
    double sum = 0;
    for (int i = 0; i < 40; i++)
        sum += big.d[i] + more->d[39 - i];
    long long *o = out + 12 * t;
    o[0] = m.a; o[1] = m.b; o[2] = m.c; o[3] = m.d; o[4] = m.e; o[5] = v.u; o[6] = v.low * 65536ll + v.high;
    o[7] = (long long)sum; o[8] = big.text[t % 13] + big.s[t % 7] + more->s[3]; o[9] = sizeof(Big) * 1000 + sizeof(Bits);
    o[10] = (long long)(tail.v[t % 3] * 10) + tail.c; o[11] = sizeof(Tail) * 100 + alignof(Tail);
}

/* ---- templates and lambdas ---- */
template <class... A> __device__ int count_of(A...) { return sizeof...(A); }
template <class T> __device__ T total(T v) { return v; }
template <class T, class... A> __device__ T total(T v, A... rest) { return v + total<T>(rest...); }
template <int N> struct Power { static constexpr int value = 3 * Power<N - 1>::value; };
template <> struct Power<0> { static constexpr int value = 1; };
constexpr int square(int x) { return x * x; }
struct Table { int v[16]; constexpr Table() : v() { for (int i = 0; i < 16; i++) v[i] = square(i) + 1; } };
__constant__ constexpr Table squares;
static_assert(square(5) == 25, "");
template <class F> __global__ void apply(F f, int *out) { out[threadIdx.x] = f(threadIdx.x); }
template <class F, class G> __host__ __device__ auto compose(F f, G g) { return [=](int x) { return f(g(x)); }; }
struct Adder { int by; __host__ __device__ int operator()(int x) const { return x + by; } };
template __global__ void apply<Adder>(Adder, int *);

extern "C" __global__ void templates_and_lambdas(int *out, int k)
{
    int t = threadIdx.x, calls = 0, *o = out + 12 * t;
    auto scale = [k](int x) { return x * k; };
    auto counted = [&calls](int x) mutable { calls++; return x + 1; };
    auto generic = [](auto a, auto b) { return a < b ? b : a; };
    o[0] = count_of(1, 2.0, 'c', t);
    o[1] = (int)total(1.5, 2, t, 4.25f);
    o[2] = Power<6>::value;
    o[3] = squares.v[t % 16];
    o[4] = compose(scale, Adder{ 7 })(t);
    o[5] = counted(counted(t)) * 10 + calls;
    o[6] = generic(t, 20) + (int)generic(2.5, t * 1.0);
    if constexpr (sizeof(void *) == 8)
        o[7] = 64;
    else
        o[7] = "no"[0];
    auto [first, second] = make_int2(t, t * t);   /* structured binding */
    o[8] = first + second;
    int sum = 0;
    int list[] = { 3, 1, 4, 1, 5, t };
    for (int v : list)
        sum += v;
    o[9] = sum;
    o[10] = [=] { struct Local { int v; __device__ int twice() const { return 2 * v; } }; return Local{ t }.twice(); }();
    static const int fixed[3] = { 7, 8, 9 };
    o[11] = fixed[t % 3];
}

/* ---- calls that are chosen at run time ---- */
struct Reader { __device__ virtual int read(int) const = 0; __device__ virtual ~Reader() {} };
struct Writer { __device__ virtual int write(int) = 0; };
struct File : Reader, Writer {
    int base;
    __device__ File(int b) : base(b) {}
    __device__ int read(int x) const override { return base + x; }
    __device__ int write(int x) override { base += x; return base; }
};
struct Log final : File {
    __device__ Log() : File(1000) {}
    __device__ int read(int x) const override { return File::read(x) * 2; }
};
typedef int (*operation)(int, int);
__device__ int plus(int a, int b) { return a + b; }
__device__ int minus(int a, int b) { return a - b; }
__device__ int power(int a, int b) { return b == 0 ? 1 : a * power(a, b - 1); }   /* recursion through a pointer */
__device__ operation chosen[4] = { plus, minus, power, nullptr };
struct Ops { operation f[2]; int (File::*member)(int); };

__device__ bool is_odd(int n);
__device__ bool is_even(int n) { return n == 0 || is_odd(n - 1); }
__device__ bool is_odd(int n) { return n != 0 && is_even(n - 1); }
__device__ int hanoi(int n, int from, int to, int *moves)   /* local state lives through deep calls */
{
    int other = 3 - from - to, mine = n * 7 + from;
    if (n == 0)
        return 0;
    int a = hanoi(n - 1, from, other, moves);
    *moves += 1;
    int b = hanoi(n - 1, other, to, moves);
    return a + b + mine;
}
template <class T> __device__ void sort(T *v, int n)
{
    if (n < 2)
        return;
    T pivot = v[n / 2];
    int i = 0, j = n - 1;
    while (i <= j) {
        while (v[i] < pivot) i++;
        while (pivot < v[j]) j--;
        if (i <= j) { T x = v[i]; v[i] = v[j]; v[j] = x; i++; j--; }
    }
    sort(v, j + 1);
    sort(v + i, n - i);
}

extern "C" __global__ void chosen_calls(int *out)
{
    int t = threadIdx.x, *o = out + 10 * t, moves = 0;
    File f(t);
    Log log;
    Reader *readers[2] = { &f, &log };
    Writer *w = &log;
    o[0] = readers[t % 2]->read(5);
    o[1] = w->write(t) + log.base;
    o[2] = chosen[t % 3](t % 5 + 2, t % 4);
    Ops ops = { { t & 1 ? plus : minus, chosen[2] }, &File::write };
    o[3] = ops.f[0](t, 3) + ops.f[1](2, t % 6);
    o[4] = (f.*ops.member)(4);
    o[5] = is_even(t % 19) * 2 + is_odd(t % 7);
    o[6] = hanoi(t % 6, 0, 2, &moves);
    o[7] = moves;
    int v[12], good = 1;
    for (int i = 0; i < 12; i++)
        v[i] = (i * 31 + t * 17) % 23;
    sort(v, 12);
    for (int i = 1; i < 12; i++)
        good &= v[i - 1] <= v[i];
    o[8] = good * 1000 + v[0] + v[11];
    o[9] = chosen[3] == nullptr;
}

/* ---- statements ---- */
extern "C" __global__ void statements(int *out, int n)
{
    int t = threadIdx.x, v = 0, i = 0;
again:
    switch ((i + t) % 6) {
    case 0: v += 1;   /* falls through */
    case 1: v += 10; break;
    case 2:
        do {
            v += 3;
            if (v % 5 == 0) goto next;
        } while (v % 7);
        break;
    case 3: for (int k = 0;; k++) { if (k == t % 4) continue; if (k > 5) break; v += k; } break;
    default: v ^= i; if (v > 1000) goto done;
    }
next:
    if (++i < n)
        goto again;
done:
    __syncthreads();
    __shared__ int tile[64];
    tile[t] = v;
    __syncthreads();
    volatile int *p = tile;
    out[t] = v + p[(t + 1) % 64] * (t < 60 ? 1 : -1);
}
