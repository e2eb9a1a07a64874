/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How processes end, and how the library comes and goes, as a framework meets it. This program does not link libtenon: it
 * opens it, as a binding does. Each way of ending runs in a process of its own, on every family: exit_test LIBRARY runs
 * all, exit_test LIBRARY WAY DEVICES is one of them. Every process must end by itself, with status 0.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tenon/tenon.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, api.error_message ? api.error_message() : "");  \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

/* What is used of the library. */
#define FUNCTIONS(F)                                                                                                   \
    F(open)                                                                                                            \
    F(close) F(device_count) F(device_get) F(stream_create) F(stream_wait) F(memory_alloc) F(fill) F(copy_to_host)     \
        F(error_message)
static struct {
#define MEMBER(name) __typeof__(tn_##name) *name;
    FUNCTIONS(MEMBER)
} api;

static const char *library_path, *devices_asked;
static tn_runtime runtime;
static tn_device devices[8];
static uint32_t device_count;

static void *library;

static void load(void)
{
    library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
    MUST(library);
#define LOOK_UP(name) *(void **)&api.name = dlsym(library, "tn_" #name);
    FUNCTIONS(LOOK_UP)
}

static void open_runtime(void)
{
    tn_options options = TN_OPTIONS_INIT;
    int opencl = !strcmp(devices_asked, "opencl");
    options.simulate = opencl ? "" : devices_asked;
    options.only = opencl ? "opencl" : "null,cuda,hip,ascend";
    options.flags = opencl ? 0 : TN_OPTION_NO_HARDWARE;
    MUST(api.open(&options, &runtime) == TN_OK);
    MUST(api.device_count(runtime, &device_count) == TN_OK);
    for (uint32_t i = 0; i < device_count; i++)
        MUST(api.device_get(runtime, i, &devices[i]) == TN_OK);
    if (opencl && !device_count)
        exit(0); /* no OpenCL device here */
    MUST(device_count);
}

/* Words travel; `wait` or leave the work in flight. */
static tn_status use(tn_device device, tn_stream *stream, int wait)
{
    static _Thread_local uint32_t back[1024];
    tn_address memory;
    tn_status status = api.memory_alloc(device, sizeof back, &memory);
    for (int i = 0; status == TN_OK && i < 20; i++)
        status = api.fill(*stream, memory, (uint32_t)i, 4, 1024, NULL);
    if (status == TN_OK)
        status = api.copy_to_host(*stream, back, memory, sizeof back, NULL);
    if (status == TN_OK && wait) {
        status = api.stream_wait(*stream, TN_FOREVER);
        MUST(status != TN_OK || (back[0] == 19 && back[1023] == 19));
    }
    return status;
}

static void use_all(int wait)
{
    for (uint32_t i = 0; i < device_count; i++) {
        tn_stream stream;
        MUST(api.stream_create(devices[i], NULL, &stream) == TN_OK);
        MUST(use(devices[i], &stream, wait) == TN_OK);
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Threads that work until the process ends. */

static _Atomic int working;

static void *work(void *argument)
{
    tn_device device = devices[(uintptr_t)argument % device_count];
    tn_stream stream;
    if (api.stream_create(device, NULL, &stream) != TN_OK)
        return NULL;
    for (int i = 0; i < 1000000; i++) {
        if (use(device, &stream, i % 2) != TN_OK)
            break; /* somebody closes */
        if (!i)
            working++;
    }
    return NULL;
}

static void start_workers(void)
{
    for (uintptr_t i = 0; i < 4; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, work, (void *)i) == 0);
        pthread_detach(thread);
    }
    while (working < 4)
        usleep(1000);
}

