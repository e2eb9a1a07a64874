/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/internal.h - the objects of libtenon, and what its files call of one another, a section for each file.
 *
 * Locks, taken in this order: runtime of the process (runtime.c) -> device->mutex->device->streams_mutex ->
 * stream->lock. A driver is called with at most device->mutex or one stream->lock held. Waits hold no lock.
 */
#ifndef RUNTIME_INTERNAL_H
#define RUNTIME_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "bundle/bundle.h"
#include "runtime/error.h"
#include "runtime/handle.h"
#include "runtime/ranges.h"
#include "runtime/tap/tap.h"
#include "tenon/driver.h"
#include "tenon/tenon.h"

#define TN__RING      256u                    /* submissions that a stream remembers */
#define TN__ARGS_MAX  4096u                   /* bytes of a kernel's packed arguments */
#define TN__PATIENCE  10000000000u            /* ns: how long destroying waits for work to end before TN_BUSY */
#define TN__ABORT_NS  1000000000u             /* ns: how long an aborted stream may take to come to rest */

/* Driver functions are called through this, so that a driver's reports of an earlier call are not taken for this
 * one's. */
#define TN__CALL(call) (tn__pending_clear(), (call))

/* ------------------------------------------------------------------------------------------------------- */
/* plugin.c: driver plugins, loaded once in a process and never unloaded. */

struct tn__plugin {
    struct tn__plugin *next;
    char *path;
    const tn_driver *driver;
    tn_status status;            /* why it can't be used; TN_OK when it can */
    char *why;
    bool fresh;                  /* nobody has tried to open it, or there was no file */
};

/* Loads a plugin or finds it among the loaded ones. NULL: no memory. The result says whether it is usable. */
struct tn__plugin *tn__plugin_load(const char *path);
const char *tn__plugin_own_path(void);         /* libtenon's own file; "" when it can't be told */
const char *tn__plugin_library_dir(void);      /* the directory of libtenon's own file */

/* ------------------------------------------------------------------------------------------------------- */
/* host.c: the table that drivers call up through. */

extern const tn_host tn__host;

struct tn__line {
    struct tn__line *next;
    bool used;
    char *driver, *subject, *why;
};

struct tn__lines {
    pthread_mutex_t mutex;
    struct tn__line *first, **end;
};

/* While a thread opens things, what drivers explain goes to these lines. Returns those of before. */
struct tn__lines *tn__explain_into(struct tn__lines *lines);
void tn__explain_line(struct tn__lines *lines, const char *driver, const char *subject, bool used, const char *format,
                      ...) TN_PRINTF(5, 6);
void tn__log_level_set(int level);             /* 0 is silent */

/* ------------------------------------------------------------------------------------------------------- */
/* runtime.c */

struct tn__device;
struct tn__fault;

/* A driver at work in one runtime. */
struct tn__instance {
    struct tn__instance *next;
    struct tn__plugin *plugin;
    tn_driver_instance *native;
    struct tn__ranges host;                   /* pinned memory of this instance's devices; tag: handle of the device */
    struct tn__ranges host_device;            /* the same by the devices' own addresses; tag: host address */
    uint32_t simulated;                       /* devices of it that are */
    bool abandoned;                           /* something of it could not be ended: it is left alone */
};

struct tn__runtime {
    struct tn__object object;
    bool exact, validate;
    struct tn__instance *instances;
    struct tn__device **devices;
    uint32_t device_count;
    struct tn__lines lines;
    struct tn__fault *faults;                 /* all that happened; streams and points refer to them */
    bool discovered;
    char stuck[288];                          /* while it is closed: what of it does not end */
};

/* ------------------------------------------------------------------------------------------------------- */
/* fault.c */

/* What went wrong; kept until the runtime is closed. */
struct tn__fault {
    struct tn__fault *next;
    tn_error detail;             /* of TN_FAULT: the submission itself */
    tn_error behind;             /* of TN_POISONED: everything after it */
    tn_fault_domain domain;
};

/* Values of a stream that did not do their work. Sorted, not overlapping. */
struct tn__gap {
    uint64_t first, last;
    tn_status status;            /* TN_FAULT, TN_POISONED or TN_ABORTED */
    const struct tn__fault *fault;   /* NULL when aborted */
};

/* ------------------------------------------------------------------------------------------------------- */
/* device.c */

struct tn__stream;
struct tn__event;
struct tn__module;

