/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kernel of kernels/ against a plain C reference, on every device that the runtime shows: the simulated ones of
 * TENON_SIM (or one of each class) and whatever else is there, PoCL for one. Prints one line a device. Arguments choose
 * checks by name. Exit 0: all pass; 77: there is no device.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define SIMULATED "ascend910b,bw1000,a100,s5000"

static const struct {
    const char *name;
    void (*run)(struct bench *b);
} checks[] = {
    { "vector", check_vector },       { "gelu", check_gelu },           { "gemm", check_gemm },
    { "transpose", check_transpose }, { "reduce", check_reduce },       { "scan", check_scan },
    { "histogram", check_histogram }, { "softmax", check_softmax },     { "layer_norm", check_layer_norm },
    { "embedding", check_embedding }, { "attention", check_attention }, { "mean_pool", check_mean_pool },
    { "refusals", check_refusals },
};

void bench_fail(struct bench *b, const char *format, ...)
{
    va_list args;
    b->failures++;
    if (b->failures > 20)
        return;
    va_start(args, format);
    printf("  %s, %s: ", b->device, b->check);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

bool bench_ok(struct bench *b, tn_status status, const char *what, int line)
{
    if (status != TN_OK)
        bench_fail(b, "line %d: %.60s is %s: %s", line, what, tn_status_name(status), tn_error_message());
    return status == TN_OK;
}

static uint32_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

struct buffer buffer_of(struct bench *b, const void *data, size_t count)
{
    struct buffer buffer = { .count = count, .f = NULL };
    void *memory = malloc((count + GUARD) * 4);
    buffer.f = memory;
    buffer.u = memory;
    if (!memory)
        abort();
    for (size_t i = 0; i < count + GUARD; i++)
        buffer.u[i] = 0x7fc0de00u + (uint32_t)(i % 251); /* NaNs, as floats */
    if (data && count)
        memcpy(buffer.f, data, count * 4);
    if (OK(b, tn_memory_alloc(b->handle, (count + GUARD) * 4, &buffer.device)))
        OK(b, tn_memory_write(b->stream, buffer.device, buffer.f, (count + GUARD) * 4));
    return buffer;
}

struct buffer buffer_random(struct bench *b, size_t count)
{
    float *data = malloc(count * 4 + 4);
    for (size_t i = 0; i < count; i++)
        data[i] = (float)(int32_t)next_random() / 2147483648.0f;
    struct buffer buffer = buffer_of(b, data, count);
    free(data);
    return buffer;
}

struct buffer buffer_integers(struct bench *b, size_t count, uint32_t limit)
{
    uint32_t *data = malloc(count * 4 + 4);
    for (size_t i = 0; i < count; i++)
        data[i] = next_random() % limit;
    struct buffer buffer = buffer_of(b, data, count);
    free(data);
    return buffer;
}

struct buffer buffer_empty(struct bench *b, size_t count)
{
    return buffer_of(b, NULL, count);
}

void buffer_free(struct bench *b, struct buffer *buffer)
{
    if (buffer->device)
        OK(b, tn_memory_free(b->handle, buffer->device));
    free(buffer->f);
    *buffer = (struct buffer){ 0 };
}

void buffer_read(struct bench *b, struct buffer *buffer)
{
    OK(b, tn_memory_read(b->stream, buffer->f, buffer->device, (buffer->count + GUARD) * 4));
    for (size_t i = buffer->count; i < buffer->count + GUARD; i++)
        if (buffer->u[i] != 0x7fc0de00u + (uint32_t)(i % 251)) {
            bench_fail(b, "wrote %zu elements behind a buffer of %zu", i - buffer->count + 1, buffer->count);
            return;
        }
}

void expect_floats(struct bench *b, struct buffer *buffer, double *want, double absolute, double relative)
{
    buffer_read(b, buffer);
    for (size_t i = 0; i < buffer->count; i++) {
        double distance = fabs(buffer->f[i] - want[i]);
        if (!(distance <= absolute + relative * fabs(want[i]))) {
            bench_fail(b, "element %zu of %zu is %.9g, not %.9g", i, buffer->count, (double)buffer->f[i], want[i]);
            break;
        }
    }
    free(want);
}

void expect_integers(struct bench *b, struct buffer *buffer, uint32_t *want)
{
    buffer_read(b, buffer);
    for (size_t i = 0; i < buffer->count; i++)
        if (buffer->u[i] != want[i]) {
            bench_fail(b, "element %zu of %zu is %u, not %u", i, buffer->count, buffer->u[i], want[i]);
            break;
        }
    free(want);
}

double *doubles(size_t count)
{
    double *d = calloc(count + 1, sizeof *d);
    if (!d)
        abort();
    return d;
}

static bool chosen(const char *name, int count, char **names)
{
    for (int i = 1; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count < 2;
}

static int test_device(tn_device device, int argc, char **argv)
{
    tn_device_info info = { .size = sizeof info };
    struct bench b = { .device = info.name, .check = "open", .handle = device };
    if (!OK(&b, tn_device_get_info(device, &info)) || !OK(&b, tn_stream_create(device, NULL, &b.stream)))
        return b.failures;
    if (OK(&b, tnk_open(device, getenv("TENON_KERNELS"), &b.kernels))) {
        for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
            b.check = checks[i].name;
            if (chosen(b.check, argc, argv))
                checks[i].run(&b);
        }
        b.check = "close";
        OK(&b, tnk_close(b.kernels));
    }
    OK(&b, tn_stream_destroy(b.stream));
    printf("%s (%s, width %u%s): %s\n", info.name, info.driver, info.width,
           info.flags & TN_DEVICE_SIMULATED ? ", simulated" : "", b.failures ? "FAILED" : "all kernels agree");
    return b.failures;
}

int main(int argc, char **argv)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    uint32_t count = 0;
    int failures = 0;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    options.simulate = getenv("TENON_SIM") ? NULL : SIMULATED;
    if (tn_open(&options, &runtime) != TN_OK || tn_device_count(runtime, &count) != TN_OK) {
        printf("cannot open the runtime: %s\n", tn_error_message());
        return 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        tn_device device;
        tn_device_info info = { .size = sizeof info };
        if (tn_device_get(runtime, i, &device) != TN_OK || tn_device_get_info(device, &info) != TN_OK)
            failures++;
        else if (strcmp(info.driver, "null") != 0) /* the null driver runs nothing */
            failures += test_device(device, argc, argv);
    }
    if (tn_close(runtime, TN_FOREVER) != TN_OK)
        failures++;
    if (count == 0)
        printf("no device\n");
    return failures ? 1 : count ? 0 : 77;
}
