/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's files share: the structures behind engine.h's handles and the functions that cross files.
 * Names with two underscores are the engine's own. Order of locks: device, stream control, memory space; the submit
 * path takes only a stream's producer lock.
 */
#ifndef DRIVERS_SIM_ENGINE_INTERNAL_H
#define DRIVERS_SIM_ENGINE_INTERNAL_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drivers/sim/engine/engine.h"
#include "tenon/sim_image.h"

#define SIL__PAGE 4096u
#if defined(TN_SAN_thread)
#define SIL__PLAIN __attribute__((no_sanitize("thread"))) /* functions that are left in the middle */
#else
#define SIL__PLAIN
#endif
#define SIL__PRINTF(a, b) __attribute__((format(printf, a, b)))

/* ------------------------------------------------------------------------------------------------------- */
/* Messages (device.c) */

/* Stores the calling thread's sentence; sil__fail gives `status` besides. */
void sil__say(const char *format, ...) SIL__PRINTF(1, 2);
#define sil__fail(status, ...) (sil__say(__VA_ARGS__), (status))
/* Refuses calls in a forked child; one load. */
extern _Atomic(int) sil__forked;
sil_status sil__forked_fail(void);
#define SIL__ENTER()                                                                                                   \
    do {                                                                                                               \
        if (__builtin_expect(atomic_load_explicit(&sil__forked, memory_order_relaxed), 0))                             \
            return sil__forked_fail();                                                                                 \
    } while (0)

/* ------------------------------------------------------------------------------------------------------- */
/* Memory (space.c, memory.c) */

/* A reserved range of addresses over one memory file, cut into granules. Allocations above half a granule take whole
 * granules; smaller ones share a granule with others of their size (a slab). */
enum { SIL__GRANULE_SHIFT = 16, SIL__GRANULE = 1 << SIL__GRANULE_SHIFT, SIL__BINS = 160, SIL__CLASSES = 24 };

typedef enum sil__block_kind { SIL__UNUSED = 0, SIL__FREE, SIL__LARGE, SIL__SLAB, SIL__IMAGE } sil__block_kind;

typedef struct sil__block {
    _Atomic(uint32_t) kind;
    _Atomic(uint64_t) bytes;      /* LARGE: what was asked for */
    _Atomic(uint64_t) first;      /* granule */
    uint64_t count;               /* granules */
    uint64_t charge;              /* LARGE, IMAGE: counted against the capacity */
    _Atomic(uint64_t) lead;       /* IMAGE: bytes in front of the part that copies may touch */
    uint32_t prev, next;          /* in a bin, a class' list of slabs with room, or the unused list */
    _Atomic(uint32_t) slot_bytes; /* SLAB */
    uint32_t size_class, slots, slots_free;
    uint64_t room[4]; /* SLAB: bit set = slot is free */
} sil__block;

typedef struct sil__space {
    unsigned char *base;
    uint64_t reserved, capacity, granules;
    int fd, key; /* memory file; protection key or -1 */
    uint32_t align, extra, round;
    bool borrowed; /* lies inside another space: no mapping of its own */
    pthread_mutex_t lock;
    uint64_t used;            /* bytes charged */
    uint64_t idle_open;       /* bytes of free granules that are still open */
    uint64_t live;            /* allocations */
    _Atomic(uint32_t) *owner; /* by granule: block, 0 = none */
    unsigned char *open;      /* by granule: readable and writable now */
    sil__block *blocks;
    _Atomic(uint32_t) *slots; /* SLAB, 256 for each block: bytes asked for, 0 = free */
    uint32_t block_count, block_unused;
    uint64_t bin_map[(SIL__BINS + 63) / 64];
    uint32_t bin[SIL__BINS];
    uint32_t class_bytes[SIL__CLASSES], class_count, class_slabs[SIL__CLASSES];
    uint32_t class_empty[SIL__CLASSES]; /* slabs without an allocation; one is kept */
} sil__space;

sil_status sil__space_init(sil__space *space, const char *name, uint64_t capacity, uint32_t align, uint32_t extra,
                           uint32_t round, int key);
