/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a stream's values ended: ranges of values that failed or were dropped, and the fault behind them. Also the waits
 * of hosts, and aborts. Ranges are written before the values pass, so that whoever sees a value passed can ask.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bundle/ktab.h"
#include "drivers/sim/engine/internal.h"

/* ------------------------------------------------------------------------------------------------------- */
/* Ranges */

/* With the control lock held. Extends the newest range or begins another; the oldest is forgotten. */
static void add_bad(sil_stream *stream, uint64_t first, uint64_t last, sil_status status)
{
    uint32_t count = atomic_load_explicit(&stream->bad_count, memory_order_relaxed);
    if (count) {
        sil__bad *newest = &stream->bad[count - 1];
        if (newest->status == status && first <= newest->last + 1) {
            if (last > newest->last)
                newest->last = last;
            return;
        }
    }
    if (count == SIL__BAD) {
        memmove(stream->bad, stream->bad + 1, sizeof stream->bad - sizeof stream->bad[0]);
        count--;
    }
    stream->bad[count] = (sil__bad){ first, last, status };
    atomic_store_explicit(&stream->bad_count, count + 1, memory_order_release);
}

void sil__stream_bad(sil_stream *stream, uint64_t value, sil_status status)
{
    pthread_mutex_lock(&stream->control);
    add_bad(stream, value, value, status);
    pthread_mutex_unlock(&stream->control);
}

