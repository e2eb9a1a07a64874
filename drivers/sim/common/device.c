/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices out of TENON_SIM, the visibility list, and contexts. Owns the device list; engine devices are made at first
 * use, so that a process that only counts devices costs nothing.
 */
#include "drivers/sim/common/standin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

st_table st_contexts = ST_TABLE(ST_TAG_CONTEXT, st_context);

static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool settled;                    /* the list below is there, or it is known that there is none */
static _Atomic st_error verdict = ST_NO_DEVICE; /* what st_init answers then */
static uint32_t claims;                         /* who counts on the list as it is */
static char *list_text;                         /* the text that gave the list, for messages */
static _Thread_local char *message;             /* of sil_thread_text */
static char marker[96] = "tenon-sim " TN_VERSION_STRING;
static st_device devices[ST_DEVICES_MAX];
static _Atomic uint32_t device_count;

/* ------------------------------------------------------------------------------------------------------- */
/* The calling thread */

_Thread_local st_thread *st_thread_state __attribute__((tls_model("initial-exec")));
static pthread_key_t thread_key;
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

static void thread_end(void *state)
{
    st_thread *t = state;
    while (t->own) {
        st_own_stream *own = t->own;
        t->own = own->next;
        if (atomic_load(&own->context->epoch) == own->epoch && atomic_load(&own->context->sticky) == 0)
            st_stream_destroy(own->stream);
        free(own);
    }
    st_thread_state = NULL;
    free(t);
}

static void thread_key_make(void)
{
    pthread_key_create(&thread_key, thread_end);
}

st_thread *st_thread_make(void)
{
    static st_thread last_resort; /* out of memory: threads share it, and nothing crashes */
    pthread_once(&thread_once, thread_key_make);
    st_thread *t = calloc(1, sizeof *t);
    if (!t)
        return &last_resort;
    st_thread_state = t;
    pthread_setspecific(thread_key, t);
    return t;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Configuration */

/* "2,0": ordinals in the client's order, up to the first that is not one, as the vendors' libraries do. */
static uint32_t visible_list(uint32_t found, uint32_t *out)
{
    const char *text = NULL;
    for (unsigned i = 0; !text && i < 3 && st_vendor_info.visible[i]; i++)
        text = getenv(st_vendor_info.visible[i]);
    uint32_t count = 0;
    if (!text) {
        for (; count < found; count++)
            out[count] = count;
        return count;
    }
    while (count < found) {
        char *end;
        errno = 0;
        long ordinal = strtol(text, &end, 10);
        if (end == text || errno || ordinal < 0 || ordinal >= (long)found)
            break;
        for (uint32_t i = 0; i < count; i++)
            if (out[i] == (uint32_t)ordinal)
                return 0; /* twice the same: nothing is visible */
        out[count++] = (uint32_t)ordinal;
        while (*end == ' ')
            end++;
        if (*end != ',')
            break;
        text = end + 1;
    }
    return count;
}

enum { MESSAGE_BYTES = 320 };

static st_error refuse(st_error error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static st_error refuse(st_error error, const char *format, ...)
{
    va_list list;
    if (!sil_thread_text(&message, MESSAGE_BYTES))
        return error;
    va_start(list, format);
    vsnprintf(message, MESSAGE_BYTES, format, list);
    va_end(list);
    return error;
}

/* The devices of a text, as the client is to see them. */
typedef struct device_list {
    sil_profile profiles[ST_DEVICES_MAX];
    uint32_t order[ST_DEVICES_MAX], count;
} device_list;

static st_error read_list(const char *spec, device_list *out)
{
    uint32_t found = 0;
    if (sil_config_parse(spec, st_vendor_info.family, out->profiles, ST_DEVICES_MAX, &found) != SIL_OK)
        return refuse(ST_INVALID_VALUE, "%s", sil_last_message());
    out->count = visible_list(found, out->order);
    return out->count
               ? ST_OK
               : refuse(ST_NO_DEVICE, "\"%s\" names no visible device of the family %s", spec, st_vendor_info.family);
}

static bool same_list(const device_list *list)
{
    if (list->count != device_count)
        return false;
    for (uint32_t i = 0; i < list->count; i++) /* profiles are zeroed whole before they are read */
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
        if (memcmp(&devices[i].profile, &list->profiles[list->order[i]], sizeof devices[i].profile) != 0)
            return false;
    return true;
}

static void take_list(const char *spec, const device_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        memset(&devices[i], 0, sizeof devices[i]);
        devices[i].profile = list->profiles[list->order[i]];
        devices[i].ordinal = i;
        pthread_mutex_init(&devices[i].lock, NULL);
    }
    free(list_text);
    list_text = strdup(spec);
    device_count = list->count;
    snprintf(marker, sizeof marker, "tenon-sim %s %s", TN_VERSION_STRING, devices[0].profile.name);
    verdict = ST_OK;
    settled = true;
}

/* A client that configured nothing: TENON_SIM's devices are there until the process ends. */
static void settle(void)
{
    const char *spec = getenv("TENON_SIM");
    device_list *list = spec && *spec ? calloc(1, sizeof *list) : NULL;
    st_error error = list ? read_list(spec, list) : ST_OK;
    if (list && error == ST_OK) {
        take_list(spec, list);
        claims++;
    } else if (error == ST_INVALID_VALUE) { /* the client's interface has a number for it and no words */
        fprintf(stderr, "libtenon-sim: TENON_SIM gives no device: %s\n", message ? message : "");
    }
    free(list);
    settled = true;
}

st_error st_init(void)
{
    if (atomic_load_explicit(&settled, memory_order_acquire))
        return verdict;
    pthread_mutex_lock(&config_lock);
    if (!settled)
        settle();
    st_error result = verdict;
    pthread_mutex_unlock(&config_lock);
    return result;
}

static void deactivate(st_context *c);

/* A device whose only context is the one that its first use made, with nothing of the client's left in it. */
static bool left_behind(st_device *d)
{
    bool alive;
    uint64_t free_bytes, total_bytes;
    if (!st_vendor_info.implicit_contexts || d->contexts != 1 || !d->primary || !d->primary->references)
        return false;
    st_stream *s;
    for (uint32_t i = 0; (s = st_at(&st_streams, i, &alive)) != NULL; i++)
        if (alive && s->context == d->primary && s->kind != ST_LEGACY && !s->per_thread)
            return false;
    st_module *m;
    for (uint32_t i = 0; (m = st_at(&st_modules, i, &alive)) != NULL; i++)
        if (alive && m->context == d->primary)
            return false;
    sil_device_memory(d->sil, &free_bytes, &total_bytes);
    return free_bytes == total_bytes;
}

/* Whether the list must stay: somebody counts on it, or a client without a claim has a context. */
static bool in_use(void)
{
    bool used = claims > 0;
    for (uint32_t i = 0; i < device_count && !used; i++) {
        pthread_mutex_lock(&devices[i].lock);
        used = devices[i].contexts && !left_behind(&devices[i]);
        pthread_mutex_unlock(&devices[i].lock);
    }
    return used;
}

static void forget_devices(void)
{
    uint32_t count = device_count;
    settled = false;
    verdict = ST_NO_DEVICE;
    device_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        st_device *d = &devices[i];
        pthread_mutex_lock(&d->lock);
        if (d->contexts) {
            d->primary->references = 0;
            deactivate(d->primary);
        }
        if (d->sil)
            sil_device_destroy(d->sil);
        d->sil = NULL;
        pthread_mutex_unlock(&d->lock);
    }
}

