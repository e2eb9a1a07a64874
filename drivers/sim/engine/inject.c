/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on request, from TENON_SIM_FAULTS: "seed=7,oom=3,ecc=10" and so on (docs/simulators.md). Each event of a kind
 * is counted, and the count decides, so that the same text gives the same run. Owns the counters of a device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drivers/sim/engine/internal.h"

typedef struct key {
    const char *name;
    size_t at; /* in sil__inject */
} key;

static const key keys[] = {
    { "seed", offsetof(sil__inject, seed) },
    { "oom", offsetof(sil__inject, oom_at) },
    { "ecc", offsetof(sil__inject, ecc_at) },
    { "ecc_corrected", offsetof(sil__inject, ecc_corrected_at) },
    { "hang", offsetof(sil__inject, hang_at) },
    { "lost", offsetof(sil__inject, lost_at) },
    { "copyfail", offsetof(sil__inject, copy_fail_at) },
    { "copylate", offsetof(sil__inject, copy_late_at) },
    { "late_us", offsetof(sil__inject, copy_late_ns) },
    { "watchdog", offsetof(sil__inject, watchdog_ns) },
    { "slowlink", offsetof(sil__inject, slow_link) },
    { "device", offsetof(sil__inject, device) },
};

/* A number between 1 and 64 that follows from the seed and the kind: what "?" stands for. */
static uint64_t drawn(uint64_t seed, uint64_t kind)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + kind * 0xbf58476d1ce4e5b9u + 1;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return 1 + ((x ^ x >> 31) & 63);
}

static sil_status parse_one(sil__inject *inject, const char *item, size_t bytes)
{
    const char *equals = memchr(item, '=', bytes);
    size_t name = equals ? (size_t)(equals - item) : bytes;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strlen(keys[i].name) != name || strncmp(keys[i].name, item, name) != 0)
            continue;
        uint64_t *value = (uint64_t *)((char *)inject + keys[i].at);
        size_t digits = equals ? bytes - name - 1 : 0;
        if (digits == 1 && equals[1] == '?') {
            *value = drawn(inject->seed, i);
            return SIL_OK;
        }
        if (digits == 0 || digits > 18 || strspn(equals + 1, "0123456789") < digits)
            return sil__fail(SIL_INVALID, "TENON_SIM_FAULTS: %.*s: a number or ? must follow %s=", (int)bytes, item,
                             keys[i].name);
        *value = strtoull(equals + 1, NULL, 10);
        return SIL_OK;
    }
    return sil__fail(SIL_INVALID,
                     "TENON_SIM_FAULTS: %.*s: not one of seed, oom, ecc, ecc_corrected, hang, lost, copyfail, "
                     "copylate, late_us, watchdog, slowlink, device",
                     (int)name, item);
}

sil_status sil__inject_parse(sil__inject *inject, const char *text, uint32_t ordinal)
{
    memset(inject, 0, sizeof *inject);
    if (!text || !text[0])
        return SIL_OK;
    inject->device = UINT64_MAX;
    inject->copy_late_ns = 10000; /* microseconds until the end of this function */
    while (*text) {
        size_t bytes = strcspn(text, ",");
        sil_status status = bytes ? parse_one(inject, text, bytes) : SIL_OK;
        if (status != SIL_OK)
            return status;
        text += bytes;
        text += *text == ',';
    }
    inject->copy_late_ns *= 1000;
    inject->watchdog_ns = inject->watchdog_ns < UINT64_MAX / 1000000u ? inject->watchdog_ns * 1000000u : 0;
    inject->any = inject->device == UINT64_MAX || inject->device == ordinal;
    return SIL_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

uint64_t sil_watchdog_ns(uint32_t ordinal)
{
    sil__inject inject;
    bool good = sil__inject_parse(&inject, getenv("TENON_SIM_FAULTS"), ordinal) == SIL_OK;
    return good && inject.any ? inject.watchdog_ns : 0;
}

static bool due(_Atomic(uint64_t) *counter, uint64_t at)
{
    return at && atomic_fetch_add(counter, 1) + 1 == at;
}

bool sil__inject_alloc(sil__inject *inject)
{
    return due(&inject->allocs, inject->oom_at);
}

bool sil__inject_submission(sil__inject *inject)
{
    return due(&inject->submissions, inject->lost_at);
}

uint64_t sil_device_corrected_errors(const sil_device *device)
{
    return atomic_load(&((sil_device *)device)->inject.ecc_corrected);
}

static void sleep_ns(uint64_t nanoseconds)
{
    struct timespec t = { (time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u) };
    while (nanosleep(&t, &t) != 0)
        ;
}

static void requested_fault(sil_stream *stream, uint64_t value, const sil__slot *slot, sil_fault_kind kind)
{
    sil_fault fault = {
        .kind = kind, .stream = stream, .value = value, .thread = { UINT32_MAX, UINT32_MAX, UINT32_MAX }
    };
    bool launch = slot->op == SIL__OP_LAUNCH;
    if (launch)
        snprintf(fault.kernel, sizeof fault.kernel, "%s", slot->kernel->display);
    snprintf(fault.sentence, sizeof fault.sentence, "%s%.100s: %s, on request (TENON_SIM_FAULTS)",
             launch ? "kernel " : "copy", launch ? slot->kernel->display : "",
             kind == SIL_FAULT_COPY ? "the copy failed" : "uncorrectable memory error");
    sil__fault_record(stream, value, &fault);
}

/* Stands still until the stream is aborted or the device lost; false then. */
static bool hang(sil_stream *stream, uint64_t value, const sil__slot *slot)
{
    while (atomic_load(&stream->abort_to) < value && !atomic_load(&stream->device->lost))
        sleep_ns(100000);
    if (atomic_load(&stream->abort_to) >= value)
        sil__dropped(stream, value, slot);
    else
        sil__stream_bad(stream, value, SIL_DEVICE_LOST);
    return false;
}

static bool inject_launch(sil_stream *stream, const sil__slot *slot, uint64_t value)
{
    sil__inject *inject = &stream->device->inject;
    uint64_t count = atomic_fetch_add(&inject->launches, 1) + 1;
    if (count == inject->ecc_corrected_at)
        atomic_fetch_add(&inject->ecc_corrected, 1);
    if (count == inject->ecc_at) {
        requested_fault(stream, value, slot, SIL_FAULT_ECC_UNCORRECTED);
        return false;
    }
    if (inject->watchdog_ns)
        sil__watchdog_begin(stream, value);
    return count == inject->hang_at ? hang(stream, value, slot) : true;
}

static bool inject_copy(sil_stream *stream, const sil__slot *slot, uint64_t value)
{
    sil__inject *inject = &stream->device->inject;
    uint64_t count = atomic_fetch_add(&inject->copies, 1) + 1;
    uint64_t bytes = slot->copy.width * slot->copy.height;
    if (count == inject->copy_late_at)
        sleep_ns(inject->copy_late_ns);
    if (inject->slow_link)
        sleep_ns((uint64_t)((double)bytes * 1e9 / (double)inject->slow_link));
    if (count != inject->copy_fail_at)
        return true;
    requested_fault(stream, value, slot, SIL_FAULT_COPY);
    return false;
}

bool sil__inject_job(sil_stream *stream, const sil__slot *slot, uint64_t value)
{
    if (slot->op == SIL__OP_LAUNCH)
        return inject_launch(stream, slot, value);
    return slot->op != SIL__OP_COPY || inject_copy(stream, slot, value);
}