sil_status sil__verdict(const sil_stream *stream, uint64_t value)
{
    sil_stream *s = (sil_stream *)stream;
    if (__builtin_expect(atomic_load_explicit(&s->bad_count, memory_order_acquire) == 0, 1))
        return SIL_OK;
    sil_status status = SIL_OK;
    pthread_mutex_lock(&s->control);
    uint32_t count = atomic_load_explicit(&s->bad_count, memory_order_relaxed);
    bool goes_on = sil__keeps_going(s);
    for (uint32_t i = 0; i < count; i++) {
        const sil__bad *b = &s->bad[i];
        if (goes_on && b->status == SIL_FAULT ? b->first <= value && b->last > s->told_to && value > s->told_to
                                              : b->first <= value && b->last >= value)
            status = b->status;
    }
    char sentence[sizeof s->fault.sentence], stopped_at[sizeof s->stopped_at] = "";
    memcpy(sentence, s->fault.sentence, sizeof sentence);
    if (s->stopped == value)
        memcpy(stopped_at, s->stopped_at, sizeof stopped_at);
    pthread_mutex_unlock(&s->control);
    switch (status) {
    case SIL_OK:
        return SIL_OK;
    case SIL_ABORTED:
        return sil__fail(SIL_ABORTED, "value %llu was dropped by an abort of the stream%s%s", (unsigned long long)value,
                         stopped_at[0] ? "; it was in " : "", stopped_at);
    case SIL_DEVICE_LOST:
        return sil__fail(SIL_DEVICE_LOST, "device %u was lost before value %llu ended", s->device->ordinal,
                         (unsigned long long)value);
    default:
        return sil__fail(status, "%s", sentence);
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Faults */

void sil__fault_record(sil_stream *stream, uint64_t value, const sil_fault *fault)
{
    sil_device *device = stream->device;
    pthread_mutex_lock(&stream->control);
    if (sil__keeps_going(stream)) {
        if (stream->fault_value <= stream->told_to) {
            stream->fault = *fault;
            stream->fault_value = value;
        }
        add_bad(stream, value, value, SIL_FAULT);
    } else if (!atomic_load(&stream->poisoned)) {
        stream->fault = *fault;
        stream->fault_value = value;
        add_bad(stream, value, UINT64_MAX, SIL_FAULT);
        atomic_fetch_add(&device->faulted, 1);
        atomic_store(&stream->poisoned, 1);
    }
    pthread_mutex_unlock(&stream->control);
    if (atomic_load(&device->scope) != SIL_SCOPE_DEVICE)
        return;
    pthread_mutex_lock(&device->fault_lock);
    if (!atomic_load(&device->poisoned)) {
        device->fault = *fault;
        atomic_store(&device->poisoned, 1);
    }
    pthread_mutex_unlock(&device->fault_lock);
}

static void block_of(const sil__slot *slot, const sil__runner *runner, uint32_t out[3])
{
    if (slot->op != SIL__OP_LAUNCH)
        return;
    const uint32_t *grid = slot->run.launch.grid;
    uint64_t block = runner->worker.block;
    out[0] = (uint32_t)(block % grid[0]);
    out[1] = (uint32_t)(block / grid[0] % grid[1]);
    out[2] = (uint32_t)(block / grid[0] / grid[1]);
}

static const char *kind_words(sil_fault_kind kind)
{
    static const char *const words[] = {
        [SIL_FAULT_NONE] = "no fault",
        [SIL_FAULT_ILLEGAL_ADDRESS] = "illegal address",
        [SIL_FAULT_ASSERT] = "assertion failed",
        [SIL_FAULT_TRAP] = "trap",
        [SIL_FAULT_ILLEGAL_INSTRUCTION] = "illegal instruction",
        [SIL_FAULT_STACK] = "stack overflow",
        [SIL_FAULT_ECC_UNCORRECTED] = "uncorrectable memory error",
        [SIL_FAULT_BARRIER] = "a barrier that not all threads reach",
        [SIL_FAULT_COPY] = "a copy failed",
        [SIL_FAULT_LOST] = "the device is lost",
        [SIL_FAULT_UNSUPPORTED] = "an operation that this image can't do here",
        [SIL_FAULT_MISALIGNED] = "misaligned address",
        [SIL_FAULT_TIMEOUT] = "it ran too long",
    };
    return words[kind];
}

/* "kernel K, block (x, y, z), thread (x, y, z), at file:line", as much as is known. */
static void describe(const sil__slot *slot, const sil_fault *fault, char *out, size_t capacity)
{
    if (slot->op != SIL__OP_LAUNCH) {
        snprintf(out, capacity, "copy or fill");
        return;
    }
    int used = snprintf(out, capacity, "kernel %.80s, block (%u, %u, %u)", slot->kernel->display, fault->block[0],
                        fault->block[1], fault->block[2]);
    if (fault->thread[0] != UINT32_MAX)
        used += snprintf(out + used, capacity - (size_t)used, ", thread (%u, %u, %u)", fault->thread[0], fault->thread[1],
                         fault->thread[2]);
    const tn_ktab_kernel *info = slot->kernel->info;
    if (fault->place[0])
        snprintf(out + used, capacity - (size_t)used, ", at %.90s", fault->place);
    else if (info->source_line)
        snprintf(out + used, capacity - (size_t)used, ", defined at %.80s:%u",
                 tn_ktab_string(sil_module_table(slot->kernel->module), info->source_file), info->source_line);
}

void sil__fault_from_runner(sil_stream *stream, uint64_t value, const sil__slot *slot, const sil__runner *runner)
{
    sil_fault fault = {
        .kind = (sil_fault_kind)runner->trap, .stream = stream, .value = value, .address = runner->trap_address
    };
    char where[288], text[sizeof runner->trap_text];
    memcpy(fault.thread, runner->trap_thread, sizeof fault.thread);
    block_of(slot, runner, fault.block);
    if (slot->op == SIL__OP_LAUNCH) {
        snprintf(fault.kernel, sizeof fault.kernel, "%s", slot->kernel->display);
        sil__place_of(slot->kernel, runner->trap_at, fault.place, sizeof fault.place);
    } else {
        fault.kind = SIL_FAULT_COPY;
    }
    describe(slot, &fault, where, sizeof where);
    snprintf(text, sizeof text, "%s", runner->trap_text);
    if (fault.address && !text[0] && fault.kind != SIL_FAULT_STACK)
        snprintf(text, sizeof text, "0x%llx", (unsigned long long)fault.address);
    snprintf(fault.sentence, sizeof fault.sentence, "%s: %s%s%.120s", where, kind_words(fault.kind),
             text[0] ? ": " : "", text);
    sil__fault_record(stream, value, &fault);
}

void sil__stopped(sil_stream *stream, uint64_t value, const sil__slot *slot, const sil__runner *runner)
{
    sil_fault fault = { .thread = { UINT32_MAX, UINT32_MAX, UINT32_MAX } };
    if (slot->op != SIL__OP_LAUNCH)
        return;
    block_of(slot, runner, fault.block);
    sil__place_of(slot->kernel, runner->trap_at, fault.place, sizeof fault.place);
    pthread_mutex_lock(&stream->control);
    if (stream->stopped != value) { /* of several threads the first */
        describe(slot, &fault, stream->stopped_at, sizeof stream->stopped_at);
        memcpy(stream->stopped_block, fault.block, sizeof fault.block);
        stream->stopped = value;
    }
    pthread_mutex_unlock(&stream->control);
}

bool sil_stream_stopped(const sil_stream *stream, char *out, size_t capacity)
{
    sil_stream *s = (sil_stream *)stream;
    pthread_mutex_lock(&s->control);
    bool is = s->stopped != 0;
    if (is)
        snprintf(out, capacity, "%s", s->stopped_at);
    pthread_mutex_unlock(&s->control);
    return is;
}

void sil__poison(sil_stream *stream, uint64_t value, const sil_stream *origin)
{
    sil_fault fault;
    if (sil_stream_fault(origin, &fault))
        sil__fault_record(stream, value, &fault);
}

void sil_device_set_fault_scope(sil_device *device, sil_fault_scope scope)
{
    atomic_store(&device->scope, scope);
}

bool sil_stream_fault(const sil_stream *stream, sil_fault *out)
{
    sil_stream *s = (sil_stream *)stream;
    bool found = false;
    pthread_mutex_lock(&s->control);
    if (atomic_load(&s->poisoned) || (sil__keeps_going(s) && s->fault_value > s->told_to)) {
        found = true;
        if (out)
            *out = s->fault;
    }
    pthread_mutex_unlock(&s->control);
    sil_device *device = s->device;
    if (!found && atomic_load(&device->poisoned)) {
        pthread_mutex_lock(&device->fault_lock);
        found = true;
        if (out)
            *out = device->fault;
        pthread_mutex_unlock(&device->fault_lock);
    }
    return found;
}

sil_status sil_stream_clear_fault(sil_stream *stream)
{
    SIL__ENTER();
    if (!sil_stream_valid(stream))
        return sil__fail(SIL_INVALID, "no stream, or one that was destroyed");
    if (atomic_load(&stream->device->poisoned))
        return sil__fail(SIL_UNSUPPORTED, "the fault took the whole device; only a reset of the device clears it");
    pthread_mutex_lock(&stream->control);
    if (atomic_load(&stream->poisoned)) {
        /* What was submitted until now stays failed. */
        uint32_t count = atomic_load(&stream->bad_count);
        uint64_t last = sil__tail(stream);
        for (uint32_t i = 0; i < count; i++) {
            if (stream->bad[i].last == UINT64_MAX)
                stream->bad[i].last = last;
        }
        atomic_store(&stream->clear_to, last);
        atomic_store(&stream->poisoned, 0);
        atomic_fetch_sub(&stream->device->faulted, 1);
    }
    pthread_mutex_unlock(&stream->control);
    return SIL_OK;
}

void sil_stream_keep_going(sil_stream *stream, const _Atomic(bool) *stop)
{
    if (sil_stream_valid(stream))
        atomic_store_explicit(&stream->stop, stop, memory_order_release);
}

void sil_stream_fault_told(sil_stream *stream, uint64_t value)
{
    if (!sil_stream_valid(stream))
        return;
    pthread_mutex_lock(&stream->control);
    if (stream->told_to < value)
        stream->told_to = value;
    pthread_mutex_unlock(&stream->control);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waits */

sil_status sil_stream_query(sil_stream *stream, uint64_t value)
{
    SIL__ENTER();
    if (__builtin_expect(!sil_stream_valid(stream), 0))
        return sil__fail(SIL_INVALID, "no stream, or one that was destroyed");
    if (sil__reached(stream, value))
        return sil__verdict(stream, value);
    if (value > sil__tail(stream))
        return sil__fail(SIL_INVALID, "value %llu has not been submitted", (unsigned long long)value);
    if (!atomic_load_explicit(&stream->owner, memory_order_relaxed)) {
        sil__want(stream); /* who asks again and again wants it to run */
        sil__starving();
    }
    return SIL_NOT_READY;
}

/* Sleeps until the stream moves, a millisecond at most. */
void sil__sleep_on(sil_stream *stream, uint64_t value, int64_t nanoseconds)
{
    atomic_fetch_add(&stream->waiters, 1);
    uint32_t bell = atomic_load(&stream->bell);
    if (!sil__reached(stream, value))
        sil__futex_wait(&stream->bell, bell, nanoseconds < 1000000 ? nanoseconds : 1000000);
    atomic_fetch_sub(&stream->waiters, 1);
}

static sil_status wait_forever(sil_stream *stream, uint32_t generation, uint64_t value)
{
    for (uint32_t spins = 0; !sil__reached(stream, value); spins++) {
        if (sil__drain(stream, value, 0) && sil__reached(stream, value))
            break;
        if (sil__generation(stream) != generation)
            return SIL_OK; /* it was destroyed, and everything in it had ended */
        if (sil__help(stream)) {
            spins = 0;
        } else if (spins < 1000) {
            sil__relax();
        } else if (!sil__runner_get() && !sil__workers_alive()) {
            return sil__fail(SIL_OUT_OF_MEMORY, "this thread blocks the engine's signals, and no other can be started");
        } else {
            sil__insist(stream);
            sil__sleep_on(stream, value, 1000000);
            spins = 0;
        }
    }
    return sil__verdict(stream, value);
}

/* Someone else runs the work, so that this thread can leave at its deadline. */
sil_status sil__wait_until(sil_stream *stream, uint32_t generation, uint64_t value, uint64_t timeout_ns)
{
    uint64_t start = sil__now_ns(), end = start + timeout_ns;
    if (end < start)
        end = UINT64_MAX;
    if (!sil__reached(stream, value) && timeout_ns)
        sil__want(stream);
    for (uint32_t spins = 0; !sil__reached(stream, value); spins++) {
        if (sil__generation(stream) != generation)
            return SIL_OK; /* it was destroyed, and everything in it had ended */
        if (spins < 1000 && spins % 64) {
            sil__relax();
            continue;
        }
        uint64_t now = sil__now_ns();
        if (now >= end)
            return sil__fail(SIL_TIMEOUT, "value %llu had not passed after %llu ns; the stream is at %llu",
                             (unsigned long long)value, (unsigned long long)timeout_ns,
                             (unsigned long long)sil_stream_passed(stream));
        if (spins >= 1000) {
            if (!atomic_load_explicit(&stream->owner, memory_order_relaxed)) {
                sil__want(stream); /* a blocked stream, or another one was in front */
                sil__starving();
            }
            sil__insist(stream);
            sil__sleep_on(stream, value, (int64_t)(end - now > 1000000 ? 1000000 : end - now));
        }
    }
    return sil__verdict(stream, value);
}

sil_status sil_stream_wait(sil_stream *stream, uint64_t value, uint64_t timeout_ns)
{
    SIL__ENTER();
    if (__builtin_expect(!sil_stream_valid(stream), 0))
        return sil__fail(SIL_INVALID, "no stream, or one that was destroyed");
    uint32_t generation = sil__generation(stream);
    if (__builtin_expect(value > sil__tail(stream), 0))
        return sil__fail(SIL_INVALID, "value %llu has not been submitted; the stream's last is %llu",
                         (unsigned long long)value, (unsigned long long)sil__tail(stream));
    return timeout_ns == SIL_FOREVER ? wait_forever(stream, generation, value)
                                     : sil__wait_until(stream, generation, value, timeout_ns);
}

uint32_t sil_stream_generation(const sil_stream *stream)
{
    return sil__generation(stream);
}

sil_status sil_stream_wait_of(sil_stream *stream, uint32_t generation, uint64_t value, uint64_t timeout_ns)
{
    SIL__ENTER();
    if (sil__generation(stream) != generation)
        return SIL_OK;
    return timeout_ns == SIL_FOREVER ? wait_forever(stream, generation, value)
                                     : sil__wait_until(stream, generation, value, timeout_ns);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Aborts */

enum { ABORT_FIRST_NS = 200000, ABORT_STEP_NS = 1000000, ABORT_LIMIT_NS = 2000000000 };

/* Interrupts every runner that is at this stream. The thread itself finds out whether it is still at a value that is
 * to be dropped: from here that would be a guess. */
static void stop_runners(const sil_stream *stream)
{
    for (sil__runner *r = sil__runner_all(); r; r = r->next) {
        if (atomic_load(&r->stream) == stream && atomic_load(&r->active))
            sil__interrupt(r);
    }
}

void sil__insist(const sil_stream *stream)
{
    sil_stream *s = (sil_stream *)stream;
    if (__builtin_expect(atomic_load_explicit(&s->abort_to, memory_order_relaxed) >
                             atomic_load_explicit(&s->head, memory_order_relaxed),
                         0))
        stop_runners(stream);
}

sil_status sil__abort(sil_stream *stream, uint32_t generation)
{
    uint64_t start = sil__now_ns();
    pthread_mutex_lock(&stream->control);
    bool there = sil__generation(stream) == generation;
    uint64_t upto = there ? sil__tail(stream) : 0;
    if (atomic_load(&stream->abort_to) < upto)
        atomic_store(&stream->abort_to, upto);
    pthread_mutex_unlock(&stream->control);
    while (there && !sil__reached(stream, upto) && sil__generation(stream) == generation) {
        uint64_t past = sil__now_ns() - start;
        if (past > ABORT_LIMIT_NS)
            return sil__fail(SIL_TIMEOUT, "a host function of the stream did not return");
        if (past >= ABORT_FIRST_NS)
            stop_runners(stream);
        if (!sil__drain(stream, upto, 0))
            sil__sleep_on(stream, upto, past < ABORT_FIRST_NS ? 50000 : ABORT_STEP_NS);
    }
    return SIL_OK;
}

sil_status sil_stream_abort(sil_stream *stream)
{
    SIL__ENTER();
    if (!sil_stream_valid(stream))
        return sil__fail(SIL_INVALID, "no stream, or one that was destroyed");
    return sil__abort(stream, sil__generation(stream));
}

sil_status sil_stream_abort_of(sil_stream *stream, uint32_t generation)
{
    SIL__ENTER();
    return sil__abort(stream, generation);
}