static st_error take(const char *spec, const device_list *list)
{
    st_error result = ST_OK;
    pthread_mutex_lock(&config_lock);
    if (!same_list(list)) {
        if (device_count && in_use()) {
            result = refuse(ST_NOT_PERMITTED,
                            "the devices of \"%s\" are in use in this process, and \"%s\" can't replace them",
                            list_text ? list_text : "", spec);
        } else {
            forget_devices();
            take_list(spec, list);
        }
    }
    claims += result == ST_OK;
    pthread_mutex_unlock(&config_lock);
    return result;
}

static st_error configure(const char *spec)
{
    device_list *list = calloc(1, sizeof *list);
    if (!list)
        return refuse(ST_OUT_OF_MEMORY, "no host memory");
    st_error result = read_list(spec, list);
    if (result == ST_OK)
        result = take(spec, list);
    free(list);
    return result;
}

/* The marks of a stand-in, which drivers/common/library.h documents. */
#define EXPORT __attribute__((visibility("default")))
EXPORT const char *tenon_sim_marker(void);
EXPORT int tenon_sim_configure(const char *spec);
EXPORT void tenon_sim_release(void);
EXPORT const char *tenon_sim_message(void);
EXPORT const char *tenon_sim_fault(const void *stream);

const char *tenon_sim_marker(void)
{
    return marker;
}

int tenon_sim_configure(const char *spec)
{
    st_error error = configure(spec ? spec : "");
    return error == ST_NO_DEVICE ? -1 : error;
}

void tenon_sim_release(void)
{
    pthread_mutex_lock(&config_lock);
    claims -= claims > 0;
    pthread_mutex_unlock(&config_lock);
}

const char *tenon_sim_message(void)
{
    return message ? message : "nothing was refused";
}

const char *tenon_sim_fault(const void *stream)
{
    return st_fault_text((uintptr_t)stream);
}

uint32_t st_device_count(void)
{
    return device_count;
}

st_device *st_device_at(int ordinal)
{
    return ordinal >= 0 && (uint32_t)ordinal < device_count ? &devices[ordinal] : NULL;
}

