/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies and fills: the checks at the call, and the units that drain.c runs. A transfer is cut into units of rows or of
 * TRANSFER_UNIT bytes, so that a large one is shared among threads and an abort finds an end. May look at memory.c's
 * tables; touches memory only inside a guarded call.
 */
#include <string.h>

#include "drivers/sim/engine/internal.h"

enum { TRANSFER_UNIT = 256 << 10 };

/* ------------------------------------------------------------------------------------------------------- */
/* Running */

static void shape_of(const sil__slot *slot, uint64_t *width, uint64_t *height)
{
    if (slot->op == SIL__OP_COPY) {
        *width = slot->copy.width;
        *height = slot->copy.height;
    } else {
        *width = slot->fill.width;
        *height = slot->fill.height;
    }
}

/* Rows to a unit, for transfers of more than one row. */
static uint64_t rows_each(uint64_t width)
{
    return width >= TRANSFER_UNIT ? 1 : TRANSFER_UNIT / (width ? width : 1);
}

uint64_t sil__transfer_units(const sil__slot *slot)
{
    uint64_t width, height;
    shape_of(slot, &width, &height);
    if (width == 0 || height == 0)
        return 0;
    if (height == 1)
        return (width + TRANSFER_UNIT - 1) / TRANSFER_UNIT;
    return (height + rows_each(width) - 1) / rows_each(width);
}

static void copy_row(unsigned char *dst, const unsigned char *src, uint64_t bytes)
{
    memmove(dst, src, bytes);
}

static void fill_row(unsigned char *dst, const unsigned char *pattern, uint32_t pattern_bytes, uint64_t bytes)
{
    if (pattern_bytes == 1) {
        memset(dst, pattern[0], bytes);
        return;
    }
    /* Double what is there until the row is full. */
    uint64_t have = bytes < pattern_bytes ? bytes : pattern_bytes;
    memcpy(dst, pattern, have);
    while (have < bytes) {
        uint64_t part = have < bytes - have ? have : bytes - have;
        if (part > TRANSFER_UNIT / 8)
            part = TRANSFER_UNIT / 8;
        memcpy(dst + have, dst, part);
        have += part;
    }
}

static void run_line(sil__slot *slot, uint64_t at, uint64_t bytes)
{
    if (slot->op == SIL__OP_COPY)
        copy_row(slot->copy.dst + at, slot->copy.src + at, bytes);
    else
        fill_row(slot->fill.dst + at, slot->fill.pattern, slot->fill.pattern_bytes, bytes);
}

static void run_rows(sil__slot *slot, uint64_t first, uint64_t end)
{
    for (uint64_t row = first; row < end; row++) {
        if (slot->op == SIL__OP_COPY)
            copy_row(slot->copy.dst + row * slot->copy.dst_pitch, slot->copy.src + row * slot->copy.src_pitch,
                     slot->copy.width);
        else
            fill_row(slot->fill.dst + row * slot->fill.pitch, slot->fill.pattern, slot->fill.pattern_bytes,
                     slot->fill.width);
    }
}

