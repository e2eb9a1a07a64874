/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launches of the stand-in, in all of ACL's forms, and argument lists. ACL launches blocks, not threads: a client that
 * wants threads sends a record behind the packed arguments (geometry.h). Owns argument lists and placeholders'
 * device memory.
 */
#include <stdlib.h>
#include <string.h>

#include "bundle/ktab.h"
#include "drivers/sim/ascend/capture.h"
#include "drivers/sim/ascend/geometry.h"
#include "drivers/sim/ascend/loaded.h"

enum { MAX_ARGS = 128, MAX_ARG_BYTES = 32 * 1024, MAX_PLACEHOLDER_BYTES = 1 << 20 };

static size_t align8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

/* What the launch attributes ask for. */
typedef struct wishes {
    uint32_t dynamic_bytes;
    uint64_t limit_ns;
} wishes;

static aclError read_config(const aclrtLaunchKernelCfg *cfg, wishes *out, const char *function)
{
    memset(out, 0, sizeof *out);
    if (!cfg || cfg->numAttrs == 0)
        return ACL_SUCCESS;
    if (!cfg->attrs)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu launch attributes are announced and none is given",
                        cfg->numAttrs);
    for (size_t i = 0; i < cfg->numAttrs; i++) {
        const aclrtLaunchKernelAttr *a = &cfg->attrs[i];
        switch (a->id) {
        case ACL_RT_LAUNCH_KERNEL_ATTR_DYN_UBUF_SIZE:
            out->dynamic_bytes = a->value.dynUBufSize;
            break;
        case ACL_RT_LAUNCH_KERNEL_ATTR_TIMEOUT:
            out->limit_ns = a->value.timeout * 1000000000ull;
            break;
        case ACL_RT_LAUNCH_KERNEL_ATTR_TIMEOUT_US:
            out->limit_ns = ((uint64_t)a->value.timeoutUs.high << 32 | a->value.timeoutUs.low) * 1000u;
            break;
        case ACL_RT_LAUNCH_KERNEL_ATTR_SCHEM_MODE: /* hints that change no result */
        case ACL_RT_LAUNCH_KERNEL_ATTR_ENGINE_TYPE:
        case ACL_RT_LAUNCH_KERNEL_ATTR_BLOCK_TASK_PREFETCH:
        case ACL_RT_LAUNCH_KERNEL_ATTR_DATA_DUMP:
            break;
        case ACL_RT_LAUNCH_KERNEL_ATTR_BLOCKDIM_OFFSET:
            if (a->value.blockDimOffset == 0)
                break;
            return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function, "a block offset of %u",
                            a->value.blockDimOffset);
        default:
            return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "launch attribute %d", a->id);
        }
    }
    return ACL_SUCCESS;
}

/* The shape: from the record behind the arguments, or one that needs none. */
static aclError read_shape(const acl_function *f, uint32_t blocks, const void *args, size_t bytes, const wishes *w,
                           sil_launch *out, const char *function)
{
    const tn_ascend_geometry *g = tn_ascend_geometry_find(args, bytes, f->info->args_bytes);
    out->dynamic_local_bytes = w->dynamic_bytes;
    if (!g) {
        bool any = f->info->required_block[0] == 0;
        for (int i = 0; i < 3; i++) {
            out->grid[i] = i ? 1 : blocks;
            out->block[i] = any ? 1 : f->info->required_block[i];
        }
        return ACL_SUCCESS;
    }
    uint64_t product = 1;
    for (int i = 0; i < 3; i++) {
        out->grid[i] = g->grid[i];
        out->block[i] = g->block[i];
        product = product > UINT32_MAX ? product : product * g->grid[i];
    }
    if (product != blocks)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "kernel %s: numBlocks is %u and the grid has %llu blocks",
                        f->name, blocks, (unsigned long long)product);
    if (g->dynamic_local_bytes > out->dynamic_local_bytes)
        out->dynamic_local_bytes = g->dynamic_local_bytes;
    return ACL_SUCCESS;
}

