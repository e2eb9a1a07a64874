/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the program that are told of things: streams and devices that come and go, and kernels that failed.
 * Owns the registrations. They run on the thread whose call is the cause; for a failure, on the one that waited.
 */
#include <string.h>

#include "drivers/sim/ascend/state.h"

enum { MAX_WATCHERS = 32, NAME_BYTES = 64 };

typedef struct watcher {
    char name[NAME_BYTES];  /* empty: free */
    void (*function)(void); /* as the kind's own type */
    void *argument;
} watcher;

typedef enum watch_kind { WATCH_STREAMS, WATCH_DEVICES, WATCH_KINDS } watch_kind;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static watcher watchers[WATCH_KINDS][MAX_WATCHERS];
static _Atomic uint32_t watching; /* any registration at all: the usual case costs one load */

static aclError change(watch_kind kind, const char *name, void (*function)(void), void *argument, const char *caller)
{
    if (!name || !*name || strlen(name) >= NAME_BYTES)
        return acl_fail(ACL_ERROR_INVALID_PARAM, caller, "a registration needs a name of 1 to %d bytes",
                        NAME_BYTES - 1);
    aclError error = ACL_SUCCESS;
    watcher *same = NULL, *unused = NULL;
    pthread_mutex_lock(&lock);
    for (watcher *w = watchers[kind]; w < watchers[kind] + MAX_WATCHERS; w++) {
        if (!strcmp(w->name, name))
            same = w;
        else if (!w->name[0] && !unused)
            unused = w;
    }
    if (function && !same && unused) {
        strcpy(unused->name, name);
        unused->function = function;
        unused->argument = argument;
        atomic_store(&watching, 1);
    } else if (!function && same) {
        same->name[0] = '\0';
    } else {
        error = acl_fail(ACL_ERROR_RT_PARAM_INVALID, caller, "\"%s\" %s", name,
                         !function ? "was not registered"
                         : same    ? "is registered already"
                                   : "finds no room");
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* Copies the registrations, so that they run without the lock. */
static uint32_t copy(watch_kind kind, watcher out[MAX_WATCHERS])
{
    uint32_t count = 0;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < MAX_WATCHERS; i++)
        if (watchers[kind][i].name[0])
            out[count++] = watchers[kind][i];
    pthread_mutex_unlock(&lock);
    return count;
}

aclError aclrtRegStreamStateCallback(const char *regName, aclrtStreamStateCallback callback, void *args)
{
    return change(WATCH_STREAMS, regName, (void (*)(void))callback, args, __func__);
}

aclError aclrtRegDeviceStateCallback(const char *regName, aclrtDeviceStateCallback callback, void *args)
{
    return change(WATCH_DEVICES, regName, (void (*)(void))callback, args, __func__);
}

void acl_tell_stream(aclrtStream stream, int32_t state)
{
    watcher all[MAX_WATCHERS];
    if (!atomic_load_explicit(&watching, memory_order_relaxed))
        return;
    uint32_t count = copy(WATCH_STREAMS, all);
    for (uint32_t i = 0; i < count; i++)
        ((aclrtStreamStateCallback)all[i].function)(stream, state, all[i].argument);
}

void acl_tell_device(uint32_t device, int32_t state)
{
    watcher all[MAX_WATCHERS];
    if (!atomic_load_explicit(&watching, memory_order_relaxed))
        return;
    uint32_t count = copy(WATCH_DEVICES, all);
    for (uint32_t i = 0; i < count; i++)
        ((aclrtDeviceStateCallback)all[i].function)((int32_t)device, state, all[i].argument);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Failures */

struct aclrtExceptionInfo {
    uint32_t task, stream, thread, device, code;
};

static _Atomic(aclrtExceptionInfoCallback) on_failure;

aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback callback)
{
    atomic_store(&on_failure, callback);
    return ACL_SUCCESS;
}

void acl_tell_failure(const acl_stream *stream, uint64_t value, aclError code)
{
    aclrtExceptionInfoCallback callback = atomic_load(&on_failure);
    aclrtExceptionInfo info = { (uint32_t)value, handle_index(stream->handle), 0, stream->device->id, (uint32_t)code };
    if (callback)
        callback(&info);
}

aclError aclrtGetThreadLastTaskId(uint32_t *taskId)
{
    NOT_NULL(taskId);
    *taskId = acl_last_task;
    return ACL_SUCCESS;
}

uint32_t aclrtGetTaskIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
    return info ? info->task : UINT32_MAX;
}

uint32_t aclrtGetStreamIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
    return info ? info->stream : UINT32_MAX;
}

uint32_t aclrtGetThreadIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
    return info ? info->thread : UINT32_MAX;
}

uint32_t aclrtGetDeviceIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
    return info ? info->device : UINT32_MAX;
}

uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo *info)
{
    return info ? info->code : UINT32_MAX;
}
