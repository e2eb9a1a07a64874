/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that fail or never end: what is told, what it takes with it, and what goes on. */
#include "tests/cts/cts.h"


/* An address that no allocation of any device holds. */
static const tn_address nowhere = 0x10;

static tn_status poke(cts *c, tn_stream stream, tn_address where, tn_point *point)
{
    uint64_t index = 0;
    uint32_t value = 1;
    return CTS_LAUNCH(stream, cts_kernel(c, "cts_poke"), 1, 1, point, TN_ARG(where), TN_ARG(index), TN_ARG(value));
}

static void told(cts *c)
{
    tn_address a = cts_alloc(c, 64);
    tn_point before, failed, behind;
    CTS_OK(tn_fill(c->stream, a, 9, 4, 16, &before));
    CTS_OK(tn_point_wait(before, TN_FOREVER));
    CTS_OK(poke(c, c->stream, nowhere, &failed));
    CTS_STATUS(tn_point_wait(failed, TN_FOREVER), TN_FAULT);
    tn_error error = { .size = sizeof error };
    CTS_CHECK(tn_error_take(&error), "a fault without a detail");
    CTS_CHECK(error.device == c->device.bits && error.stream == c->stream.bits, "the fault does not name its device and stream");
    CTS_CHECK(error.first_value <= failed.value && failed.value <= error.last_value, "window %" PRIu64 "-%" PRIu64 " misses %" PRIu64,
              error.first_value, error.last_value, failed.value);
    if (c->info.attribution == TN_ATTRIBUTION_EXACT)
        CTS_CHECK(error.first_value == error.last_value, "attribution is not exact");
    if (c->info.attribution != TN_ATTRIBUTION_NONE)
        CTS_CHECK(strstr(error.message, "cts_poke"), "the message does not name the kernel: %s", error.message);
    tn_status status = tn_fill(c->stream, a, 1, 4, 16, &behind);
    CTS_CHECK(status == TN_POISONED || (status == TN_OK && tn_point_wait(behind, TN_FOREVER) == TN_POISONED),
              "work behind a fault gave %s", tn_status_name(status));
    CTS_OK(tn_point_wait(before, 0));                   /* what had passed has passed */
}

static void recovered(cts *c)
{
    tn_point failed;
    CTS_OK(poke(c, c->stream, nowhere, &failed));
    CTS_STATUS(tn_point_wait(failed, TN_FOREVER), TN_FAULT);
    tn_stream stream = c->stream;
    if (c->info.fault_domain == TN_DOMAIN_STREAM) {
        CTS_OK(tn_stream_recover(c->stream));
    } else {
        CTS_STATUS(tn_stream_recover(c->stream), TN_UNSUPPORTED);
        tn_status status = tn_device_recover(c->device);
        if (status == TN_UNSUPPORTED)
            cts_skip("only a new process helps on this device");
        CTS_OK(status);
        CTS_STATUS(tn_stream_wait(c->stream, 0), TN_BAD_HANDLE);
        CTS_OK(tn_stream_create(c->device, NULL, &stream));
    }
    CTS_OK(tn_device_health(c->device));
    uint32_t out[16];
    tn_address a = cts_alloc(c, sizeof out);
    CTS_OK(tn_fill(stream, a, 4, 4, 16, NULL));
    CTS_OK(tn_memory_read(stream, out, a, sizeof out));
    for (int i = 0; i < 16; i++)
        CTS_CHECK(out[i] == 4, "word %d after recovery is %u", i, out[i]);
}

static void outside_goes_on(cts *c)
{
    uint32_t count;
    CTS_OK(tn_device_count(c->runtime, &count));
    tn_point failed;
    tn_stream sibling;
    tn_address a = cts_alloc(c, 64);
    CTS_OK(tn_stream_create(c->device, NULL, &sibling));
    CTS_OK(poke(c, c->stream, nowhere, &failed));
    CTS_STATUS(tn_point_wait(failed, TN_FOREVER), TN_FAULT);
    tn_point p;
    tn_status status = tn_fill(sibling, a, 3, 4, 16, &p);
    if (status == TN_OK)
        status = tn_point_wait(p, TN_FOREVER);
    tn_status expected = c->info.fault_domain == TN_DOMAIN_STREAM ? TN_OK : TN_POISONED;
    CTS_CHECK(status == expected, "another stream of the device gave %s, expected %s", tn_status_name(status), tn_status_name(expected));
    for (uint32_t i = 0; i < count; i++) {
        tn_device other;
        CTS_OK(tn_device_get(c->runtime, i, &other));
        if (other.bits == c->device.bits)
            continue;
        tn_stream stream;
        tn_address b;
        uint32_t out[16];
        CTS_OK(tn_stream_create(other, NULL, &stream));
        CTS_OK(tn_memory_alloc(other, 64, &b));
        CTS_OK(tn_fill(stream, b, i, 4, 16, NULL));
        CTS_OK(tn_memory_read(stream, out, b, 64));
        CTS_CHECK(out[15] == i, "device %u computes wrongly after a fault on another", i);
    }
}

