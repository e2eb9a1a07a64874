/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/fault.c - what a failure takes with it, and how it is told. Owns the faults of a runtime, which stay until
 * it is closed, since streams and points refer to them. One failure is worked on at a time in a process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"

_Atomic(uint32_t) tn__gaps_made;

static pthread_mutex_t fault_mutex = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------------------------------------------- */
/* Gaps: values that did not do their work */

void tn__stream_advance(struct tn__stream *s, uint64_t value)
{
    uint64_t passed = atomic_load_explicit(&s->passed, memory_order_relaxed);
    while (passed < value && !atomic_compare_exchange_weak_explicit(&s->passed, &passed, value, memory_order_release,
                                                                    memory_order_relaxed))
        ;
}

void tn__stream_gap(struct tn__stream *s, uint64_t first, uint64_t last, tn_status status,
                    const struct tn__fault *fault)
{
    if (first > last)
        return;
    atomic_store(&tn__gaps_made, 1);
    if (s->gap_count == s->gap_capacity) {
        uint32_t capacity = s->gap_capacity ? s->gap_capacity * 2 : 4;
        struct tn__gap *more = realloc(s->gaps, capacity * sizeof *more);
        if (!more) {
            /* Better too much than too little is known as failed. */
            if (s->gap_count)
                s->gaps[s->gap_count - 1].last = last;
            return;
        }
        s->gaps = more;
        s->gap_capacity = capacity;
    }
    s->gaps[s->gap_count++] = (struct tn__gap){ first, last, status, fault };
    atomic_store_explicit(&s->gap_last, last, memory_order_release);
    tn__stream_advance(s, last);
}

/* Under the lock. Gaps are made with rising values. */
static const struct tn__gap *find_gap(const struct tn__stream *s, uint64_t value)
{
    uint32_t low = 0, high = s->gap_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->gaps[middle].last < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->gap_count && s->gaps[low].first <= value ? &s->gaps[low] : NULL;
}

tn_status tn__stream_gap_status(struct tn__stream *s, uint64_t value, const struct tn__fault **out)
{
    *out = NULL;
    if (value > atomic_load_explicit(&s->gap_last, memory_order_acquire))
        return TN_OK;
    tn__lock(&s->lock);
    const struct tn__gap *gap = find_gap(s, value);
    tn_status status = gap ? gap->status : TN_OK;
    *out = gap ? gap->fault : NULL;
    tn__unlock(&s->lock);
    return status;
}