static aclError submit(acl_function *f, uint32_t blocks, acl_stream *s, const wishes *w, const void *args, size_t bytes,
                       uint64_t *value, const char *function)
{
    sil_launch launch;
    if (f->loaded->device != s->device)
        return acl_fail(ACL_ERROR_RT_INVALID_DEVICE_FUNCTION, function,
                        "kernel %s is loaded on device %u, the stream is of device %u", f->name, f->loaded->device->id,
                        s->device->id);
    if (blocks == 0)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "kernel %s: numBlocks is 0", f->name);
    if (bytes < f->info->args_bytes)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "kernel %s takes %u bytes of arguments, there are %zu",
                        f->name, f->info->args_bytes, bytes);
    TRY(read_shape(f, blocks, args, bytes, w, &launch, function));
    launch.args_bytes = f->info->args_bytes;
    launch.args = args;
    launch.cooperative = (f->info->flags & TN_KERNEL_COOPERATIVE) != 0; /* there is no call of its own for these */
    if (acl_capturing(s)) {
        capture_task task = { .kind = TASK_LAUNCH, .u.launch = { f->handle, launch, w->limit_ns } };
        return acl_capture_add(s, &task, function);
    }
    if (atomic_load_explicit(&s->limit_ns, memory_order_relaxed) != w->limit_ns)
        atomic_store_explicit(&s->limit_ns, w->limit_ns, memory_order_relaxed);
    uint64_t at = 0;
    sil_status status = sil_submit_launch(s->sil, f->kernel, &launch, &at);
    acl_last_task = (uint32_t)at;
    if (value)
        *value = at;
    if (__builtin_expect(status != SIL_OK, 0))
        return status == SIL_FAULT ? acl_fail(ACL_ERROR_RT_STREAM_ABORT, function, "the stream stands after a failure")
                                   : acl_fail_sil(status, function);
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Arguments in device memory. They are read when the launch is made; so the stream's earlier work, which may write
 * them, is waited for first. */

aclError aclrtLaunchKernelV2(aclrtFuncHandle func, uint32_t numBlocks, const void *argsData, size_t argsSize,
                             aclrtLaunchKernelCfg *cfg, aclrtStream stream)
{
    acl_function *f;
    acl_stream *s;
    wishes w;
    _Alignas(16) unsigned char small[1024];
    GET_FUNCTION(func, &f);
    GET_STREAM(stream, &s);
    TRY(read_config(cfg, &w, __func__));
    if (argsSize > MAX_ARG_BYTES || (argsSize && !argsData))
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%zu bytes of arguments at %p", argsSize, argsData);
    if (argsSize == 0)
        return submit(f, numBlocks, s, &w, small, 0, NULL, __func__);
    if (!acl_place_of(argsData).device)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID,
                    "argsData %p is not device memory; aclrtLaunchKernelWithHostArgs takes host memory", argsData);
    void *args = argsSize <= sizeof small ? small : malloc(argsSize);
    if (!args)
        return FAIL(ACL_ERROR_BAD_ALLOC, "no host memory for %zu bytes of arguments", argsSize);
    aclError error =
        acl_stream_settle(s, sil_stream_last(s->sil), SIL_FOREVER, ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, __func__);
    if (error == ACL_SUCCESS)
        error = acl_copy_now(s->device, args, SIL_SIDE_HOST, argsData, SIL_SIDE_DEVICE, argsSize, __func__);
    if (error == ACL_SUCCESS)
        error = submit(f, numBlocks, s, &w, args, argsSize, NULL, __func__);
    if (args != small)
        free(args);
    return error;
}

