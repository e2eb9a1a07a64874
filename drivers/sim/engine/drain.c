/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a stream. Whoever takes `owner` runs its slots in order: a host thread that waits, a submitter that found
 * the ring full, or a worker. A job of several units (blocks of a grid, pieces of a large copy) is first timed on
 * a small part and shared out in chunks if the rest is worth it; crowd.c sees whether that pays. A stream that is
 * blocked on another one has that one run first, on the same thread if it may.
 */
#include <string.h>

#include "drivers/sim/engine/internal.h"

enum {
    SHARE_NS = 8000, /* a rest shorter than this is not worth sharing */
    WAKE_NS = 25000, /* and this wakes sleeping helpers */
    CHUNKS_EACH = 16,
    PARTS_EACH = 8, /* of a chunk */
    PROBE_PART = 256
};
#define CLOSED 0xf0000000u /* a claim that is past every job's chunks */

/* ------------------------------------------------------------------------------------------------------- */
/* Units */

static uint64_t units_of(const sil__slot *slot)
{
    if (slot->op == SIL__OP_LAUNCH)
        return (uint64_t)slot->run.launch.grid[0] * slot->run.launch.grid[1] * slot->run.launch.grid[2];
    return sil__transfer_units(slot);
}

static bool is_together(const sil__slot *slot)
{
    return slot->op == SIL__OP_LAUNCH && slot->run.launch.services == &sil__services_together;
}

static void run_kernel(void *a, void *b, uint64_t first, uint64_t count)
{
    sil__slot *slot = a;
    sil__runner *runner = b;
    slot->kernel->entry(&slot->run.launch, &runner->worker, first, count);
}

static void run_transfer(void *a, void *b, uint64_t first, uint64_t count)
{
    (void)b;
    sil__transfer_run(a, first, count);
}

static bool prepare_kernel(sil__runner *runner, const sil__slot *slot)
{
    const sil_kernel *kernel = slot->kernel;
    const tn_sim_launch *launch = &slot->run.launch;
    uint64_t threads = (uint64_t)launch->block[0] * launch->block[1] * launch->block[2];
    uint64_t fixed = (kernel->static_local_bytes + 255u) & ~255u;
    uint64_t local = fixed + launch->dynamic_local_bytes + 64;
    uint64_t scratch = kernel->scratch_per_block + threads * kernel->scratch_per_thread + 64;
    if (__builtin_expect(local > runner->local_bytes || scratch > runner->scratch_bytes ||
                             kernel->stack_bytes > runner->stack_bytes,
                         0) &&
        !sil__runner_prepare(runner, kernel->stack_bytes, local, scratch))
        return false;
    tn_sim_worker *worker = &runner->worker;
    worker->static_local = runner->local;
    worker->dynamic_local = runner->local + fixed;
    worker->scratch = runner->scratch;
    worker->scratch_bytes = scratch;
    worker->launch = launch;
    worker->engine = runner;
    worker->unit = runner->id < kernel->units ? runner->id : runner->id % kernel->units;
    runner->image_low = kernel->text_low;
    runner->image_high = kernel->text_high;
    return true;
}