/* A space inside memory that somebody else owns: the device heap. */
sil_status sil__space_borrow(sil__space *space, void *base, uint64_t bytes);
void sil__space_destroy(sil__space *space);
/* Zeroed host memory in whole pages that is committed when touched; NULL if there are no addresses left. */
void *sil__pages(uint64_t bytes);
sil_status sil__space_alloc(sil__space *space, uint64_t bytes, uint64_t *out_address);
sil_status sil__space_free(sil__space *space, uint64_t address);
bool sil__space_find(const sil__space *space, uint64_t address, uint64_t *out_base, uint64_t *out_bytes);
/* Whole granules without access rights, for an image: the caller maps into them. Copies may touch only what
 * sil__space_expose names. */
sil_status sil__space_take(sil__space *space, uint64_t bytes, uint64_t *out_address);
void sil__space_expose(sil__space *space, uint64_t address, uint64_t lead, uint64_t bytes);
void sil__space_give(sil__space *space, uint64_t address);
static inline bool sil__space_holds(const sil__space *space, uint64_t address)
{
    return address - (uint64_t)(uintptr_t)space->base < space->reserved;
}

sil_device *sil__device_at(uint64_t address); /* whose range holds the address; NULL = none */
bool sil__host_range(const void *pointer, uint64_t bytes, bool *out_known); /* pinned, registered or managed */

/* ------------------------------------------------------------------------------------------------------- */
/* Protection keys (protect.c) */

int sil__key(void); /* the engine's key, or -1 */
const char *sil__key_sentence(void);
void sil__rights_open(void); /* this thread may touch device memory until ... */
void sil__rights_close(void);

/* ------------------------------------------------------------------------------------------------------- */
/* Runners (runner.c, fault.c): a thread's place to run kernels: a stack of its own, buffers, fault state. */

typedef struct sil__frame {
    void *saved_sp; /* the thread's own stack while a kernel runs */
    void *stack_top;
} sil__frame;

typedef struct sil__call {
    void (*fn)(void *, void *, uint64_t, uint64_t);
    void *a, *b;
    uint64_t c, d;
} sil__call;

enum { SIL__PRINT_BYTES = 16384 };

typedef struct sil__runner {
    sil__frame frame;
    tn_sim_worker worker;
    _Atomic(int) active;          /* inside a guarded call */
    _Atomic(int) in_service;      /* 1: inside a service, an abort waits for its end; 2: and it holds a lock */
    _Atomic(int) leave;           /* abort asked for while in a service */
    _Atomic(sil_stream *) stream; /* whose work runs here ... */
    _Atomic(uint64_t) value;      /* ... and which of it */
    _Atomic(int) tid;
    const void *image_low, *image_high; /* text of the running kernel */
    /* why the last guarded call left */
    uint32_t trap; /* sil_fault_kind */
    uint64_t trap_address;
    const void *trap_at; /* the instruction, in the text of the kernel; NULL = not known */
    uint32_t trap_thread[3];
    char trap_text[288];
    /* buffers */
    const unsigned char *guard; /* of the stack in use: an access to these pages is its overflow */
    struct sil__together *together;
    unsigned char *stack; /* guard page first */
    uint64_t stack_bytes;
    unsigned char *local;
    uint64_t local_bytes;
    unsigned char *scratch;
    uint64_t scratch_bytes;
    void *alt_stack;
    bool set_alt_stack;
    bool is_worker;
    uint32_t id; /* counts from 0; says which compute unit it stands for */
    char *print;
    uint32_t print_used;
    struct sil__runner *next; /* every runner, never removed */
    struct sil__runner *next_free;
} sil__runner;

enum { SIL__LEAVE_FAULT = 1, SIL__LEAVE_ABORT = 2 };

