/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver that is broken on purpose, to prove that the conformance suite can fail: it passes everything on to the plugin that
 * TENON_MUTANT_OF names, and does one thing wrong, the one that TENON_MUTANT names ("none": nothing).
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "tenon/driver.h"

static const tn_host *host;
static const tn_driver *real;
static tn_driver table;

static tn_status copy_short(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes, bool pinned,
                            uint64_t value, uint32_t flags)
{
    return real->submit_copy(stream, kind, dst, src, bytes > 1 ? bytes - 1 : bytes, pinned, value, flags);
}

static tn_status copy_late(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes, bool pinned,
                           uint64_t value, uint32_t flags)
{
    /* The first byte is taken for pinned memory only. */
    uint64_t skip = pinned && bytes > 1 ? 1 : 0;
    return real->submit_copy(stream, kind, dst + skip, src + skip, bytes - skip, pinned, value, flags);
}

static tn_status fill_short(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count,
                            uint64_t value, uint32_t flags)
{
    return real->submit_fill(stream, dst, pattern, pattern_bytes, count > 1 ? count - 1 : count, value, flags);
}

static tn_status fill_bytes(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count,
                            uint64_t value, uint32_t flags)
{
    return real->submit_fill(stream, dst, pattern & 0xff, 1, count * pattern_bytes, value, flags);
}

static tn_status launch_with(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch, uint64_t value,
                             uint32_t flags, tn_dim3 grid, tn_dim3 block)
{
    tn_driver_launch other = *launch;
    other.grid = grid;
    other.block = block;
    return real->submit_launch(stream, kernel, &other, value, flags);
}

static tn_status drop_block(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch, uint64_t value,
                            uint32_t flags)
{
    tn_dim3 grid = launch->grid;
    grid.x -= grid.x > 1;
    return launch_with(stream, kernel, launch, value, flags, grid, launch->block);
}

static tn_status turn_block(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch, uint64_t value,
                            uint32_t flags)
{
    tn_dim3 b = launch->block;
    return launch_with(stream, kernel, launch, value, flags, launch->grid, (tn_dim3){ b.y, b.x, b.z });
}

static tn_status spoil_argument(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                                uint64_t value, uint32_t flags)
{
    _Alignas(16) unsigned char args[4096];
    tn_driver_launch other = *launch;
    memcpy(args, launch->args, launch->args_bytes);
    if (launch->args_bytes > 40)
        args[launch->args_bytes - 8] ^= 0x40;
    other.args = args;
    return real->submit_launch(stream, kernel, &other, value, flags);
}

static tn_status wait_early(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns)
{
    (void)stream;
    (void)value;
    (void)timeout_ns;
    return TN_OK;
}

static tn_status wait_without_deadline(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns)
{
    return real->stream_wait(stream, value, timeout_ns ? TN_FOREVER : 0);
}

static tn_status hide_fault(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns)
{
    tn_status status = real->stream_wait(stream, value, timeout_ns);
    return status == TN_FAULT ? TN_OK : status;
}

static tn_status forget_join(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value, uint32_t flags)
{
    return real->submit_wait(stream, other, other_value ? 0 : other_value, value, flags);
}

/* Every second allocation gets the address of the first. */
static tn_status overlap(tn_driver_device *device, uint64_t bytes, tn_address *out)
{
    static tn_address first;
    tn_address made;
    tn_status status = real->memory_alloc(device, bytes < 65536 ? 65536 : bytes, &made);
    if (status != TN_OK)
        return status;
    if (!first)
        first = made;
    *out = first == made ? made : made - (made > first && made - first == 65536 ? 65536 - 32 : 0);
    return TN_OK;
}

/* An address that nobody has, and one that is no memory of the process. */
static tn_status lie_about_address(tn_driver_device *device, uint64_t bytes, tn_address *out)
{
    tn_status status = real->memory_alloc(device, bytes, out);
    *out ^= 1ull << 44;
    return status;
}