/* Runs units on this thread. False: the job has failed or is being aborted. */
static bool run_units(sil__runner *runner, sil_stream *stream, sil__slot *slot, uint64_t value, uint64_t first,
                      uint64_t count)
{
    sil__call call = { run_kernel, slot, runner, first, count };
    atomic_store_explicit(&runner->value, value, memory_order_relaxed);
    if (slot->op == SIL__OP_LAUNCH) {
        if (!prepare_kernel(runner, slot)) {
            runner->trap = SIL_FAULT_UNSUPPORTED;
            runner->trap_at = NULL;
            memcpy(runner->trap_text, "no host memory for local memory and scratch", 44);
            goto failed;
        }
        runner->worker.block = first;
        runner->worker.stop = 0;
    } else {
        call.fn = run_transfer;
        runner->image_low = runner->image_high = NULL;
    }
    if (__builtin_expect(atomic_load_explicit(&stream->abort_to, memory_order_relaxed) >= value, 0)) {
        atomic_store(&stream->failed, SIL__LEAVE_ABORT);
        return false;
    }
    int left;
    if (__builtin_expect(!is_together(slot), 1)) {
        left = sil__guarded(runner, &call);
    } else if (!sil__together_run(runner, slot, count, &left)) {
        runner->trap = SIL_FAULT_UNSUPPORTED;
        memcpy(runner->trap_text, "no host memory for all blocks of a cooperative launch", 54);
        goto failed;
    }
    if (__builtin_expect(runner->print_used, 0))
        sil__print_flush(runner);
    if (__builtin_expect(left == 0, 1)) {
        if (__builtin_expect(atomic_load_explicit(&stream->abort_to, memory_order_relaxed) >= value &&
                                 slot->op == SIL__OP_LAUNCH && runner->worker.stop,
                             0)) {
            atomic_store(&stream->failed, SIL__LEAVE_ABORT);
            return false;
        }
        return true;
    }
    if (left == SIL__LEAVE_ABORT) {
        sil__stopped(stream, value, slot, runner);
        atomic_store(&stream->failed, SIL__LEAVE_ABORT);
        return false;
    }
failed:
    sil__fault_from_runner(stream, value, slot, runner);
    atomic_store(&stream->failed, SIL__LEAVE_FAULT);
    return false;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Sharing a job */

static uint64_t part_of(uint64_t chunk_units)
{
    return chunk_units > PARTS_EACH ? chunk_units / PARTS_EACH : 1;
}

/* The first unit of a chunk; of the one behind the last: where the job ends. Chunks that are looked at begin as parts. */
static uint64_t chunk_start(sil_stream *stream, uint64_t chunk)
{
    uint64_t each = atomic_load(&stream->chunk_units), parts = atomic_load(&stream->parts);
    uint64_t part = chunk < parts ? chunk : parts;
    uint64_t start = atomic_load(&stream->first_unit) + part * part_of(each) + (chunk - part) * each;
    uint64_t units = atomic_load(&stream->units);
    return start < units ? start : units;
}

/* Claims chunks of the stream's current job and runs them. The claim carries the job's epoch: a claim that belongs to
 * a job holds it open, since the owner waits until every chunk is accounted for. `crowd` is the owner's; NULL: a helper. */
static bool take_chunks(sil__runner *runner, sil_stream *stream, sil__crowd *crowd)
{
    bool any = false;
    for (;;) {
        if (!crowd && atomic_load_explicit(&stream->alone, memory_order_relaxed))
            return any;
        uint64_t claim = atomic_load(&stream->claim);
        if ((uint32_t)claim >= atomic_load(&stream->chunks))
            return any;
        claim = atomic_fetch_add(&stream->claim, 1);
        uint32_t chunk = (uint32_t)claim, chunks = atomic_load(&stream->chunks);
        if (atomic_load(&stream->epoch) != claim >> 32 || chunk >= chunks)
            return any;
        any = true;
        sil__slot *slot = atomic_load(&stream->job);
        uint64_t first = chunk_start(stream, chunk), count = chunk_start(stream, chunk + 1) - first;
        if (crowd)
            sil__crowd_before(crowd, stream);
        if (!atomic_load_explicit(&stream->failed, memory_order_relaxed))
            run_units(runner, stream, slot, atomic_load(&stream->job_value), first, count);
        if (crowd)
            sil__crowd_after(crowd, stream, slot->kernel, count);
        if (atomic_fetch_add(&stream->done, 1) + 1 == chunks)
            sil__futex_wake(&stream->done, 1);
    }
}

bool sil__help(sil_stream *stream)
{
    uint64_t claim = atomic_load_explicit(&stream->claim, memory_order_relaxed);
    if ((uint32_t)claim >= atomic_load_explicit(&stream->chunks, memory_order_relaxed) ||
        atomic_load_explicit(&stream->alone, memory_order_relaxed))
        return false;
    sil__runner *runner = sil__runner_get();
    if (!runner)
        return false;
    sil_stream *outer = atomic_load_explicit(&runner->stream, memory_order_relaxed);
    atomic_store(&runner->stream, stream);
    sil__rights_open();
    atomic_fetch_add(&stream->inside, 1);
    bool any = take_chunks(runner, stream, NULL);
    atomic_fetch_sub(&stream->inside, 1);
    sil__rights_close();
    atomic_store(&runner->stream, outer);
    return any;
}

static void share(sil__runner *runner, sil_stream *stream, sil__slot *slot, uint64_t value, uint64_t first,
                  uint64_t units, double unit_ns, bool wake)
{
    uint64_t each = (units - first) / ((uint64_t)sil__worker_count() * CHUNKS_EACH);
    if (each == 0)
        each = 1;
    sil__crowd crowd = sil__crowd_begin(slot, unit_ns, part_of(each));
    uint32_t parts = crowd.state && each > 1 ? sil__worker_count() * PARTS_EACH : 0;
    uint64_t whole = units - first - parts * part_of(each); /* more than half of all */
    uint32_t chunks = parts + (uint32_t)((whole + each - 1) / each);
    uint32_t epoch = atomic_load(&stream->epoch) + 1;
    /* Close the old job; then the epoch, so that a late claim on the old one can't pair with new parameters; then the
     * parameters; the claim last. */
    atomic_store(&stream->claim, (uint64_t)(epoch - 1) << 32 | CLOSED);
    atomic_store(&stream->epoch, epoch);
    atomic_store(&stream->chunks, chunks);
    atomic_store(&stream->chunk_units, each);
    atomic_store(&stream->parts, parts);
    atomic_store(&stream->first_unit, first);
    atomic_store(&stream->units, units);
    atomic_store(&stream->job, slot);
    atomic_store(&stream->job_value, value);
    atomic_store(&stream->done, 0);
    atomic_store(&stream->alone, 0);
    atomic_store(&stream->claim, (uint64_t)epoch << 32);
    sil__tell_idle();
    uint32_t others = sil__worker_count() - 1; /* with this thread, one for each processor */
    if (wake)
        sil__wake_helpers(chunks < others ? chunks : others);
    take_chunks(runner, stream, &crowd);
    uint32_t done, spins = 0;
    while ((done = atomic_load(&stream->done)) != chunks) {
        if (spins++ < 2000)
            sil__relax();
        else
            sil__futex_wait(&stream->done, done, 1000000);
    }
    sil__crowd_end(&crowd, stream);
}

/* True when the job ran to its end. */
static bool run_job(sil__runner *runner, sil_stream *stream, sil__slot *slot, uint64_t value)
{
    uint64_t units = units_of(slot);
    if (units <= 1 || is_together(slot))
        return units == 0 || run_units(runner, stream, slot, value, 0, units);
    uint64_t probe = units / PROBE_PART ? units / PROBE_PART : 1, start = sil__ticks();
    if (!run_units(runner, stream, slot, value, 0, probe))
        return false;
    double probe_ns = (double)(sil__ticks() - start) / sil__ticks_per_ns();
    double unit_ns = probe_ns / (double)probe, rest_ns = unit_ns * (double)(units - probe);
    if (rest_ns < SHARE_NS || sil__worker_count() == 0)
        return run_units(runner, stream, slot, value, probe, units - probe);
    atomic_store(&stream->failed, 0);
    share(runner, stream, slot, value, probe, units, unit_ns, rest_ns > WAKE_NS);
    return atomic_load(&stream->failed) == 0;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Slots */

typedef enum outcome { DONE, BLOCKED } outcome;

static outcome run_wait(sil_stream *stream, const sil__slot *slot, uint64_t value, int depth)
{
    sil_stream *other = slot->wait.other;
    for (int turn = 0;; turn++) {
        if (atomic_load_explicit(&other->generation, memory_order_acquire) != slot->wait.generation)
            return DONE; /* it was destroyed, and everything in it had ended */
        if (sil__reached(other, slot->wait.value))
            break;
        if (turn == 0) {
            if (depth < SIL__DEPTH) {
                sil__drain(other, slot->wait.value, depth + 1);
                sil__rights_open(); /* that has closed them */
            }
        } else if (turn == 1) {
            atomic_store(&other->dependents, 1); /* its owner will see it; look once more */
        } else {
            return BLOCKED;
        }
    }
    if (atomic_load_explicit(&other->bad_count, memory_order_relaxed) &&
        !sil__keeps_going(other) &&
        sil__verdict(other, slot->wait.value) == SIL_FAULT)
        sil__poison(stream, value, other);
    return DONE;
}

static void load_word(void *a, void *b, uint64_t address, uint64_t bytes)
{
    (void)b;
    if (bytes == 4)
        *(uint64_t *)a = atomic_load((_Atomic(uint32_t) *)(uintptr_t)address);
    else
        *(uint64_t *)a = atomic_load((_Atomic(uint64_t) *)(uintptr_t)address);
}

static void store_word(void *a, void *b, uint64_t address, uint64_t bytes)
{
    (void)b;
    if (bytes == 4)
        atomic_store((_Atomic(uint32_t) *)(uintptr_t)address, (uint32_t)(*(uint64_t *)a));
    else
        atomic_store((_Atomic(uint64_t) *)(uintptr_t)address, *(uint64_t *)a);
}

static bool compare_word(const sil__slot *slot, uint64_t seen)
{
    uint64_t operand = slot->value.operand;
    if (slot->value.bytes == 4)
        operand = (uint32_t)operand;
    switch (slot->value.how) {
    case SIL_EQ:
        return seen == operand;
    case SIL_AND:
        return (seen & operand) != 0;
    case SIL_NOR:
        return slot->value.bytes == 4 ? (uint32_t) ~(seen | operand) != 0 : ~(seen | operand) != 0;
    default: /* cyclic, as the vendors have it */
        return slot->value.bytes == 4 ? (int32_t)(seen - operand) >= 0 : (int64_t)(seen - operand) >= 0;
    }
}

static outcome run_value(sil__runner *runner, sil_stream *stream, sil__slot *slot, uint64_t value)
{
    uint64_t word = slot->value.operand;
    sil__call call = { slot->op == SIL__OP_VALUE_WAIT ? load_word : store_word, &word, NULL, slot->value.address,
                       slot->value.bytes };
    runner->image_low = runner->image_high = NULL;
    if (sil__guarded(runner, &call) != 0) {
        sil__fault_from_runner(stream, value, slot, runner);
        return DONE;
    }
    if (slot->op == SIL__OP_VALUE_WAIT && !compare_word(slot, word)) {
        atomic_store_explicit(&stream->polling, 1, memory_order_relaxed);
        return BLOCKED;
    }
    atomic_store_explicit(&stream->polling, 0, memory_order_relaxed);
    return DONE;
}

/* Host functions belong to workers: a waiting host may hold what the function needs. */
static outcome run_host_call(sil__runner *runner, sil_stream *stream, const sil__slot *slot)
{
    if (!runner->is_worker) {
        sil__want(stream);
        return BLOCKED;
    }
    sil__rights_close(); /* first: a new worker would inherit open rights */
    sil__host_call_begin();
    slot->host.fn(slot->host.arg);
    sil__host_call_end();
    sil__rights_open();
    atomic_store(&runner->stream, stream);
    return DONE;
}

static void run_or_abort(sil__runner *runner, sil_stream *stream, sil__slot *slot, uint64_t value)
{
    if (__builtin_expect(stream->device->inject.any, 0) && !sil__inject_job(stream, slot, value))
        return;
    if (!run_job(runner, stream, slot, value) && atomic_load(&stream->failed) == SIL__LEAVE_ABORT)
        sil__dropped(stream, value, slot);
}

static outcome run_slot(sil__runner *runner, sil_stream *stream, sil__slot *slot, uint64_t value, int depth)
{
    switch (slot->op) {
    case SIL__OP_LAUNCH:
    case SIL__OP_COPY:
    case SIL__OP_FILL:
        run_or_abort(runner, stream, slot, value);
        return DONE;
    case SIL__OP_WAIT:
        return run_wait(stream, slot, value, depth);
    case SIL__OP_HOST:
        return run_host_call(runner, stream, slot);
    case SIL__OP_STAMP:
        atomic_store_explicit(slot->stamp.slot, sil__now_ns(), memory_order_release);
        return DONE;
    default:
        return run_value(runner, stream, slot, value);
    }
}

/* Whether the slot is passed over: aborted, or behind a fault. */
static bool skip(sil_stream *stream, uint64_t value)
{
    if (atomic_load_explicit(&stream->abort_to, memory_order_acquire) >= value) {
        sil__stream_bad(stream, value, SIL_ABORTED);
        return true;
    }
    if (atomic_load_explicit(&stream->clear_to, memory_order_acquire) >= value)
        return true;
    sil_device *device = stream->device;
    if (atomic_load_explicit(&device->lost, memory_order_relaxed)) {
        sil__stream_bad(stream, value, SIL_DEVICE_LOST);
        return true;
    }
    if (atomic_load(&device->poisoned) && !atomic_load_explicit(&stream->poisoned, memory_order_relaxed)) {
        sil_fault fault;
        if (sil_stream_fault(stream, &fault))
            sil__fault_record(stream, value, &fault);
    }
    return atomic_load_explicit(&stream->poisoned, memory_order_relaxed);
}

static bool clean(const sil_stream *stream, uint64_t value)
{
    const sil_device *device = stream->device;
    return atomic_load_explicit(&((sil_stream *)stream)->abort_to, memory_order_relaxed) < value &&
           atomic_load_explicit(&((sil_stream *)stream)->clear_to, memory_order_relaxed) < value &&
           !atomic_load_explicit(&((sil_stream *)stream)->poisoned, memory_order_relaxed) &&
           !atomic_load_explicit(&((sil_device *)device)->poisoned, memory_order_relaxed) &&
           !atomic_load_explicit(&((sil_device *)device)->lost, memory_order_relaxed);
}

static void passed(sil_stream *stream, sil__slot *slot, uint64_t value)
{
    if (__builtin_expect(slot->args_bytes, 0))
        atomic_store_explicit(&stream->args_head,
                              atomic_load_explicit(&stream->args_head, memory_order_relaxed) + slot->args_bytes,
                              memory_order_release);
    atomic_store_explicit(&stream->head, value, memory_order_release);
    if (__builtin_expect(atomic_load_explicit(&stream->waiters, memory_order_relaxed), 0))
        sil__ring(stream);
    if (__builtin_expect(atomic_load_explicit(&stream->dependents, memory_order_relaxed), 0) &&
        atomic_exchange(&stream->dependents, 0))
        sil__kick();
}

bool sil__drain(sil_stream *stream, uint64_t upto, int depth)
{
    sil__runner *runner = sil__runner_get();
    if (!runner || atomic_load_explicit(&stream->owner, memory_order_relaxed) ||
        atomic_exchange_explicit(&stream->owner, 1, memory_order_acquire))
        return false;
    sil_stream *outer = atomic_load_explicit(&runner->stream, memory_order_relaxed);
    atomic_store_explicit(&runner->stream, stream, memory_order_relaxed);
    if (__builtin_expect(atomic_load_explicit(&stream->wanted, memory_order_relaxed), 0))
        atomic_store_explicit(&stream->wanted, 0, memory_order_relaxed);
    sil__rights_open();
    uint64_t value = atomic_load_explicit(&stream->head, memory_order_relaxed) + 1;
    outcome got = DONE;
    while (got == DONE) {
        uint64_t end = sil__tail(stream);
        if (end > upto)
            end = upto;
        if (value > end)
            break;
        for (; value <= end && got == DONE; value++) {
            sil__slot *slot = &stream->ring[(value - 1) % SIL__RING];
            if (__builtin_expect(clean(stream, value), 1) || !skip(stream, value))
                got = run_slot(runner, stream, slot, value, depth);
            if (got == DONE)
                passed(stream, slot, value);
        }
    }
    sil__rights_close();
    atomic_store_explicit(&runner->stream, outer, memory_order_relaxed);
    atomic_exchange(&stream->owner, 0); /* a full barrier: a waiter that has registered is seen below */
    if (__builtin_expect(atomic_load_explicit(&stream->waiters, memory_order_relaxed), 0))
        sil__ring(stream);
    if (__builtin_expect(atomic_load_explicit(&stream->dependents, memory_order_relaxed), 0) &&
        atomic_exchange(&stream->dependents, 0))
        sil__kick();
    return got == DONE;
}