extern __thread sil__runner *sil__here __attribute__((tls_model("initial-exec")));
sil__runner *sil__runner_attach(void); /* slow path of the next */
static inline sil__runner *sil__runner_get(void)
{
    sil__runner *runner = sil__here;
    return __builtin_expect(runner != NULL, 1) ? runner : sil__runner_attach();
}
sil__runner *sil__runner_all(void); /* the list */
/* Buffers for a launch: local memory and scratch, and a stack of `stack_bytes`. */
bool sil__runner_prepare(sil__runner *runner, uint64_t stack_bytes, uint64_t local_bytes, uint64_t scratch_bytes);

/* Calls on the runner's stack with faults caught. 0, or SIL__LEAVE_*. */
int sil__guarded(sil__runner *runner, const sil__call *call);
/* Leaves the guarded call of this thread from inside it. Does not return; not declared so, since AddressSanitizer would
 * look for the thread's own stack. */
void sil__leave(sil__runner *runner, int why);
int sil__switch(sil__frame *frame, const sil__call *call); /* assembly */
extern const char sil__landing[];                          /* where a handler sends a thread that leaves */
sil_status sil__faults_install(void);
void sil__interrupt(const sil__runner *runner); /* asks the thread to leave its kernel */
bool sil__interrupt_blocked(const sigset_t *mask);
void sil__interrupt_allow(sigset_t *mask);
void sil__sigreturn(void);

/* operand.c: the address that the interrupted instruction meant; false where it cannot be told. */
bool sil__operand_address(const void *ucontext, uint64_t *out);

extern const tn_sim_services sil__services, sil__services_together;
void sil__print_flush(sil__runner *runner);
int32_t sil__print_format(sil__runner *runner, const char *format, const uint64_t *slots, uint32_t slot_count);

/* ------------------------------------------------------------------------------------------------------- */
/* Streams (stream.c, drain.c, workers.c) */

enum { SIL__RING = 1024, SIL__INLINE_ARGS = 64, SIL__ARGS_RING = 65536, SIL__MAX_ARGS = 32768, SIL__BAD = 16 };

typedef enum sil__op {
    SIL__OP_LAUNCH = 1,
    SIL__OP_COPY,
    SIL__OP_FILL,
    SIL__OP_WAIT,
    SIL__OP_HOST,
    SIL__OP_STAMP,
    SIL__OP_VALUE_WAIT,
    SIL__OP_VALUE_WRITE
} sil__op;

typedef struct sil__slot {
    uint32_t op;
    uint32_t args_bytes; /* bytes of the arguments' ring that end with this slot */
    sil_kernel *kernel;
    union {
        struct {
            tn_sim_launch launch;
            _Alignas(16) unsigned char args[SIL__INLINE_ARGS];
        } run;
        struct {
            unsigned char *dst;
            const unsigned char *src;
            uint64_t dst_pitch, src_pitch, width, height;
        } copy;
        struct {
            unsigned char *dst;
            uint64_t pitch, width, height; /* width in bytes */
            uint32_t pattern_bytes;
            _Alignas(16) unsigned char pattern[16];
        } fill;
        struct {
            sil_stream *other;
            uint64_t value;
            uint32_t generation;
        } wait;
        struct {
            void (*fn)(void *);
            void *arg;
        } host;
        struct {
            _Atomic(uint64_t) *slot;
        } stamp;
        struct {
            uint64_t address, operand;
            uint32_t bytes, how;
        } value;
    };
} sil__slot;
_Static_assert(sizeof(sil__slot) == 128, "a slot is two cache lines");

/* Values of a stream that ended badly. */
typedef struct sil__bad {
    uint64_t first, last;
    sil_status status; /* SIL_FAULT, SIL_ABORTED, SIL_DEVICE_LOST */
} sil__bad;

