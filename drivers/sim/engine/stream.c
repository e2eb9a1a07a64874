/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams and submissions. A stream is a ring of slots in an arena of its own, so that any pointer can be tested for
 * being one; `tail` counts what was submitted, `head` what has ended (drain.c). Submitting takes the stream's producer
 * lock, writes one slot and two counters. Nothing here allocates or enters the system except to wake a watcher that
 * sleeps deeply; a full ring makes the submitter run the work itself.
 */
#include <sched.h>
#include <string.h>

#include "drivers/sim/engine/internal.h"

static unsigned char *_Atomic arena;
static pthread_mutex_t arena_lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t streams_made, free_count;
static sil_stream *free_first, *free_last; /* oldest first, so that a stale pointer is noticed for long */

enum { KEEP_FREE = 64, AHEAD = 4 };

/* ------------------------------------------------------------------------------------------------------- */
/* Create and destroy */

sil_stream *sil__stream_at(uint32_t index)
{
    return (sil_stream *)(atomic_load_explicit(&arena, memory_order_relaxed) + ((size_t)index << SIL__STREAM_SHIFT));
}

bool sil_stream_valid(const sil_stream *stream)
{
    const unsigned char *base = atomic_load_explicit(&arena, memory_order_acquire);
    uint64_t offset = (uint64_t)((uintptr_t)stream - (uintptr_t)base);
    if (!base || offset >= (uint64_t)SIL__MAX_STREAMS << SIL__STREAM_SHIFT || offset & ((1u << SIL__STREAM_SHIFT) - 1))
        return false;
    return atomic_load_explicit(&((sil_stream *)stream)->live, memory_order_acquire) == 1;
}

/* A stream from the arena; called with the arena's lock. */
static sil_stream *arena_take(void)
{
    unsigned char *base = atomic_load(&arena);
    if (!base) {
        void *at = sil__pages((uint64_t)SIL__MAX_STREAMS << SIL__STREAM_SHIFT);
        if (!at)
            return NULL;
        atomic_store_explicit(&arena, at, memory_order_release);
    }
    if (free_first && (free_count > KEEP_FREE || streams_made == SIL__MAX_STREAMS)) {
        sil_stream *stream = free_first;
        free_first = stream->free_next;
        free_count--;
        return stream;
    }
    if (streams_made == SIL__MAX_STREAMS)
        return NULL;
    sil_stream *stream = sil__stream_at(streams_made);
    stream->index = streams_made++;
    pthread_mutex_init(&stream->control, NULL);
    return stream;
}

sil_status sil_stream_create(sil_device *device, int priority, sil_stream **out)
{
    SIL__ENTER();
    sil_status status = sil__faults_install(); /* without handlers nothing can run */
    if (status != SIL_OK)
        return status;
    pthread_mutex_lock(&device->lock);
    if (device->stream_count >= device->profile.max_streams) {
        pthread_mutex_unlock(&device->lock);
        return sil__fail(SIL_LIMIT, "the chip has %u streams and all are in use", device->profile.max_streams);
    }
    pthread_mutex_lock(&arena_lock);
    sil_stream *stream = arena_take();
    pthread_mutex_unlock(&arena_lock);
    if (!stream) {
        pthread_mutex_unlock(&device->lock);
        return sil__fail(SIL_OUT_OF_MEMORY, "no room for another stream; %u exist", SIL__MAX_STREAMS);
    }
    stream->device = device;
    stream->priority = priority;
    stream->device_next = device->streams;
    device->streams = stream;
    device->stream_count++;
    atomic_store_explicit(&stream->live, 1, memory_order_release);
    pthread_mutex_unlock(&device->lock);
    *out = stream;
    return SIL_OK;
}

