/* SPDX-License-Identifier: Apache-2.0 */
/* Streams, points and events: order, waiting, joining, time, threads. */
#include "tests/cts/cts.h"

#include <pthread.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void order(cts *c)
{
    enum { N = 1000, ROUNDS = 200 };
    tn_address a = cts_alloc(c, N * 4), b = cts_alloc(c, N * 4);
    uint32_t out[N];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        CTS_OK(tn_fill(c->stream, a, i, 4, N, NULL));
        CTS_OK(tn_copy_on_device(c->stream, b, a, N * 4, NULL));
    }
    CTS_OK(tn_memory_read(c->stream, out, b, N * 4));
    for (uint32_t i = 0; i < N; i++)
        CTS_CHECK(out[i] == ROUNDS - 1, "word %u is %u after %u rounds in order", i, out[i], ROUNDS);
}

static void values_count_up(cts *c)
{
    tn_address a = cts_alloc(c, 64);
    tn_point p[5], last;
    CTS_OK(tn_stream_point(c->stream, &last));
    CTS_OK(tn_point_wait(last, 0));
    for (uint32_t i = 0; i < 5; i++) {
        CTS_OK(tn_fill(c->stream, a, i, 4, 16, &p[i]));
        CTS_CHECK(p[i].stream.bits == c->stream.bits, "a point of another stream");
        CTS_CHECK(i == 0 || p[i].value == p[i - 1].value + 1, "values %" PRIu64 " then %" PRIu64, p[i - 1].value, p[i].value);
    }
    CTS_OK(tn_stream_point(c->stream, &last));
    CTS_CHECK(last.value == p[4].value, "the last point is %" PRIu64 ", not %" PRIu64, last.value, p[4].value);
    CTS_OK(tn_point_wait(p[4], TN_FOREVER));
    for (uint32_t i = 0; i < 5; i++)
        CTS_OK(tn_point_wait(p[i], 0));
    CTS_OK(tn_point_wait_all(p, 5, TN_FOREVER, NULL));
    uint32_t which = 99;
    CTS_OK(tn_point_wait_any(p, 5, TN_FOREVER, &which));
    CTS_CHECK(which < 5, "wait_any gave index %u", which);
}

static void point_refusals(cts *c)
{
    tn_point last;
    CTS_OK(tn_stream_point(c->stream, &last));
    CTS_STATUS(tn_point_wait((tn_point){ c->stream, last.value + 1 }, 0), TN_INVALID);
    CTS_STATUS(tn_point_wait((tn_point){ c->stream, UINT64_MAX }, TN_FOREVER), TN_INVALID);
    CTS_STATUS(tn_point_wait((tn_point){ { 0 }, 0 }, 0), TN_BAD_HANDLE);
    CTS_STATUS(tn_stream_join(c->stream, (tn_point){ c->stream, last.value + 1 }), TN_INVALID);
    CTS_OK(tn_point_wait_all(NULL, 0, TN_FOREVER, NULL));
    CTS_STATUS(tn_point_wait_any(NULL, 0, TN_FOREVER, NULL), TN_INVALID);
    CTS_OK(tn_point_wait((tn_point){ c->stream, 0 }, 0));
}

/* Many small joins from one stream to another and back: a wrong order shows in the data. */
static void join(cts *c)
{
    enum { N = 256, ROUNDS = 100 };
    tn_stream other;
    CTS_OK(tn_stream_create(c->device, NULL, &other));
    tn_address a = cts_alloc(c, N * 4), b = cts_alloc(c, N * 4);
    tn_point p;
    uint32_t out[N];
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        CTS_OK(tn_fill(c->stream, a, i, 4, N, &p));
        CTS_OK(tn_stream_join(other, p));
        CTS_OK(tn_copy_on_device(other, b, a, N * 4, &p));
        CTS_OK(tn_stream_join(c->stream, p));
    }
    CTS_OK(tn_stream_wait(other, TN_FOREVER));
    CTS_OK(tn_memory_read(c->stream, out, b, N * 4));
    for (uint32_t i = 0; i < N; i++)
        CTS_CHECK(out[i] == ROUNDS, "word %u is %u, expected %u", i, out[i], ROUNDS);
    CTS_OK(tn_stream_destroy(other));
}

static void join_without_point(cts *c)
{
    enum { N = 4096 };
    tn_stream other;
    CTS_OK(tn_stream_create(c->device, NULL, &other));
    tn_address a = cts_alloc(c, N * 4);
    tn_point p;
    uint32_t out[N];
    CTS_OK(tn_fill(c->stream, a, 5, 4, N, NULL));
    CTS_OK(tn_stream_point(c->stream, &p));
    CTS_OK(tn_stream_join(other, p));
    CTS_OK(tn_memory_read(other, out, a, N * 4));
    for (uint32_t i = 0; i < N; i++)
        CTS_CHECK(out[i] == 5, "word %u is %u", i, out[i]);
}

