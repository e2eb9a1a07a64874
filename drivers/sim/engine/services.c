/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kernels may call (tn_sim_services): printf, heap, assert, trap, clock. These run on the kernel's stack in the
 * middle of a kernel, so each marks itself: an abort waits until a service is over, and a bad address that a kernel
 * hands in is the kernel's own fault as long as the service holds no lock.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/sim/engine/internal.h"

static sil__runner *enter(tn_sim_worker *worker)
{
    sil__runner *runner = worker->engine;
    atomic_store_explicit(&runner->in_service, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    return runner;
}

SIL__PLAIN static void leave(sil__runner *runner)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&runner->in_service, 0, memory_order_relaxed);
    if (atomic_load_explicit(&runner->leave, memory_order_relaxed)) {
        runner->trap_at = NULL;
        sil__leave(runner, SIL__LEAVE_ABORT);
    }
}

SIL__PLAIN static int32_t service_print(tn_sim_worker *worker, const char *format, const uint64_t *slots,
                                        uint32_t slot_count)
{
    sil__runner *runner = enter(worker);
    int32_t count = sil__print_format(runner, format, slots, slot_count);
    leave(runner);
    return count;
}

/* The space's lock may not be lost to an abort or a fault, hence level 2. */
SIL__PLAIN static void *service_heap_alloc(tn_sim_worker *worker, uint64_t bytes)
{
    sil__runner *runner = enter(worker);
    uint64_t address = 0;
    sil_stream *stream = atomic_load_explicit(&runner->stream, memory_order_relaxed);
    atomic_store_explicit(&runner->in_service, 2, memory_order_relaxed);
    sil__space *heap = sil__device_heap(stream->device);
    if (!heap || bytes == 0 || sil__space_alloc(heap, bytes, &address) != SIL_OK)
        address = 0;
    leave(runner);
    return (void *)(uintptr_t)address;
}

/* `back`: where the service would have returned to, behind the kernel's call. */
SIL__PLAIN static void trap_with(tn_sim_worker *worker, sil_fault_kind kind, const uint32_t thread[3], const char *back)
{
    sil__runner *runner = worker->engine;
    runner->trap = kind;
    runner->trap_at = back && (const void *)back > runner->image_low && (const void *)back <= runner->image_high ? back - 1 : NULL;
    runner->trap_address = 0;
    if (thread)
        memcpy(runner->trap_thread, thread, sizeof runner->trap_thread);
    else
        memset(runner->trap_thread, 0xff, sizeof runner->trap_thread);
    sil__leave(runner, SIL__LEAVE_FAULT);
}

SIL__PLAIN static void service_heap_free(tn_sim_worker *worker, void *address)
{
    sil__runner *runner = enter(worker);
    sil_stream *stream = atomic_load_explicit(&runner->stream, memory_order_relaxed);
    atomic_store_explicit(&runner->in_service, 2, memory_order_relaxed);
    sil__space *heap = sil__device_heap(stream->device);
    bool ok = !address || (heap && sil__space_free(heap, (uint64_t)(uintptr_t)address) == SIL_OK);
    if (!ok) {
        atomic_store_explicit(&runner->in_service, 1, memory_order_relaxed);
        snprintf(runner->trap_text, sizeof runner->trap_text, "free of %p, which the device heap did not hand out",
                 address);
        trap_with(worker, SIL_FAULT_TRAP, NULL, __builtin_return_address(0));
    }
    leave(runner);
}

SIL__PLAIN static void service_assert(tn_sim_worker *worker, const char *message, const char *file, uint32_t line,
                                      const char *function, const uint32_t thread[3])
{
    sil__runner *runner = enter(worker);
    char text[sizeof runner->trap_text];
    snprintf(text, sizeof text, "%.100s:%u: %.60s: assertion `%.80s' failed", file ? file : "?", line,
             function ? function : "?", message ? message : "?");
    memcpy(runner->trap_text, text, sizeof text);
    trap_with(worker, SIL_FAULT_ASSERT, thread, NULL); /* the text has the place */
}

SIL__PLAIN static void service_trap(tn_sim_worker *worker, uint32_t kind, const char *where, const uint32_t thread[3])
{
    static const sil_fault_kind kinds[] = {
        [TN_SIM_TRAP_ASSERT] = SIL_FAULT_ASSERT,
        [TN_SIM_TRAP_TRAP] = SIL_FAULT_TRAP,
        [TN_SIM_TRAP_OUT_OF_BOUNDS] = SIL_FAULT_ILLEGAL_ADDRESS,
        [TN_SIM_TRAP_DIVIDE] = SIL_FAULT_TRAP,
        [TN_SIM_TRAP_BARRIER] = SIL_FAULT_BARRIER,
        [TN_SIM_TRAP_STACK] = SIL_FAULT_STACK,
        [TN_SIM_TRAP_UNSUPPORTED] = SIL_FAULT_UNSUPPORTED,
    };
    sil__runner *runner = enter(worker);
    char text[sizeof runner->trap_text];
    snprintf(text, sizeof text, "%.180s", where ? where : "");
    memcpy(runner->trap_text, text, sizeof text);
    bool known = kind > 0 && kind < sizeof kinds / sizeof kinds[0];
    trap_with(worker, known ? kinds[kind] : SIL_FAULT_TRAP, thread, __builtin_return_address(0));
}

static uint64_t service_timer(tn_sim_worker *worker)
{
    (void)worker;
    return sil__now_ns();
}

#define COMMON                                                                                                         \
    .bytes = sizeof(tn_sim_services), .print = service_print, .heap_alloc = service_heap_alloc,                        \
    .heap_free = service_heap_free, .assert_fail = service_assert, .trap = service_trap, .timer_ns = service_timer

const tn_sim_services sil__services = { COMMON, .grid_wait = sil__grid_alone };
const tn_sim_services sil__services_together = { COMMON, .grid_wait = sil__grid_wait, .together = 1 };