struct tn__device {
    struct tn__object object;
    uint64_t bits;
    struct tn__runtime *runtime;
    struct tn__instance *instance;
    const tn_driver *driver;
    uint32_t index;                           /* in the driver's list */
    tn_device_info info;
    _Atomic(tn_driver_device *) native;       /* NULL until it is first used */
    _Atomic(uint32_t) health;                 /* tn_status: TN_OK, TN_POISONED, TN_DEVICE_LOST */
    pthread_mutex_t mutex;                    /* opening, recovering; the lists of events and modules */
    pthread_mutex_t streams_mutex;
    struct tn__stream *streams;               /* by falling serial number */
    uint64_t next_serial;
    struct tn__event *events;
    struct tn__module *modules;
    struct tn__ranges memory;                 /* allocations and variables; tag: tn__memory_kind */
    const struct tn__fault *_Atomic fault;    /* the one that took the device */
    struct tn__stream *helper;                /* for copies between devices, made when first needed */
    void *stage;                              /* its pinned memory */
    pthread_mutex_t helper_mutex;
    _Atomic(uint32_t) shared;                 /* streams of other devices of the driver use its memory too */
    _Atomic(uint32_t) abandoned;              /* something of it could not be ended: it is left alone */
};

enum tn__memory_kind { TN__MEMORY_ALLOCATED = 1, TN__MEMORY_VARIABLE = 2 };

/* Counts the caller in; *out stays until tn__unref. With `open`, claims the device and refuses a failed one. */
tn_status tn__device_enter(enum tn__api api, tn_device device, bool open, struct tn__device **out);
static inline void tn__device_leave(struct tn__device *device)
{
    tn__unref(&device->object);
}
/* Waits for what has been submitted to the device's streams, and for submissions that were checked before the call.
 * TN_OK; TN_TIMEOUT; the first stream's failure too when `strict`. */
tn_status tn__device_settle(enum tn__api api, struct tn__device *device, uint64_t deadline, bool strict);
void tn__device_name(const struct tn__device *device, char *out, size_t capacity);   /* "device 0 (Ascend910B3)" */

/* ------------------------------------------------------------------------------------------------------- */
/* stream.c, point.c */

/* One submission, as the record keeps it. */
struct tn__record {
    uint64_t value;
    uint64_t kernel;             /* handle, 0 for a copy and the like */
    uint32_t api;
};

/* Work of this stream depends on a point of another. */
struct tn__join {
    uint64_t stream, value;      /* the point */
    uint64_t at;                 /* the first value of this stream that depends on it */
};

#define TN__JOINS 32u

struct tn__stream {
    _Alignas(64) struct tn__object object;    /* streams share no cache line */
    /* What the submit path touches, in one place. */
    _Atomic(uint32_t) lock;
    _Atomic(uint32_t) blocked;                /* tn_status that submissions get; 0 = none */
    _Atomic(uint64_t) last;                   /* value of the last submission; written under the lock */
    _Atomic(uint64_t) passed;                 /* every value up to this has passed or is in a gap */
    _Atomic(uint64_t) gap_last;               /* the highest value in a gap, 0 = there is none */
    const tn_driver *driver;
    tn_driver_stream *native;
    uint64_t base;                            /* value - base is what the driver counts */
    struct tn__device *device;
    struct tn__record *ring;                  /* kept from one object in this place to the next */
    bool exact, validate;
    /* The rest. */
    _Atomic(uint32_t) waiters;                /* threads inside the driver's waits on `native` */
    _Atomic(uint32_t) closed;                 /* waits on `native` may not begin: it is being exchanged */
    _Atomic(uint32_t) aborting;               /* what the driver says to have passed may have been dropped */
    _Atomic(uint32_t) join_count;
    _Atomic(uint32_t) ending;                 /* somebody destroys it */
    uint32_t adopted;
    int32_t priority;
    void *adopted_native;
    uint64_t bits, serial;
    struct tn__stream *next;                  /* of the device, by falling serial number */
    struct tn__gap *gaps;                     /* under the lock, as the next three */
    uint32_t gap_count, gap_capacity;
    const struct tn__fault *fault;            /* that blocks it */
    struct tn__join joins[TN__JOINS];
};

#define TN__PEEK_STREAM(bits) TN__PEEK(TN__STREAM, struct tn__stream, (bits))
#define TN__REF_STREAM(bits)  TN__REF(TN__STREAM, struct tn__stream, (bits))

tn_status tn__stream_new(enum tn__api api, struct tn__device *device, int32_t priority, void *adopt,
                         struct tn__stream **out);
/* Waits until `deadline` for the stream's work and for calls that are inside, then frees it; TN_BUSY, and it stays. The
 * caller has retracted the handle and set `ending`. */
tn_status tn__stream_end(enum tn__api api, struct tn__stream *stream, uint64_t deadline);
tn_status tn__stream_abort(enum tn__api api, struct tn__stream *stream);
/* Waits for a value of a stream that cannot go away meanwhile (TN__REF). settle leaves the thread's detail alone. */
tn_status tn__stream_await(enum tn__api api, struct tn__stream *stream, uint64_t value, uint64_t timeout_ns);
tn_status tn__stream_settle(struct tn__stream *stream, uint64_t value, uint64_t timeout_ns);

