/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start, configuration, devices and contexts of the stand-in. Owns the device table and each thread's current context.
 * Which devices there are: tenon_sim_configure says it, or else the environment variable TENON_SIM.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/sim/ascend/state.h"

static struct {
    pthread_mutex_t lock; /* creation, primary contexts, references, initialisation count */
    char *spec;           /* of tenon_sim_configure */
    uint32_t claims;      /* configurations that were taken and not released */
    bool own;             /* a client that configured nothing was told of TENON_SIM's devices */
    _Atomic bool read;
    aclError verdict;
    uint32_t count;
    acl_device devices[MAX_DEVICES];
    uint64_t initialised;
} world = { .lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP }; /* told functions may call ACL */

static _Thread_local void *current_handle;

uint64_t acl_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Configuration */

/* ASCEND_RT_VISIBLE_DEVICES: "1,0" keeps those, in that order; what follows an entry that is no device is ignored. */
static uint32_t keep_visible(sil_profile *profiles, uint32_t *physical, uint32_t count)
{
    const char *list = getenv("ASCEND_RT_VISIBLE_DEVICES");
    for (uint32_t i = 0; i < count; i++)
        physical[i] = i;
    if (!list)
        return count;
    uint32_t kept = 0, order[MAX_DEVICES];
    while (*list && kept < MAX_DEVICES) {
        char *end;
        unsigned long id = strtoul(list, &end, 10);
        bool twice = false;
        for (uint32_t i = 0; i < kept; i++)
            twice |= order[i] == id;
        if (end == list || id >= count || twice)
            break;
        order[kept++] = (uint32_t)id;
        list = *end == ',' ? end + 1 : "";
    }
    sil_profile *copy = malloc(sizeof *copy * (count ? count : 1));
    if (!copy)
        return 0;
    memcpy(copy, profiles, sizeof *copy * count);
    for (uint32_t i = 0; i < kept; i++) {
        profiles[i] = copy[order[i]];
        physical[i] = order[i];
    }
    free(copy);
    return kept;
}

/* With the lock. */
static aclError read_configuration(const char *function)
{
    const char *spec = world.spec ? world.spec : getenv("TENON_SIM");
    uint32_t count = 0, physical[MAX_DEVICES];
    if (!spec || !*spec)
        return ACL_SUCCESS;
    sil_profile *profiles = calloc(MAX_DEVICES, sizeof *profiles);
    if (!profiles)
        return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no host memory for the device table");
    sil_status status = sil_config_parse(spec, "ascend", profiles, MAX_DEVICES, &count);
    if (status != SIL_OK) {
        free(profiles);
        return acl_fail(ACL_ERROR_INTERNAL_ERROR, function, "the simulated devices \"%s\": %s", spec,
                        sil_last_message());
    }
    count = keep_visible(profiles, physical, count);
    for (uint32_t i = 0; i < count; i++) {
        world.devices[i].profile = profiles[i];
        world.devices[i].id = i;
        world.devices[i].physical = physical[i];
        atomic_store(&world.devices[i].saturation, 1);
    }
    free(profiles);
    world.count = count;
    return ACL_SUCCESS;
}

aclError acl_devices(const char *function)
{
    if (atomic_load_explicit(&world.read, memory_order_acquire) && world.verdict == ACL_SUCCESS)
        return ACL_SUCCESS;
    pthread_mutex_lock(&world.lock);
    if (!atomic_load_explicit(&world.read, memory_order_relaxed) || world.verdict != ACL_SUCCESS) {
        world.verdict = read_configuration(function);
        world.own = !world.claims && world.count;
        atomic_store_explicit(&world.read, true, memory_order_release);
    }
    aclError verdict = world.verdict;
    pthread_mutex_unlock(&world.lock);
    return verdict;
}

uint32_t acl_device_total(void)
{
    return world.count;
}

acl_device *acl_device_get(int64_t id)
{
    return id >= 0 && id < world.count ? &world.devices[id] : NULL;
}

#define EXPORT __attribute__((visibility("default")))
EXPORT int tenon_sim_configure(const char *spec);
EXPORT const char *tenon_sim_marker(void);
EXPORT const char *tenon_sim_message(void);
EXPORT void tenon_sim_release(void);

