/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/kernel.c - kernels and what their tables say of them. Owns nothing: a kernel object belongs to its module.
 * May call bundle/ktab.h and the driver. Launches are in launch.c.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/internal.h"

static uint32_t least_limit(uint32_t a, uint32_t b)
{
    return !a ? b : !b ? a : a < b ? a : b;   /* 0: no limit */
}

tn_status tn__kernel_new(enum tn__api api, struct tn__module *m, uint32_t index, struct tn__kernel **out)
{
    const tn_ktab *table = m->image->kernels;
    const tn_ktab_kernel *row = tn_ktab_kernel_at(table, index);
    struct tn__device *d = m->device;
    tn_driver_kernel *native = NULL;
    if (row->args_bytes > TN__ARGS_MAX)
        return TN__FAIL(api, TN_LIMIT, "kernel %.200s takes %u bytes of arguments; the most is %u",
                        tn_ktab_string(table, row->name), row->args_bytes, TN__ARGS_MAX);
    tn_status status = TN__CALL(d->driver->module_kernel(m->native, index, &native));
    if (status != TN_OK)
        return TN__FAIL_DRIVER(api, status, "the kernel %.100s", tn_ktab_string(table, row->name));
    struct tn__kernel *k = tn__object_new(TN__KERNEL);
    if (!k)
        return TN__FAIL(api, TN_OUT_OF_HOST_MEMORY, "no memory for a kernel");
    atomic_store(&k->device, d);
    k->module = m;
    k->native = native;
    k->args = m->args + row->arg_first;
    k->table = table;
    k->arg_count = row->arg_count;
    k->args_bytes = row->args_bytes;
    k->max_threads = least_limit(row->max_threads, d->info.max_threads);
    k->static_local_bytes = row->static_local_bytes;
    memcpy(k->required_block, row->required_block, sizeof k->required_block);
    k->index = index;
    k->bits = tn__object_publish(TN__KERNEL, k);
    *out = k;
    return TN_OK;
}

TN_API tn_status tn_kernel_get_info(tn_kernel kernel, tn_kernel_info *out)
{
    TN__TAP(TN__kernel_get_info, kernel.bits);
    struct tn__kernel *k = TN__REF(TN__KERNEL, struct tn__kernel, kernel.bits);
    if (!k)
        return tn__fail_handle(TN__kernel_get_info, TN__KERNEL, kernel.bits);
    if (!out || out->size < 8) {
        tn__unref(&k->object);
        return TN__FAIL(TN__kernel_get_info, TN_INVALID,
                        "out is NULL or out->size is not set to sizeof(tn_kernel_info)");
    }
    const tn_ktab_kernel *row = tn_ktab_kernel_at(k->table, k->index);
    tn_kernel_info info;
    memset(&info, 0, sizeof info);
    info.size = out->size < sizeof info ? out->size : (uint32_t)sizeof info;
    info.flags = row->flags;
    snprintf(info.name, sizeof info.name, "%s", tn_ktab_string(k->table, row->name));
    snprintf(info.display, sizeof info.display, "%s", tn_ktab_string(k->table, row->display));
    info.arg_count = k->arg_count;
    info.args_bytes = k->args_bytes;
    info.static_local_bytes = k->static_local_bytes;
    info.max_threads = k->max_threads;
    memcpy(info.required_block, k->required_block, sizeof info.required_block);
    info.registers = row->registers;
    memcpy(out, &info, info.size);
    tn__unref(&k->object);
    return TN_OK;
}

TN_API tn_status tn_kernel_get_arg(tn_kernel kernel, uint32_t index, tn_kernel_arg *out)
{
    TN__TAP(TN__kernel_get_arg, kernel.bits);
    struct tn__kernel *k = TN__REF(TN__KERNEL, struct tn__kernel, kernel.bits);
    tn_status status = TN_OK;
    if (!k)
        return tn__fail_handle(TN__kernel_get_arg, TN__KERNEL, kernel.bits);
    if (!out || out->size < 8) {
        status =
            TN__FAIL(TN__kernel_get_arg, TN_INVALID, "out is NULL or out->size is not set to sizeof(tn_kernel_arg)");
    } else if (index >= k->arg_count) {
        status =
            TN__FAIL(TN__kernel_get_arg, TN_INVALID, "there is no argument %u; the kernel has %u", index, k->arg_count);
    } else {
        const tn_ktab_arg *row = tn_ktab_arg_at(k->table, tn_ktab_kernel_at(k->table, k->index), index);
        tn_kernel_arg arg;
        memset(&arg, 0, sizeof arg);
        arg.size = out->size < sizeof arg ? out->size : (uint32_t)sizeof arg;
        arg.offset = row->offset;
        arg.bytes = row->size;
        arg.align = row->align;
        arg.kind = (tn_arg_kind)row->kind;
        arg.space = (tn_arg_space)row->space;
        arg.access = row->access;
        snprintf(arg.name, sizeof arg.name, "%s", tn_ktab_string(k->table, row->name));
        snprintf(arg.type_name, sizeof arg.type_name, "%s", tn_ktab_string(k->table, row->type_name));
        memcpy(out, &arg, arg.size);
    }
    tn__unref(&k->object);
    return status;
}

TN_API tn_status tn_kernel_native(tn_kernel kernel, void **out)
{
    TN__TAP(TN__kernel_native, kernel.bits);
    struct tn__kernel *k = TN__REF(TN__KERNEL, struct tn__kernel, kernel.bits);
    if (!k)
        return tn__fail_handle(TN__kernel_native, TN__KERNEL, kernel.bits);
    struct tn__device *d = k->module->device;
    void *native = NULL;
    tn_status status = out ? TN__CALL(d->driver->native(TN_NATIVE_KERNEL, k->native, &native)) : TN_OK;
    if (!out)
        status = TN__FAIL(TN__kernel_native, TN_INVALID, "out is NULL");
    else if (status == TN_OK)
        *out = native;
    else
        status = tn__fail_on(TN__FAIL_DRIVER(TN__kernel_native, status, "asking for the vendor's kernel"), d->bits, 0,
                             kernel.bits);
    tn__unref(&k->object);
    return status;
}
