/* SPDX-License-Identifier: Apache-2.0 */
/* Handles, errors, opening and closing, identity of devices. */
#include "tests/cts/cts.h"

#include <sys/wait.h>
#include <unistd.h>

static void identity(cts *c)
{
    CTS_CHECK(c->info.name[0], "the device has no name");
    CTS_CHECK(c->info.driver[0], "the device has no driver");
    CTS_CHECK(c->info.memory_bytes > 0, "the device has no memory");
    CTS_CHECK(c->info.max_threads > 0 && c->info.max_block[0] > 0 && c->info.max_grid[0] > 0, "a limit is 0");
    CTS_CHECK(c->info.width >= 1, "the warp width is 0");
    CTS_CHECK(c->info.fault_domain >= TN_DOMAIN_STREAM && c->info.fault_domain <= TN_DOMAIN_PROCESS, "fault domain %d",
              (int)c->info.fault_domain);
    uint32_t count;
    CTS_OK(tn_device_count(c->runtime, &count));
    tn_device_info infos[64];
    for (uint32_t i = 0; i < count && i < 64; i++) {
        tn_device device;
        infos[i].size = sizeof infos[i];
        CTS_OK(tn_device_get(c->runtime, i, &device));
        CTS_OK(tn_device_get_info(device, &infos[i]));
        for (uint32_t k = 0; k < i; k++)
            CTS_CHECK(memcmp(infos[i].uuid, infos[k].uuid, 16), "devices %u and %u have one UUID", k, i);
    }
    CTS_OK(tn_device_health(c->device));
}

static void device_refusals(cts *c)
{
    tn_device device = { 42 };
    uint32_t count;
    CTS_OK(tn_device_count(c->runtime, &count));
    CTS_STATUS(tn_device_get(c->runtime, count, &device), TN_INVALID);
    CTS_CHECK(device.bits == 42, "a refused call touched its out parameter");
    tn_device_info info = { .size = 4 };
    CTS_STATUS(tn_device_get_info(c->device, &info), TN_INVALID);
    CTS_STATUS(tn_device_get_info((tn_device){ 0 }, &c->info), TN_BAD_HANDLE);
}

static void newer_struct_refused(cts *c)
{
    struct { tn_stream_options known; uint64_t tail; } newer = { TN_STREAM_OPTIONS_INIT, 0 };
    tn_stream stream;
    newer.known.size = sizeof newer;
    CTS_OK(tn_stream_create(c->device, &newer.known, &stream));    /* an unknown tail that is zero asks for nothing */
    newer.tail = 1;
    CTS_STATUS(tn_stream_create(c->device, &newer.known, &stream), TN_INVALID);
    newer.known.size = 2;
    CTS_STATUS(tn_stream_create(c->device, &newer.known, &stream), TN_INVALID);
    newer.known = (tn_stream_options)TN_STREAM_OPTIONS_INIT;
    newer.known.flags = 0x80000000u;
    CTS_STATUS(tn_stream_create(c->device, &newer.known, &stream), TN_INVALID);
}

static void stale(cts *c)
{
    tn_stream stream, again;
    CTS_OK(tn_stream_create(c->device, NULL, &stream));
    CTS_OK(tn_stream_destroy(stream));
    CTS_STATUS(tn_stream_destroy(stream), TN_BAD_HANDLE);
    CTS_STATUS(tn_stream_wait(stream, 0), TN_BAD_HANDLE);
    CTS_STATUS(tn_point_wait((tn_point){ stream, 1 }, 0), TN_BAD_HANDLE);
    CTS_OK(tn_stream_create(c->device, NULL, &again));
    CTS_CHECK(again.bits != stream.bits, "a new stream has the handle of a destroyed one");
    CTS_STATUS(tn_stream_wait(stream, 0), TN_BAD_HANDLE);
    tn_event event;
    CTS_OK(tn_event_create(c->device, NULL, &event));
    CTS_OK(tn_event_destroy(event));
    CTS_STATUS(tn_event_destroy(event), TN_BAD_HANDLE);
    CTS_STATUS(tn_event_record(event, c->stream, NULL), TN_BAD_HANDLE);
}

static void foreign_and_forged(cts *c)
{
    tn_event event;
    CTS_OK(tn_event_create(c->device, NULL, &event));
    CTS_STATUS(tn_stream_wait((tn_stream){ event.bits }, 0), TN_BAD_HANDLE);
    CTS_STATUS(tn_event_destroy((tn_event){ c->stream.bits }), TN_BAD_HANDLE);
    CTS_STATUS(tn_device_memory((tn_device){ c->runtime.bits }, NULL, NULL), TN_BAD_HANDLE);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t forged = c->stream.bits ^ (1ull << bit);
        CTS_STATUS(tn_stream_wait((tn_stream){ forged }, 0), TN_BAD_HANDLE);
    }
    CTS_STATUS(tn_stream_wait((tn_stream){ UINT64_MAX }, 0), TN_BAD_HANDLE);
    CTS_OK(tn_stream_wait(c->stream, TN_FOREVER));
}