bool tn__stream_verdict(enum tn__api api, struct tn__stream *s, uint64_t value, tn_status *out)
{
    const struct tn__fault *fault;
    tn_status status = tn__stream_gap_status(s, value, &fault);
    if (status == TN_OK)
        return false;
    if (status == TN_FAULT && fault) {
        *out = tn__fail_again(api, &fault->detail);
        return true;
    }
    if (fault)
        status = tn__fail_again(api, &fault->behind);
    else if (status == TN_ABORTED)
        TN__FAIL(api, status, "value %llu was dropped when its stream was aborted", (unsigned long long)value);
    else
        TN__FAIL(api, status, "value %llu depends on a point that was aborted", (unsigned long long)value);
    *out = tn__fail_on(status, s->device->bits, s->bits, 0);
    return true;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Telling */

__attribute__((format(printf, 3, 4)))
static void append(char *text, size_t capacity, const char *format, ...)
{
    size_t length = strlen(text);
    va_list list;
    va_start(list, format);
    vsnprintf(text + length, capacity - length, format, list);
    va_end(list);
}

/* What the record says of a value, under the stream's lock; NULL when it was too long ago. */
static const struct tn__record *record_of(const struct tn__stream *s, uint64_t value)
{
    const struct tn__record *r = &s->ring[value % TN__RING];
    return r->value == value ? r : NULL;
}

/* Name and arguments of a recorded kernel, as long as its module is loaded. */
static bool describe_kernel(const struct tn__record *r, char *text, size_t capacity, bool with_arguments)
{
    struct tn__kernel *k = TN__REF(TN__KERNEL, struct tn__kernel, r->kernel);
    if (!k)
        return false;
    const tn_ktab_kernel *row = tn_ktab_kernel_at(k->table, k->index);
    const char *display = tn_ktab_string(k->table, row->display);
    append(text, capacity, "%.160s", *display ? display : tn_ktab_string(k->table, row->name));
    for (uint32_t i = 0; with_arguments && i < row->arg_count && i < 6; i++) {
        const tn_ktab_arg *arg = tn_ktab_arg_at(k->table, row, i);
        const char *name = tn_ktab_string(k->table, arg->name), *type = tn_ktab_string(k->table, arg->type_name);
        append(text, capacity, "%s%.24s%s%.24s: %u bytes at %u", i ? ", " : " [", type, *type ? " " : "",
               *name ? name : "argument", arg->size, arg->offset);
    }
    if (with_arguments && row->arg_count)
        append(text, capacity, row->arg_count > 6 ? ", ...]" : "]");
    tn__unref(&k->object);
    return true;
}

/* The name of a kernel whose handle tn_close has taken: its module is in the device's list as long as its work may run. */
static void describe_closing(struct tn__device *d, uint64_t bits, char *text, size_t capacity)
{
    size_t before = strlen(text);
    if (pthread_mutex_trylock(&d->mutex) == 0) {
        for (struct tn__module *m = d->modules; m; m = m->next)
            for (uint32_t i = 0; i < m->image->kernels->kernel_count; i++)
                if (m->kernels[i] && m->kernels[i]->bits == bits)
                    append(text, capacity, "%.160s",
                           tn_ktab_string(m->image->kernels, tn_ktab_kernel_at(m->image->kernels, i)->display));
        pthread_mutex_unlock(&d->mutex);
    }
    if (!text[before])
        append(text, capacity, "of a module that is gone");
}

void tn__stream_pending(struct tn__stream *s, char *text, size_t capacity)
{
    uint64_t passed = 0, known = atomic_load(&s->passed);
    text[0] = 0;
    tn__native_hold(s);
    if (TN__CALL(s->driver->stream_passed(s->native, &passed)) == TN_OK && passed && passed + s->base > known)
        known = passed + s->base;
    tn__native_release(s);
    tn__pending_clear();
    if (!tn__lock_until(&s->lock, 0))
        return; /* a submission that is stuck in a full queue may have it for long */
    const struct tn__record *r = known < atomic_load(&s->last) ? record_of(s, known + 1) : NULL;
    if (r) {
        append(text, capacity, "; the first not known to have ended is submission %llu of the stream, %s",
               (unsigned long long)known + 1, r->kernel ? "kernel " : "");
        if (r->kernel && !describe_kernel(r, text, capacity, false))
            describe_closing(s->device, r->kernel, text, capacity);
        append(text, capacity, "%smade by %s", r->kernel ? ", " : "", tn__api_name((enum tn__api)r->api));
    }
    tn__unlock(&s->lock);
}

static void describe_place(const tn_driver_fault *f, char *text, size_t capacity)
{
    if (f->address)
        append(text, capacity, ", address %#llx", (unsigned long long)f->address);
    if (f->block[0] != UINT32_MAX)
        append(text, capacity, ", block (%u, %u, %u)", f->block[0], f->block[1], f->block[2]);
    if (f->thread[0] != UINT32_MAX)
        append(text, capacity, ", thread (%u, %u, %u)", f->thread[0], f->thread[1], f->thread[2]);
}

/* Fills the details; under the stream's lock. */
static void tell(struct tn__fault *fault, const struct tn__stream *s, const tn_driver_fault *f, uint64_t first,
                 uint64_t last)
{
    tn_error *e = &fault->detail;
    char device[96], what[256] = "";
    const struct tn__record *r = first == last ? record_of(s, first) : NULL;
    tn__device_name(s->device, device, sizeof device);
    e->device = s->device->bits;
    e->stream = s->bits;
    e->first_value = first;
    e->last_value = last;
    char reported[sizeof f->sentence];
    snprintf(reported, sizeof reported, "%.*s", (int)sizeof reported - 1,
             *f->sentence  ? f->sentence
             : *e->message ? e->message
                           : "the driver gives no reason");
    e->message[0] = 0;
    if (r) {
        e->kernel = r->kernel;
        snprintf(e->function, sizeof e->function, "%s", tn__api_name((enum tn__api)r->api));
        if (!describe_kernel(r, what, sizeof what, true))
            append(what, sizeof what, "%s", r->kernel ? (*f->kernel ? f->kernel : "a kernel") : "a copy, fill or mark");
        append(e->message, sizeof e->message, "%s failed on %s as submission %llu of its stream, made by %s: ", what,
               device, (unsigned long long)first, e->function);
    } else if (first > last) {
        e->first_value = e->last_value = 0;   /* it got no value */
        append(e->message, sizeof e->message, "a submission failed on %s as it was made: ", device);
    } else {
        append(e->message, sizeof e->message, "one of submissions %llu to %llu of a stream of %s failed",
               (unsigned long long)first, (unsigned long long)last, device);
        for (uint64_t v = first; v <= last && v - first < 3; v++) {
            const struct tn__record *row = record_of(s, v);
            append(e->message, sizeof e->message, v == first ? " (" : ", ");
            if (!row || !describe_kernel(row, e->message, sizeof e->message, false))
                append(e->message, sizeof e->message, "%s", row ? tn__api_name((enum tn__api)row->api) : "long ago");
        }
        append(e->message, sizeof e->message, last - first >= 3 ? ", ...): " : "): ");
    }
    append(e->message, sizeof e->message, "%s", reported);
    describe_place(f, e->message, sizeof e->message);
    fault->behind = *e;
    fault->behind.status = TN_POISONED;
    fault->behind.function[0] = 0;
    snprintf(fault->behind.message, sizeof fault->behind.message, "poisoned by an earlier failure: %.470s", e->message);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Spreading */

/* Everything of a stream that has not passed is lost to `fault`. */
static void poison_stream(struct tn__stream *s, const struct tn__fault *fault, tn_status blocked)
{
    uint64_t passed = 0;
    tn__native_hold(s);
    tn__lock(&s->lock);
    if (!atomic_load(&s->blocked)) {
        if (s->driver->stream_passed(s->native, &passed) == TN_OK && passed)
            tn__stream_advance(s, passed + s->base);
        tn__stream_gap(s, atomic_load(&s->passed) + 1, atomic_load(&s->last), TN_POISONED, fault);
        s->fault = fault;
    }
    atomic_store(&s->blocked, blocked);
    tn__unlock(&s->lock);
    tn__native_release(s);
}

static void poison_device(struct tn__device *d, const struct tn__fault *fault, tn_status health)
{
    pthread_mutex_lock(&d->streams_mutex);
    if (atomic_load(&d->health) == TN_OK || health == TN_DEVICE_LOST) {
        atomic_store(&d->fault, fault);
        atomic_store(&d->health, health);
    }
    for (struct tn__stream *s = d->streams; s; s = s->next)
        poison_stream(s, fault, health);
    pthread_mutex_unlock(&d->streams_mutex);
}

static void spread(struct tn__device *d, struct tn__fault *fault, tn_status health)
{
    if (fault->domain == TN_DOMAIN_CONTEXT || fault->domain == TN_DOMAIN_DEVICE)
        poison_device(d, fault, health);
    if (fault->domain != TN_DOMAIN_PROCESS)
        return;
    /* Every device of this driver, whatever runtime it is seen through. */
    uint32_t slot = 0;
    struct tn__device *other;
    while ((other = tn__object_next(TN__DEVICE, &slot)) != NULL) {
        atomic_fetch_add(&other->object.users, 1);
        if (atomic_load(&other->object.live) && other->driver == d->driver)
            poison_device(other, fault, health);
        tn__unref(&other->object);
    }
    if (!tn__is_live(&d->object, d->bits))
        poison_device(d, fault, health);   /* its runtime is being closed */
}

static struct tn__fault *new_fault(struct tn__device *d, tn_status status)
{
    static struct tn__fault reserve;   /* when there is no memory: one for all, told in general words */
    struct tn__fault *fault = calloc(1, sizeof *fault);
    if (!fault) {
        reserve.domain = d->info.fault_domain;
        reserve.detail.status = TN_FAULT;
        reserve.behind.status = TN_POISONED;
        return &reserve;
    }
    if (!tn__pending_take(&fault->detail))
        snprintf(fault->detail.where, sizeof fault->detail.where, "the driver %s", d->driver->name);
    fault->detail.size = sizeof fault->detail;
    fault->detail.status = TN_FAULT;
    fault->domain = status == TN_DEVICE_LOST ? TN_DOMAIN_DEVICE
                    : d->info.fault_domain   ? d->info.fault_domain
                                             : TN_DOMAIN_DEVICE;
    fault->next = d->runtime->faults;
    d->runtime->faults = fault;
    return fault;
}

const struct tn__fault *tn__stream_failed(struct tn__stream *s, tn_status status)
{
    struct tn__device *d = s->device;
    pthread_mutex_lock(&fault_mutex);
    if (atomic_load(&s->blocked)) {   /* another thread heard of it first */
        pthread_mutex_unlock(&fault_mutex);
        return NULL;
    }
    struct tn__fault *fault = new_fault(d, status);
    tn_driver_fault f = { .size = sizeof f,
                          .block = { UINT32_MAX, UINT32_MAX, UINT32_MAX },
                          .thread = { UINT32_MAX, UINT32_MAX, UINT32_MAX } };
    tn__native_hold(s);
    bool known = s->driver->stream_fault(s->native, &f) == TN_OK;
    tn__pending_clear();
    tn__lock(&s->lock);
    if (known && f.domain && status != TN_DEVICE_LOST)
        fault->domain = f.domain;
    uint64_t passed = atomic_load(&s->passed), submitted = atomic_load(&s->last), first = passed + 1, last = submitted;
    if (known && f.first_value) {
        first = f.first_value + s->base > first ? f.first_value + s->base : first;
        last = f.last_value + s->base < last ? f.last_value + s->base : last;
        if (last < first)
            last = first <= submitted ? first : submitted;
        tn__stream_advance(s, first - 1 < submitted ? first - 1 : submitted);   /* values pass in order */
    }
    tell(fault, s, &f, first, last);
    tn__stream_gap(s, first, last, TN_FAULT, fault);
    tn__stream_gap(s, (first > last ? first : last + 1), submitted, TN_POISONED, fault);
    s->fault = fault;
    atomic_store(&s->blocked, status == TN_DEVICE_LOST ? TN_DEVICE_LOST : TN_POISONED);
    tn__unlock(&s->lock);
    tn__native_release(s);
    if (status == TN_DEVICE_LOST) {
        fault->behind.status = TN_DEVICE_LOST;
        fault->detail.status = first > last ? TN_DEVICE_LOST : TN_FAULT;
    }
    spread(d, fault, status == TN_DEVICE_LOST ? TN_DEVICE_LOST : TN_POISONED);
    pthread_mutex_unlock(&fault_mutex);
    return first > last ? fault : NULL;
}

const struct tn__fault *tn__abort_detail(struct tn__device *d, const tn_error *told)
{
    struct tn__fault *fault = calloc(1, sizeof *fault);
    if (!fault)
        return NULL;
    fault->detail.size = sizeof fault->detail;
    fault->detail.status = TN_ABORTED;
    snprintf(fault->detail.message, sizeof fault->detail.message, "dropped when its stream was aborted: %.440s",
             told->message);
    fault->behind = fault->detail;
    pthread_mutex_lock(&fault_mutex);
    fault->next = d->runtime->faults;
    d->runtime->faults = fault;
    pthread_mutex_unlock(&fault_mutex);
    return fault;
}

void tn__stream_poison(struct tn__stream *s, uint64_t first, const struct tn__fault *fault)
{
    pthread_mutex_lock(&fault_mutex);
    tn__lock(&s->lock);
    if (!atomic_load(&s->blocked)) {
        uint64_t passed = atomic_load(&s->passed);
        tn__stream_advance(s, first - 1);
        tn__stream_gap(s, first > passed ? first : passed + 1, atomic_load(&s->last), TN_POISONED, fault);
        s->fault = fault;
        atomic_store(&s->blocked, TN_POISONED);
    }
    tn__unlock(&s->lock);
    pthread_mutex_unlock(&fault_mutex);
}

void tn__device_lost(struct tn__device *d)
{
    pthread_mutex_lock(&fault_mutex);
    if (atomic_load(&d->health) != TN_DEVICE_LOST) {
        char name[96];
        struct tn__fault *fault = new_fault(d, TN_DEVICE_LOST);
        tn__device_name(d, name, sizeof name);
        fault->detail.device = d->bits;
        fault->detail.status = TN_DEVICE_LOST;
        if (!*fault->detail.message)
            snprintf(fault->detail.message, sizeof fault->detail.message, "%s is gone", name);
        fault->behind = fault->detail;
        spread(d, fault, TN_DEVICE_LOST);
    }
    pthread_mutex_unlock(&fault_mutex);
}

tn_status tn__device_refuse(enum tn__api api, struct tn__device *d)
{
    tn_status status = (tn_status)atomic_load(&d->health);
    const struct tn__fault *fault = atomic_load(&d->fault);
    if (status == TN_OK)
        status = TN_POISONED;   /* another thread has just recovered it */
    if (fault)
        tn__fail_again(api, &fault->behind);
    else
        TN__FAIL(api, status, "%s", tn_status_sentence(status));
    return tn__fail_on(status, d->bits, 0, 0);
}

void tn__faults_free(struct tn__runtime *r)
{
    static struct tn__fault *kept;   /* of the whole process: devices of other runtimes refer to them */
    pthread_mutex_lock(&fault_mutex);
    while (r->faults) {
        struct tn__fault *fault = r->faults;
        r->faults = fault->next;
        if (fault->domain == TN_DOMAIN_PROCESS) {
            fault->next = kept;
            kept = fault;
        } else {
            free(fault);
        }
    }
    pthread_mutex_unlock(&fault_mutex);
}
