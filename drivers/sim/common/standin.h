/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the CUDA and the HIP stand-in have in common, between the vendor's ABI and the silicon engine: handles that
 * cannot crash, devices and contexts, default-stream rules, events, copies with the memory's kind found out, modules
 * out of containers, launches. The stand-ins translate names, structs and numbers; the rules live here.
 * Owns: all objects behind the handles. May call: the engine, drivers/common/container.h, libc.
 *
 * Errors are numbers that both vendors share (CUDA's driver API; HIP's mostly equal them); a stand-in maps the few that
 * differ. All functions may be called from any thread.
 */
#ifndef DRIVERS_SIM_COMMON_STANDIN_H
#define DRIVERS_SIM_COMMON_STANDIN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/sim/common/handle.h"
#include "drivers/sim/engine/engine.h"

typedef int st_error;
enum {
    ST_OK = 0,
    ST_INVALID_VALUE = 1,
    ST_OUT_OF_MEMORY = 2,
    ST_NOT_INITIALIZED = 3,
    ST_NO_DEVICE = 100,
    ST_INVALID_DEVICE = 101,
    ST_INVALID_IMAGE = 200,
    ST_INVALID_CONTEXT = 201,
    ST_NO_BINARY = 209,
    ST_ECC = 214,
    ST_UNSUPPORTED_LIMIT = 215,
    ST_PEER_UNSUPPORTED = 217,
    ST_JIT_NOT_FOUND = 221,
    ST_FILE_NOT_FOUND = 301,
    ST_OPERATING_SYSTEM = 304,
    ST_INVALID_HANDLE = 400,
    ST_NOT_FOUND = 500,
    ST_NOT_READY = 600,
    ST_ILLEGAL_ADDRESS = 700,
    ST_OUT_OF_RESOURCES = 701,
    ST_LAUNCH_TIMEOUT = 702,
    ST_PEER_ALREADY = 704,
    ST_PEER_NOT_ENABLED = 705,
    ST_PRIMARY_ACTIVE = 708,
    ST_CONTEXT_DESTROYED = 709,
    ST_ASSERT = 710,
    ST_HOST_ALREADY = 712,
    ST_HOST_NOT = 713,
    ST_STACK = 714,
    ST_ILLEGAL_INSTRUCTION = 715,
    ST_MISALIGNED = 716,
    ST_LAUNCH_FAILED = 719,
    ST_NOT_PERMITTED = 800,
    ST_NOT_SUPPORTED = 801,
    ST_UNKNOWN = 999
};

#define ST_DEVICES_MAX 64u
#define ST_ARGS_MAX    4096u /* bytes of packed arguments, as CUDA's classic limit */

/* A vendor's list of errors ends with a row without a name. */
typedef struct st_error_text {
    int number;
    const char *name, *text;
} st_error_text;

static inline const st_error_text *st_error_find(const st_error_text *list, int number)
{
    for (; list->name; list++)
        if (list->number == number)
            return list;
    return NULL;
}

/* The tags of this family's handles. */
enum {
    ST_TAG_STREAM = 1,
    ST_TAG_EVENT,
    ST_TAG_MODULE,
    ST_TAG_FUNCTION,
    ST_TAG_CONTEXT,
    ST_TAG_POOL,
    ST_TAG_LIBRARY,
    ST_TAG_KERNEL
};

/* ------------------------------------------------------------------------------------------------------- */
/* Objects */

typedef struct st_context st_context;
typedef struct st_stream st_stream;

typedef struct st_pool_block {
    uint64_t address, bytes;
    st_stream *stream; /* held; NULL once its time has passed */
    uint64_t value;
    struct st_pool_block *next;
} st_pool_block;

typedef struct st_device {
    sil_device *sil;
    sil_profile profile;
    uint32_t ordinal;     /* after the visibility list */
    pthread_mutex_t lock; /* contexts coming and going, pool lists */
    st_context *primary;
    uint32_t contexts;      /* alive, the primary among them */
    _Atomic uint64_t peers; /* bit per device that this one was allowed to use */
    struct st_pool *pool;   /* the default pool */
} st_device;

struct st_context {
    st_head head;
    st_device *device;
    _Atomic int sticky; /* an error that stays until the context goes; ST_CONTEXT_DESTROYED when it went */
    bool primary;
    uint32_t references; /* of the primary context */
    uint32_t flags;
    _Atomic uint64_t epoch; /* grows with each activation; thread-owned streams compare it */
    st_stream *legacy;
    _Atomic uint64_t legacy_last; /* value of the legacy stream's last submission that others must wait for */
    _Atomic bool legacy_used;     /* blocking streams note their work only from then on */
    pthread_mutex_t lock;         /* the list of dirty streams */
    st_stream *_Atomic dirty;
    char fault[448];      /* the sentence of the failure behind `sticky` */
    _Atomic bool joining; /* a thread is putting the waits for a taken list into the legacy stream */
};

