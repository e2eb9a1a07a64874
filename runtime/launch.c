/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/launch.c - launches: checks of shape and arguments, packing, and the call of the driver. The hot path: it
 * allocates nothing, enters no kernel, and takes the stream's lock only. What goes wrong is told in functions of its
 * own.
 */
#include <stdalign.h>
#include <string.h>

#include "runtime/internal.h"

/* ------------------------------------------------------------------------------------------------------- */
/* Telling what is wrong */

static const char *kernel_name(const struct tn__kernel *k)
{
    return tn_ktab_string(k->table, tn_ktab_kernel_at(k->table, k->index)->name);
}

static tn_status bad_shape(enum tn__api api, const struct tn__device *d, const struct tn__kernel *k, const tn_launch *l)
{
    const uint32_t grid[3] = { l->grid.x, l->grid.y, l->grid.z }, block[3] = { l->block.x, l->block.y, l->block.z };
    for (int i = 0; i < 3; i++) {
        if (!grid[i] || !block[i])
            return TN__FAIL(api, TN_INVALID, "kernel %.100s: %s.%c is 0; the least is 1", kernel_name(k),
                            grid[i] ? "block" : "grid", "xyz"[i]);
        if (d->info.max_grid[i] && grid[i] > d->info.max_grid[i])
            return TN__FAIL(api, TN_LIMIT, "kernel %.100s: grid.%c is %u; the device's limit is %u", kernel_name(k),
                            "xyz"[i], grid[i], d->info.max_grid[i]);
        if (d->info.max_block[i] && block[i] > d->info.max_block[i])
            return TN__FAIL(api, TN_LIMIT, "kernel %.100s: block.%c is %u; the device's limit is %u", kernel_name(k),
                            "xyz"[i], block[i], d->info.max_block[i]);
    }
    const uint32_t *r = k->required_block;
    if (r[0] && memcmp(r, block, sizeof block))
        return TN__FAIL(api, TN_INVALID,
                        "kernel %.100s was built for blocks of %u x %u x %u, and %u x %u x %u are asked for",
                        kernel_name(k), r[0], r[1], r[2], block[0], block[1], block[2]);
    uint64_t threads = (uint64_t)block[0] * block[1] * block[2];
    if (k->max_threads && (threads > k->max_threads || (uint64_t)block[0] * block[1] > k->max_threads))
        return TN__FAIL(api, TN_LIMIT,
                        "kernel %.100s: a block of %u x %u x %u threads; the limit of this kernel here is %u",
                        kernel_name(k), block[0], block[1], block[2], k->max_threads);
    return TN__FAIL(api, TN_LIMIT,
                    "kernel %.100s: %u bytes of local memory and %u of its own; the device's limit is %llu a block",
                    kernel_name(k), l->local_bytes, k->static_local_bytes, (unsigned long long)d->info.local_bytes);
}

static tn_status bad_launch(enum tn__api api, const tn_launch *l)
{
    if (!l)
        return TN__FAIL(api, TN_INVALID, "launch is NULL");
    tn_status status = tn__options_check(api, "tn_launch", l, sizeof *l);
    return status != TN_OK ? status : TN__FAIL(api, TN_INVALID, "tn_launch.flags and reserved must be 0");
}

static tn_status bad_argument(enum tn__api api, const struct tn__kernel *k, const tn_arg *args, uint32_t index)
{
    const tn_ktab_arg *row = tn_ktab_arg_at(k->table, tn_ktab_kernel_at(k->table, k->index), index);
    const char *type = tn_ktab_string(k->table, row->type_name), *name = tn_ktab_string(k->table, row->name);
    if (!args[index].value)
        return TN__FAIL(api, TN_BAD_ARGUMENTS, "kernel %.100s: the value of argument %u (%.40s %.40s) is NULL",
                        kernel_name(k), index, type, name);
    return TN__FAIL(api, TN_BAD_ARGUMENTS, "kernel %.100s: argument %u (%.40s %.40s) has %u bytes, and %llu were given",
                    kernel_name(k), index, type, name, row->size, (unsigned long long)args[index].bytes);
}