aclError aclrtLaunchKernel(aclrtFuncHandle func, uint32_t numBlocks, const void *argsData, size_t argsSize,
                           aclrtStream stream)
{
    return aclrtLaunchKernelV2(func, numBlocks, argsData, argsSize, NULL, stream);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Arguments in host memory. With placeholders the whole block goes to the device, and each placeholder becomes the
 * device address of its data; the block lives until the kernel has ended. */

typedef struct device_block {
    sil_device *sil;
    uint64_t address, value;
    aclrtStream stream;
    struct device_block *next;
} device_block;

static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static device_block *blocks;

/* Frees what kernels have done with. Streams that are gone have ended. */
static void reap_blocks(void)
{
    pthread_mutex_lock(&blocks_lock);
    for (device_block **at = &blocks; *at;) {
        device_block *b = *at;
        acl_stream *s = handle_get(HANDLE_STREAM, b->stream);
        if (s && sil_stream_query(s->sil, b->value) == SIL_NOT_READY) {
            at = &b->next;
            continue;
        }
        *at = b->next;
        sil_free_idle(b->sil, b->address);
        free(b);
    }
    pthread_mutex_unlock(&blocks_lock);
}

static aclError launch_with_placeholders(acl_function *f, uint32_t blocks_count, acl_stream *s, const wishes *w,
                                         const unsigned char *host, size_t bytes, const aclrtPlaceHolderInfo *holders,
                                         size_t count, const char *function)
{
    if (acl_capturing(s))
        return acl_fail(ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT, function, "placeholders in a recorded model");
    reap_blocks();
    device_block *b = calloc(1, sizeof *b);
    unsigned char *args = malloc(bytes);
    sil_device *sil = atomic_load(&s->device->sil);
    aclError error = b && args ? ACL_SUCCESS : acl_fail(ACL_ERROR_BAD_ALLOC, function, "no host memory for arguments");
    if (error == ACL_SUCCESS)
        error = acl_fail_sil(sil_alloc(sil, bytes, &b->address), function);
    if (error != ACL_SUCCESS)
        goto out;
    memcpy(args, host, bytes);
    for (size_t i = 0; i < count; i++) {
        uint64_t address = b->address + holders[i].dataOffset;
        memcpy(args + holders[i].addrOffset, &address, sizeof address);
    }
    error =
        acl_copy_now(s->device, (void *)(uintptr_t)b->address, SIL_SIDE_DEVICE, args, SIL_SIDE_HOST, bytes, function);
    if (error == ACL_SUCCESS)
        error = submit(f, blocks_count, s, w, args, bytes, &b->value, function);
    if (error != ACL_SUCCESS) {
        sil_free_idle(sil, b->address);
        goto out;
    }
    b->sil = sil;
    b->stream = s->handle;
    pthread_mutex_lock(&blocks_lock);
    b->next = blocks;
    blocks = b;
    pthread_mutex_unlock(&blocks_lock);
    b = NULL;
out:
    free(args);
    free(b);
    return error;
}

static aclError check_holders(const aclrtPlaceHolderInfo *holders, size_t count, size_t bytes, const char *function)
{
    if (count && !holders)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu placeholders are announced and none is given",
                        count);
    for (size_t i = 0; i < count; i++)
        if (holders[i].addrOffset % 8 || (size_t)holders[i].addrOffset + 8 > bytes || holders[i].dataOffset >= bytes)
            return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function,
                            "placeholder %zu: address at %u, data at %u, in %zu bytes", i, holders[i].addrOffset,
                            holders[i].dataOffset, bytes);
    return ACL_SUCCESS;
}

aclError aclrtLaunchKernelWithHostArgs(aclrtFuncHandle func, uint32_t numBlocks, aclrtStream stream,
                                       aclrtLaunchKernelCfg *cfg, void *hostArgs, size_t argsSize,
                                       aclrtPlaceHolderInfo *placeHolders, size_t placeHolderNum)
{
    acl_function *f;
    acl_stream *s;
    wishes w;
    GET_FUNCTION(func, &f);
    GET_STREAM_TASK(stream, &s);
    TRY(read_config(cfg, &w, __func__));
    if (argsSize > MAX_ARG_BYTES + MAX_PLACEHOLDER_BYTES || (argsSize && !hostArgs))
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%zu bytes of arguments at %p", argsSize, hostArgs);
    if (placeHolderNum == 0)
        return submit(f, numBlocks, s, &w, hostArgs, argsSize, NULL, __func__);
    TRY(check_holders(placeHolders, placeHolderNum, argsSize, __func__));
    return launch_with_placeholders(f, numBlocks, s, &w, hostArgs, argsSize, placeHolders, placeHolderNum, __func__);
}