/* Back to the arena, as new. The caller holds `owner`; the stream is dying, and nothing of it is pending. */
static void recycle(sil_stream *stream)
{
    sil_device *device = stream->device;
    if (atomic_exchange(&stream->poisoned, 0))
        atomic_fetch_sub(&device->faulted, 1);
    pthread_mutex_lock(&device->lock); /* the device may be gone as soon as this stream is off its list */
    for (sil_stream **at = &device->streams; *at; at = &(*at)->device_next) {
        if (*at == stream) {
            *at = stream->device_next;
            device->stream_count--;
            break;
        }
    }
    pthread_mutex_unlock(&device->lock);
    while (atomic_exchange_explicit(&stream->producer, 1, memory_order_acquire))
        sil__relax();
    pthread_mutex_lock(&stream->control);
    atomic_fetch_add(&stream->generation, 1); /* waits for its values are over now, and aborts of it */
    atomic_store(&stream->tail, 0);
    atomic_store(&stream->head, 0);
    atomic_store(&stream->args_head, 0);
    atomic_store(&stream->abort_to, 0);
    atomic_store(&stream->clear_to, 0);
    atomic_store(&stream->polling, 0);
    atomic_store(&stream->wanted, 0);
    atomic_store(&stream->bad_count, 0);
    atomic_store(&stream->stop, NULL);
    stream->fault_value = 0;
    stream->told_to = 0;
    stream->stopped = 0;
    atomic_store(&stream->watched, 0);
    atomic_store(&stream->expired, 0);
    stream->args_tail = 0;
    stream->head_seen = 0;
    atomic_store(&stream->dying, 0);
    atomic_store(&stream->live, 0);
    atomic_fetch_add(&stream->generation, 1); /* and who looked in between finds this one over too */
    pthread_mutex_unlock(&stream->control);
    sil__unmark_locked(stream);
    atomic_store_explicit(&stream->producer, 0, memory_order_release);
    atomic_store(&stream->owner, 0);
    pthread_mutex_lock(&arena_lock);
    stream->free_next = NULL;
    if (free_count++)
        free_last->free_next = stream;
    else
        free_first = stream;
    free_last = stream;
    pthread_mutex_unlock(&arena_lock);
}

sil_status sil_stream_destroy(sil_stream *stream)
{
    SIL__ENTER();
    if (!sil_stream_valid(stream))
        return sil__fail(SIL_INVALID, "no stream, or one that was destroyed");
    sil__stream_end(stream, sil__generation(stream));
    return SIL_OK;
}

void sil__stream_end(sil_stream *stream, uint32_t generation)
{
    uint32_t one = 1;
    pthread_mutex_lock(&stream->control);
    bool mine = sil__generation(stream) == generation && atomic_compare_exchange_strong(&stream->live, &one, 2);
    if (mine)
        atomic_store(&stream->dying, 1);
    pthread_mutex_unlock(&stream->control);
    if (mine && !sil__reap(stream)) {
        sil__mark_now(stream);
        sil__kick();
    }
}

/* Recycles a dying stream if it is idle and nobody is at it. */
bool sil__reap(sil_stream *stream)
{
    if (!atomic_load(&stream->dying) || !sil__reached(stream, sil__tail(stream)) || atomic_exchange(&stream->owner, 1))
        return false;
    if (!atomic_load(&stream->dying) || !sil__reached(stream, sil__tail(stream))) {
        atomic_store(&stream->owner, 0);
        return false;
    }
    recycle(stream);
    return true;
}

uint64_t sil_stream_last(const sil_stream *stream)
{
    return sil__tail(stream);
}

uint64_t sil_stream_passed(const sil_stream *stream)
{
    return atomic_load_explicit(&((sil_stream *)stream)->head, memory_order_acquire);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The submit path */

static void producer_lock(sil_stream *stream)
{
    for (uint32_t spins = 0; atomic_exchange_explicit(&stream->producer, 1, memory_order_acquire); spins++) {
        if (spins < 200)
            sil__relax();
        else
            sched_yield();
    }
}

/* Makes room: runs half a ring of the stream's own work, or waits for whoever is at it. */
static __attribute__((noinline)) void make_room(sil_stream *stream, uint64_t value)
{
    if (!sil__drain(stream, value, 0)) {
        sil__kick();
        sched_yield();
    }
}

sil__slot *sil__begin(sil_stream *stream, uint64_t args_bytes, unsigned char **out_args, uint64_t *out_taken)
{
    producer_lock(stream);
    uint64_t tail = atomic_load_explicit(&stream->tail, memory_order_relaxed);
    if (__builtin_expect(!stream->marked, 0))
        sil__mark_locked(stream);
    while (__builtin_expect(tail - stream->head_seen >= SIL__RING, 0)) {
        stream->head_seen = atomic_load_explicit(&stream->head, memory_order_acquire);
        if (tail - stream->head_seen >= SIL__RING)
            make_room(stream, tail - SIL__RING / 2);
    }
    *out_taken = 0;
    if (__builtin_expect(args_bytes > SIL__INLINE_ARGS, 0)) {
        uint64_t need = (args_bytes + 15) & ~15ull, at = stream->args_tail % SIL__ARGS_RING;
        uint64_t skip = at + need > SIL__ARGS_RING ? SIL__ARGS_RING - at : 0;
        while (stream->args_tail + skip + need - atomic_load_explicit(&stream->args_head, memory_order_acquire) >
               SIL__ARGS_RING)
            make_room(stream, tail);
        *out_args = stream->args + (stream->args_tail + skip) % SIL__ARGS_RING;
        *out_taken = skip + need;
        stream->args_tail += skip + need;
    }
    /* A ring is larger than the caches hold beside other work: what comes soon is on its way by then. */
    const sil__slot *soon = &stream->ring[(tail + AHEAD) % SIL__RING];
    __builtin_prefetch(soon, 1);
    __builtin_prefetch((const char *)soon + sizeof *soon / 2, 1);
    return &stream->ring[tail % SIL__RING];
}

uint64_t sil__commit(sil_stream *stream)
{
    uint64_t value = atomic_load_explicit(&stream->tail, memory_order_relaxed) + 1;
    atomic_store_explicit(&stream->tail, value, memory_order_release);
    atomic_store_explicit(&stream->producer, 0, memory_order_release);
    /* The watcher calls membarrier before it sleeps deeply, so this side needs no fence. */
    if (__builtin_expect(sil__need_fence, 0))
        atomic_thread_fence(memory_order_seq_cst);
    else
        atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(atomic_load_explicit(&sil__watcher_state, memory_order_relaxed) == SIL__DEEP, 0))
        sil__doorbell();
    return value;
}

