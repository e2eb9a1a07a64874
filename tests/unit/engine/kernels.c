/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels of the engine's tests, written by hand as block functions: what tenoncc would make, in plain C. Built
 * freestanding into a simulator image (module.mk); runs inside the engine only.
 */
#define KERNELS(K)                                                                                                     \
    K(k_empty, 0, 0, 0, 0, 0, 0, 0, 0)                                                                                 \
    K(k_axpy, 0, 0, 4, 24, 0, 0, 0, 0)                                                                                 \
    K(k_count, 0, 4, 1, 8, 0, 0, 0, 0)                                                                                 \
    K(k_sequence, 0, 5, 3, 24, 0, 0, 0, 0)                                                                             \
    K(k_poke, 0, 8, 2, 16, 0, 0, 0, 0)                                                                                 \
    K(k_peek, 0, 10, 2, 16, 0, 0, 0, 0)                                                                                \
    K(k_spin, 0, 0, 0, 0, 0, 0, 0, 0)                                                                                  \
    K(k_recurse, 0, 12, 1, 8, 0, 0, 0, 0)                                                                              \
    K(k_print, TN_KERNEL_USES_PRINTF, 13, 1, 8, 0, 0, 0, 0)                                                            \
    K(k_trap, 0, 14, 1, 4, 0, 0, 0, 0)                                                                                 \
    K(k_local, 0, 15, 1, 8, 1024, 128, 16, 0)                                                                          \
    K(k_variable, 0, 16, 1, 8, 0, 0, 0, 0)                                                                             \
    K(k_heap, TN_KERNEL_USES_MALLOC, 17, 2, 16, 0, 0, 0, 0)                                                            \
    K(k_work, 0, 19, 2, 16, 0, 0, 0, 0)                                                                                \
    K(k_jump, 0, 21, 1, 8, 0, 0, 0, 0)                                                                                 \
    K(k_illegal, 0, 0, 0, 0, 0, 0, 0, 0)                                                                               \
    K(k_float, 0, 22, 1, 8, 0, 0, 0, 0)                                                                                \
    K(k_large, 0, 23, 2, 1032, 0, 0, 0, 0)                                                                             \
    K(k_deep, 0, 25, 1, 8, 0, 0, 0, 8 << 20)                                                                           \
    K(k_spin_one, 0, 26, 1, 8, 0, 0, 0, 0)                                                                             \
    K(k_blocks, 0, 0, 0, 0, 0, 0, 0, 0)                                                                                \
    K(k_together, TN_KERNEL_COOPERATIVE, 0, 0, 0, 0, 0, 0, 0)                                                          \
    K(k_format, TN_KERNEL_USES_PRINTF, 27, 3, 20, 0, 0, 0, 0)                                                          \
    K(k_crowd, 0, 30, 4, 32, 0, 0, 0, 0)
#define ARGUMENTS(A)                                                                                                   \
    A(axpy_x, 0, 8, TN_ARG_POINTER)                                                                                    \
    A(axpy_y, 8, 8, TN_ARG_POINTER)                                                                                    \
    A(axpy_a, 16, 4, TN_ARG_VALUE)                                                                                     \
    A(axpy_n, 20, 4, TN_ARG_VALUE)                                                                                     \
    A(count_at, 0, 8, TN_ARG_POINTER)                                                                                  \
    A(sequence_at, 0, 8, TN_ARG_POINTER)                                                                               \
    A(sequence_errors, 8, 8, TN_ARG_POINTER)                                                                           \
    A(sequence_value, 16, 8, TN_ARG_VALUE)                                                                             \
    A(poke_at, 0, 8, TN_ARG_POINTER)                                                                                   \
    A(poke_value, 8, 8, TN_ARG_VALUE)                                                                                  \
    A(peek_at, 0, 8, TN_ARG_POINTER)                                                                                   \
    A(peek_block, 8, 8, TN_ARG_VALUE)                                                                                  \
    A(recurse_depth, 0, 8, TN_ARG_VALUE)                                                                               \
    A(print_text, 0, 8, TN_ARG_POINTER)                                                                                \
    A(trap_kind, 0, 4, TN_ARG_VALUE)                                                                                   \
    A(local_out, 0, 8, TN_ARG_POINTER)                                                                                 \
    A(variable_out, 0, 8, TN_ARG_POINTER)                                                                              \
    A(heap_out, 0, 8, TN_ARG_POINTER)                                                                                  \
    A(heap_bytes, 8, 8, TN_ARG_VALUE)                                                                                  \
    A(work_out, 0, 8, TN_ARG_POINTER)                                                                                  \
    A(work_turns, 8, 8, TN_ARG_VALUE)                                                                                  \
    A(jump_to, 0, 8, TN_ARG_POINTER)                                                                                   \
    A(float_out, 0, 8, TN_ARG_POINTER)                                                                                 \
    A(large_out, 0, 8, TN_ARG_POINTER)                                                                                 \
    A(large_values, 8, 1024, TN_ARG_VALUE)                                                                             \
    A(deep_depth, 0, 8, TN_ARG_VALUE)                                                                                  \
    A(spin_flag, 0, 8, TN_ARG_POINTER)                                                                                 \
    A(format_text, 0, 8, TN_ARG_POINTER)                                                                               \
    A(format_slots, 8, 8, TN_ARG_POINTER)                                                                              \
    A(format_count, 16, 4, TN_ARG_VALUE)                                                                               \
    A(crowd_at, 0, 8, TN_ARG_POINTER)                                                                                  \
    A(crowd_turns, 8, 8, TN_ARG_VALUE)                                                                                 \
    A(crowd_more, 16, 8, TN_ARG_VALUE)                                                                                 \
    A(crowd_late, 24, 8, TN_ARG_VALUE)
