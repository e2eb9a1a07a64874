/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the threads that share a job out slow each other down so much that one alone would be sooner done, as with
 * atomics on the same lines. The owner of a job compares the processor time that its chunks take with company and
 * without, first with the part that it ran before it shared the job; where that says so it sends the others away for a
 * chunk, and has them back where that did not help. Blocks that take longer than the first ones look the same until then.
 */
#include <time.h>

#include "drivers/sim/engine/internal.h"

enum {
    WORTH_NS = 20000,     /* a chunk that takes less is not looked at: reading the clock takes 300 ns */
    NO_TRIAL_AGAIN = 255, /* launches of a kernel after a trial that did not help */
    OFF = 0,
    WITH_OTHERS,
    ALONE
};
static const double HINDERED = 1.5; /* as many threads do less than 1 / this of what one does: a trial */
static const double BETTER = 0.8;   /* of the time, for it to stay alone */

static uint64_t processor_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

sil__crowd sil__crowd_begin(const sil__slot *slot, double unit_ns, uint64_t chunk_units)
{
    sil__crowd c = { .state = OFF };
    if (slot->op != SIL__OP_LAUNCH || unit_ns * (double)chunk_units < WORTH_NS)
        return c;
    uint32_t left = atomic_load_explicit(&slot->kernel->untried, memory_order_relaxed);
    if (left) {
        atomic_store_explicit(&slot->kernel->untried, left - 1, memory_order_relaxed);
        return c;
    }
    c.state = WITH_OTHERS;
    c.one_ns = unit_ns;
    return c;
}

void sil__crowd_before(sil__crowd *c, const sil_stream *stream)
{
    if (c->state == OFF)
        return;
    c->others = atomic_load(&stream->inside);
    c->since = processor_ns();
}

void sil__crowd_after(sil__crowd *c, sil_stream *stream, sil_kernel *kernel, uint64_t units)
{
    if (c->state == OFF)
        return;
    double unit_ns = (double)(processor_ns() - c->since) / (double)units;
    uint32_t now = atomic_load(&stream->inside), others = c->others < now ? c->others : now;
    uint32_t most = sil__worker_count(), threads = others < most ? others + 1 : most; /* that run at a time */
    if (c->state == WITH_OTHERS && others && unit_ns > HINDERED * threads * c->one_ns) {
        c->one_ns = unit_ns / threads; /* what it must be better than */
        c->state = ALONE;
        atomic_store(&stream->alone, 1);
    } else if (c->state == ALONE && !c->others) {
        c->state = OFF;
        if (unit_ns <= BETTER * c->one_ns)
            return;
        atomic_store_explicit(&kernel->untried, NO_TRIAL_AGAIN, memory_order_relaxed);
        atomic_store(&stream->alone, 0);
        sil__tell_idle();
        sil__wake_helpers(sil__worker_count() - 1);
    }
}

/* `alone` is left set where that was found to be better: of a trial that came to no end nothing stays. */
void sil__crowd_end(const sil__crowd *c, sil_stream *stream)
{
    if (c->state == ALONE)
        atomic_store(&stream->alone, 0);
}
