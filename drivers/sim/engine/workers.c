/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker threads: they run streams that nobody waits for and help with jobs that are shared out. One of them has the
 * watch: it spins for a moment after work, naps while hosts are active, and then sleeps deeply; only a submission that
 * finds it in deep sleep enters the system. It gives the watch away before it runs anything itself. Threads start with
 * the first work, are detached, and are never joined, so that a kernel that never ends can't keep a process from
 * exiting. Owns the set of streams to look at.
 */
#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

enum {
    MAX_WORKERS = 128,
    SPIN_NS = 20000,
    RELAXED = 8,     /* pauses between two questions of the time */
    LOOK_NS = 2000,  /* between two looks at the streams */
    ALONE_NS = 1500, /* a stream that has not moved for so long is left alone */
    NAP_NS = 50000,
    NAP_MAX_NS = 400000,
    NAP_BLOCKED_MAX_NS = 5000000,
    STARVED_NS = 20000000,
    IDLE_NS = 2000000, /* of naps in a row before the deep sleep */
    WORDS = SIL__MAX_STREAMS / 64
};

_Atomic(int) sil__watcher_state = SIL__DEEP;
bool sil__need_fence;

static _Atomic(uint64_t) marked[WORDS];
static _Atomic(uint32_t) words_used;
static struct {
    _Alignas(64) _Atomic(uint32_t) bell;
    _Atomic(int) asleep; /* 1: deeply, 2: napping */
} nest[MAX_WORKERS];
/* What was last seen of a stream that had work and nobody at it. Submitters and hosts that wait run streams themselves, and
 * a worker that takes one away from them, or only looks at its counters all the time, makes them slower: so workers look
 * now and then, and take what has not moved since. */
static struct {
    _Atomic(uint64_t) head, ticks;
} sighted[SIL__MAX_STREAMS];
static struct {
    _Alignas(64) _Atomic(uint32_t) count; /* moves when idle workers are to look at once */
    _Alignas(64) char end;
} calls;
static _Atomic(uint32_t) started, usual, in_host_calls;
static _Atomic(uint64_t) nobody_since; /* when the watch was last given to nobody */
static _Atomic(int) watch;             /* the worker that has it, -1: whoever is idle next */
static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static double ticks_per_ns = 1.0;

/* ------------------------------------------------------------------------------------------------------- */
/* Clock and futex */

uint64_t sil__now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double sil__ticks_per_ns(void)
{
    return ticks_per_ns;
}

void sil__futex_wait(_Atomic(uint32_t) *word, uint32_t value, int64_t timeout_ns)
{
    struct timespec t = { timeout_ns / 1000000000, timeout_ns % 1000000000 };
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, timeout_ns < 0 ? NULL : &t, NULL, 0);
}