static sil_status refuse(sil_stream *stream)
{
    if (!sil_stream_valid(stream))
        return sil__fail(SIL_INVALID, "no stream, or one that was destroyed");
    if (atomic_load(&stream->device->lost))
        return sil__fail(SIL_DEVICE_LOST, "device %u is lost", stream->device->ordinal);
    return SIL_OK;
}

sil_status sil__submit_check(sil_stream *stream)
{
    SIL__ENTER();
    sil_device *device = stream->device;
    if (__builtin_expect(!sil_stream_valid(stream) || atomic_load_explicit(&device->lost, memory_order_relaxed), 0))
        return refuse(stream);
    if (__builtin_expect(device->inject.any, 0) && sil__inject_submission(&device->inject)) {
        sil__device_lose(device);
        return refuse(stream);
    }
    return SIL_OK;
}

static sil_status finish(sil_stream *stream, uint64_t *out_value)
{
    uint64_t value = sil__commit(stream);
    if (out_value)
        *out_value = value;
    return SIL_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Launches */

static sil_status launch_refused(const sil_stream *stream, const sil_kernel *kernel, const sil_launch *launch)
{
    const sil_profile *p = &stream->device->profile;
    uint64_t threads = (uint64_t)launch->block[0] * launch->block[1] * launch->block[2];
    if (!kernel)
        return sil__fail(SIL_INVALID, "no kernel");
    if (kernel->device != stream->device)
        return sil__fail(SIL_INVALID, "kernel %s is loaded on device %u, the stream belongs to device %u", kernel->name,
                         kernel->device->ordinal, stream->device->ordinal);
    if (launch->args_bytes != kernel->args_bytes || (launch->args_bytes && !launch->args))
        return sil__fail(SIL_INVALID, "kernel %s takes %u bytes of arguments, %u were given", kernel->name,
                         kernel->args_bytes, launch->args_bytes);
    for (int i = 0; i < 3; i++) {
        if (launch->grid[i] == 0 || launch->grid[i] > p->max_grid[i])
            return sil__fail(SIL_LIMIT, "%c of the grid is %u; the chip takes 1 to %u", 'x' + i, launch->grid[i],
                             p->max_grid[i]);
        if (launch->block[i] == 0 || launch->block[i] > p->max_block[i])
            return sil__fail(SIL_LIMIT, "%c of the block is %u; the chip takes 1 to %u", 'x' + i, launch->block[i],
                             p->max_block[i]);
    }
    if (threads > kernel->max_threads)
        return sil__fail(SIL_LIMIT, "a block of %llu threads; kernel %s takes up to %u", (unsigned long long)threads,
                         kernel->name, kernel->max_threads);
    for (int i = 0; i < 3; i++) {
        if (kernel->required_block[0] && launch->block[i] != kernel->required_block[i])
            return sil__fail(SIL_INVALID, "kernel %s was built for blocks of %u x %u x %u threads", kernel->name,
                             kernel->required_block[0], kernel->required_block[1], kernel->required_block[2]);
    }
    if ((uint64_t)launch->dynamic_local_bytes + kernel->static_local_bytes > kernel->local_limit)
        return sil__fail(SIL_LIMIT, "%u bytes of dynamic and %u of static local memory; a block has %u",
                         launch->dynamic_local_bytes, kernel->static_local_bytes, kernel->local_limit);
    if (launch->cooperative) {
        uint64_t blocks = (uint64_t)launch->grid[0] * launch->grid[1] * launch->grid[2];
        uint64_t most = (uint64_t)sil_kernel_residency(kernel, (uint32_t)threads, launch->dynamic_local_bytes) * p->units;
        if (blocks > most)
            return sil__fail(SIL_LIMIT, "a cooperative launch of %llu blocks; the device holds %llu of kernel %s at once",
                             (unsigned long long)blocks, (unsigned long long)most, kernel->name);
    }
    return SIL_OK;
}

sil_status sil_submit_launch(sil_stream *stream, sil_kernel *kernel, const sil_launch *launch, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK || (status = launch_refused(stream, kernel, launch)) != SIL_OK)
        return status;
    unsigned char *args = NULL;
    uint64_t taken;
    sil__slot *slot = sil__begin(stream, launch->args_bytes, &args, &taken);
    slot->op = SIL__OP_LAUNCH;
    slot->args_bytes = (uint32_t)taken;
    slot->kernel = kernel;
    tn_sim_launch *run = &slot->run.launch;
    memcpy(run->grid, launch->grid, sizeof run->grid);
    memcpy(run->block, launch->block, sizeof run->block);
    run->dynamic_local_bytes = launch->dynamic_local_bytes;
    run->width = stream->device->profile.width;
    run->services = launch->cooperative ? &sil__services_together : &sil__services;
    if (!args)
        args = slot->run.args;
    run->args = args;
    if (launch->args_bytes)
        memcpy(args, launch->args, launch->args_bytes);
    return finish(stream, value);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Everything small */

static sil__slot *begin_op(sil_stream *stream, sil__op op)
{
    uint64_t taken;
    sil__slot *slot = sil__begin(stream, 0, NULL, &taken);
    slot->op = op;
    slot->args_bytes = 0;
    slot->kernel = NULL;
    return slot;
}

sil_status sil_submit_wait(sil_stream *stream, sil_stream *other, uint64_t other_value, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK)
        return status;
    if (!sil_stream_valid(other))
        return sil__fail(SIL_INVALID, "the stream to wait for does not exist, or was destroyed");
    if (other_value > sil__tail(other))
        return sil__fail(SIL_INVALID, "value %llu has not been submitted; the stream's last is %llu",
                         (unsigned long long)other_value, (unsigned long long)sil__tail(other));
    sil__slot *slot = begin_op(stream, SIL__OP_WAIT);
    slot->wait.other = other;
    slot->wait.value = other_value;
    slot->wait.generation = atomic_load_explicit(&other->generation, memory_order_relaxed);
    return finish(stream, value);
}