static st_error sil_locked(st_device *d)
{
    if (d->sil)
        return ST_OK;
    sil_status status = sil_device_create(&d->profile, d->ordinal, &d->sil);
    if (status != SIL_OK)
        return refuse(status == SIL_OUT_OF_MEMORY ? ST_OUT_OF_MEMORY : ST_UNKNOWN, "%s", sil_last_message());
    /* a fault on these chips takes the context: every stream of it */
    sil_device_set_fault_scope(d->sil, SIL_SCOPE_DEVICE);
    return ST_OK;
}

st_error st_device_sil(st_device *d)
{
    pthread_mutex_lock(&d->lock);
    st_error error = sil_locked(d);
    pthread_mutex_unlock(&d->lock);
    return error;
}

st_device *st_device_of(const sil_device *sil)
{
    for (uint32_t i = 0; i < device_count; i++)
        if (devices[i].sil == sil)
            return &devices[i];
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Contexts */

/* Both under the device's lock. */
static st_error activate(st_context *c)
{
    st_error error = sil_locked(c->device);
    if (error == ST_OK)
        error = st_stream_create(c, ST_LEGACY, 0, 0, &c->legacy);
    if (error != ST_OK)
        return error;
    atomic_store(&c->legacy_last, 0);
    atomic_store(&c->legacy_used, false);
    atomic_store(&c->dirty, NULL);
    atomic_fetch_add(&c->epoch, 1);
    atomic_store(&c->sticky, 0);
    c->fault[0] = '\0';
    c->device->contexts++;
    return ST_OK;
}

/* Drops what the context has. The last context of a device takes the device's memory with it. */
static void deactivate(st_context *c)
{
    bool alive, last = --c->device->contexts == 0;
    atomic_store(&c->sticky, ST_CONTEXT_DESTROYED);
    st_event *e;
    for (uint32_t i = 0; (e = st_at(&st_events, i, &alive)) != NULL; i++)
        if (alive && e->context == c)
            st_event_destroy(e);
    if (last)
        sil_device_reset(c->device->sil);
    st_module *m;
    for (uint32_t i = 0; (m = st_at(&st_modules, i, &alive)) != NULL; i++)
        if (alive && m->context == c) {
            if (last)
                m->sil = NULL;
            st_module_unload(m);
        }
    if (last)
        st_pool_forget(c->device);
    st_stream *s;
    for (uint32_t i = 0; (s = st_at(&st_streams, i, &alive)) != NULL; i++)
        if (s->context == c && atomic_load(&s->holds)) {
            if (last)
                s->sil = NULL; /* gone with the device's reset, also where an event still holds the object */
            if (alive)
                st_stream_destroy(s);
        }
    c->legacy = NULL;
}

static st_context *context_new(st_device *d, bool primary)
{
    st_context *c = st_new(&st_contexts);
    if (!c)
        return NULL;
    c->device = d;
    c->primary = primary;
    atomic_store(&c->sticky, ST_CONTEXT_DESTROYED);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

st_error st_context_create(st_device *d, uint32_t flags, st_context **out)
{
    st_context *c = context_new(d, false);
    if (!c)
        return ST_OUT_OF_MEMORY;
    c->flags = flags;
    pthread_mutex_lock(&d->lock);
    st_error error = activate(c);
    pthread_mutex_unlock(&d->lock);
    if (error != ST_OK)
        st_delete(&st_contexts, c);
    else
        *out = c;
    return error;
}

void st_context_destroy(st_context *c)
{
    st_device *d = c->device;
    pthread_mutex_lock(&d->lock);
    deactivate(c);
    pthread_mutex_unlock(&d->lock);
    st_delete(&st_contexts, c);
}

st_error st_primary_retain(st_device *d, st_context **out)
{
    st_error error = ST_OK;
    pthread_mutex_lock(&d->lock);
    if (!d->primary)
        d->primary = context_new(d, true);
    if (!d->primary)
        error = ST_OUT_OF_MEMORY;
    else if (d->primary->references == 0)
        error = activate(d->primary);
    if (error == ST_OK) {
        d->primary->references++;
        *out = d->primary;
    }
    pthread_mutex_unlock(&d->lock);
    return error;
}

st_error st_primary_release(st_device *d)
{
    st_error error = ST_OK;
    pthread_mutex_lock(&d->lock);
    if (!d->primary || d->primary->references == 0)
        error = ST_INVALID_CONTEXT;
    else if (--d->primary->references == 0)
        deactivate(d->primary);
    pthread_mutex_unlock(&d->lock);
    return error;
}

void st_primary_reset(st_device *d)
{
    pthread_mutex_lock(&d->lock);
    if (d->primary && d->primary->references) {
        deactivate(d->primary);
        if (activate(d->primary) != ST_OK)
            d->primary->references = 0;
    }
    pthread_mutex_unlock(&d->lock);
}

st_error st_context_wait(st_context *c)
{
    int sticky = atomic_load(&c->sticky);
    if (sticky)
        return sticky;
    sil_status status = sil_device_wait(c->device->sil, SIL_FOREVER);
    return status == SIL_OK ? ST_OK : st_failed(c->legacy, status);
}