typedef enum st_stream_kind { ST_LEGACY = 1, ST_BLOCKING = 2, ST_NON_BLOCKING = 3 } st_stream_kind;

struct st_stream {
    st_head head;
    sil_stream *sil;
    st_context *context;
    st_stream_kind kind;
    uint32_t flags;
    int priority;
    bool per_thread;        /* a thread's default stream: not to be destroyed by handle */
    _Atomic uint32_t holds; /* 1 for the handle, 1 for each event or pool block that points here */
    _Atomic uint32_t is_dirty;
    _Atomic uint64_t joined; /* legacy_last that this stream has waited for */
    st_stream *next_dirty;
    uint64_t id;
};

typedef struct st_event {
    st_head head;
    st_context *context;
    uint32_t flags;        /* ST_EVENT_* */
    _Atomic uint32_t busy; /* a lock held for a few instructions */
    bool recorded;
    st_stream *stream; /* held */
    uint64_t value;
    _Atomic uint64_t time_ns;
    struct st_event *next_zombie;
} st_event;
enum { ST_EVENT_BLOCKING = 1, ST_EVENT_NO_TIMING = 2, ST_EVENT_INTERPROCESS = 4 };

typedef struct st_arg {
    uint32_t offset, size;
} st_arg;

typedef struct st_function {
    st_head head;
    struct st_module *module;
    sil_kernel *kernel;
    st_context *context;
    const st_arg *args;
    uint32_t arg_count, args_bytes;
    uint32_t max_dynamic; /* dynamic local memory allowed; grows by opt-in */
    uint32_t max_threads;
    struct st_function *next; /* of the module */
    int carveout;
} st_function;

typedef struct st_module {
    st_head head;
    st_context *context;
    sil_module *sil;
    st_function *functions;
    pthread_mutex_t lock;
} st_module;

extern st_table st_streams, st_events, st_modules, st_functions, st_contexts, st_pools;

/* ------------------------------------------------------------------------------------------------------- */
/* The stand-in's own: what differs between the vendors, set once. */

typedef struct st_vendor {
    const char *family;     /* of the profiles that it takes: "cuda", "musa", "hip" */
    const char *visible[3]; /* environment variables with the visible ordinals, NULL-terminated */
    bool launch_end_is_3;   /* HIP_LAUNCH_PARAM_END */
    bool few_fault_codes;   /* HIP has one code for most failures of kernels, and for blocks past __launch_bounds__ */
    bool implicit_contexts;  /* a device's context is made by its first use and never given back by clients */
} st_vendor;
extern const st_vendor st_vendor_info;

/* Devices, from tenon_sim_configure or TENON_SIM. */
st_error st_init(void);
uint32_t st_device_count(void);
st_device *st_device_at(int ordinal);      /* NULL when there is none; creates the engine's device at first use */
st_error st_device_sil(st_device *device); /* makes the engine's device; ST_OK when it is there */
st_device *st_device_of(const sil_device *sil);

/* Contexts */
st_error st_context_create(st_device *device, uint32_t flags, st_context **out);
void st_context_destroy(st_context *context);
st_error st_primary_retain(st_device *device, st_context **out);
st_error st_primary_release(st_device *device);
void st_primary_reset(st_device *device);
st_error st_context_wait(st_context *context);

/* The calling thread */
typedef struct st_own_stream {
    st_context *context;
    uint64_t epoch;
    st_stream *stream;
    struct st_own_stream *next;
} st_own_stream;

#define ST_CONTEXT_STACK 64u
typedef struct st_thread {
    st_context *current; /* top of the stack */
    st_context *stack[ST_CONTEXT_STACK];
    uint32_t depth;
    int device;     /* HIP's current device */
    int last_error; /* HIP's */
    st_own_stream *own;
    uint32_t grid[3], block[3]; /* __hipPushCallConfiguration */
    uint64_t shared_bytes;
    void *stream;
    uint32_t pushed;
} st_thread;

extern _Thread_local st_thread *st_thread_state __attribute__((tls_model("initial-exec")));
st_thread *st_thread_make(void);
static inline st_thread *st_self(void)
{
    st_thread *t = st_thread_state;
    return __builtin_expect(t != NULL, 1) ? t : st_thread_make();
}