aclError aclrtLaunchKernelWithArgsArray(void *func, uint32_t numBlocks, aclrtStream stream, aclrtLaunchKernelCfg *cfg,
                                        void **args)
{
    acl_function *f;
    acl_stream *s;
    wishes w;
    _Alignas(16) unsigned char packed[4096];
    GET_FUNCTION(func, &f);
    GET_STREAM_TASK(stream, &s);
    TRY(read_config(cfg, &w, __func__));
    if (f->info->args_bytes > sizeof packed)
        return FAIL(ACL_ERROR_RT_OVER_LIMIT, "kernel %s has %u bytes of arguments", f->name, f->info->args_bytes);
    if (f->info->arg_count && !args)
        return FAIL(ACL_ERROR_INVALID_PARAM, "args is NULL and kernel %s has %u parameters", f->name,
                    f->info->arg_count);
    memset(packed, 0, f->info->args_bytes);
    for (uint32_t i = 0; i < f->info->arg_count; i++) {
        const tn_ktab_arg *a = tn_ktab_arg_at(f->table, f->info, i);
        if (!args[i])
            return FAIL(ACL_ERROR_INVALID_PARAM, "args[%u] is NULL", i);
        memcpy(packed + a->offset, args[i], a->size);
    }
    return submit(f, numBlocks, s, &w, packed, f->info->args_bytes, NULL, __func__);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Argument lists. A list's parameters follow the kernel's table one by one; each takes 8 bytes or a multiple on
 * silicon, its own place in the table here. A list in the program's own memory is known by that memory's address. */

typedef struct parameter {
    void *handle;
    uint32_t bytes;
    bool holder;
    uint32_t data_at, data_bytes;
} parameter;

typedef struct acl_args {
    void *handle;
    const void *user; /* of aclrtKernelArgsInitByUserMem, else NULL */
    acl_function *function;
    uint32_t count;
    bool final;
    parameter params[MAX_ARGS];
    unsigned char packed[4096];
    unsigned char *data; /* of placeholders */
    uint32_t data_bytes;
} acl_args;

typedef struct acl_param {
    void *args;
    uint32_t index;
} acl_param;

enum { HANDLE_MEM_BYTES = 64, DATA_BYTES = 64 * 1024 };

struct search {
    const void *user;
    void *found;
    const acl_function *function;
};

static void match_user(void *object, void *handle, void *context)
{
    struct search *search = context;
    acl_args *a = object;
    if (a->user == search->user)
        search->found = handle;
}

static aclError args_get(const void *handle, acl_args **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "argsHandle is NULL");
    *out = handle_get(HANDLE_ARGS, handle);
    if (!*out) {
        struct search search = { handle, NULL, NULL };
        handle_each(HANDLE_ARGS, match_user, &search);
        *out = search.found ? handle_get(HANDLE_ARGS, search.found) : NULL;
    }
    return *out ? ACL_SUCCESS : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not an argument list", handle);
}
#define GET_ARGS(handle, out) TRY(args_get((handle), (out), __func__))

static void args_end(acl_args *a)
{
    for (uint32_t i = 0; i < a->count; i++)
        handle_free(HANDLE_PARAM, a->params[i].handle);
    free(a->data);
    a->data = NULL;
    handle_free(HANDLE_ARGS, a->handle);
}

static void end_of_function(void *object, void *handle, void *context)
{
    struct search *search = context;
    acl_args *a = object;
    (void)handle;
    if (a->function == search->function)
        args_end(a);
}

void acl_args_forget(const acl_function *function)
{
    struct search search = { NULL, NULL, function };
    handle_each(HANDLE_ARGS, end_of_function, &search);
}