struct sil_stream {
    /* producers */
    _Alignas(128) _Atomic(uint64_t) tail; /* submissions so far: the last value */
    _Atomic(uint32_t) producer;           /* spin lock */
    uint32_t marked;                      /* known to the workers; under the producer lock */
    uint64_t args_tail;
    uint64_t head_seen; /* the consumer's head as last read */
    /* consumer: whoever holds `owner` */
    _Alignas(128) _Atomic(uint64_t) head; /* values passed */
    _Atomic(uint32_t) owner, waiters, dependents, bell;
    _Atomic(uint64_t) args_head;
    _Atomic(uint64_t) abort_to; /* values up to this are dropped */
    _Atomic(uint32_t) poisoned; /* a fault stands: skip */
    _Atomic(uint64_t) clear_to; /* values up to this failed with a fault that was cleared */
    _Atomic(uint32_t) polling;  /* blocked on a word of memory */
    _Atomic(uint32_t) wanted;   /* somebody waits for it who does not run it */
    /* the job that is shared out; `claim` is epoch << 32 | next chunk */
    _Alignas(128) _Atomic(uint64_t) claim;
    _Atomic(uint32_t) epoch, chunks, parts, failed;
    _Atomic(uint64_t) chunk_units, first_unit, units;
    _Atomic(sil__slot *) job;
    _Atomic(uint64_t) job_value;
    _Alignas(128) _Atomic(uint32_t) done;
    _Atomic(uint32_t) inside, alone; /* helpers at it; they are to leave it */
    /* cold */
    _Alignas(128) sil_device *device;
    uint32_t index;
    _Atomic(uint32_t) generation;
    _Atomic(uint32_t) live, dying;
    int priority;
    sil_stream *device_next, *free_next;
    pthread_mutex_t control; /* aborts, bad ranges, fault */
    _Atomic(uint32_t) bad_count;
    _Atomic(const _Atomic(bool) *) stop; /* it keeps going while that is false; NULL: it stops at a failure */
    sil__bad bad[SIL__BAD];
    sil_fault fault;
    uint64_t fault_value; /* of this stream, that the fault came with */
    uint64_t told_to;     /* keep_going: failures up to this value were told */
    uint64_t stopped;     /* the last value that an abort took out of a kernel, 0 = none, and where it was */
    char stopped_at[352];
    uint32_t stopped_block[3];
    _Atomic(uint64_t) watched, watched_since; /* a launch that the watchdog looks at, and since when it runs */
    _Atomic(uint64_t) expired;                /* the value that the watchdog took out */
    _Alignas(128) sil__slot ring[SIL__RING];
    _Alignas(128) unsigned char args[SIL__ARGS_RING];
};

enum { SIL__STREAM_SHIFT = 18, SIL__MAX_STREAMS = 1 << 14 };
_Static_assert(sizeof(sil_stream) <= 1u << SIL__STREAM_SHIFT, "the arena's stride");

/* stream.c */
sil_stream *sil__stream_at(uint32_t index);
bool sil__reap(sil_stream *stream);
/* A stream is recycled when it is gone and idle, by whoever sees it, and then counts from 0 again or is another device's.
 * Who has it from a list and not from its owner reads the generation first: what is read afterwards belongs to that
 * generation if it still stands. */
static inline uint32_t sil__generation(const sil_stream *stream)
{
    return atomic_load_explicit(&((sil_stream *)stream)->generation, memory_order_acquire);
}
void sil__stream_end(sil_stream *stream, uint32_t generation); /* destroys it unless somebody else does */
/* Takes the producer lock and the next slot; more than SIL__INLINE_ARGS bytes of arguments (SIL__MAX_ARGS at most: half the
 * ring, since a piece that does not fit before the ring's end leaves the rest of it unused) get *out_args, of the ring, and *out_taken is what that took. sil__commit publishes the slot and gives the lock back. */
sil__slot *sil__begin(sil_stream *stream, uint64_t args_bytes, unsigned char **out_args, uint64_t *out_taken);
uint64_t sil__commit(sil_stream *stream);
sil_status sil__submit_check(sil_stream *stream);

static inline bool sil__reached(const sil_stream *stream, uint64_t value)
{
    return atomic_load_explicit(&((sil_stream *)stream)->head, memory_order_acquire) >= value;
}
static inline bool sil__keeps_going(const sil_stream *stream)
{
    const _Atomic(bool) *stop = atomic_load_explicit(&((sil_stream *)stream)->stop, memory_order_acquire);
    return stop && !atomic_load_explicit((_Atomic(bool) *)stop, memory_order_relaxed);
}
static inline uint64_t sil__tail(const sil_stream *stream)
{
    return atomic_load_explicit(&((sil_stream *)stream)->tail, memory_order_acquire);
}

