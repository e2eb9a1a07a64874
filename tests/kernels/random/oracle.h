/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/random/oracle.h - runs device code as plain C++, one thread at a time on a fiber of its own: slow, simple,
 * and with nothing in common with tenoncc's transform. Included by the programs that random_kernels.py writes.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__ static
#define __shared__ static
#define __launch_bounds__(...)

struct Index { unsigned x, y, z; };
static Index threadIdx, blockIdx, blockDim, gridDim;
static unsigned warpSize;

enum State { READY, ENDED, AT_BARRIER, AT_WARP };
enum Operation { SYNC, SHUFFLE, BALLOT, MATCH, ADD, MIN, MAX, AND, OR, XOR };
struct Fiber {
    ucontext_t context;
    char *stack;
    State state;
    Operation operation;
    uint64_t mask, result, value;
    unsigned source;
    int predicate;
    Index index;
};
static std::vector<Fiber> fibers;
static ucontext_t scheduler;
static unsigned current;
static int counted, all_true, any_true;

static void pause_as(State s)
{
    fibers[current].state = s;
    swapcontext(&fibers[current].context, &scheduler);
}

static unsigned lane() { return current % warpSize; }
static void __syncthreads() { fibers[current].predicate = -1; pause_as(AT_BARRIER); }
static int vote(int p) { fibers[current].predicate = p != 0; pause_as(AT_BARRIER); return 0; }
static int __syncthreads_count(int p) { vote(p); return counted; }
static int __syncthreads_and(int p) { vote(p); return all_true; }
static int __syncthreads_or(int p) { vote(p); return any_true; }

static uint64_t lanes_of(unsigned mask) { return mask == ~0u ? ~0ull : mask; }
static uint64_t lanes_of(uint64_t mask) { return mask; }
static uint64_t warp(Operation o, uint64_t mask, uint64_t value, unsigned source)
{
    Fiber &f = fibers[current];
    f.operation = o;
    f.mask = mask;
    f.value = value;
    f.source = source;
    pause_as(AT_WARP);
    return fibers[current].result;
}
static void __syncwarp() { warp(SYNC, ~0ull, 0, 0); }

/* Segments of `width` lanes, as CUDA's pages say. */
static unsigned from_index(int x, unsigned width) { return (lane() & ~(width - 1)) | ((unsigned)x & (width - 1)); }
static unsigned from_up(unsigned d, unsigned width) { return (lane() & (width - 1)) >= d ? lane() - d : lane(); }
static unsigned from_down(unsigned d, unsigned width) { return (uint64_t)(lane() & (width - 1)) + d < width ? lane() + d : lane(); }
static unsigned from_xor(unsigned x, unsigned width) { return (lane() ^ x) < (lane() & ~(width - 1)) + width ? lane() ^ x : lane(); }
#define ORACLE_SHUFFLE(name, from, T, X) \
    template <class M> static T name(M m, T v, X x, unsigned width = warpSize) { return (T)warp(SHUFFLE, lanes_of(m), v, from(x, width)); }
#define ORACLE_SHUFFLES(T) \
    ORACLE_SHUFFLE(__shfl_sync, from_index, T, int) ORACLE_SHUFFLE(__shfl_xor_sync, from_xor, T, int) \
    ORACLE_SHUFFLE(__shfl_up_sync, from_up, T, unsigned) ORACLE_SHUFFLE(__shfl_down_sync, from_down, T, unsigned)
ORACLE_SHUFFLES(unsigned)
ORACLE_SHUFFLES(unsigned long long)
template <class M> static unsigned __shfl_sync(M m, int v, int x, unsigned width = warpSize) { return __shfl_sync(m, (unsigned)v, x, width); }
template <class M> static unsigned __shfl_xor_sync(M m, int v, int x, unsigned width = warpSize) { return __shfl_xor_sync(m, (unsigned)v, x, width); }
template <class M> static unsigned __shfl_up_sync(M m, int v, unsigned x, unsigned width = warpSize) { return __shfl_up_sync(m, (unsigned)v, x, width); }
template <class M> static unsigned __shfl_down_sync(M m, int v, unsigned x, unsigned width = warpSize) { return __shfl_down_sync(m, (unsigned)v, x, width); }

template <class M> static uint64_t __ballot_sync(M m, int p) { return warp(BALLOT, lanes_of(m), p != 0, 0); }
template <class M> static int __any_sync(M m, int p) { return __ballot_sync(m, p) != 0; }
template <class M> static int __all_sync(M m, int p) { return __ballot_sync(m, !p) == 0; }
template <class M> static uint64_t __match_any_sync(M m, unsigned v) { return warp(MATCH, lanes_of(m), v, 0); }
#define ORACLE_REDUCE(name, o) template <class M> static unsigned name(M m, unsigned v) { return (unsigned)warp(o, lanes_of(m), v, 0); }
ORACLE_REDUCE(__reduce_add_sync, ADD) ORACLE_REDUCE(__reduce_min_sync, MIN) ORACLE_REDUCE(__reduce_max_sync, MAX)
ORACLE_REDUCE(__reduce_and_sync, AND) ORACLE_REDUCE(__reduce_or_sync, OR) ORACLE_REDUCE(__reduce_xor_sync, XOR)
static unsigned ballot_count(unsigned m, int p) { return (unsigned)__builtin_popcountll(__ballot_sync(m, p)); }
static unsigned fold(uint64_t m) { return (unsigned)m ^ (unsigned)(m >> 32) * 7; }
template <class M> static unsigned vote(M m, int p) { return fold(__ballot_sync(m, p)); }
template <class M> static unsigned present(M) { return fold(__ballot_sync(~0u, 1)); }
static uint64_t group(unsigned size) { return ((1ull << size) - 1) << (lane() & ~(size - 1)); }

