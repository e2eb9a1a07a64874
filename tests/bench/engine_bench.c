/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the silicon engine's own submit, wait, copy and allocation paths: least, median and 99th percentile of many
 * repetitions, in nanoseconds. No test: it prints figures and judges nothing.
 *   engine_bench [profile]
 */
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "drivers/sim/engine/engine.h"

enum { MOST = 100000 };
static uint64_t samples[MOST];
static sil_device *device;
static sil_kernel *k_empty, *k_work, *k_blocks;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void must(sil_status status, const char *what)
{
    if (status == SIL_OK)
        return;
    fprintf(stderr, "engine_bench: %s: %s\n", what, sil_last_message());
    exit(1);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* `each`: operations that a sample spans. */
static double report(const char *what, int count, int each)
{
    qsort(samples, (size_t)count, sizeof samples[0], compare);
    int middle = count / 2, late = count * 99 / 100;
    double median = (double)samples[middle] / each;
    printf("%-52s %10.1f %10.1f %10.1f\n", what, (double)samples[0] / each, median, (double)samples[late] / each);
    fflush(stdout);
    return median;
}

static uint64_t go(sil_stream *s, sil_kernel *k, uint32_t blocks, const void *args, uint32_t bytes)
{
    sil_launch l = { { blocks, 1, 1 }, { 64, 1, 1 }, 0, bytes, args };
    uint64_t value;
    must(sil_submit_launch(s, k, &l, &value), "launch");
    return value;
}

/* The clock costs about 20 ns, so a sample spans sixteen operations. */
static double launch_and_wait(const char *what, sil_stream *s)
{
    for (int i = 0; i < 5000; i++) {
        uint64_t t = now();
        for (int k = 0; k < 16; k++)
            must(sil_stream_wait(s, go(s, k_empty, 1, NULL, 0), SIL_FOREVER), "wait");
        samples[i] = now() - t;
    }
    return report(what, 5000, 16);
}

static double pipelined(const char *what, sil_stream *s, int depth)
{
    for (int i = 0; i < 200; i++) {
        uint64_t t = now(), value = 0;
        for (int k = 0; k < depth; k++)
            value = go(s, k_empty, 1, NULL, 0);
        must(sil_stream_wait(s, value, SIL_FOREVER), "wait");
        samples[i] = now() - t;
    }
    return report(what, 200, depth);
}

static void across(sil_stream *a, sil_stream *b)
{
    for (int i = 0; i < 5000; i++) {
        uint64_t t = now();
        for (int k = 0; k < 16; k++) {
            uint64_t value = go(a, k_empty, 1, NULL, 0);
            must(sil_submit_wait(b, a, value, NULL), "wait across");
            must(sil_stream_wait(b, go(b, k_empty, 1, NULL, 0), SIL_FOREVER), "wait");
        }
        samples[i] = now() - t;
    }
    report("kernel, dependency, kernel on another stream, wait", 5000, 16);
}

static void grids(sil_stream *s)
{
    for (int i = 0; i < 1000; i++) {
        uint64_t t = now();
        must(sil_stream_wait(s, go(s, k_blocks, 65536, NULL, 0), SIL_FOREVER), "wait");
        samples[i] = now() - t;
    }
    report("65,536 empty blocks and wait", 1000, 1);
    uint64_t out;
    must(sil_alloc(device, 2048 * 8, &out), "alloc");
    struct {
        uint64_t out, turns;
    } args = { out, 1000 };
    for (int i = 0; i < 200; i++) {
        uint64_t t = now();
        must(sil_stream_wait(s, go(s, k_work, 2048, &args, sizeof args), SIL_FOREVER), "wait");
        samples[i] = now() - t;
    }
    report("2,048 blocks of about 1 us", 200, 1);
    must(sil_free(device, out), "free");
}

static double copies(const char *what, sil_stream *s, uint64_t bytes, bool to_device, int count)
{
    uint64_t at;
    char *host = malloc(bytes);
    memset(host, 1, bytes);
    must(sil_alloc(device, bytes, &at), "alloc");
    int each = bytes > 65536 ? 1 : 16;
    for (int i = 0; i < count; i++) {
        uint64_t t = now();
        for (int k = 0; k < each; k++) {
            if (to_device)
                must(sil_submit_copy(s, (void *)(uintptr_t)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, bytes, true, NULL),
                     "copy");
            else
                must(sil_submit_copy(s, host, SIL_SIDE_HOST, (void *)(uintptr_t)at, SIL_SIDE_DEVICE, bytes, true, NULL),
                     "copy");
        }
        samples[i] = now() - t;
    }
    double median = report(what, count, each);
    must(sil_free(device, at), "free");
    free(host);
    return median;
}

static double alloc_free(const char *what, uint64_t bytes)
{
    for (int i = 0; i < 5000; i++) {
        uint64_t t = now(), at[16];
        for (int k = 0; k < 16; k++)
            must(sil_alloc(device, bytes, &at[k]), "alloc");
        for (int k = 0; k < 16; k++)
            must(sil_free(device, at[k]), "free");
        samples[i] = now() - t;
    }
    return report(what, 5000, 16);
}

static double find(const char *what, uint64_t at)
{
    for (int i = 0; i < 5000; i++) {
        uint64_t t = now();
        for (int k = 0; k < 64; k++)
            must(sil_find(at, NULL, NULL, NULL), "find");
        samples[i] = now() - t;
    }
    return report(what, 5000, 64);
}

static void idle(sil_stream *s)
{
    for (int i = 0; i < 100; i++) {
        usleep(10000);
        uint64_t t = now(), value = go(s, k_empty, 1, NULL, 0);
        samples[i] = now() - t;
        must(sil_stream_wait(s, value, SIL_FOREVER), "wait");
    }
    report("first launch after idle (the call)", 100, 1);
    for (int i = 0; i < 100; i++) {
        usleep(10000);
        uint64_t t = now();
        must(sil_stream_wait(s, go(s, k_empty, 1, NULL, 0), SIL_FOREVER), "wait");
        samples[i] = now() - t;
    }
    report("first launch after idle, and wait", 100, 1);
    for (int i = 0; i < 100; i++) {
        usleep(10000);
        uint64_t t = now(), value = go(s, k_empty, 1, NULL, 0);
        while (sil_stream_passed(s) < value)
            ;
        samples[i] = now() - t;
    }
    report("first launch after idle, nobody waits: until done", 100, 1);
    struct rusage before, after;
    usleep(50000);
    getrusage(RUSAGE_SELF, &before);
    sleep(2);
    getrusage(RUSAGE_SELF, &after);
    double ms = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e3 +
                (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) * 1e-3 +
                (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e3 +
                (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) * 1e-3;
    printf("%-52s %10.2f ms of processor time in 2 s\n", "idle device", ms);
}

static void *other_thread(void *s)
{
    for (int i = 0; i < 100000; i++)
        must(sil_stream_wait(s, go(s, k_empty, 1, NULL, 0), SIL_FOREVER), "wait");
    return NULL;
}

static void load(const char *profile_name)
{
    sil_profile profile;
    sil_module *module;
    char path[PATH_MAX + 64], here[PATH_MAX] = "";
    must(sil_profile_load(profile_name, &profile), "profile");
    must(sil_device_create(&profile, 0, &device), "device");
    if (readlink("/proc/self/exe", here, sizeof here - 1) < 0)
        exit(1);
    snprintf(path, sizeof path, "%s/engine-kernels.so", dirname(here));
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    static char image[1 << 20];
    size_t bytes = fread(image, 1, sizeof image, file);
    fclose(file);
    must(sil_module_load(device, image, bytes, &module), "module");
    must(sil_module_kernel(module, "k_empty", &k_empty), "kernel");
    must(sil_module_kernel(module, "k_work", &k_work), "kernel");
    must(sil_module_kernel(module, "k_blocks", &k_blocks), "kernel");
}

int main(int argc, char **argv)
{
    sil_stream *s, *q;
    load(argc > 1 ? argv[1] : "a100");
    must(sil_stream_create(device, 0, &s), "stream");
    must(sil_stream_create(device, 0, &q), "stream");
    printf("%s; %s\n%-52s %10s %10s %10s\n", sil_device_profile(device)->chip, sil_device_protection(device), "ns",
           "least", "median", "p99");
    double alone = launch_and_wait("empty kernel, launch and wait", s);
    pipelined("pipelined, 10,000, each", s, 10000);
    pipelined("pipelined, 100, each", s, 100);
    across(s, q);
    grids(s);
    copies("4 KiB host to device, blocking", s, 4096, true, 2000);
    copies("4 KiB device to host, blocking", s, 4096, false, 2000);
    copies("64 MiB host to device", s, 64 << 20, true, 20);
    uint64_t first;
    must(sil_alloc(device, 4096, &first), "alloc");
    find("find an allocation", first);
    double few = alloc_free("allocate and free 4 KiB", 4096),
           few_large = alloc_free("allocate and free 1 MiB", 1 << 20);
    pthread_t thread;
    pthread_create(&thread, NULL, other_thread, q);
    launch_and_wait("launch and wait, another thread does the same", s);
    pthread_join(thread, NULL);
    idle(s);
    sil_stream *more[64];
    for (int i = 0; i < 64; i++) {
        must(sil_stream_create(device, 0, &more[i]), "stream");
        must(sil_stream_wait(more[i], go(more[i], k_empty, 1, NULL, 0), SIL_FOREVER), "wait");
    }
    double with_streams = launch_and_wait("launch and wait, 64 idle streams", s);
    static uint64_t live[15000];
    for (int i = 0; i < 15000; i++)
        must(sil_alloc(device, 256 + (uint64_t)(i % 64) * 1024, &live[i]), "alloc");
    double with_memory = launch_and_wait("launch and wait, 15,000 live allocations", s);
    find("find one of 15,000 allocations", live[7777]);
    copies("4 KiB host to device, 15,000 live allocations", s, 4096, true, 2000);
    double many = alloc_free("allocate and free 4 KiB, 15,000 live", 4096),
           many_large = alloc_free("allocate and free 1 MiB, 15,000 live", 1 << 20);
    printf("ratios: 64 idle streams %.2f, 15,000 allocations: launch %.2f, 4 KiB %.2f, 1 MiB %.2f\n",
           with_streams / alone, with_memory / alone, many / few, many_large / few_large);
    return 0;
}