static tn_status lie_about_host(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device)
{
    tn_status status = real->host_alloc(device, bytes, out, out_device);
    *out = (void *)((uintptr_t)*out ^ (uintptr_t)1 << 44);
    return status;
}

static tn_status lie_about_memory(tn_driver_device *device, uint64_t bytes, tn_address *out)
{
    return real->memory_alloc(device, bytes > (1ull << 36) ? 4096 : bytes, out);
}

static tn_status forget_free(tn_driver_device *device, tn_address address)
{
    (void)device;
    (void)address;
    return TN_OK;
}

static tn_status wrong_variable(tn_driver_module *module, uint32_t index, tn_address *out, uint64_t *out_bytes)
{
    tn_status status = real->module_variable(module, index, out, out_bytes);
    if (status == TN_OK)
        *out_bytes += 4;
    return status;
}

static tn_status backwards(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns)
{
    return real->mark_elapsed(to, from, out_ns);
}

static tn_status no_abort(tn_driver_stream *stream)
{
    (void)stream;
    return TN_OK;
}

static tn_status no_name(tn_driver_instance *instance, uint32_t index, tn_device_info *out)
{
    tn_status status = real->device_info(instance, index, out);
    if (status == TN_OK)
        out->name[0] = '\0';
    return status;
}

static tn_status crash(tn_driver_instance *instance, uint32_t index, tn_device_info *out)
{
    (void)instance;
    (void)out;
    tn_status status = ((tn_status (*)(void))(uintptr_t)(index + 16))();
    return status == TN_OK ? TN_INTERNAL : status;
}

static void break_one(const char *what)
{
#define MUTANT(text, slot, function) if (!strcmp(what, text)) table.slot = function
    MUTANT("copy_short", submit_copy, copy_short);
    MUTANT("copy_late", submit_copy, copy_late);
    MUTANT("fill_short", submit_fill, fill_short);
    MUTANT("fill_bytes", submit_fill, fill_bytes);
    MUTANT("drop_block", submit_launch, drop_block);
    MUTANT("turn_block", submit_launch, turn_block);
    MUTANT("spoil_argument", submit_launch, spoil_argument);
    MUTANT("wait_early", stream_wait, wait_early);
    MUTANT("wait_without_deadline", stream_wait, wait_without_deadline);
    MUTANT("hide_fault", stream_wait, hide_fault);
    MUTANT("forget_join", submit_wait, forget_join);
    MUTANT("overlap", memory_alloc, overlap);
    MUTANT("lie_about_address", memory_alloc, lie_about_address);
    MUTANT("lie_about_host", host_alloc, lie_about_host);
    MUTANT("crash", device_info, crash);
    MUTANT("lie_about_memory", memory_alloc, lie_about_memory);
    MUTANT("forget_free", memory_free, forget_free);
    MUTANT("wrong_variable", module_variable, wrong_variable);
    MUTANT("backwards", mark_elapsed, backwards);
    MUTANT("no_abort", stream_abort, no_abort);
    MUTANT("no_name", device_info, no_name);
#undef MUTANT
}

TN_EXPORT tn_status tn_driver_query(const tn_host *given, uint32_t abi, const tn_driver **out)
{
    const char *of = getenv("TENON_MUTANT_OF"), *what = getenv("TENON_MUTANT");
    host = given;
    if (!of || !what)
        return TN_FAIL(host, TN_INVALID, "TENON_MUTANT_OF and TENON_MUTANT say what to break");
    static void *plugin; /* stays open, as plugins do */
    plugin = dlopen(of, RTLD_NOW | RTLD_LOCAL);
    tn_driver_query_fn *query = NULL;
    if (plugin)
        *(void **)&query = dlsym(plugin, TN_DRIVER_QUERY);
    if (!query)
        return TN_FAIL(host, TN_BAD_DRIVER, "%s cannot be opened: %s", of, dlerror());
    tn_status status = query(given, abi, &real);
    if (status != TN_OK)
        return status;
    table = *real;
    table.name = "mutant";
    break_one(what);
    *out = &table;
    return TN_OK;
}