sil_status sil_submit_host_call(sil_stream *stream, void (*fn)(void *), void *arg, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK)
        return status;
    if (!fn)
        return sil__fail(SIL_INVALID, "no function to call");
    sil__slot *slot = begin_op(stream, SIL__OP_HOST);
    slot->host.fn = fn;
    slot->host.arg = arg;
    return finish(stream, value);
}

sil_status sil_submit_timestamp(sil_stream *stream, _Atomic(uint64_t) *slot_out, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK)
        return status;
    sil__slot *slot = begin_op(stream, SIL__OP_STAMP);
    slot->stamp.slot = slot_out;
    return finish(stream, value);
}

static sil_status word_check(uint64_t address, uint32_t bytes)
{
    uint64_t base, size;
    if (bytes != 4 && bytes != 8)
        return sil__fail(SIL_INVALID, "a word has 4 or 8 bytes, not %u", bytes);
    if (address % bytes)
        return sil__fail(SIL_INVALID, "0x%llx is not aligned to %u bytes", (unsigned long long)address, bytes);
    if (sil__device_at(address)) {
        if (sil_find(address, NULL, &base, &size) != SIL_OK || address - base + bytes > size)
            return sil__fail(SIL_BAD_ADDRESS, "0x%llx lies in no allocation", (unsigned long long)address);
        return SIL_OK;
    }
    return sil_host_find((void *)(uintptr_t)address, NULL, NULL, NULL)
               ? SIL_OK
               : sil__fail(SIL_BAD_ADDRESS, "0x%llx is neither device memory nor pinned", (unsigned long long)address);
}

sil_status sil_submit_value_wait(sil_stream *stream, uint64_t address, uint64_t operand, uint32_t bytes,
                                 sil_compare how, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK || (status = word_check(address, bytes)) != SIL_OK)
        return status;
    if ((unsigned)how > SIL_NOR)
        return sil__fail(SIL_INVALID, "%d is no comparison", (int)how);
    sil__slot *slot = begin_op(stream, SIL__OP_VALUE_WAIT);
    slot->value.address = address;
    slot->value.operand = operand;
    slot->value.bytes = bytes;
    slot->value.how = how;
    return finish(stream, value);
}

sil_status sil_submit_value_write(sil_stream *stream, uint64_t address, uint64_t operand, uint32_t bytes,
                                  uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK || (status = word_check(address, bytes)) != SIL_OK)
        return status;
    sil__slot *slot = begin_op(stream, SIL__OP_VALUE_WRITE);
    slot->value.address = address;
    slot->value.operand = operand;
    slot->value.bytes = bytes;
    return finish(stream, value);
}
