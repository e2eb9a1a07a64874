/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/services.c - what kernels ask of the engine, through the table of tenon/sim_image.h; linked into every image
 * that needs it. __tn_worker and __tn_tid_* are filled in by the transform.
 */
#include "tenon/sim_image.h"

#define PURE __attribute__((const, nothrow))
PURE tn_sim_worker *__tn_worker(void);
PURE uint32_t __tn_tid_x(void);
PURE uint32_t __tn_tid_y(void);
PURE uint32_t __tn_tid_z(void);

static const tn_sim_services *services(void)
{
    return __tn_worker()->launch->services;
}

int32_t __tn_print(const char *format, const uint64_t *slots, uint32_t count)
{
    return services()->print(__tn_worker(), format, slots, count);
}

void *__tn_malloc(uint64_t bytes)
{
    return services()->heap_alloc(__tn_worker(), bytes);
}

void __tn_free(void *address)
{
    if (address)
        services()->heap_free(__tn_worker(), address);
}

_Noreturn void __tn_assert(const char *text, const char *file, uint32_t line, const char *function)
{
    uint32_t thread[3] = { __tn_tid_x(), __tn_tid_y(), __tn_tid_z() };
    services()->assert_fail(__tn_worker(), text, file, line, function, thread);
    __builtin_unreachable();
}

_Noreturn void __tn_trap(uint32_t kind, const char *where)
{
    uint32_t thread[3] = { __tn_tid_x(), __tn_tid_y(), __tn_tid_z() };
    services()->trap(__tn_worker(), kind, where, thread);
    __builtin_unreachable();
}

/* --trap-division: before each integer division */
__attribute__((always_inline)) void __tn_divisor(uint32_t is_zero)
{
    if (is_zero)
        __tn_trap(TN_SIM_TRAP_DIVIDE, "integer division by zero");
}

uint64_t __tn_timer(void)
{
    return services()->timer_ns(__tn_worker());
}

uint64_t __tn_clock(void)
{
    return __builtin_readcyclecounter();
}

void __tn_grid_wait(uint32_t threads)
{
    services()->grid_wait(__tn_worker(), threads);
}

int __tn_grid_whole(void)
{
    return services()->together != 0;
}

/* The threads of a block run on one thread of the host; only other blocks need a real fence. */
void __tn_fence(uint32_t scope)
{
    if (scope == 0)
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    else
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* operator new and delete, and their array forms */
void *_Znwm(uint64_t bytes)
{
    return __tn_malloc(bytes);
}
void *_Znam(uint64_t bytes)
{
    return __tn_malloc(bytes);
}
void _ZdlPv(void *p)
{
    __tn_free(p);
}
void _ZdaPv(void *p)
{
    __tn_free(p);
}
void _ZdlPvm(void *p, uint64_t bytes)
{
    (void)bytes;
    __tn_free(p);
}
void _ZdaPvm(void *p, uint64_t bytes)
{
    (void)bytes;
    __tn_free(p);
}
void __cxa_pure_virtual(void)
{
    __tn_trap(TN_SIM_TRAP_TRAP, "a pure virtual function was called");
}