/* With validation: every pointer leads into an allocation, into pinned memory that the device reaches, or is zero. */
static tn_status check_pointers(enum tn__api api, struct tn__device *d, const struct tn__kernel *k,
                                const unsigned char *packed)
{
    for (uint32_t i = 0; i < k->arg_count; i++) {
        uint64_t address;
        struct tn__range range;
        if (!k->args[i].pointer)
            continue;
        memcpy(&address, packed + k->args[i].offset, sizeof address);
        if (!address || tn__ranges_find(&d->memory, address, &range) ||
            tn__ranges_find(&d->instance->host_device, address, &range))
            continue;
        const tn_ktab_arg *row = tn_ktab_arg_at(k->table, tn_ktab_kernel_at(k->table, k->index), i);
        tn_status status = tn__memory_check_slow(api, d, address, 1, tn_ktab_string(k->table, row->name));
        if (status != TN_OK)
            return tn__fail_on(status, 0, 0, k->bits);
    }
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

static inline bool good_launch(const tn_launch *l)
{
    return l && l->size == sizeof *l && !l->flags && !l->next && !l->reserved;
}

/* Zeros wrap to the highest number, so that one comparison sees them too; a limit of 0 is none. */
static inline bool within(uint32_t value, uint32_t limit)
{
    return value - 1u < (limit ? limit : UINT32_MAX);
}

static inline bool good_shape(const struct tn__device *d, const struct tn__kernel *k, const tn_launch *l)
{
    const tn_device_info *i = &d->info;
    if (!within(l->grid.x, i->max_grid[0]) || !within(l->grid.y, i->max_grid[1]) ||
        !within(l->grid.z, i->max_grid[2]) || !within(l->block.x, i->max_block[0]) ||
        !within(l->block.y, i->max_block[1]) || !within(l->block.z, i->max_block[2]))
        return false;
    uint64_t plane = (uint64_t)l->block.x * l->block.y;
    if (k->max_threads && (plane > k->max_threads || plane * l->block.z > k->max_threads))
        return false;
    if (k->required_block[0] && (k->required_block[0] != l->block.x || k->required_block[1] != l->block.y ||
                                 k->required_block[2] != l->block.z))
        return false;
    return !i->local_bytes || (uint64_t)l->local_bytes + k->static_local_bytes <= i->local_bytes;
}

static inline void put(unsigned char *to, const void *from, uint32_t bytes)
{
    switch (bytes) {   /* what arguments mostly are */
    case 8: memcpy(to, from, 8); break;
    case 4: memcpy(to, from, 4); break;
    default: memcpy(to, from, bytes); break;
    }
}

static inline bool pack(const struct tn__kernel *k, const tn_arg *args, unsigned char *packed, uint32_t *out_bad)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const struct tn__arg *a = &k->args[i];
        if (TN__UNLIKELY(args[i].bytes != a->bytes || !args[i].value)) {
            *out_bad = i;
            return false;
        }
        if (TN__UNLIKELY(a->offset != end))
            memset(packed + end, 0, a->offset - end);
        put(packed + a->offset, args[i].value, a->bytes);
        end = a->offset + a->bytes;
    }
    return true;
}

/* Under the stream's lock: the kernel is there, belongs to the stream's device, and stays until the lock is given back,
 * since tn_module_unload looks at every stream of the device after it has taken the handle. */
static inline tn_status find_kernel(enum tn__api api, const struct tn__stream *s, tn_kernel kernel,
                                    struct tn__kernel **out)
{
    struct tn__kernel *k = TN__PEEK_KERNEL(kernel.bits);
    *out = k;
    if (TN__UNLIKELY(!k))
        return tn__fail_handle(api, TN__KERNEL, kernel.bits);
    struct tn__device *device = atomic_load_explicit(&k->device, memory_order_acquire);
    if (TN__UNLIKELY(!tn__is_live(&k->object, kernel.bits)))
        return tn__fail_handle(api, TN__KERNEL, kernel.bits);
    if (TN__UNLIKELY(device != s->device))
        return TN__FAIL(
            api, device->runtime == s->device->runtime ? TN_INVALID : TN_BAD_HANDLE,
            "the kernel was loaded onto another device than the stream's; load its bundle onto this one too");
    return TN_OK;
}

static tn_status refuse(struct tn__stream *s, tn_status status, uint64_t kernel)
{
    uint64_t bits = s->bits, device = s->device->bits;
    tn__unlock(&s->lock);
    return tn__fail_on(status, device, bits, kernel);
}