static uint64_t reduced(Operation o, uint64_t a, uint64_t b)
{
    return o == ADD ? a + b : o == MIN ? (b < a ? b : a) : o == MAX ? (b > a ? b : a) : o == AND ? (a & b) : o == OR ? (a | b) : a ^ b;
}

/* What lane j of a group gets. */
static uint64_t lane_result(const Fiber *lanes, unsigned count, unsigned j, uint64_t group)
{
    const Fiber &f = lanes[j];
    uint64_t bits = 0, folded = 0;
    bool first = true;
    if (f.operation == SHUFFLE)
        return lanes[f.source < count && (group >> f.source & 1) ? f.source : j].value;
    for (unsigned k = 0; k < count; k++)
        if (group >> k & 1) {
            bits |= (uint64_t)(f.operation == MATCH ? lanes[k].value == f.value : lanes[k].value & 1) << k;
            folded = first ? lanes[k].value : reduced(f.operation, folded, lanes[k].value);
            first = false;
        }
    return f.operation == BALLOT || f.operation == MATCH ? bits : folded;
}

/* Groups of lanes that wait with the same mask and operation, all that live among those the mask names. */
static bool resolve_warp(unsigned first, unsigned end)
{
    bool some = false;
    for (unsigned i = first; i < end; i++) {
        if (fibers[i].state != AT_WARP)
            continue;
        uint64_t mask = fibers[i].mask;
        bool complete = true;
        for (unsigned j = first; j < end; j++)
            if ((mask >> (j - first) & 1) && fibers[j].state != ENDED)
                complete &= fibers[j].state == AT_WARP && fibers[j].mask == mask && fibers[j].operation == fibers[i].operation;
        if (!complete)
            continue;
        uint64_t group = 0;
        for (unsigned j = first; j < end; j++)
            if ((mask >> (j - first) & 1) && fibers[j].state == AT_WARP)
                group |= 1ull << (j - first);
        for (unsigned j = first; j < end; j++)
            if (group >> (j - first) & 1)
                fibers[j].result = lane_result(&fibers[first], end - first, j - first, group);
        for (unsigned j = first; j < end; j++)
            if (group >> (j - first) & 1)
                fibers[j].state = READY;
        some = true;
    }
    return some;
}

static bool resolve(unsigned n)
{
    bool some = false, waits = false;
    for (unsigned w = 0; w < n; w += warpSize)
        some |= resolve_warp(w, w + warpSize < n ? w + warpSize : n);
    if (some)
        return true;
    counted = any_true = 0;
    all_true = 1;
    for (Fiber &f : fibers) {
        if (f.state == AT_WARP) {
            fprintf(stderr, "oracle: lanes wait for each other for ever\n");
            exit(3);
        }
        if (f.state != AT_BARRIER)
            continue;
        waits = true;
        if (f.predicate >= 0) {
            counted += f.predicate;
            any_true |= f.predicate;
            all_true &= f.predicate;
        }
    }
    for (Fiber &f : fibers)
        if (f.state == AT_BARRIER)
            f.state = READY;
    return waits;
}

typedef void Kernel(const unsigned *in, unsigned *out, unsigned n);
static Kernel *kernel;
static const unsigned *kernel_in;
static unsigned *kernel_out, kernel_n;

static void start()
{
    kernel(kernel_in, kernel_out, kernel_n);
    pause_as(ENDED);
}

static void run_block()
{
    unsigned n = blockDim.x * blockDim.y * blockDim.z;
    fibers.resize(n);
    for (unsigned t = 0; t < n; t++) {
        Fiber &f = fibers[t];
        if (!f.stack)
            f.stack = (char *)malloc(32768);
        f.state = READY;
        f.index = { t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y) };
        getcontext(&f.context);
        f.context.uc_stack = { f.stack, 0, 32768 };
        f.context.uc_stack.ss_sp = f.stack;
        f.context.uc_stack.ss_size = 32768;
        makecontext(&f.context, start, 0);
    }
    do {
        for (current = 0; current < n; current++)
            if (fibers[current].state == READY) {
                threadIdx = fibers[current].index;
                swapcontext(&scheduler, &fibers[current].context);
            }
    } while (resolve(n));
}

static void run_oracle(Kernel *k, Index grid, Index block, const unsigned *in, unsigned *out, unsigned n)
{
    kernel = k, kernel_in = in, kernel_out = out, kernel_n = n;
    gridDim = grid, blockDim = block;
    fibers.resize(block.x * block.y * block.z);
    for (unsigned b = 0; b < grid.x; b++) {
        blockIdx = { b, 0, 0 };
        run_block();
    }
}

#endif