enum { MESSAGE_BYTES = 320 };
static _Thread_local char *message; /* of sil_thread_text */

static int refuse_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int refuse_text(const char *format, ...)
{
    va_list list;
    if (!sil_thread_text(&message, MESSAGE_BYTES))
        return 1;
    va_start(list, format);
    vsnprintf(message, MESSAGE_BYTES, format, list);
    va_end(list);
    return 1;
}

/* With the lock. */
static bool same_devices(const sil_profile *profiles, const uint32_t *physical, uint32_t count)
{
    if (count != world.count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(profiles[i].name, world.devices[i].profile.name) != 0 || physical[i] != world.devices[i].physical)
            return false;
    return true;
}

static void note_context(void *object, void *handle, void *any)
{
    (void)object;
    (void)handle;
    *(bool *)any = true;
}

/* With the lock. Whether the devices that there are must stay: somebody counts on them, or has a context. */
static bool in_use(void)
{
    bool used = world.claims || world.own;
    if (!used)
        handle_each(HANDLE_CONTEXT, note_context, &used);
    return used && world.count;
}

/* With the lock. Reads at once, so that the next text is held against these devices. */
static int replace(const char *spec)
{
    for (uint32_t i = 0; i < world.count; i++) {
        if (atomic_load(&world.devices[i].sil))
            sil_device_destroy(atomic_load(&world.devices[i].sil));
        memset(&world.devices[i], 0, sizeof world.devices[i]);
    }
    world.count = 0;
    world.own = false;
    free(world.spec);
    world.spec = strdup(spec);
    world.verdict = read_configuration("tenon_sim_configure");
    atomic_store_explicit(&world.read, true, memory_order_release);
    return world.verdict == ACL_SUCCESS ? 0 : refuse_text("no host memory");
}

static int configure(const char *spec, sil_profile *profiles)
{
    uint32_t count = 0, physical[MAX_DEVICES];
    int result = 0;
    if (sil_config_parse(spec, "ascend", profiles, MAX_DEVICES, &count) != SIL_OK)
        return refuse_text("%s", sil_last_message());
    if (!(count = keep_visible(profiles, physical, count)))
        return -1;
    pthread_mutex_lock(&world.lock);
    if (!same_devices(profiles, physical, count)) {
        const char *now = world.spec ? world.spec : getenv("TENON_SIM");
        result = in_use()
                     ? refuse_text("the devices of \"%s\" are in use in this process, and \"%s\" can't replace them",
                                   now ? now : "", spec)
                     : replace(spec);
    }
    world.claims += result == 0;
    pthread_mutex_unlock(&world.lock);
    return result;
}

/* 0: taken, until tenon_sim_release, and meanwhile only a text that gives the same devices of this family is. -1: the text
 * names none. Else tenon_sim_message says why not. */
int tenon_sim_configure(const char *spec)
{
    sil_profile *profiles = malloc(sizeof *profiles * MAX_DEVICES);
    int result = profiles ? configure(spec ? spec : "", profiles) : refuse_text("no host memory");
    free(profiles);
    return result;
}

void tenon_sim_release(void)
{
    pthread_mutex_lock(&world.lock);
    world.claims -= world.claims > 0;
    pthread_mutex_unlock(&world.lock);
}

const char *tenon_sim_message(void)
{
    return message ? message : "no simulated device was asked for";
}