/* Between these two `native` and `base` stay what they are, without the stream's lock. */
static inline void tn__native_hold(struct tn__stream *s)
{
    for (uint32_t round = 0;; tn__pause(&round)) {
        atomic_fetch_add(&s->waiters, 1);
        if (TN__LIKELY(!atomic_load(&s->closed)))
            return;
        atomic_fetch_sub(&s->waiters, 1);
    }
}

static inline void tn__native_release(struct tn__stream *s)
{
    atomic_fetch_sub_explicit(&s->waiters, 1, memory_order_release);
}

/* Between these two a submission is made: begin takes the stream's lock and checks the stream, end takes the driver's
 * verdict, keeps the record and gives the lock back. */
tn_status tn__submit_refused(enum tn__api api, tn_stream stream, struct tn__stream *locked);
tn_status tn__submit_failed(enum tn__api api, struct tn__stream *stream, tn_status status, uint64_t kernel);
tn_status tn__submit_exact(enum tn__api api, struct tn__stream *stream, uint64_t bits, uint64_t value);

static inline tn_status tn__submit_begin(enum tn__api api, tn_stream stream, struct tn__stream **out)
{
    struct tn__stream *s = TN__PEEK_STREAM(stream.bits);
    *out = s;
    if (TN__UNLIKELY(!s))
        return tn__submit_refused(api, stream, NULL);
    tn__lock(&s->lock);
    if (TN__UNLIKELY(!tn__is_live(&s->object, stream.bits) ||
                     atomic_load_explicit(&s->blocked, memory_order_relaxed)))
        return tn__submit_refused(api, stream, s);
    return TN_OK;
}

/* The value that the next submission gets. */
static inline uint64_t tn__submit_value(struct tn__stream *s)
{
    return atomic_load_explicit(&s->last, memory_order_relaxed) + 1;
}

static inline uint32_t tn__submit_flags(const struct tn__stream *s, const tn_point *out_point)
{
    return out_point || s->exact ? TN_SUBMIT_POINT : 0;
}

static inline tn_status tn__submit_end(enum tn__api api, struct tn__stream *s, tn_status status, uint64_t kernel,
                                       tn_point *out_point)
{
    if (TN__UNLIKELY(status != TN_OK))
        return tn__submit_failed(api, s, status, kernel);
    uint64_t value = tn__submit_value(s), bits = s->bits;   /* `live` may be 0 already: somebody waits to destroy it */
    struct tn__record *r = &s->ring[value % TN__RING];
    __builtin_prefetch(&s->ring[(value + 4) % TN__RING], 1);   /* which other work may have pushed out of the caches */
    r->value = value;
    r->kernel = kernel;
    r->api = (uint32_t)api;
    atomic_store_explicit(&s->last, value, memory_order_release);
    bool exact = s->exact;
    if (out_point) {
        out_point->stream.bits = bits;
        out_point->value = value;
    }
    tn__unlock(&s->lock);
    return TN__UNLIKELY(exact) ? tn__submit_exact(api, s, bits, value) : TN_OK;
}

/* fault.c again: what a stream's failure does. */

/* The stream's driver answered TN_FAULT or TN_DEVICE_LOST: finds out what happened, and poisons what the fault
 * domain says. The caller holds no lock. The fault, when no submission was under way that can be blamed: then it is the call itself. */
const struct tn__fault *tn__stream_failed(struct tn__stream *stream, tn_status status);
/* A point that it joined failed, by `fault` or, when that is NULL, because it was aborted: everything from `first`
 * on is poisoned. What is before has ended. */
void tn__stream_poison(struct tn__stream *stream, uint64_t first, const struct tn__fault *fault);
/* What a driver told of the work that an abort dropped, kept with the runtime; NULL when there is no memory. */
const struct tn__fault *tn__abort_detail(struct tn__device *device, const tn_error *told);
/* The verdict on a value that lies in a gap; false when it lies in none. Fills the thread's detail. */
bool tn__stream_verdict(enum tn__api api, struct tn__stream *stream, uint64_t value, tn_status *out);
/* "; the first not known to have ended is submission N of the stream, kernel K, made by FUNCTION", or "" where that is not
 * known. The caller holds no lock; never waits. */
void tn__stream_pending(struct tn__stream *stream, char *text, size_t capacity);
tn_status tn__stream_gap_status(struct tn__stream *stream, uint64_t value,
                                const struct tn__fault **out); /* TN_OK: in none */
/* Some stream of the process has had a gap: only then is it worth to look for failed joins before waiting. */
extern _Atomic(uint32_t) tn__gaps_made;
/* Adds a gap, under the stream's lock. */
void tn__stream_gap(struct tn__stream *stream, uint64_t first, uint64_t last, tn_status status,
                    const struct tn__fault *fault);