void sil__futex_wake(_Atomic(uint32_t) *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void sil__ring(sil_stream *stream)
{
    atomic_fetch_add(&stream->bell, 1);
    sil__futex_wake(&stream->bell, 64);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The set of streams to look at */

void sil__mark_locked(sil_stream *stream)
{
    sil__workers_ensure();
    stream->marked = 1;
    atomic_fetch_or(&marked[stream->index / 64], 1ull << stream->index % 64);
    uint32_t words = stream->index / 64 + 1, used = atomic_load(&words_used);
    while (used < words && !atomic_compare_exchange_weak(&words_used, &used, words))
        ;
}

void sil__unmark_locked(sil_stream *stream)
{
    stream->marked = 0;
    atomic_fetch_and(&marked[stream->index / 64], ~(1ull << stream->index % 64));
}

void sil__mark_now(sil_stream *stream)
{
    while (atomic_exchange_explicit(&stream->producer, 1, memory_order_acquire))
        sil__relax();
    sil__mark_locked(stream);
    atomic_store_explicit(&stream->producer, 0, memory_order_release);
}

/* Forgets a stream that has nothing to do; a submitter that is at it keeps it. */
static void unmark_idle(sil_stream *stream)
{
    if (atomic_exchange_explicit(&stream->producer, 1, memory_order_acquire))
        return;
    if (stream->marked && !atomic_load(&stream->dying) && sil__reached(stream, sil__tail(stream)))
        sil__unmark_locked(stream);
    atomic_store_explicit(&stream->producer, 0, memory_order_release);
}

/* Calls `visit` for each stream of the set. */
static void each_marked(void (*visit)(sil_stream *, void *), void *context)
{
    uint32_t words = atomic_load_explicit(&words_used, memory_order_acquire);
    for (uint32_t w = 0; w < words; w++) {
        uint64_t bits = atomic_load_explicit(&marked[w], memory_order_acquire);
        for (; bits; bits &= bits - 1)
            visit(sil__stream_at(w * 64 + (uint32_t)__builtin_ctzll(bits)), context);
    }
}

typedef struct search {
    const sil_device *device;
    const sil_stream *except;
    sil__busy found;
} search;

static void find_busy(sil_stream *stream, void *context)
{
    search *s = context;
    sil__busy busy = { stream, sil__generation(stream), sil__tail(stream) };
    if (stream != s->except && (!s->device || stream->device == s->device) && !sil__reached(stream, busy.tail))
        s->found = busy;
}

/* A stream of the device that has work. A stream that is not in the set has none. */
sil__busy sil__busy_stream(const sil_device *device)
{
    search s = { device, NULL, { NULL, 0, 0 } };
    each_marked(find_busy, &s);
    return s.found;
}

static bool others_pending(const sil_stream *mine)
{
    search s = { NULL, mine, { NULL, 0, 0 } };
    each_marked(find_busy, &s);
    return s.found.stream != NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waking */

/* After this, a submitter has seen what was stored before it, or its submission can be seen here. */
static void barrier_to_submitters(void)
{
    if (!sil__need_fence)
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    atomic_thread_fence(memory_order_seq_cst);
}

static void wake(uint32_t worker)
{
    atomic_fetch_add(&nest[worker].bell, 1);
    sil__futex_wake(&nest[worker].bell, 1);
}

void sil__doorbell(void)
{
    if (atomic_exchange(&sil__watcher_state, SIL__WARM) != SIL__DEEP)
        return;
    int holder = atomic_load(&watch);
    if (holder >= 0)
        wake((uint32_t)holder);
}

void sil__tell_idle(void)
{
    atomic_fetch_add_explicit(&calls.count, 1, memory_order_release);
}

void sil__want(sil_stream *stream)
{
    if (!atomic_load_explicit(&stream->wanted, memory_order_relaxed))
        atomic_store_explicit(&stream->wanted, 1, memory_order_release);
    sil__kick();
}

void sil__kick(void)
{
    sil__tell_idle();
    int holder = atomic_load(&watch);
    if (holder >= 0 && atomic_load(&nest[holder].asleep)) {
        atomic_store(&sil__watcher_state, SIL__WARM);
        wake((uint32_t)holder);
    }
}

void sil__wake_helpers(uint32_t count)
{
    for (uint32_t w = atomic_load_explicit(&started, memory_order_relaxed); w-- > 0 && count;) {
        if (atomic_load(&nest[w].asleep)) {
            wake(w);
            count--;
        }
    }
}

/* Before a worker that has the watch runs something: somebody else has it meanwhile. Who sleeps deeply may go on
 * sleeping unless more is pending; the next submission wakes it. */
static void hand_over(uint32_t worker, const sil_stream *mine)
{
    if (atomic_load_explicit(&watch, memory_order_relaxed) != (int)worker)
        return;
    uint32_t n = atomic_load(&started);
    for (uint32_t i = 1; i < n; i++) {
        uint32_t next = (worker + i) % n;
        if (atomic_load(&nest[next].asleep) != 1)
            continue;
        atomic_store(&watch, (int)next);
        atomic_store(&sil__watcher_state, SIL__DEEP);
        barrier_to_submitters();
        if (others_pending(mine))
            sil__doorbell();
        return;
    }
    atomic_store(&nobody_since, sil__now_ns());
    atomic_store(&watch, -1);
}

/* True when this worker has the watch, which it takes if nobody does. */
static bool on_watch(uint32_t worker)
{
    int nobody = -1;
    return atomic_load_explicit(&watch, memory_order_relaxed) == (int)worker ||
           (atomic_load_explicit(&watch, memory_order_relaxed) < 0 &&
            atomic_compare_exchange_strong(&watch, &nobody, (int)worker));
}

uint32_t sil__worker_count(void)
{
    return atomic_load_explicit(&usual, memory_order_relaxed);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Working */

typedef struct scan {
    uint32_t worker;
    bool forget;       /* idle streams leave the set */
    bool any;          /* ran something */
    bool fresh;        /* a stream has work and is not known to be left alone */
    uint64_t ticks;    /* the time of this look */
    uint32_t pending;  /* streams with work left */
    uint64_t activity; /* sum of the tails: hosts are active when it moves */
    bool polling;
} scan;

static bool left_alone(sil_stream *stream, uint64_t ticks)
{
    uint64_t head = sil_stream_passed(stream) + 1; /* 0: never seen */
    if (atomic_load_explicit(&stream->wanted, memory_order_acquire))
        return true;
    if (atomic_load_explicit(&sighted[stream->index].head, memory_order_relaxed) == head)
        return (double)(int64_t)(ticks - atomic_load_explicit(&sighted[stream->index].ticks, memory_order_relaxed)) >=
               ALONE_NS * ticks_per_ns;
    atomic_store_explicit(&sighted[stream->index].ticks, ticks, memory_order_relaxed);
    atomic_store_explicit(&sighted[stream->index].head, head, memory_order_relaxed);
    return false;
}

static void look_at(sil_stream *stream, void *context)
{
    scan *out = context;
    uint64_t tail = sil__tail(stream);
    out->activity += tail;
    if (sil__reached(stream, tail)) {
        if (atomic_load_explicit(&stream->dying, memory_order_relaxed))
            sil__reap(stream);
        else if (out->forget)
            unmark_idle(stream);
        return;
    }
    if (atomic_load_explicit(&stream->owner, memory_order_relaxed)) {
        out->any |= sil__help(stream);
        sil__insist(stream);
    } else if (!left_alone(stream, out->ticks)) {
        out->fresh = true;
    } else {
        hand_over(out->worker, stream);
        uint64_t before = sil_stream_passed(stream);
        sil__drain(stream, tail, 0);
        out->any |= sil_stream_passed(stream) != before;
        out->polling |= atomic_load_explicit(&stream->polling, memory_order_relaxed) != 0;
    }
    if (!sil__reached(stream, sil__tail(stream)))
        out->pending++;
    else if (atomic_load_explicit(&stream->dying, memory_order_relaxed))
        sil__reap(stream);
}

static scan look(uint32_t worker, bool forget)
{
    scan out = { .worker = worker, .forget = forget, .ticks = sil__ticks() };
    each_marked(look_at, &out);
    return out;
}

typedef struct rest {
    uint64_t last_work, activity;
    int64_t nap_ns, idle_ns;
    bool again; /* looked twice since the last nap */
} rest;

/* A nap of the watcher; false when it is time for the deep sleep. */
static bool nap(uint32_t worker, rest *r, const scan *seen, uint32_t bell)
{
    if (r->idle_ns >= IDLE_NS && !seen->pending)
        return false;
    if (seen->activity != r->activity) {
        r->activity = seen->activity;
        r->idle_ns = 0;
        if (r->nap_ns > NAP_MAX_NS)
            r->nap_ns = NAP_MAX_NS;
    }
    r->again = false;
    r->idle_ns += r->nap_ns;
    atomic_store(&sil__watcher_state, SIL__WARM);
    int64_t longest = seen->pending && !seen->polling && r->idle_ns > IDLE_NS ? NAP_BLOCKED_MAX_NS : NAP_MAX_NS;
    if (r->nap_ns < longest)
        r->nap_ns *= 2;
    atomic_store(&nest[worker].asleep, 2);
    sil__futex_wait(&nest[worker].bell, bell, r->nap_ns);
    atomic_store(&nest[worker].asleep, 0);
    return true;
}

static void sleep_deeply(uint32_t worker, uint32_t bell)
{
    bool watching = on_watch(worker);
    atomic_store(&nest[worker].asleep, 1);
    if (watching) {
        atomic_store(&sil__watcher_state, SIL__DEEP);
        barrier_to_submitters();
    }
    scan seen = look(worker, false);
    /* Who came by the watch just now has not announced its sleep. */
    if (!seen.any && watching == on_watch(worker) && !(watching && seen.pending))
        sil__futex_wait(&nest[worker].bell, bell, -1);
    atomic_store(&nest[worker].asleep, 0);
    if (watching)
        atomic_store(&sil__watcher_state, SIL__WARM);
}

/* Until the next look, or until somebody calls. Mostly at rest: whoever works on the other thread of this core would feel it. */
static void pause_between_looks(uint32_t worker, uint32_t bell, uint32_t called)
{
    uint64_t start = sil__ticks(), length = (uint64_t)(LOOK_NS * ticks_per_ns);
    while (sil__ticks() - start < length &&
           atomic_load_explicit(&calls.count, memory_order_relaxed) == called &&
           atomic_load_explicit(&nest[worker].bell, memory_order_relaxed) == bell)
        for (unsigned i = 0; i < RELAXED; i++)
            sil__relax();
}

static void *work(void *argument)
{
    uint32_t worker = (uint32_t)(uintptr_t)argument;
    prctl(PR_SET_NAME, "tenon-sim");
    prctl(PR_SET_TIMERSLACK, 1);
    sil__runner *runner = sil__runner_get();
    if (!runner)
        return NULL;
    runner->is_worker = true;
    rest r = { sil__now_ns(), 0, NAP_NS, 0, false };
    for (;;) {
        uint32_t bell = atomic_load(&nest[worker].bell), called = atomic_load(&calls.count);
        scan seen = look(worker, r.idle_ns > 0);
        uint64_t now = sil__now_ns();
        if (seen.any) {
            r = (rest){ now, seen.activity, NAP_NS, 0, false };
        } else if (now - r.last_work < SPIN_NS) {
            pause_between_looks(worker, bell, called);
        } else if (seen.fresh && !r.again) {
            r.again = true; /* the next look shows whether it is left alone */
            pause_between_looks(worker, bell, called);
        } else if (!on_watch(worker) || !nap(worker, &r, &seen, bell)) {
            sleep_deeply(worker, bell);
            /* Who only submitted may well run the work itself, and then feels a worker that spins beside it: two looks. */
            bool wanted = atomic_load_explicit(&calls.count, memory_order_relaxed) != called;
            r = (rest){ wanted ? sil__now_ns() : 0, seen.activity, NAP_NS, 0, false };
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Starting */

static bool start_one(void)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    bool ok = false;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    sil__interrupt_allow(&all);
    pthread_mutex_lock(&start_lock);
    uint32_t worker = atomic_load(&started);
    if (worker < MAX_WORKERS) {
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, 512 << 10);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        ok = pthread_create(&thread, &attributes, work, (void *)(uintptr_t)worker) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_attr_destroy(&attributes);
        if (ok)
            atomic_store(&started, worker + 1);
    }
    pthread_mutex_unlock(&start_lock);
    return ok;
}

static void calibrate(void)
{
#if defined(__x86_64__)
    uint64_t t0 = sil__now_ns(), c0 = sil__ticks(), t1;
    while ((t1 = sil__now_ns()) - t0 < 200000)
        ;
    ticks_per_ns = (double)(sil__ticks() - c0) / (double)(t1 - t0);
#endif
}

static void start(void)
{
    calibrate();
    if (sil__faults_install() != SIL_OK)
        return;
    sil__need_fence = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0;
#if defined(TN_SAN_thread)
    sil__need_fence = true;
#endif
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t count = cpus < 2 ? 2 : cpus > MAX_WORKERS / 2 ? MAX_WORKERS / 2 : (uint32_t)cpus;
    atomic_store(&usual, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!start_one())
            break;
    }
}

void sil__workers_ensure(void)
{
    pthread_once(&start_once, start);
}

/* Somebody asks for work that nobody has begun. If every worker has been at something for 20 ms, a kernel that does not
 * end may be to blame, and the other streams and devices shall not suffer: another worker starts, one in 20 ms. */
void sil__starving(void)
{
    static _Atomic(uint64_t) last;
    if (atomic_load_explicit(&watch, memory_order_relaxed) >= 0)
        return;
    uint64_t now = sil__now_ns(), before = atomic_load(&last);
    if (now - atomic_load(&nobody_since) > STARVED_NS && now - before > STARVED_NS &&
        atomic_compare_exchange_strong(&last, &before, now))
        start_one();
}

/* Whether any thread but the caller's can run work; tries to start one if not. */
bool sil__workers_alive(void)
{
    return atomic_load(&started) > 0 || start_one();
}

/* A host function may sleep for as long as it likes: another worker takes this one's place. */
void sil__host_call_begin(void)
{
    uint32_t busy = atomic_fetch_add(&in_host_calls, 1) + 1;
    if (busy + 1 >= atomic_load(&started))
        start_one();
}

void sil__host_call_end(void)
{
    atomic_fetch_sub(&in_host_calls, 1);
}