/* drain.c: runs the stream's work up to `value`. False: someone else does, or it is blocked. */
bool sil__drain(sil_stream *stream, uint64_t value, int depth);
bool sil__help(sil_stream *stream); /* takes chunks of the job that it shares out now */
enum { SIL__DEPTH = 32 };

/* together.c: all blocks of a cooperative launch, in turns. False: no host memory; else *left is as of sil__guarded. */
bool sil__together_run(sil__runner *runner, sil__slot *slot, uint64_t count, int *left);
void sil__grid_wait(tn_sim_worker *worker, uint32_t threads);
void sil__grid_alone(tn_sim_worker *worker, uint32_t threads);

/* copy.c: a copy or fill as units that can be run apart from each other. */
uint64_t sil__transfer_units(const sil__slot *slot);
void sil__transfer_run(sil__slot *slot, uint64_t first, uint64_t count);

/* verdict.c */
sil_status sil__verdict(const sil_stream *stream, uint64_t value);
void sil__stream_bad(sil_stream *stream, uint64_t value, sil_status status);
void sil__fault_record(sil_stream *stream, uint64_t value, const sil_fault *fault);
void sil__fault_from_runner(sil_stream *stream, uint64_t value, const sil__slot *slot, const sil__runner *runner);
void sil__stopped(sil_stream *stream, uint64_t value, const sil__slot *slot, const sil__runner *runner);
void sil__poison(sil_stream *stream, uint64_t value, const sil_stream *origin);
sil_status sil__wait_until(sil_stream *stream, uint32_t generation, uint64_t value, uint64_t timeout_ns);
void sil__sleep_on(sil_stream *stream, uint64_t value, int64_t nanoseconds);
sil_status sil__abort(sil_stream *stream, uint32_t generation); /* also for streams that are being destroyed */
void sil__insist(const sil_stream *stream); /* sends an abort that stands once more, so that it does not stay undone */

/* workers.c */
extern _Atomic(int) sil__watcher_state; /* SIL__DEEP: a submission must wake it */
enum { SIL__DEEP = 0, SIL__WARM = 1 };
void sil__workers_ensure(void);            /* the threads start with the first work */
void sil__mark_locked(sil_stream *stream); /* workers look at it from now on; producer lock held */
void sil__unmark_locked(sil_stream *stream);
void sil__mark_now(sil_stream *stream); /* takes the producer lock itself */
void sil__doorbell(void);               /* the watcher sleeps deeply: wake it */
typedef struct sil__busy {
    sil_stream *stream; /* NULL: no stream of the device has work */
    uint32_t generation;
    uint64_t tail;
} sil__busy;
sil__busy sil__busy_stream(const sil_device *device);
void sil__kick(void); /* wake the watcher from a nap too */
void sil__want(sil_stream *stream); /* the same, and workers need not find the stream left alone first */
void sil__tell_idle(void);          /* workers that have just become idle look at the streams now */
void sil__wake_helpers(uint32_t count);
void sil__starving(void);
bool sil__workers_alive(void);
uint32_t sil__worker_count(void);

/* crowd.c: called by the owner of a job before and behind each of its chunks; `unit_ns` is what one took without helpers.
 * State 0: not looked at. */
typedef struct sil__crowd {
    int state;
    uint32_t others;
    uint64_t since;
    double one_ns;
} sil__crowd;
sil__crowd sil__crowd_begin(const sil__slot *slot, double unit_ns, uint64_t chunk_units);
void sil__crowd_before(sil__crowd *crowd, const sil_stream *stream);
void sil__crowd_after(sil__crowd *crowd, sil_stream *stream, sil_kernel *kernel, uint64_t units);
void sil__crowd_end(const sil__crowd *crowd, sil_stream *stream);
void sil__host_call_begin(void);
void sil__host_call_end(void);
extern bool sil__need_fence;
void sil__ring(sil_stream *stream); /* wakes those that sleep on the stream */
void sil__futex_wait(_Atomic(uint32_t) *word, uint32_t value, int64_t timeout_ns);
void sil__futex_wake(_Atomic(uint32_t) *word, int count);
uint64_t sil__now_ns(void);
static inline void sil__relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
static inline uint64_t sil__ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return sil__now_ns();
#endif
}
double sil__ticks_per_ns(void);