typedef struct busy {
    cts *c;
    tn_kernel kernel;
    tn_address at;
    uint32_t *host;             /* pinned: nothing waits but the point */
} busy;

/* Keeps the device busy for `rounds` steps from 1, then fetches the result; *point is behind both. */
static void busy_submit(busy *b, uint32_t rounds, tn_point *point)
{
    CTS_OK(tn_fill(b->c->stream, b->at, 1, 4, 1, NULL));
    CTS_OK(CTS_LAUNCH(b->c->stream, b->kernel, 1, 1, NULL, TN_ARG(b->at), TN_ARG(rounds)));
    *b->host = 0;
    CTS_OK(tn_copy_to_host(b->c->stream, b->host, b->at, 4, point));
}

static void busy_check(const busy *b, uint32_t rounds)
{
    uint32_t expected = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        expected ^= expected << 13;
        expected ^= expected >> 17;
        expected ^= expected << 5;
    }
    CTS_CHECK(*b->host == expected, "%u rounds gave %u, expected %u", rounds, *b->host, expected);
}

/* A wait returns when the work has ended, not before; one with a deadline gives up when that has passed, and the work goes on. */
static void deadline(cts *c)
{
    busy b = { .c = c, .kernel = cts_kernel(c, "cts_busy"), .at = cts_alloc(c, 4) };
    uint32_t rounds = 4000000u;
    uint64_t whole = 0;
    tn_point p;
    CTS_OK(tn_host_alloc(c->device, 64, (void **)&b.host, NULL));
    for (; whole < 150000000u; rounds *= 2) {
        CTS_CHECK(rounds < 2000000000u, "%u rounds take %" PRIu64 " ns only", rounds, whole);
        uint64_t start = now_ns();
        busy_submit(&b, rounds, &p);
        CTS_OK(tn_point_wait(p, TN_FOREVER));
        whole = now_ns() - start;
        busy_check(&b, rounds);
    }
    busy_submit(&b, rounds, &p);
    uint64_t start = now_ns();
    CTS_STATUS(tn_point_wait(p, 20000000), TN_TIMEOUT);
    uint64_t spent = now_ns() - start;
    CTS_CHECK(spent >= 19000000u, "a wait of 20 ms gave up after %" PRIu64 " us", spent / 1000u);
    CTS_STATUS(tn_point_wait(p, 0), TN_NOT_READY);
    CTS_STATUS(tn_stream_wait(c->stream, 1000), TN_TIMEOUT);
    CTS_OK(tn_point_wait(p, TN_FOREVER));
    busy_check(&b, rounds);
    CTS_OK(tn_point_wait(p, 0));
}

static void events(cts *c)
{
    tn_event from, to;
    tn_point p;
    int64_t ns;
    CTS_OK(tn_event_create(c->device, NULL, &from));
    CTS_OK(tn_event_create(c->device, NULL, &to));
    CTS_STATUS(tn_event_point(from, &p), TN_NOT_FOUND);
    CTS_STATUS(tn_event_elapsed(from, to, &ns), TN_NOT_FOUND);
    tn_address a = cts_alloc(c, 1u << 22);
    uint64_t start = now_ns();
    CTS_OK(tn_event_record(from, c->stream, NULL));
    for (int i = 0; i < 20; i++)
        CTS_OK(tn_fill(c->stream, a, 1, 4, 1u << 20, NULL));
    CTS_OK(tn_event_record(to, c->stream, &p));
    CTS_OK(tn_point_wait(p, TN_FOREVER));
    uint64_t spent = now_ns() - start;
    CTS_OK(tn_event_elapsed(from, to, &ns));
    CTS_CHECK(ns >= 0 && (uint64_t)ns <= spent + 1000000u, "%" PRId64 " ns between events, %" PRIu64 " ns on the host", ns, spent);
    CTS_OK(tn_event_elapsed(to, from, &ns));
    CTS_CHECK(ns <= 0, "the time from a later event to an earlier one is %" PRId64, ns);
    tn_point again;
    CTS_OK(tn_event_record(from, c->stream, NULL));
    CTS_OK(tn_event_point(from, &again));
    CTS_CHECK(again.value > p.value, "recording again did not move the event");
    CTS_OK(tn_stream_wait(c->stream, TN_FOREVER));
    CTS_OK(tn_event_destroy(from));
    CTS_OK(tn_event_destroy(to));
}