/* ------------------------------------------------------------------------------------------------------- */
/* Streams */

/* Stream 0 means `zero`: 1 the legacy stream, 2 the thread's own; both can be named too. NULL: a bad handle. */
st_stream *st_stream_default(st_context *context, uintptr_t which);
static inline st_stream *st_stream_get(st_context *context, uintptr_t handle, uintptr_t zero)
{
    if (handle == 0)
        handle = zero;
    return handle > 2 ? st_get(&st_streams, handle) : st_stream_default(context, handle);
}

/* A client's handle in a function of a stand-in, whose `zero` says what 0 means; or a return of ST_INVALID_HANDLE. */
#define STREAM(s, context, handle)                                                                                     \
    st_stream *s = st_stream_get(context, (uintptr_t)(handle), zero);                                                  \
    if (__builtin_expect(!s, 0))                                                                                       \
    return ST_INVALID_HANDLE

st_error st_stream_create(st_context *context, st_stream_kind kind, uint32_t flags, int priority, st_stream **out);
void st_stream_destroy(st_stream *stream);
void st_stream_hold(st_stream *stream);
void st_stream_drop(st_stream *stream);
void st__join_blocking(st_context *context);
void st__join_legacy(st_stream *stream);
void st__mark_dirty(st_stream *stream);

/* Before a submission: the error that the context is stuck on, and the default-stream rule's waits. */
static inline st_error st_enter(st_stream *s)
{
    st_context *c = s->context;
    int sticky = atomic_load_explicit(&c->sticky, memory_order_relaxed);
    if (__builtin_expect(sticky != 0, 0))
        return sticky;
    if (s->kind == ST_BLOCKING) {
        if (atomic_load_explicit(&c->legacy_last, memory_order_acquire) !=
            atomic_load_explicit(&s->joined, memory_order_relaxed))
            st__join_legacy(s);
    } else if (s->kind == ST_LEGACY) {
        if (!atomic_load_explicit(&c->legacy_used, memory_order_acquire) ||
            atomic_load_explicit(&c->dirty, memory_order_acquire) ||
            atomic_load_explicit(&c->joining, memory_order_acquire))
            st__join_blocking(c);
    }
    return ST_OK;
}

const char *st_fault_text(uintptr_t stream); /* what failed in the context of that handle; for the calling thread */
st_error st_failed(st_stream *stream, sil_status status); /* the number for a failed engine call; notes sticky ones */