/* ------------------------------------------------------------------------------------------------------- */
/* Requested faults (inject.c) */

typedef struct sil__inject {
    bool any;
    uint64_t seed, device;
    uint64_t oom_at, ecc_at, ecc_corrected_at, hang_at, lost_at, copy_fail_at, copy_late_at; /* 0 = never */
    uint64_t copy_late_ns, slow_link; /* bytes a second, 0 = as fast as it goes */
    uint64_t watchdog_ns;             /* 0 = none */
    _Atomic(uint64_t) allocs, launches, copies, submissions, ecc_corrected;
} sil__inject;

sil_status sil__inject_parse(sil__inject *inject, const char *text, uint32_t ordinal);
bool sil__inject_alloc(sil__inject *inject);      /* true: this one fails */
bool sil__inject_submission(sil__inject *inject); /* true: the device is lost now */
/* What requests have to do with a job before it runs; false: nothing is left to run. */
bool sil__inject_job(sil_stream *stream, const sil__slot *slot, uint64_t value);

/* ------------------------------------------------------------------------------------------------------- */
/* Devices (device.c) and images (image.c, elf.c) */

/* watchdog.c */
void sil__watchdog_ensure(const sil_device *device);                /* starts it where the device asks for one */
void sil__watchdog_begin(sil_stream *stream, uint64_t value);       /* a launch begins to run */
void sil__dropped(sil_stream *stream, uint64_t value, const sil__slot *slot); /* by an abort, or by the watchdog */
void sil__devices_each(void (*fn)(sil_device *device, void *context), void *context); /* device.c */

struct sil_device {
    sil_profile profile;
    uint32_t ordinal;
    sil__space space;
    sil__space heap;
    bool heap_ready;
    sil__inject inject;
    _Atomic(uint32_t) lost, poisoned; /* poisoned: a fault of device scope stands */
    _Atomic(uint32_t) faulted;        /* streams that are poisoned */
    _Atomic(uint32_t) scope;
    pthread_mutex_t lock; /* streams, modules, heap */
    pthread_mutex_t fault_lock;
    sil_fault fault;
    sil_stream *streams;
    uint32_t stream_count;
    sil_module *modules;
};

struct sil_kernel {
    void (*entry)(const tn_sim_launch *, tn_sim_worker *, uint64_t, uint64_t);
    sil_device *device;
    uint32_t args_bytes, max_threads, static_local_bytes, local_limit, units;
    uint32_t required_block[3];
    uint32_t scratch_per_block, scratch_per_thread, stack_bytes;
    const void *text_low, *text_high;
    const tn_ktab_kernel *info;
    const char *name, *display;
    sil_module *module;
    _Atomic(uint32_t) untried; /* launches before sharing one out is put to the test again */
};

typedef struct sil__image sil__image; /* one file's text, shared by all its loads (image.c) */

/* symbols.c: the file that an image's code is mapped from; its number is for the second call, which says where it lies */
int sil__image_file(unsigned *out_number);
void sil__image_mapped(unsigned number, uint64_t offset);

struct sil_module {
    sil_device *device;
    sil_module *next;
    sil__image *image;
    uint64_t base, span; /* in device memory */
    sil_kernel *kernels;
};

void sil__device_settle(sil_device *device); /* waits until nothing runs; for frees */
void sil__device_lose(sil_device *device);
void sil__module_destroy(sil_module *module);
/* "file:line" of an instruction of the kernel; empty where its image has no line tables. */
void sil__place_of(const sil_kernel *kernel, const void *instruction, char *out, size_t capacity);
sil__space *sil__device_heap(sil_device *device);
/* Whether the processor has all features of a list with commas; else the first that is missing. */

#endif