static void many_streams(cts *c)
{
    enum { S = 32, N = 64 };
    tn_stream streams[S];
    tn_address a = cts_alloc(c, S * N * 4);
    uint32_t out[S * N];
    for (uint32_t s = 0; s < S; s++)
        CTS_OK(tn_stream_create(c->device, NULL, &streams[s]));
    for (uint32_t round = 0; round < 10; round++)
        for (uint32_t s = 0; s < S; s++)
            CTS_OK(tn_fill(streams[s], a + s * N * 4, s * 100 + round, 4, N, NULL));
    CTS_OK(tn_device_wait(c->device, TN_FOREVER));
    CTS_OK(tn_memory_read(c->stream, out, a, sizeof out));
    for (uint32_t s = 0; s < S; s++)
        for (uint32_t i = 0; i < N; i++)
            CTS_CHECK(out[s * N + i] == s * 100 + 9, "stream %u, word %u: %u", s, i, out[s * N + i]);
    for (uint32_t s = 0; s < S; s++)
        CTS_OK(tn_stream_destroy(streams[s]));
}

typedef struct writer {
    cts *c;
    uint32_t id;
    tn_status status;
} writer;

static void *write_and_check(void *argument)
{
    enum { N = 512, ROUNDS = 100 };
    writer *w = argument;
    tn_stream stream;
    tn_address a;
    uint32_t in[N], out[N];
    w->status = tn_stream_create(w->c->device, NULL, &stream);
    if (w->status == TN_OK)
        w->status = tn_memory_alloc(w->c->device, sizeof in, &a);
    for (uint32_t round = 0; w->status == TN_OK && round < ROUNDS; round++) {
        for (uint32_t i = 0; i < N; i++)
            in[i] = w->id * 1000003u + round * 101u + i;
        w->status = tn_memory_write(stream, a, in, sizeof in);
        if (w->status == TN_OK)
            w->status = tn_memory_read(stream, out, a, sizeof out);
        if (w->status == TN_OK && memcmp(in, out, sizeof in))
            w->status = TN_INTERNAL;
    }
    if (w->status == TN_OK)
        w->status = tn_memory_free(w->c->device, a);
    if (w->status == TN_OK)
        w->status = tn_stream_destroy(stream);
    return NULL;
}

static void threads(cts *c)
{
    enum { T = 8 };
    pthread_t thread[T];
    writer w[T];
    for (uint32_t i = 0; i < T; i++) {
        w[i] = (writer){ c, i, TN_OK };
        CTS_CHECK(pthread_create(&thread[i], NULL, write_and_check, &w[i]) == 0, "no thread");
    }
    for (uint32_t i = 0; i < T; i++) {
        pthread_join(thread[i], NULL);
        CTS_CHECK(w[i].status == TN_OK, "thread %u: %s", i, w[i].status == TN_INTERNAL ? "read other data than it wrote"
                                                                                        : tn_status_name(w[i].status));
    }
}

static void native(cts *c)
{
    void *stream = NULL, *device = NULL, *context = NULL;
    tn_status status = tn_stream_native(c->stream, &stream);
    if (status == TN_UNSUPPORTED)
        cts_skip("the driver gives no native handles");
    CTS_OK(status);
    CTS_CHECK(stream, "the native stream is NULL");
    CTS_OK(tn_device_native(c->device, &device, &context));
    tn_stream adopted;
    status = tn_stream_import(c->device, stream, &adopted);
    if (status == TN_UNSUPPORTED)
        cts_skip("the driver adopts no streams");
    CTS_OK(status);
    uint32_t out[16];
    tn_address a = cts_alloc(c, sizeof out);
    CTS_OK(tn_fill(adopted, a, 77, 4, 16, NULL));
    CTS_OK(tn_memory_read(adopted, out, a, sizeof out));
    for (int i = 0; i < 16; i++)
        CTS_CHECK(out[i] == 77, "word %d written in an adopted stream is %u", i, out[i]);
    CTS_OK(tn_stream_destroy(adopted));
    CTS_OK(tn_fill(c->stream, a, 78, 4, 16, NULL));       /* destroying the adopted handle left the stream alone */
    CTS_OK(tn_memory_read(c->stream, out, a, sizeof out));
    CTS_CHECK(out[0] == 78, "the stream stopped working when its adopted handle was destroyed");
}

const cts_test cts_stream_tests[] = {
    { "stream.order", order, 0, false },
    { "point.values_count_up", values_count_up, 0, false },
    { "point.refusals", point_refusals, 0, true },
    { "stream.join", join, 0, false },
    { "stream.join_without_point", join_without_point, 0, false },
    { "point.deadline", deadline, CTS_KERNELS, false },
    { "event.time_and_place", events, 0, false },
    { "stream.many", many_streams, 0, false },
    { "stream.threads", threads, 0, false },
    { "stream.native", native, 0, false },
    { NULL, NULL, 0, false },
};