void sil__transfer_run(sil__slot *slot, uint64_t first, uint64_t count)
{
    uint64_t width, height;
    shape_of(slot, &width, &height);
    if (height == 1) {
        uint64_t at = first * TRANSFER_UNIT, end = (first + count) * TRANSFER_UNIT;
        run_line(slot, at, (end < width ? end : width) - at);
    } else {
        uint64_t end = (first + count) * rows_each(width);
        run_rows(slot, first * rows_each(width), end < height ? end : height);
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Checks */

/* Checks one side of a transfer that spans `span` bytes. *pageable: host memory that nobody pinned. */
static sil_status check_side(const char *name, const void *at, sil_side side, uint64_t span, bool *pageable)
{
    uint64_t address = (uint64_t)(uintptr_t)at, base, bytes;
    sil_device *device = sil__device_at(address);
    if (side == SIL_SIDE_ANY)
        side = device ? SIL_SIDE_DEVICE : SIL_SIDE_HOST;
    if (side == SIL_SIDE_DEVICE) {
        if (!device && sil_host_find(at, NULL, NULL, NULL))
            return SIL_OK; /* managed and pinned memory have the same address on the device */
        if (!device || !sil__space_find(&device->space, address, &base, &bytes))
            return sil__fail(SIL_BAD_ADDRESS, "%s 0x%llx lies in no allocation", name, (unsigned long long)address);
        if (span > bytes - (address - base))
            return sil__fail(SIL_BAD_ADDRESS,
                             "%s 0x%llx + %llu bytes ends %llu bytes past its allocation (0x%llx, %llu bytes)", name,
                             (unsigned long long)address, (unsigned long long)span,
                             (unsigned long long)(span - (bytes - (address - base))), (unsigned long long)base,
                             (unsigned long long)bytes);
        return SIL_OK;
    }
    if (device)
        return sil__fail(SIL_BAD_ADDRESS, "%s 0x%llx is device memory, not host memory", name,
                         (unsigned long long)address);
    if (!at)
        return sil__fail(SIL_INVALID, "%s is NULL", name);
    bool known;
    if (!sil__host_range(at, span, &known))
        return sil__fail(SIL_BAD_ADDRESS, "%s %p + %llu bytes ends past its host allocation", name, at,
                         (unsigned long long)span);
    *pageable |= !known;
    return SIL_OK;
}

static sil_status span_of(uint64_t pitch, uint64_t width, uint64_t height, uint64_t *out)
{
    if (height > 1 && pitch < width)
        return sil__fail(SIL_INVALID, "a pitch of %llu bytes is less than the width of %llu", (unsigned long long)pitch,
                         (unsigned long long)width);
    uint64_t rows;
    if (height == 0 || width == 0)
        *out = 0;
    else if (__builtin_mul_overflow(pitch, height - 1, &rows) || __builtin_add_overflow(rows, width, out))
        return sil__fail(SIL_INVALID, "%llu rows of %llu bytes are more than there can be", (unsigned long long)height,
                         (unsigned long long)pitch);
    return SIL_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Submitting */

enum { STAGE_BYTES = 32 << 10 };

_Static_assert((int)STAGE_BYTES <= (int)SIL__MAX_ARGS, "what is staged goes through the arguments' ring");

/* `staged` bytes of the arguments' ring come with the slot, at *out_stage. A copy has no room for them in the slot itself,
 * so that few bytes take the ring as well. */
static sil__slot *begin_transfer(sil_stream *stream, sil__op op, uint64_t staged, unsigned char **out_stage)
{
    uint64_t taken;
    if (staged && staged <= SIL__INLINE_ARGS)
        staged = SIL__INLINE_ARGS + 1;
    sil__slot *slot = sil__begin(stream, staged, out_stage, &taken);
    slot->op = op;
    slot->args_bytes = (uint32_t)taken;
    slot->kernel = NULL;
    return slot;
}

sil_status sil_submit_copy_2d(sil_stream *stream, void *dst, sil_side dst_side, uint64_t dst_pitch, const void *src,
                              sil_side src_side, uint64_t src_pitch, uint64_t width_bytes, uint64_t height,
                              bool blocking_pageable, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    if (status != SIL_OK)
        return status;
    uint64_t dst_span = 0, src_span = 0;
    bool pageable_dst = false, pageable_src = false;
    if ((status = span_of(dst_pitch, width_bytes, height, &dst_span)) != SIL_OK ||
        (status = span_of(src_pitch, width_bytes, height, &src_span)) != SIL_OK)
        return status;
    if (dst_span && ((status = check_side("destination", dst, dst_side, dst_span, &pageable_dst)) != SIL_OK ||
                     (status = check_side("source", src, src_side, src_span, &pageable_src)) != SIL_OK))
        return status;
    bool stage = pageable_src && !blocking_pageable && height == 1 && width_bytes <= STAGE_BYTES;
    unsigned char *copy = NULL;
    sil__slot *slot = begin_transfer(stream, SIL__OP_COPY, stage ? width_bytes : 0, &copy);
    if (stage)
        src = memcpy(copy, src, width_bytes);
    slot->copy.dst = dst;
    slot->copy.src = src;
    slot->copy.width = width_bytes;
    slot->copy.height = height;
    slot->copy.dst_pitch = dst_pitch;
    slot->copy.src_pitch = src_pitch;
    if (dst_span == 0)
        slot->copy.height = 0;
    else if (height > 1 && dst_pitch == width_bytes && src_pitch == width_bytes) {
        slot->copy.width = width_bytes * height;
        slot->copy.height = 1;
    }
    uint64_t at = sil__commit(stream);
    if (value)
        *value = at;
    /* A pageable source may be reused as soon as the call is over, so the call lasts as long as the copy. */
    bool wait = blocking_pageable ? pageable_src || pageable_dst : pageable_src && !stage;
    return wait && dst_span ? sil_stream_wait(stream, at, SIL_FOREVER) : SIL_OK;
}

sil_status sil_submit_copy(sil_stream *stream, void *dst, sil_side dst_side, const void *src, sil_side src_side,
                           uint64_t bytes, bool blocking_pageable, uint64_t *value)
{
    return sil_submit_copy_2d(stream, dst, dst_side, bytes, src, src_side, bytes, bytes, 1, blocking_pageable, value);
}

sil_status sil_submit_fill_2d(sil_stream *stream, uint64_t dst, uint64_t pitch, const void *pattern,
                              uint32_t pattern_bytes, uint64_t width, uint64_t height, uint64_t *value)
{
    sil_status status = sil__submit_check(stream);
    uint64_t span = 0, width_bytes;
    bool pageable = false;
    if (status != SIL_OK)
        return status;
    if (!pattern || pattern_bytes == 0 || pattern_bytes > 16 || (pattern_bytes & (pattern_bytes - 1)))
        return sil__fail(SIL_INVALID, "a pattern has 1, 2, 4, 8 or 16 bytes, not %u", pattern_bytes);
    if (__builtin_mul_overflow(width, pattern_bytes, &width_bytes))
        return sil__fail(SIL_INVALID, "%llu patterns of %u bytes are more than there can be", (unsigned long long)width,
                         pattern_bytes);
    if (height > 1 && pitch % pattern_bytes)
        return sil__fail(SIL_INVALID, "a pitch of %llu bytes is no multiple of the pattern", (unsigned long long)pitch);
    if (dst % pattern_bytes)
        return sil__fail(SIL_INVALID, "0x%llx is not aligned to the pattern of %u bytes", (unsigned long long)dst,
                         pattern_bytes);
    if ((status = span_of(pitch, width_bytes, height, &span)) != SIL_OK ||
        (span &&
         (status = check_side("destination", (void *)(uintptr_t)dst, SIL_SIDE_DEVICE, span, &pageable)) != SIL_OK))
        return status;
    sil__slot *slot = begin_transfer(stream, SIL__OP_FILL, 0, NULL);
    slot->fill.dst = (unsigned char *)(uintptr_t)dst;
    slot->fill.pitch = pitch;
    slot->fill.width = width_bytes;
    slot->fill.height = span ? height : 0;
    slot->fill.pattern_bytes = pattern_bytes;
    memcpy(slot->fill.pattern, pattern, pattern_bytes);
    if (height > 1 && pitch == width_bytes) {
        slot->fill.width = width_bytes * height;
        slot->fill.height = 1;
    }
    uint64_t at = sil__commit(stream);
    if (value)
        *value = at;
    return SIL_OK;
}

sil_status sil_submit_fill(sil_stream *stream, uint64_t dst, const void *pattern, uint32_t pattern_bytes,
                           uint64_t count, uint64_t *value)
{
    return sil_submit_fill_2d(stream, dst, 0, pattern, pattern_bytes, count, 1, value);
}