static aclError args_make(aclrtFuncHandle func, const void *user, aclrtArgsHandle *out, const char *function)
{
    acl_function *f;
    void *handle;
    TRY(acl_function_get(func, &f, function));
    acl_args *a = handle_new(HANDLE_ARGS, sizeof *a, &handle);
    if (!a)
        return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no argument list is left");
    a->handle = handle;
    a->user = user;
    a->function = f;
    if (out)
        *out = handle;
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsInit(aclrtFuncHandle func, aclrtArgsHandle *argsHandle)
{
    NOT_NULL(argsHandle);
    return args_make(func, NULL, argsHandle, __func__);
}

aclError aclrtKernelArgsGetHandleMemSize(aclrtFuncHandle func, size_t *memSize)
{
    acl_function *f;
    NOT_NULL(memSize);
    GET_FUNCTION(func, &f);
    *memSize = HANDLE_MEM_BYTES;
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsGetMemSize(aclrtFuncHandle func, size_t userArgsSize, size_t *actualArgsSize)
{
    acl_function *f;
    NOT_NULL(actualArgsSize);
    GET_FUNCTION(func, &f);
    *actualArgsSize = align8(userArgsSize);
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsInitByUserMem(aclrtFuncHandle func, aclrtArgsHandle argsHandle, void *userHostMem,
                                      size_t actualArgsSize)
{
    NOT_NULL(argsHandle);
    NOT_NULL(userHostMem);
    if (actualArgsSize > MAX_ARG_BYTES)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%zu bytes of arguments", actualArgsSize);
    struct search search = { argsHandle, NULL, NULL };
    handle_each(HANDLE_ARGS, match_user, &search); /* the same memory again: the old list ends */
    acl_args *old = search.found ? handle_get(HANDLE_ARGS, search.found) : NULL;
    if (old)
        args_end(old);
    return args_make(func, argsHandle, NULL, __func__);
}

/* Room for parameter `count`; its place comes from the kernel's table. */
static aclError append(acl_args *a, const void *bytes, size_t size, bool holder, aclrtParamHandle *out,
                       const char *function)
{
    const tn_ktab_arg *arg = tn_ktab_arg_at(a->function->table, a->function->info, a->count);
    void *handle;
    if (a->final)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function,
                        "the list is finalised; aclrtKernelArgsParaUpdate changes it");
    if (!arg || a->count >= MAX_ARGS)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "kernel %s has %u parameters", a->function->name,
                        a->function->info->arg_count);
    if (size < arg->size || arg->offset + arg->size > sizeof a->packed || (holder && arg->kind != TN_ARG_POINTER))
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "parameter %u of kernel %s has %u bytes%s, not %zu",
                        a->count, a->function->name, arg->size, arg->kind == TN_ARG_POINTER ? " (a pointer)" : "",
                        size);
    acl_param *p = handle_new(HANDLE_PARAM, sizeof *p, &handle);
    if (!p)
        return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no parameter handle is left");
    p->args = a->handle;
    p->index = a->count;
    if (bytes)
        memcpy(a->packed + arg->offset, bytes, arg->size);
    a->params[a->count++] = (parameter){ handle, arg->size, holder, 0, 0 };
    *out = handle;
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsAppend(aclrtArgsHandle argsHandle, void *param, size_t paramSize, aclrtParamHandle *paramHandle)
{
    acl_args *a;
    NOT_NULL(param);
    NOT_NULL(paramHandle);
    GET_ARGS(argsHandle, &a);
    return append(a, param, paramSize, false, paramHandle, __func__);
}

aclError aclrtKernelArgsAppendPlaceHolder(aclrtArgsHandle argsHandle, aclrtParamHandle *paramHandle)
{
    acl_args *a;
    NOT_NULL(paramHandle);
    GET_ARGS(argsHandle, &a);
    return append(a, NULL, 8, true, paramHandle, __func__);
}

static aclError param_get(acl_args *a, const void *handle, parameter **out, uint32_t *index, const char *function)
{
    acl_param *p = handle ? handle_get(HANDLE_PARAM, handle) : NULL;
    if (!p || p->args != a->handle)
        return acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a parameter of this list", handle);
    *out = &a->params[p->index];
    *index = p->index;
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsGetPlaceHolderBuffer(aclrtArgsHandle argsHandle, aclrtParamHandle paramHandle, size_t dataSize,
                                             void **buffer)
{
    acl_args *a;
    parameter *p;
    uint32_t index;
    NOT_NULL(buffer);
    GET_ARGS(argsHandle, &a);
    TRY(param_get(a, paramHandle, &p, &index, __func__));
    size_t room = (dataSize + 31) & ~(size_t)31;
    if (!p->holder || p->data_bytes || dataSize == 0 || a->data_bytes + room > DATA_BYTES)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%zu bytes for parameter %u: %s", dataSize, index,
                    !p->holder      ? "it is no placeholder"
                    : p->data_bytes ? "it has a buffer already"
                                    : "no room");
    if (!a->data && !(a->data = calloc(1, DATA_BYTES)))
        return FAIL(ACL_ERROR_BAD_ALLOC, "no host memory for placeholders");
    p->data_at = a->data_bytes;
    p->data_bytes = (uint32_t)dataSize;
    a->data_bytes += (uint32_t)room;
    *buffer = a->data + p->data_at;
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsParaUpdate(aclrtArgsHandle argsHandle, aclrtParamHandle paramHandle, void *param,
                                   size_t paramSize)
{
    acl_args *a;
    parameter *p;
    uint32_t index;
    NOT_NULL(param);
    GET_ARGS(argsHandle, &a);
    TRY(param_get(a, paramHandle, &p, &index, __func__));
    if (p->holder || paramSize < p->bytes)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "parameter %u has %u bytes, not %zu", index, p->bytes, paramSize);
    memcpy(a->packed + tn_ktab_arg_at(a->function->table, a->function->info, index)->offset, param, p->bytes);
    return ACL_SUCCESS;
}

aclError aclrtKernelArgsFinalize(aclrtArgsHandle argsHandle)
{
    acl_args *a;
    GET_ARGS(argsHandle, &a);
    if (a->count != a->function->info->arg_count)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "kernel %s has %u parameters, the list has %u", a->function->name,
                    a->function->info->arg_count, a->count);
    a->final = true;
    return ACL_SUCCESS;
}