static void close_at_exit(void)
{
    MUST(api.close(runtime, TN_FOREVER) == TN_OK);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The ways */

static void exit_with_work_in_flight(void)
{
    load();
    open_runtime();
    use_all(0);
}

static void exit_beside_threads_that_work(void)
{
    load();
    open_runtime();
    start_workers();
}

static void close_in_a_handler(void)
{
    load();
    open_runtime();
    atexit(close_at_exit);
    use_all(0);
}

/* The handler stands before the libraries that tn_open loads, so it runs after theirs. */
static void close_in_an_early_handler(void)
{
    load();
    atexit(close_at_exit);
    open_runtime();
    use_all(0);
}

static void close_in_a_handler_beside_threads(void)
{
    load();
    open_runtime();
    atexit(close_at_exit);
    start_workers();
}

static int close_late;
__attribute__((destructor)) static void destroy(void)
{
    if (close_late)
        close_at_exit();
}

static void close_in_a_destructor(void)
{
    load();
    open_runtime();
    use_all(0);
    close_late = 1;
}

static void *last_thread(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    use_all(1);
    MUST(api.close(runtime, TN_FOREVER) == TN_OK);
    exit(0);
}

static void main_thread_ends_first(void)
{
    static pthread_t self;
    pthread_t other;
    load();
    open_runtime();
    use_all(0);
    self = pthread_self();
    MUST(pthread_create(&other, NULL, last_thread, &self) == 0);
    pthread_exit(NULL);
}

static void refused_in_a_child(void)
{
    tn_status status = api.close(runtime, 0);
    MUST(status == TN_OK || status == TN_FORKED);
}

/* A child of a process that works: it can't go on with what is open, but it ends as any process does. */
static void fork_beside_threads_that_work(void)
{
    load();
    open_runtime();
    atexit(refused_in_a_child);
    start_workers();
    for (int i = 0; i < 3; i++) {
        int status = 1;
        pid_t child = fork();
        if (child == 0) {
            tn_stream stream;
            MUST(api.stream_create(devices[0], NULL, &stream) == TN_FORKED);
            exit(0);
        }
        MUST(waitpid(child, &status, 0) == child);
        MUST(status == 0);
    }
    tn_stream stream;
    MUST(api.stream_create(devices[0], NULL, &stream) == TN_OK);
    MUST(use(devices[0], &stream, 1) == TN_OK);
}

static void *close_it(void *status)
{
    *(tn_status *)status = api.close(runtime, TN_FOREVER);
    return NULL;
}

/* One closes, the others find it closed, and who works hears of it at his next call. */
static void several_close_beside_threads(void)
{
    enum { CLOSERS = 4, TURNS = 5 };
    load();
    for (int turn = 0; turn < TURNS; turn++) {
        pthread_t threads[CLOSERS];
        tn_status status[CLOSERS];
        int closed = 0, late = 0;
        open_runtime();
        working = 0;
        start_workers();
        for (int i = 0; i < CLOSERS; i++)
            MUST(pthread_create(&threads[i], NULL, close_it, &status[i]) == 0);
        for (int i = 0; i < CLOSERS; i++) {
            MUST(pthread_join(threads[i], NULL) == 0);
            closed += status[i] == TN_OK;
            late += status[i] == TN_BAD_HANDLE;
        }
        MUST(closed == 1 && late == CLOSERS - 1);
    }
}

static int entries(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* The library stays (-z nodelete), so that nothing of it is ever unmapped under a thread; nothing piles up. */
static void load_and_unload(void)
{
    enum { TURNS = 24, SETTLED = 8 };
    int files = 0, threads = 0;
    for (int i = 0; i < TURNS; i++) {
        load();
        open_runtime();
        use_all(1);
        MUST(api.close(runtime, TN_FOREVER) == TN_OK);
        MUST(dlclose(library) == 0);
        library = dlopen(library_path, RTLD_NOW | RTLD_NOLOAD);
        MUST(library && dlsym(library, "tn_open") == (void *)api.open);
        dlclose(library);
        if (i == SETTLED) {
            files = entries("/proc/self/fd");
            threads = entries("/proc/self/task");
        }
    }
    MUST(entries("/proc/self/fd") <= files);
    MUST(entries("/proc/self/task") <= threads);
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    { "exit_with_work_in_flight", exit_with_work_in_flight },
    { "exit_beside_threads_that_work", exit_beside_threads_that_work },
    { "close_in_a_handler", close_in_a_handler },
    { "close_in_an_early_handler", close_in_an_early_handler },
    { "close_in_a_handler_beside_threads", close_in_a_handler_beside_threads },
    { "close_in_a_destructor", close_in_a_destructor },
    { "main_thread_ends_first", main_thread_ends_first },
    { "fork_beside_threads_that_work", fork_beside_threads_that_work },
    { "several_close_beside_threads", several_close_beside_threads },
    { "load_and_unload", load_and_unload },
};
enum { WAYS = sizeof ways / sizeof *ways };

static int run_all(const char *self)
{
    static const char *const families[] = { "null:2",       "a100:2,s5000", "bw1000:2",
                                            "ascend910b:2", "opencl",       "a100,bw1000,ascend910b,null" };
    int bad = 0;
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (size_t w = 0; w < WAYS; w++) {
            int status = 1;
            pid_t child = fork();
            if (child == 0) {
                alarm(100);
                execl(self, self, library_path, ways[w].name, families[f], (char *)NULL);
                _exit(127);
            }
            waitpid(child, &status, 0);
            if (status) {
                printf("%s on %s: %s %d\n", ways[w].name, families[f], WIFSIGNALED(status) ? "signal" : "exit status",
                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
                bad++;
            }
        }
    return bad != 0;
}

int main(int argc, char **argv)
{
    library_path = argc > 1 ? argv[1] : "libtenon.so";
    if (argc < 4)
        return run_all("/proc/self/exe");
    devices_asked = argv[3];
    for (size_t w = 0; w < WAYS; w++)
        if (!strcmp(ways[w].name, argv[2])) {
            ways[w].run();
            return 0;
        }
    return 2;
}
