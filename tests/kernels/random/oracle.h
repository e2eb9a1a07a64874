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
enum Operation { SYNC, SHUFFLE, BALLOT };
struct Fiber {
    ucontext_t context;
    char *stack;
    State state;
    Operation operation;
    uint64_t mask, result;
    unsigned value, source;
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
static uint64_t warp(Operation o, uint64_t mask, unsigned value, unsigned source)
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
static unsigned __shfl_sync(unsigned m, unsigned v, unsigned from) { return (unsigned)warp(SHUFFLE, lanes_of(m), v, from % warpSize); }
static unsigned __shfl_xor_sync(unsigned m, unsigned v, unsigned x) { return (unsigned)warp(SHUFFLE, lanes_of(m), v, lane() ^ x); }
static unsigned __shfl_up_sync(unsigned m, unsigned v, unsigned d)
{ return (unsigned)warp(SHUFFLE, lanes_of(m), v, lane() >= d ? lane() - d : lane()); }
static unsigned __shfl_down_sync(unsigned m, unsigned v, unsigned d)
{ return (unsigned)warp(SHUFFLE, lanes_of(m), v, lane() + d < warpSize ? lane() + d : lane()); }
static unsigned ballot_count(unsigned m, int p) { return (unsigned)__builtin_popcountll(warp(BALLOT, lanes_of(m), p != 0, 0)); }

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
        uint64_t bits = 0, group = 0;
        for (unsigned j = first; j < end; j++)
            if ((mask >> (j - first) & 1) && fibers[j].state == AT_WARP) {
                group |= 1ull << (j - first);
                bits |= (uint64_t)(fibers[j].value & 1) << (j - first);
            }
        for (unsigned j = first; j < end; j++)
            if (group >> (j - first) & 1) {
                unsigned from = fibers[j].source;
                bool there = from < end - first && (group >> from & 1);
                fibers[j].result = fibers[i].operation == SHUFFLE ? fibers[there ? first + from : j].value : bits;
            }
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