void tn__stream_advance(struct tn__stream *stream, uint64_t value);   /* passed = max(passed, value) */
/* A call on the device said TN_DEVICE_LOST. */
void tn__device_lost(struct tn__device *device);
tn_status tn__device_refuse(enum tn__api api, struct tn__device *device);   /* the reason why it is failed */
void tn__faults_free(struct tn__runtime *runtime);

/* ------------------------------------------------------------------------------------------------------- */
/* memory.c */

/* The range lies within one allocation of the device; *api* and *what* ("destination") are for the message. */
tn_status tn__memory_check_slow(enum tn__api api, struct tn__device *device, uint64_t address, uint64_t bytes,
                                const char *what);

static inline tn_status tn__memory_check(enum tn__api api, struct tn__device *device, uint64_t address, uint64_t bytes,
                                         const char *what)
{
    struct tn__range range;
    if (TN__LIKELY(tn__ranges_find(&device->memory, address, &range) && range.bytes - (address - range.base) >= bytes))
        return TN_OK;
    return tn__memory_check_slow(api, device, address, bytes, what);
}

static inline bool tn__host_is_pinned(struct tn__device *device, const void *pointer, uint64_t bytes)
{
    struct tn__range range;
    struct tn__ranges *map = &device->instance->host;
    return atomic_load_explicit(&map->count, memory_order_relaxed) &&
           tn__ranges_find(map, (uint64_t)(uintptr_t)pointer, &range) &&
           range.bytes - ((uint64_t)(uintptr_t)pointer - range.base) >= bytes;
}

void tn__memory_free_all(struct tn__device *device);

/* copy.c */
void tn__device_helper_end(struct tn__device *device, uint64_t deadline);

/* ------------------------------------------------------------------------------------------------------- */
/* event.c */

struct tn__event {
    struct tn__object object;
    uint64_t bits;
    struct tn__device *device;
    tn_driver_mark *mark;
    _Atomic(uint32_t) lock, ending;
    tn_point point;              /* under the lock; value 0: never recorded */
    struct tn__event *next, **link;   /* of the device */
};

tn_status tn__event_end(enum tn__api api, struct tn__event *event, uint64_t deadline);   /* as tn__stream_end */

/* ------------------------------------------------------------------------------------------------------- */
/* module.c, kernel.c, launch.c */

/* An argument, as packing needs it. */
struct tn__arg {
    uint32_t offset, bytes;
    bool pointer;
};

struct tn__kernel {
    struct tn__object object;
    _Atomic(struct tn__device *) device;
    struct tn__module *module;
    tn_driver_kernel *native;
    const struct tn__arg *args;
    const tn_ktab *table;
    uint32_t arg_count, args_bytes;
    uint32_t max_threads;                     /* limits of this kernel on this device */
    uint32_t static_local_bytes;
    uint32_t required_block[3];
    uint32_t index;                           /* in the table */
    uint64_t bits;
};

struct tn__module {
    struct tn__object object;
    uint64_t bits;
    _Atomic(uint32_t) ending;
    struct tn__device *device;
    tn_bundle *bundle;
    const tn_bundle_view *image;
    tn_driver_module *native;
    pthread_mutex_t mutex;                    /* the next two, while they are made */
    struct tn__kernel **kernels;              /* by table index; NULL: not asked for yet */
    struct tn__arg *args;                     /* of all kernels, as the table has them */
    struct { tn_address address; uint64_t bytes; } *variables;
    struct tn__module *next, **link;          /* of the device */
};

#define TN__REF_MODULE(bits) TN__REF(TN__MODULE, struct tn__module, (bits))
#define TN__PEEK_KERNEL(bits) TN__PEEK(TN__KERNEL, struct tn__kernel, (bits))

/* The object of a row of the module's kernel table. Under the module's mutex. */
tn_status tn__kernel_new(enum tn__api api, struct tn__module *module, uint32_t index, struct tn__kernel **out);
tn_status tn__module_end(enum tn__api api, struct tn__module *module, uint64_t deadline);   /* as tn__stream_end */

/* ------------------------------------------------------------------------------------------------------- */
/* options.c: sized structures from the caller. TN_OK, or TN_INVALID with a sentence. `bytes` is what this version
 * knows. */

tn_status tn__options_check(enum tn__api api, const char *name, const void *options, size_t bytes);
/* Parses "name:count,name": calls visit for each; TN_INVALID with a sentence when it is malformed. */
struct tn__entry {
    char name[192];
    uint32_t count;
};
tn_status tn__simulate_parse(const char *text, const char *source, struct tn__entry **out, uint32_t *out_count);

#endif