static inline tn_status submit(enum tn__api api, struct tn__stream *s, struct tn__kernel *k, tn_kernel kernel,
                               const tn_launch *launch, const void *packed, tn_point *out_point)
{
    tn_driver_launch l = {
        .size = sizeof l, .grid = launch->grid, .block = launch->block, .local_bytes = launch->local_bytes,
        .args_bytes = k->args_bytes, .args = packed,
    };
    tn_status status = TN_OK;
    if (TN__UNLIKELY(s->validate))
        status = check_pointers(api, s->device, k, packed);
    if (TN__UNLIKELY(status != TN_OK))
        return refuse(s, status, kernel.bits);
    status = s->driver->submit_launch(s->native, k->native, &l, tn__submit_value(s) - s->base,
                                      tn__submit_flags(s, out_point));
    return tn__submit_end(api, s, status, kernel.bits, out_point);
}

TN_API tn_status tn_kernel_launch(tn_stream stream, tn_kernel kernel, const tn_launch *launch, const tn_arg *args,
                                  uint32_t arg_count, tn_point *out_point)
{
    TN__TAP(TN__kernel_launch, kernel.bits);
    struct tn__stream *s;
    struct tn__kernel *k;
    alignas(16) unsigned char packed[TN__ARGS_MAX];
    uint32_t bad = 0;
    if (TN__UNLIKELY(!good_launch(launch)))
        return bad_launch(TN__kernel_launch, launch);
    tn_status status = tn__submit_begin(TN__kernel_launch, stream, &s);
    if (TN__UNLIKELY(status != TN_OK))
        return status;
    status = find_kernel(TN__kernel_launch, s, kernel, &k);
    if (TN__UNLIKELY(status != TN_OK))
        return refuse(s, status, kernel.bits);
    if (TN__UNLIKELY(!good_shape(s->device, k, launch)))
        return refuse(s, bad_shape(TN__kernel_launch, s->device, k, launch), kernel.bits);
    if (TN__UNLIKELY(arg_count != k->arg_count || (arg_count && !args)))
        return refuse(s,
                      TN__FAIL(TN__kernel_launch, TN_BAD_ARGUMENTS,
                               "kernel %.200s takes %u arguments, and %u were given", kernel_name(k), k->arg_count,
                               args ? arg_count : 0),
                      kernel.bits);
    if (TN__UNLIKELY(!pack(k, args, packed, &bad)))
        return refuse(s, bad_argument(TN__kernel_launch, k, args, bad), kernel.bits);
    return submit(TN__kernel_launch, s, k, kernel, launch, packed, out_point);
}

TN_API tn_status tn_kernel_launch_packed(tn_stream stream, tn_kernel kernel, const tn_launch *launch, const void *args,
                                         uint64_t args_bytes, tn_point *out_point)
{
    TN__TAP(TN__kernel_launch_packed, kernel.bits);
    struct tn__stream *s;
    struct tn__kernel *k;
    alignas(16) unsigned char packed[TN__ARGS_MAX];
    if (TN__UNLIKELY(!good_launch(launch)))
        return bad_launch(TN__kernel_launch_packed, launch);
    tn_status status = tn__submit_begin(TN__kernel_launch_packed, stream, &s);
    if (TN__UNLIKELY(status != TN_OK))
        return status;
    status = find_kernel(TN__kernel_launch_packed, s, kernel, &k);
    if (TN__UNLIKELY(status != TN_OK))
        return refuse(s, status, kernel.bits);
    if (TN__UNLIKELY(!good_shape(s->device, k, launch)))
        return refuse(s, bad_shape(TN__kernel_launch_packed, s->device, k, launch), kernel.bits);
    if (TN__UNLIKELY(args_bytes != k->args_bytes || (args_bytes && !args)))
        return refuse(s,
                      TN__FAIL(TN__kernel_launch_packed, TN_BAD_ARGUMENTS,
                               "kernel %.200s takes %u bytes of packed arguments, and %llu were "
                               "given",
                               kernel_name(k), k->args_bytes, (unsigned long long)(args ? args_bytes : 0)),
                      kernel.bits);
    if ((uintptr_t)args % 16) {   /* what a driver gets is aligned to 16 bytes */
        memcpy(packed, args, args_bytes);
        args = packed;
    }
    return submit(TN__kernel_launch_packed, s, k, kernel, launch, args, out_point);
}
