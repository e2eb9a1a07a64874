/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices out of TENON_SIM, the visibility list, and contexts. Owns the device list; engine devices are made at first
 * use, so that a process that only counts devices costs nothing.
 */
#include "drivers/sim/common/standin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

st_table st_contexts = ST_TABLE(ST_TAG_CONTEXT, st_context);

static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool settled;            /* the list below is final */
static st_error verdict = ST_NO_DEVICE; /* what st_init answers then */
static char *configured;                /* of st_configure; NULL = TENON_SIM counts */
static char message[320] = "no simulated device was asked for: TENON_SIM is not set";
static char marker[96] = "tenon-sim " TN_VERSION_STRING;
static st_device devices[ST_DEVICES_MAX];
static uint32_t device_count;

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

static st_error settle(const char *spec)
{
    sil_profile *profiles = calloc(ST_DEVICES_MAX, sizeof *profiles);
    uint32_t found = 0, order[ST_DEVICES_MAX];
    if (!profiles)
        return ST_OUT_OF_MEMORY;
    sil_status status = sil_config_parse(spec, st_vendor_info.family, profiles, ST_DEVICES_MAX, &found);
    if (status != SIL_OK) {
        snprintf(message, sizeof message, "%s", sil_last_message());
        free(profiles);
        return ST_INVALID_VALUE;
    }
    device_count = visible_list(found, order);
    for (uint32_t i = 0; i < device_count; i++) {
        memset(&devices[i], 0, sizeof devices[i]);
        devices[i].profile = profiles[order[i]];
        devices[i].ordinal = i;
        pthread_mutex_init(&devices[i].lock, NULL);
    }
    free(profiles);
    if (!device_count) {
        snprintf(message, sizeof message, "\"%s\" names no visible device of the family %s", spec,
                 st_vendor_info.family);
        return ST_NO_DEVICE;
    }
    snprintf(marker, sizeof marker, "tenon-sim %s %s", TN_VERSION_STRING, devices[0].profile.name);
    return ST_OK;
}

st_error st_init(void)
{
    if (atomic_load_explicit(&settled, memory_order_acquire))
        return verdict;
    pthread_mutex_lock(&config_lock);
    if (!settled) {
        const char *spec = configured ? configured : getenv("TENON_SIM");
        verdict = spec && *spec && settle(spec) == ST_OK ? ST_OK : ST_NO_DEVICE;
        settled = true;
    }
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

/* The list may change while no context is in use. */
static bool in_use(void)
{
    for (uint32_t i = 0; i < device_count; i++)
        if (devices[i].contexts && !left_behind(&devices[i]))
            return true;
    return false;
}

static void forget_devices(void)
{
    for (uint32_t i = 0; i < device_count; i++) {
        st_device *d = &devices[i];
        if (d->contexts) {
            d->primary->references = 0;
            deactivate(d->primary);
        }
        if (d->sil)
            sil_device_destroy(d->sil);
    }
    device_count = 0;
}

st_error st_configure(const char *spec)
{
    st_error result = ST_OK;
    pthread_mutex_lock(&config_lock);
    const char *before = configured ? configured : getenv("TENON_SIM");
    if (settled && (!before || !spec || strcmp(before, spec) != 0)) {
        if (in_use()) {
            snprintf(message, sizeof message, "devices of \"%s\" are in use; \"%s\" can't replace them",
                     before ? before : "", spec ? spec : "");
            result = ST_NOT_PERMITTED;
        } else {
            forget_devices();
            settled = false;
        }
    }
    if (result == ST_OK && !settled) {
        char *copy = spec ? strdup(spec) : NULL;
        free(configured);
        configured = copy;
        result = spec && *spec ? settle(spec) : ST_NO_DEVICE;
        verdict = result == ST_OK ? ST_OK : ST_NO_DEVICE;
        settled = true;
        if (result == ST_NO_DEVICE)
            result = ST_OK; /* a good text that names no device of this family */
    }
    pthread_mutex_unlock(&config_lock);
    return result;
}

const char *st_message(void)
{
    return message;
}

const char *st_marker(void)
{
    return marker;
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
        return status == SIL_OUT_OF_MEMORY ? ST_OUT_OF_MEMORY : ST_UNKNOWN;
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
