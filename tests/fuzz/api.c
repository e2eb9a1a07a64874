/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.c - random sequences of calls over the whole public API, on the null device and a simulated device of each family,
 * by several threads: each has a runtime of its own, which it opens and closes, and one that all share and somebody
 * closes under the others; then by one thread alone, with kernels that fail and devices brought back. A model says what each call may answer and what each byte of device memory must be.
 *
 *   fuzz-api [BUNDLE [SECONDS [SEED [THREADS]]]]      the calls of a thread are given by the seed, not by the time
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/api_calls.h"

enum { THREADS = 16, CALLS = 500, PATIENCE_S = 100 };

const void *fuzz_bundle;
size_t fuzz_bundle_bytes;
static const char families[] = "null,cuda,hip,ascend";
static const char everything[] = "null,ascend910b,bw1000,a100,s5000";

static void open_world(fuzz_world *w)
{
    /* The stand-ins have one list of devices for the process; which of them a runtime shows is its own choice. */
    static const char *const visible[] = { "0", "1", "2,0", "3,1", "4,0,2", NULL };
    tn_options options = TN_OPTIONS_INIT;
    bool null = fuzz_random(w, 8) == 0;
    options.simulate = null ? "null:2" : everything;
    options.only = null ? "null" : families;
    options.visible = null ? NULL : visible[fuzz_random(w, 6)];
    options.flags = TN_OPTION_NO_HARDWARE | TN_OPTION_NO_ENVIRONMENT | (fuzz_random(w, 4) ? 0 : TN_OPTION_EXACT) |
                    (fuzz_random(w, 3) ? 0 : TN_OPTION_VALIDATE);
    w->exact = options.flags & TN_OPTION_EXACT;
    if (OK(tn_open(&options, &w->runtime)))
        fuzz_enter(w);
    MUST(w->device_count, "\"%s\" gave no device", options.simulate);
}

/* One thread's part of a round: calls on its own runtime and on the one that all share, which thread `closer` closes. */
typedef struct task {
    fuzz_world own, common;
    bool closer;
    atomic_ulong *progress;
} task;

static void close_common(fuzz_world *w)
{
    fuzz_round *r = w->round;
    atomic_store(&r->closing, true);
    /* Not for ever: a thread's kernel that never ends may be there, and its stream is now out of that thread's reach. */
    tn_status status = tn_close(r->runtime, fuzz_random(w, 2) ? 50000000 : fuzz_random(w, 1000000));
    if (!fuzz_answer(w, __FILE__, __LINE__, "tn_close", status, ANY_OF(TN_OK) | ANY_OF(TN_TIMEOUT) | ANY_OF(TN_BAD_HANDLE)) &&
        status == TN_TIMEOUT)
        atomic_store(&r->left, true);
    if (status != TN_BAD_HANDLE && atomic_exchange(&r->closed, true))
        fuzz_wrong(w, __FILE__, __LINE__, "two threads closed one runtime");
    w->gone = true;
}

static void *work(void *context)
{
    task *t = context;
    fuzz_world *own = &t->own, *common = &t->common;
    uint32_t close_at = fuzz_random(common, CALLS);
    common->runtime = common->round->runtime;
    fuzz_enter(common);
    for (uint32_t i = 0; i < CALLS; i++) {
        if (!own->device_count)
            open_world(own);
        if (t->closer && i == close_at && !common->gone)
            close_common(common);
        if (!common->gone && fuzz_random(own, 2))
            fuzz_call(common);
        else
            fuzz_call(own);
        if (fuzz_random(own, 20) == 0)
            fuzz_call_foreign(common->gone ? own : common, common->gone ? common : own);
        if (fuzz_random(own, 100) == 0)
            fuzz_leave(own, fuzz_random(own, 2));
        atomic_fetch_add(t->progress, 1);
    }
    if (own->device_count)
        fuzz_leave(own, true);
    if (fuzz_random(own, 2))
        close_common(common);
    else
        fuzz_leave(common, true);
    return NULL;
}