static void errors_are_kept(cts *c)
{
    tn_address a;
    CTS_STATUS(tn_memory_free(c->device, 12345), TN_BAD_ADDRESS);
    CTS_OK(tn_memory_alloc(c->device, 16, &a));
    CTS_OK(tn_memory_free(c->device, a));
    tn_error error = { .size = sizeof error };
    CTS_CHECK(tn_error_take(&error), "the error was lost in successful calls");
    CTS_CHECK(error.status == TN_BAD_ADDRESS, "took %s", tn_status_name(error.status));
    CTS_CHECK(error.message[0] && strstr(error.function, "tn_memory_free"), "message \"%s\", function \"%s\"", error.message,
              error.function);
    CTS_CHECK(error.device == c->device.bits, "the error does not name the device");
    CTS_CHECK(!tn_error_take(&error) && error.status == TN_OK, "an error can be taken twice");
    CTS_CHECK(!tn_error_message()[0], "a taken error still has a message");
}

static void status_texts(cts *c)
{
    (void)c;
#define CHECK_TEXT(code, name, sentence)                                                    \
    CTS_CHECK(!strcmp(tn_status_name(name), #name), "%s is called %s", #name, tn_status_name(name)); \
    CTS_CHECK(!strcmp(tn_status_sentence(name), sentence), "%s reads otherwise", #name);
    TN_STATUS_MAP(CHECK_TEXT)
#undef CHECK_TEXT
    CTS_CHECK(tn_status_name((tn_status)9999)[0] && tn_status_sentence((tn_status)-1)[0], "no text for a number that is no status");
}

static void closed(cts *c)
{
    tn_address a = cts_alloc(c, 64);
    CTS_OK(tn_close(c->runtime, TN_FOREVER));
    CTS_STATUS(tn_close(c->runtime, 0), TN_BAD_HANDLE);
    CTS_STATUS(tn_memory_free(c->device, a), TN_BAD_HANDLE);
    CTS_STATUS(tn_stream_wait(c->stream, 0), TN_BAD_HANDLE);
    c->runtime.bits = 0;
    tn_runtime again;
    CTS_OK(tn_open(&c->options, &again));
    uint32_t count;
    CTS_OK(tn_device_count(again, &count));
    CTS_CHECK(count > 0, "the devices are gone after closing and opening again");
    CTS_OK(tn_close(again, TN_FOREVER));
}

static void two_runtimes(cts *c)
{
    tn_runtime other;
    CTS_OK(tn_open(&c->options, &other));
    tn_device device;
    CTS_OK(tn_device_get(other, 0, &device));
    CTS_CHECK(device.bits != c->device.bits, "two runtimes share a device's handle");
    tn_stream stream;
    tn_event event;
    CTS_OK(tn_stream_create(device, NULL, &stream));
    CTS_OK(tn_event_create(c->device, NULL, &event));
    CTS_STATUS(tn_event_record(event, stream, NULL), TN_BAD_HANDLE);
    CTS_OK(tn_close(other, TN_FOREVER));
    CTS_STATUS(tn_stream_wait(stream, 0), TN_BAD_HANDLE);
    CTS_OK(tn_stream_wait(c->stream, TN_FOREVER));
}

static void after_fork(cts *c)
{
    fflush(stdout);
    pid_t child = fork();
    CTS_CHECK(child >= 0, "fork failed");
    if (child == 0) {
        alarm(10);
        tn_address a;
        int good = tn_memory_alloc(c->device, 16, &a) == TN_FORKED && tn_stream_wait(c->stream, TN_FOREVER) == TN_FORKED &&
                   tn_error_message()[0];
        _exit(good ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CTS_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "use after fork was not refused with TN_FORKED (wait status 0x%x)", status);
    tn_address a = cts_alloc(c, 16);
    CTS_OK(tn_memory_free(c->device, a));
}

const cts_test cts_handle_tests[] = {
    { "device.identity", identity, 0, false },
    { "device.refusals", device_refusals, 0, true },
    { "struct.size_and_tail", newer_struct_refused, 0, true },
    { "handle.stale", stale, 0, true },
    { "handle.foreign_and_forged", foreign_and_forged, 0, true },
    { "error.kept_and_taken", errors_are_kept, 0, false },
    { "status.texts", status_texts, 0, false },
    { "runtime.closed", closed, 0, true },
    { "runtime.two", two_runtimes, 0, true },
    { "runtime.after_fork", after_fork, 0, true },
    { NULL, NULL, 0, false },
};