static void joined_is_poisoned(cts *c)
{
    tn_stream other;
    tn_point failed, p;
    tn_address a = cts_alloc(c, 64);
    CTS_OK(tn_stream_create(c->device, NULL, &other));
    CTS_OK(poke(c, c->stream, nowhere, &failed));
    tn_status status = tn_stream_join(other, failed);
    if (status == TN_OK) {
        status = tn_fill(other, a, 1, 4, 16, &p);
        if (status == TN_OK)
            status = tn_point_wait(p, TN_FOREVER);
    }
    CTS_CHECK(status == TN_POISONED || status == TN_FAULT, "a stream that joined a failed point gave %s", tn_status_name(status));
}

static void exact(cts *c)
{
    tn_options options = c->options;
    options.flags |= TN_OPTION_EXACT;
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_module module;
    uint32_t count, index = 0;
    CTS_OK(tn_device_count(c->runtime, &count));
    for (uint32_t i = 0; i < count; i++) {
        tn_device d;
        CTS_OK(tn_device_get(c->runtime, i, &d));
        if (d.bits == c->device.bits)
            index = i;
    }
    CTS_OK(tn_open(&options, &runtime));
    CTS_OK(tn_device_get(runtime, index, &device));
    CTS_OK(tn_stream_create(device, NULL, &stream));
    CTS_OK(tn_module_load(device, c->bundle, c->bundle_bytes, NULL, &module));
    tn_kernel kernel;
    CTS_OK(tn_module_kernel(module, "cts_poke", &kernel));
    uint64_t at = 0;
    uint32_t value = 1;
    tn_address where = nowhere;
    tn_status status = CTS_LAUNCH(stream, kernel, 1, 1, NULL, TN_ARG(where), TN_ARG(at), TN_ARG(value));
    CTS_CHECK(status == TN_FAULT, "with TN_OPTION_EXACT the launch itself gave %s", tn_status_name(status));
    CTS_MESSAGE("cts_poke");
}

static void aborted(cts *c)
{
    tn_address flag = cts_alloc(c, 64);
    CTS_OK(tn_fill(c->stream, flag, 0, 4, 16, NULL));
    tn_point running, waiting;
    CTS_OK(CTS_LAUNCH(c->stream, cts_kernel(c, "cts_forever"), 1, 1, &running, TN_ARG(flag)));
    CTS_OK(tn_fill(c->stream, flag + 4, 1, 4, 1, &waiting));
    CTS_STATUS(tn_point_wait(running, 20000000), TN_TIMEOUT);
    CTS_STATUS(tn_point_wait(running, 0), TN_NOT_READY);
    CTS_OK(tn_stream_abort(c->stream));
    CTS_STATUS(tn_point_wait(running, TN_FOREVER), TN_ABORTED);
    CTS_STATUS(tn_point_wait(waiting, TN_FOREVER), TN_ABORTED);
    uint32_t out[2];
    CTS_OK(tn_memory_read(c->stream, out, flag, 8));      /* the stream works again */
    CTS_CHECK(out[0] == 0 && out[1] == 0, "dropped work ran: %u %u", out[0], out[1]);
}

static void closes_under_a_hang(cts *c)
{
    tn_address flag = cts_alloc(c, 64);
    CTS_OK(tn_fill(c->stream, flag, 0, 4, 16, NULL));
    CTS_OK(CTS_LAUNCH(c->stream, cts_kernel(c, "cts_forever"), 1, 1, NULL, TN_ARG(flag)));
    CTS_OK(tn_close(c->runtime, 50000000));
    c->runtime.bits = 0;
}

static void exits_under_a_hang(cts *c)
{
    tn_address flag = cts_alloc(c, 64);
    CTS_OK(tn_fill(c->stream, flag, 0, 4, 16, NULL));
    tn_point p;
    CTS_OK(CTS_LAUNCH(c->stream, cts_kernel(c, "cts_forever"), 4, 1, &p, TN_ARG(flag)));
    CTS_STATUS(tn_point_wait(p, 5000000), TN_TIMEOUT);
    fflush(stdout);
    exit(0);                                             /* the time limit of the test catches a hang */
}

const cts_test cts_fault_tests[] = {
    { "fault.told", told, CTS_KERNELS | CTS_FAULTS, true },
    { "fault.recovered", recovered, CTS_KERNELS | CTS_FAULTS, true },
    { "fault.outside_goes_on", outside_goes_on, CTS_KERNELS | CTS_FAULTS, true },
    { "fault.joined_is_poisoned", joined_is_poisoned, CTS_KERNELS | CTS_FAULTS, true },
    { "fault.exact", exact, CTS_KERNELS | CTS_FAULTS, true },
    { "hang.aborted", aborted, CTS_KERNELS | CTS_ABORT, true },
    { "hang.closed", closes_under_a_hang, CTS_KERNELS | CTS_ABORT, true },
    { "hang.exit", exits_under_a_hang, CTS_KERNELS | CTS_ABORT, true },
    { NULL, NULL, 0, false },
};