static inline void st__fence(st_stream *s)
{
#ifdef TN_SAN_thread /* which knows no fences */
    atomic_fetch_or(&s->is_dirty, 0);
#else
    (void)s;
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* After it: what later default-stream rules need to know. */
static inline st_error st_leave(st_stream *s, sil_status status, uint64_t value)
{
    if (__builtin_expect(status != SIL_OK, 0))
        return st_failed(s, status);
    if (s->kind == ST_BLOCKING) {
        if (atomic_load_explicit(&s->context->legacy_used, memory_order_relaxed)) {
            st__fence(s); /* the submission's value before the flag: st__join_blocking */
            if (!atomic_load_explicit(&s->is_dirty, memory_order_relaxed))
                st__mark_dirty(s);
        }
    } else if (s->kind == ST_LEGACY) {
        uint64_t last = atomic_load_explicit(&s->context->legacy_last, memory_order_relaxed);
        while (last < value && !atomic_compare_exchange_weak_explicit(&s->context->legacy_last, &last, value,
                                                                      memory_order_release, memory_order_relaxed)) {
        }
    }
    return ST_OK;
}

st_error st_stream_wait(st_stream *stream); /* all that was submitted, by the default-stream rules */
st_error st_stream_query(st_stream *stream);
st_error st_stream_wait_value(st_stream *stream, uint64_t value);
st_error st_host_call(st_stream *stream, void (*fn)(void *), void *arg);
/* The older form, with the stream as the client knows it and an error, which is none. */
struct st_client_stream; /* never defined */
typedef void (*st_stream_callback)(struct st_client_stream *stream, int error, void *data);
st_error st_callback(st_stream *stream, st_stream_callback fn, struct st_client_stream *known_as, void *data);
/* Words of 4 or 8 bytes; `how` is a sil_compare, whose numbers are the vendors'. */
st_error st_value_wait(st_stream *stream, uint64_t address, uint64_t operand, uint32_t bytes, unsigned how);
st_error st_value_write(st_stream *stream, uint64_t address, uint64_t operand, uint32_t bytes);

/* Events */
st_error st_event_create(st_context *context, uint32_t flags, st_event **out);
void st_event_destroy(st_event *event);
st_error st_event_record(st_event *event, st_stream *stream);
st_error st_event_wait(st_event *event); /* on the host */
st_error st_event_query(st_event *event);
st_error st_stream_wait_event(st_stream *stream, st_event *event);
st_error st_event_elapsed(st_event *from, st_event *to, float *out_ms);

/* ------------------------------------------------------------------------------------------------------- */
/* Memory */

typedef enum st_memory_kind {
    ST_MEMORY_NONE,
    ST_MEMORY_DEVICE,
    ST_MEMORY_PINNED,
    ST_MEMORY_REGISTERED,
    ST_MEMORY_MANAGED
} st_memory_kind;
typedef struct st_memory {
    st_memory_kind kind;
    st_device *device; /* of device memory */
    uint64_t base, bytes;
} st_memory;

st_error st_alloc(st_device *device, uint64_t bytes, uint64_t *out);
st_error st_free(st_device *device, uint64_t address); /* device or managed; 0 is fine */
st_error st_host_alloc(uint64_t bytes, sil_host_kind kind, void **out);
st_error st_host_free(void *pointer);
st_error st_host_register(void *pointer, uint64_t bytes);
st_error st_host_unregister(void *pointer);
void st_memory_find(uint64_t address, st_memory *out);

/* `wait`: the call returns when the copy has been done. A side said to be the device's may be pinned or managed
 * memory. */
st_error st_copy(st_stream *stream, uint64_t dst, sil_side dst_side, uint64_t src, sil_side src_side, uint64_t bytes,
                 bool wait);
st_error st_copy_2d(st_stream *stream, uint64_t dst, sil_side dst_side, uint64_t dst_pitch, uint64_t src,
                    sil_side src_side, uint64_t src_pitch, uint64_t width, uint64_t height, bool wait);
/* Fills of device memory never wait. With `wait`, a fill of pinned or managed memory does, as the vendors have it. */
st_error st_fill(st_stream *stream, uint64_t dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count, bool wait);
st_error st_fill_2d(st_stream *stream, uint64_t dst, uint64_t pitch, uint32_t pattern, uint32_t pattern_bytes,
                    uint64_t width, uint64_t height, bool wait);

/* Stream-ordered pools: freed blocks are kept with the point from which they may be used again. */
typedef struct st_pool {
    st_head head;
    st_device *device;
    pthread_mutex_t lock;
    uint64_t threshold; /* bytes kept at a synchronisation */
    uint64_t reserved, reserved_high, used, used_high;
    int reuse_event, reuse_opportunistic, reuse_internal;
    st_pool_block *free_blocks[48]; /* by the power of two of their size */
} st_pool;

st_error st_pool_default(st_device *device, st_pool **out); /* ST_NOT_SUPPORTED where the chip has no pools */
st_error st_pool_create(st_device *device, st_pool **out);
st_error st_pool_get_attribute(st_pool *pool, int attribute, void *out);
st_error st_pool_set_attribute(st_pool *pool, int attribute, const void *value);
void st_pool_destroy(st_pool *pool);
void st_pool_trim(st_pool *pool, uint64_t keep);
st_error st_pool_alloc(st_pool *pool, st_stream *stream, uint64_t bytes, uint64_t *out);
st_error st_pool_free(st_stream *stream, uint64_t address);
bool st_pool_owns(uint64_t address);
void st_pool_forget(st_device *device); /* the device was reset: its blocks are gone */

/* ------------------------------------------------------------------------------------------------------- */
/* Modules and launches */

st_error st_module_load(st_context *context, const void *image, size_t bytes, st_module **out);
/* Reads a regular file whole into memory that free() takes, aligned to 64 bytes. */
st_error st_read_file(const char *path, void **data, size_t *bytes);
st_error st_module_load_file(st_context *context, const char *path, st_module **out);
void st_module_unload(st_module *module);
st_error st_module_function(st_module *module, const char *name, st_function **out);
st_error st_module_variable(st_module *module, const char *name, uint64_t *out_address, uint64_t *out_bytes);
const char *st_function_name(const st_function *function);
st_error st_function_set_dynamic(st_function *function, int bytes);
/* Threads of the best block for a launch that wants the highest occupancy. */
uint32_t st_function_best_block(const st_function *function, size_t dynamic_bytes, uint32_t limit, uint32_t *out_grid);

/* A launch: shape checked, arguments packed, submitted. Either `params` or `extra`. */
st_error st_launch(st_function *function, st_stream *stream, const uint32_t grid[3], const uint32_t block[3],
                   uint32_t dynamic_bytes, void **params, void **extra, bool cooperative);

#endif