/* Packed arguments, then the placeholders' data. */
static aclError launch_list(acl_args *a, uint32_t blocks_count, acl_stream *s, const wishes *w, const char *function)
{
    aclrtPlaceHolderInfo holders[MAX_ARGS];
    size_t count = 0, base = (a->function->info->args_bytes + 31) & ~(size_t)31;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->params[i].holder)
            holders[count++] = (aclrtPlaceHolderInfo){ tn_ktab_arg_at(a->function->table, a->function->info, i)->offset,
                                                       (uint32_t)base + a->params[i].data_at };
    if (count == 0)
        return submit(a->function, blocks_count, s, w, a->packed, a->function->info->args_bytes, NULL, function);
    unsigned char *block = calloc(1, base + a->data_bytes);
    if (!block)
        return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no host memory for arguments");
    memcpy(block, a->packed, a->function->info->args_bytes);
    memcpy(block + base, a->data, a->data_bytes);
    aclError error = launch_with_placeholders(a->function, blocks_count, s, w, block, base + a->data_bytes, holders,
                                              count, function);
    free(block);
    return error;
}

aclError aclrtLaunchKernelWithConfig(aclrtFuncHandle func, uint32_t numBlocks, aclrtStream stream,
                                     aclrtLaunchKernelCfg *cfg, aclrtArgsHandle argsHandle, void *reserve)
{
    acl_function *f;
    acl_stream *s;
    acl_args *a;
    wishes w;
    GET_FUNCTION(func, &f);
    GET_STREAM_TASK(stream, &s);
    GET_ARGS(argsHandle, &a);
    TRY(read_config(cfg, &w, __func__));
    if (reserve)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "reserve must be NULL");
    if (a->function != f || !a->final)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%s",
                    a->final ? "the argument list is another function's" : "the argument list is not finalised");
    return launch_list(a, numBlocks, s, &w, __func__);
}