#define VARIABLES(V)                                                                                                   \
    V(v_counter, 8)                                                                                                    \
    V(v_zeroed, 4096)                                                                                                  \
    V(v_pointer, 8)
#include "table.h"

#define KERNEL(name)                                                                                                   \
    __attribute__((visibility("default"))) tn_sim_entry name;                                                          \
    void name(const tn_sim_launch *launch, tn_sim_worker *worker, uint64_t first, uint64_t count)
#define EACH_BLOCK        for (uint64_t b = first; b < first + count && !worker->stop; b++)
#define ARG(type, offset) (*(__typeof__(type) *)(uintptr_t)(launch->args + (offset)))
#define UNUSED            (void)launch, (void)worker, (void)first, (void)count

__attribute__((visibility("default"))) extern uint64_t v_counter, v_zeroed[512], *v_pointer;
uint64_t v_counter = 41, v_zeroed[512];
uint64_t *v_pointer = &v_counter; /* needs a relocation */

static uint64_t threads_of(const tn_sim_launch *launch)
{
    return (uint64_t)launch->block[0] * launch->block[1] * launch->block[2];
}

KERNEL(k_empty)
{
    UNUSED;
    __asm__ volatile("");
}

KERNEL(k_blocks)
{
    (void)launch;
    EACH_BLOCK worker->block = b;
}

KERNEL(k_together)
{
    UNUSED;
}

KERNEL(k_axpy)
{
    const float *x = ARG(const float *, 0);
    float *y = ARG(float *, 8), a = ARG(float, 16);
    uint32_t n = ARG(uint32_t, 20);
    EACH_BLOCK
    {
        worker->block = b;
        for (uint64_t t = 0; t < threads_of(launch); t++) {
            uint64_t i = b * threads_of(launch) + t;
            if (i < n)
                y[i] += a * x[i];
        }
    }
}

KERNEL(k_count)
{
    EACH_BLOCK __atomic_fetch_add(ARG(uint64_t *, 0), 1, __ATOMIC_RELAXED);
}

/* Block 0 of launch n must find n, and leaves n + 1. */
KERNEL(k_sequence)
{
    uint64_t *at = ARG(uint64_t *, 0), *errors = ARG(uint64_t *, 8), value = ARG(uint64_t, 16);
    (void)worker, (void)count;
    if (first == 0) {
        if (__atomic_load_n(at, __ATOMIC_RELAXED) != value)
            __atomic_fetch_add(errors, 1, __ATOMIC_RELAXED);
        __atomic_store_n(at, value + 1, __ATOMIC_RELAXED);
    }
}

KERNEL(k_poke)
{
    (void)worker, (void)first, (void)count;
    *ARG(volatile uint64_t *, 0) = ARG(uint64_t, 8);
}

/* Reads an address in one block only. */
KERNEL(k_peek)
{
    EACH_BLOCK
    {
        worker->block = b;
        if (b == ARG(uint64_t, 8))
            (void)*ARG(volatile uint64_t *, 0);
    }
}

KERNEL(k_spin)
{
    UNUSED;
    for (;;)
        __asm__ volatile("");
}

/* Tells that it runs, then never ends. */
KERNEL(k_spin_one)
{
    (void)worker, (void)first, (void)count;
    __atomic_store_n(ARG(uint64_t *, 0), 1, __ATOMIC_RELEASE);
    for (;;)
        __asm__ volatile("");
}

static __attribute__((noinline)) uint64_t recurse(uint64_t depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    return depth ? recurse(depth - 1) + (uint64_t)frame[0] : 0;
}

KERNEL(k_recurse)
{
    (void)first, (void)count;
    worker->reserved[0] = recurse(ARG(uint64_t, 0));
}

KERNEL(k_deep)
{
    (void)first, (void)count;
    worker->reserved[0] = recurse(ARG(uint64_t, 0));
}