const char *tenon_sim_marker(void)
{
    static char text[128];
    if (acl_devices(__func__) != ACL_SUCCESS || world.count == 0)
        return "tenon-sim " TN_VERSION_STRING " ascend";
    snprintf(text, sizeof text, "tenon-sim %s %s", TN_VERSION_STRING, world.devices[0].profile.name);
    return text;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Start and end */

aclError aclInit(const char *configPath)
{
    if (configPath && *configPath && access(configPath, R_OK) != 0)
        return FAIL(ACL_ERROR_INVALID_FILE, "the configuration %s cannot be read", configPath);
    TRY(acl_devices(__func__));
    pthread_mutex_lock(&world.lock);
    uint64_t before = world.initialised++;
    pthread_mutex_unlock(&world.lock);
    return before == 0 ? ACL_SUCCESS
                       : FAIL(ACL_ERROR_REPEAT_INITIALIZE,
                              "aclInit was called before; the call counts, the configuration does not");
}

aclError aclFinalizeReference(uint64_t *refCount)
{
    pthread_mutex_lock(&world.lock);
    uint64_t before = world.initialised;
    world.initialised -= before > 0;
    if (refCount)
        *refCount = world.initialised;
    pthread_mutex_unlock(&world.lock);
    return before ? ACL_SUCCESS : FAIL(ACL_ERROR_REPEAT_FINALIZE, "there is no aclInit to undo");
}

aclError aclFinalize(void)
{
    pthread_mutex_lock(&world.lock);
    uint64_t before = world.initialised;
    world.initialised = 0;
    pthread_mutex_unlock(&world.lock);
    return before ? ACL_SUCCESS : FAIL(ACL_ERROR_REPEAT_FINALIZE, "there is no aclInit to undo");
}

/* ------------------------------------------------------------------------------------------------------- */
/* Devices */

aclError acl_device_ready(acl_device *device, const char *function)
{
    if (atomic_load_explicit(&device->sil, memory_order_acquire) && device->copies)
        return ACL_SUCCESS;
    pthread_mutex_lock(&world.lock);
    sil_status status = SIL_OK;
    sil_device *sil = atomic_load(&device->sil);
    if (!sil)
        status = sil_device_create(&device->profile, device->physical, &sil);
    if (status == SIL_OK && !device->copies) {
        status = sil_stream_create(sil, 0, &device->copies);
        atomic_fetch_add(&device->streams, status == SIL_OK); /* it is one of the chip's */
    }
    if (status == SIL_OK)
        atomic_store_explicit(&device->sil, sil, memory_order_release);
    pthread_mutex_unlock(&world.lock);
    return status == SIL_OK ? ACL_SUCCESS : acl_fail_sil(status, function);
}

static aclError device_of(int64_t id, acl_device **out, const char *function)
{
    TRY(acl_devices(function));
    acl_device *device = acl_device_get(id);
    if (!device)
        return acl_fail(world.count ? ACL_ERROR_RT_INVALID_DEVICEID : ACL_ERROR_RT_NO_DEVICE, function,
                        "device %lld is not one of %u", (long long)id, world.count);
    *out = device;
    return ACL_SUCCESS;
}

static aclError context_make(acl_device *device, bool primary, acl_context **out, const char *function)
{
    void *handle;
    acl_context *context = handle_new(HANDLE_CONTEXT, sizeof *context, &handle);
    if (!context)
        return acl_fail(ACL_ERROR_RT_RESOURCE_ALLOC_FAIL, function, "no context is left");
    context->handle = handle;
    context->device = device;
    context->primary = primary;
    aclError error = acl_stream_make(context, 0, 0, &context->default_stream, function);
    if (error != ACL_SUCCESS) {
        handle_free(HANDLE_CONTEXT, handle);
        return error;
    }
    context->default_stream->is_default = true;
    *out = context;
    return ACL_SUCCESS;
}

aclError aclrtSetDevice(int32_t deviceId)
{
    acl_device *device;
    TRY(device_of(deviceId, &device, __func__));
    TRY(acl_device_ready(device, __func__));
    acl_tell_device(device->id, DEVICE_SETTING);
    pthread_mutex_lock(&world.lock);
    aclError error = device->primary ? ACL_SUCCESS : context_make(device, true, &device->primary, __func__);
    if (error == ACL_SUCCESS) {
        device->references++;
        current_handle = device->primary->handle;
    }
    pthread_mutex_unlock(&world.lock);
    if (error == ACL_SUCCESS)
        acl_tell_device(device->id, DEVICE_SET);
    return error;
}

aclError aclrtGetDevice(int32_t *deviceId)
{
    acl_context *context;
    NOT_NULL(deviceId);
    NEED_CONTEXT(&context);
    *deviceId = (int32_t)context->device->id;
    return ACL_SUCCESS;
}

static void end_context(void *object, void *handle, void *argument)
{
    const acl_context *context = object;
    if (context->device == (const acl_device *)argument)
        handle_free(HANDLE_CONTEXT, handle);
}

/* With the lock. Streams end first, so that running work is waited for; then the engine's device is emptied. */
static void device_empty(acl_device *device, bool force)
{
    acl_tell_device(device->id, DEVICE_RESETTING);
    acl_streams_end(device, NULL, force);
    handle_each(HANDLE_CONTEXT, end_context, device);
    acl_pool_forget(device);
    acl_loaded_forget(device);
    acl_notify_forget(device);
    device->primary = NULL;
    device->references = 0;
    atomic_fetch_sub(&device->streams, device->copies != NULL);
    device->copies = NULL;
    atomic_store(&device->peers, 0);
    if (atomic_load(&device->sil))
        sil_device_reset(atomic_load(&device->sil));
    acl_tell_device(device->id, DEVICE_RESET);
}

aclError aclrtResetDevice(int32_t deviceId)
{
    acl_device *device;
    TRY(device_of(deviceId, &device, __func__));
    pthread_mutex_lock(&world.lock);
    uint32_t before = device->references;
    if (before > 1)
        device->references--;
    else if (before == 1)
        device_empty(device, false);
    pthread_mutex_unlock(&world.lock);
    return before ? ACL_SUCCESS : FAIL(ACL_ERROR_RT_CONTEXT_NULL, "device %d was not set", deviceId);
}

aclError aclrtResetDeviceForce(int32_t deviceId)
{
    acl_device *device;
    TRY(device_of(deviceId, &device, __func__));
    pthread_mutex_lock(&world.lock);
    device_empty(device, false);
    pthread_mutex_unlock(&world.lock);
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Contexts */

acl_context *acl_current(void)
{
    return handle_get(HANDLE_CONTEXT, current_handle);
}

aclError acl_need_context(acl_context **out, const char *function)
{
    acl_context *context = acl_current();
    if (!context)
        return acl_fail(ACL_ERROR_RT_CONTEXT_NULL, function,
                        "this thread has called neither aclrtSetDevice nor "
                        "aclrtSetCurrentContext, or its context is gone");
    *out = context;
    return ACL_SUCCESS;
}

aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId)
{
    acl_device *device;
    acl_context *made;
    NOT_NULL(context);
    TRY(device_of(deviceId, &device, __func__));
    TRY(acl_device_ready(device, __func__));
    TRY(context_make(device, false, &made, __func__));
    current_handle = made->handle;
    *context = made->handle;
    return ACL_SUCCESS;
}

aclError aclrtDestroyContext(aclrtContext context)
{
    NOT_NULL(context);
    acl_context *c = handle_get(HANDLE_CONTEXT, context);
    if (!c)
        return FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p is not a live context", context);
    if (c->primary)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "a device's default context goes with aclrtResetDevice, not so");
    acl_streams_end(c->device, c, false);
    handle_free(HANDLE_CONTEXT, context);
    return ACL_SUCCESS;
}

aclError aclrtSetCurrentContext(aclrtContext context)
{
    NOT_NULL(context);
    if (!handle_get(HANDLE_CONTEXT, context))
        return FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p is not a live context", context);
    current_handle = context;
    return ACL_SUCCESS;
}

aclError aclrtGetCurrentContext(aclrtContext *context)
{
    acl_context *c;
    NOT_NULL(context);
    NEED_CONTEXT(&c);
    *context = c->handle;
    return ACL_SUCCESS;
}

aclError aclrtCtxGetCurrentDefaultStream(aclrtStream *stream)
{
    acl_context *c;
    NOT_NULL(stream);
    NEED_CONTEXT(&c);
    *stream = c->default_stream->handle;
    return ACL_SUCCESS;
}

aclError aclrtGetPrimaryCtxState(int32_t deviceId, uint32_t *flags, int32_t *active)
{
    acl_device *device;
    TRY(device_of(deviceId, &device, __func__));
    if (flags)
        *flags = 0;
    NOT_NULL(active);
    pthread_mutex_lock(&world.lock);
    *active = device->primary != NULL;
    pthread_mutex_unlock(&world.lock);
    return ACL_SUCCESS;
}