static void open_round(fuzz_round *r, fuzz_world *w)
{
    tn_options options = TN_OPTIONS_INIT;
    options.simulate = everything;
    options.only = families;
    options.flags = TN_OPTION_NO_HARDWARE | TN_OPTION_NO_ENVIRONMENT;
    memset(r, 0, sizeof *r);
    OK(tn_open(&options, &r->runtime));
    for (unsigned i = 0; i < BOARD; i++) {
        tn_device device;
        uint32_t count = 1;
        OK(tn_device_count(r->runtime, &count));
        OK(tn_device_get(r->runtime, i % count, &device));
        OK(tn_memory_alloc(device, 1024, &r->board[i].words));
    }
}

static void run_round(uint64_t seed, unsigned threads, atomic_ulong *progress)
{
    static task tasks[THREADS];
    static fuzz_world master;
    static fuzz_round round;
    pthread_t ids[THREADS];
    memset(&master, 0, sizeof master);
    master.seed = seed;
    open_round(&round, &master);
    for (unsigned i = 0; i < threads; i++) {
        task *t = &tasks[i];
        memset(t, 0, sizeof *t);
        t->own.seed = t->common.seed = seed;
        t->own.thread = t->common.thread = i;
        t->own.random = (seed * 1000 + i) * 0x9e3779b97f4a7c15ull + 1;
        t->common.random = t->own.random ^ 0x5555555555555555ull;
        t->common.round = &round;
        t->closer = i < 2 && seed % 3 != 0;
        t->progress = progress;
        if (pthread_create(&ids[i], NULL, work, t) != 0)
            exit(77);
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    if (!atomic_load(&round.closed)) {
        tn_status status = tn_close(round.runtime, TN_FOREVER);
        fuzz_answer(&master, __FILE__, __LINE__, "tn_close", status, ANY_OF(TN_OK));
    }
    for (unsigned i = 0; i < threads; i++) {
        if (atomic_load(&round.left))
            memset(tasks[i].common.copies, 0, sizeof tasks[i].common.copies);
        fuzz_forget(&tasks[i].common);
    }
}

/* Calls of one thread on a runtime that is alone in the process, with kernels that fail among them. */
static void run_faults(uint64_t seed, atomic_ulong *progress)
{
    static fuzz_world w;
    memset(&w, 0, sizeof w);
    w.seed = seed;
    w.thread = THREADS;
    w.random = seed * 0x9e3779b97f4a7c15ull + 1;
    for (uint32_t i = 0; i < CALLS; i++) {
        if (!w.device_count)
            open_world(&w);
        fuzz_call(&w);
        if (fuzz_random(&w, 12) == 0)
            fuzz_call_fault(&w);
        if (fuzz_random(&w, 100) == 0)
            fuzz_leave(&w, fuzz_random(&w, 2));
        atomic_fetch_add(progress, 1);
    }
    if (w.device_count)
        fuzz_leave(&w, true);
}

/* Ends the program when no thread gets on. */
static void *watch(void *context)
{
    atomic_ulong *progress = context;
    for (unsigned long last = 0, still = 0; still < PATIENCE_S; sleep(1)) {
        unsigned long now = atomic_load(progress);
        still = now == last ? still + 1 : 0;
        last = now;
    }
    fprintf(stderr, "no call came back for %d seconds\n", PATIENCE_S);
    abort();
}

static void read_bundle(const char *path)
{
    static unsigned char bytes[4 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fuzz_bundle_bytes = fread(bytes, 1, sizeof bytes, file);
    fuzz_bundle = bytes;
    fclose(file);
}

int main(int argc, char **argv)
{
    static atomic_ulong progress;
    if (argc < 2) {
        fprintf(stderr, "usage: %s BUNDLE [SECONDS [SEED [THREADS]]]\n", argv[0]);
        return 2;
    }
    long seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    unsigned threads = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 4, rounds = 0;
    time_t end = time(NULL) + seconds;
    pthread_t watcher;
    read_bundle(argv[1]);
    if (threads < 1 || threads > THREADS || pthread_create(&watcher, NULL, watch, &progress) != 0)
        return 2;
    do {
        run_round(seed + rounds, threads, &progress);
        run_faults(seed + rounds, &progress);
        rounds++;
    } while (time(NULL) < end);
    printf("%u rounds of %u threads, %lu calls, %lu devices brought back\n", rounds, threads, atomic_load(&progress),
           fuzz_faults);
    return 0;
}