KERNEL(k_print)
{
    EACH_BLOCK
    {
        double half = 0.5;
        uint64_t bits;
        __builtin_memcpy(&bits, &half, 8);
        uint64_t slots[4] = { b, (uint64_t)(int64_t)-7, bits, (uint64_t)ARG(const char *, 0) };
        launch->services->print(worker, "block %llu: %d %.2f [%s]\n", slots, 4);
    }
}

KERNEL(k_format)
{
    (void)first, (void)count;
    launch->services->print(worker, ARG(const char *, 0), ARG(const uint64_t *, 8), ARG(uint32_t, 16));
}

KERNEL(k_trap)
{
    static const uint32_t thread[3] = { 3, 2, 1 };
    EACH_BLOCK
    {
        worker->block = b;
        if (ARG(uint32_t, 0) == 100)
            launch->services->assert_fail(worker, "x < n", "k.cu", 12, "k_trap", thread);
        launch->services->trap(worker, ARG(uint32_t, 0), "here", thread);
    }
}

/* Fills all its memory with the block's number, and adds it up. */
KERNEL(k_local)
{
    EACH_BLOCK
    {
        uint64_t sum = 0, scratch = 128 + 16 * threads_of(launch);
        for (uint64_t i = 0; i < 1024; i++)
            worker->static_local[i] = (unsigned char)b;
        for (uint64_t i = 0; i < launch->dynamic_local_bytes; i++)
            worker->dynamic_local[i] = (unsigned char)(b + 1);
        for (uint64_t i = 0; i < scratch; i++)
            worker->scratch[i] = (unsigned char)(b + 2);
        for (uint64_t i = 0; i < 1024; i++)
            sum += worker->static_local[i];
        for (uint64_t i = 0; i < launch->dynamic_local_bytes; i++)
            sum += worker->dynamic_local[i];
        for (uint64_t i = 0; i < scratch; i++)
            sum += worker->scratch[i];
        if (((uintptr_t)worker->static_local | (uintptr_t)worker->dynamic_local) % 256 ||
            (uintptr_t)worker->scratch % 64)
            sum = 0;
        ARG(uint64_t *, 0)[b] = sum;
    }
}

KERNEL(k_variable)
{
    (void)worker, (void)first, (void)count;
    uint64_t *out = ARG(uint64_t *, 0);
    out[0] = v_counter++;
    out[1] = *v_pointer;
    out[2] = v_zeroed[511];
}

KERNEL(k_heap)
{
    EACH_BLOCK
    {
        unsigned char *at = launch->services->heap_alloc(worker, ARG(uint64_t, 8));
        if (at)
            at[0] = at[ARG(uint64_t, 8) - 1] = (unsigned char)b;
        ARG(uint64_t *, 0)[b] = at && (uintptr_t)at % 16 == 0;
        launch->services->heap_free(worker, at);
    }
}

KERNEL(k_work)
{
    uint64_t turns = ARG(uint64_t, 8);
    EACH_BLOCK
    {
        uint64_t x = b + 1;
        for (uint64_t i = 0; i < turns; i++)
            x = x * 6364136223846793005u + 1442695040888963407u;
        ARG(uint64_t *, 0)[b] = x;
    }
}

/* Blocks that take so many turns; so many more once another block runs beside them; so many more from
 * the 64th on. Counts blocks that were there, that saw another, and those that run. */
KERNEL(k_crowd)
{
    struct {
        uint64_t ran, saw, here;
    } *at = ARG(void *, 0);
    EACH_BLOCK
    {
        uint64_t left = ARG(uint64_t, 8) + (b < 64 ? 0 : ARG(uint64_t, 24)), more = ARG(uint64_t, 16), saw = 0;
        __atomic_fetch_add(&at->here, 1, __ATOMIC_SEQ_CST);
        for (uint64_t x = b; left; left--) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            __asm__ volatile("" : "+r"(x)); /* a turn waits for the one before it, and takes nothing from other threads */
            if (more && !saw && __atomic_load_n(&at->here, __ATOMIC_SEQ_CST) > 1) {
                left += more;
                saw = 1;
            }
        }
        __atomic_fetch_sub(&at->here, 1, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&at->saw, saw, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&at->ran, 1, __ATOMIC_SEQ_CST);
    }
}

KERNEL(k_jump)
{
    (void)worker, (void)first, (void)count;
    void (*there)(void) = ARG(void (*)(void), 0);
    there();
}

KERNEL(k_illegal)
{
    UNUSED;
    __asm__ volatile("ud2");
}

/* 1 / 3, rounded as the control word says. */
KERNEL(k_float)
{
    (void)worker, (void)first, (void)count;
    volatile float one = 1.0f, three = 3.0f;
    *ARG(float *, 0) = one / three;
}

KERNEL(k_large)
{
    uint64_t sum = 0;
    (void)worker, (void)first, (void)count;
    for (uint32_t i = 0; i < 1024; i++)
        sum += launch->args[8 + i];
    *ARG(uint64_t *, 0) += sum;
}
