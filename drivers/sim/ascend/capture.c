/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording and replaying of models. Owns the models and their tasks. A model's lock is held while it grows or is
 * replayed; a stream that records points at its model.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/ascend/capture.h"
#include "drivers/sim/ascend/loaded.h"

enum { MODE_GLOBAL = 0, MODE_THREAD_LOCAL = 1, MODE_RELAXED = 2, MAX_STREAMS = 32, NAME_BYTES = 128 };

typedef struct joined {
    aclrtStream stream;
    bool open; /* it has tasks that no other stream of the model waits for */
} joined;

typedef struct acl_model {
    void *handle;
    pthread_mutex_t lock;
    acl_device *device;
    bool recording;
    int32_t mode;
    pthread_t thread;
    joined streams[MAX_STREAMS]; /* the first began the capture */
    uint32_t stream_count;
    capture_task *tasks;
    size_t count, room;
    char name[NAME_BYTES];
} acl_model;

static _Atomic uint32_t global_captures;
static _Thread_local uint32_t own_captures; /* that forbid unsafe calls to this thread */
static _Thread_local int32_t thread_mode;   /* MODE_GLOBAL at first */

static aclError model_get(const void *handle, acl_model **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "modelRI is NULL");
    *out = handle_get(HANDLE_MODEL, handle);
    return *out ? ACL_SUCCESS : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a live model", handle);
}
#define GET_MODEL(handle, out) TRY(model_get((handle), (out), __func__))

aclError acl_capture_unsafe(const char *function)
{
    bool forbidden =
        (own_captures && thread_mode != MODE_RELAXED) ||
        (!own_captures && thread_mode == MODE_GLOBAL && atomic_load_explicit(&global_captures, memory_order_relaxed));
    return forbidden ? acl_fail(ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT, function,
                                "a capture forbids this call; see "
                                "aclmdlRICaptureThreadExchangeMode")
                     : ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Recording */

static joined *find_joined(acl_model *m, aclrtStream stream)
{
    for (uint32_t i = 0; i < m->stream_count; i++)
        if (m->streams[i].stream == stream)
            return &m->streams[i];
    return NULL;
}

static bool grow(acl_model *m)
{
    size_t room = m->room ? m->room * 2 : 32;
    capture_task *wide = m->count < m->room ? m->tasks : realloc(m->tasks, room * sizeof *wide);
    if (!wide)
        return false;
    m->room = m->count < m->room ? m->room : room;
    m->tasks = wide;
    return true;
}

aclError acl_capture_add(acl_stream *stream, const capture_task *task, const char *function)
{
    acl_model *m = atomic_load(&stream->capture);
    void *args = NULL;
    bool done = false;
    if (task->kind == TASK_LAUNCH) {
        args = malloc(task->u.launch.launch.args_bytes + 1);
        if (!args)
            return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no host memory for a recorded task");
        if (task->u.launch.launch.args_bytes)
            memcpy(args, task->u.launch.launch.args, task->u.launch.launch.args_bytes);
    }
    pthread_mutex_lock(&m->lock);
    joined *j = find_joined(m, stream->handle);
    if (m->recording && j && grow(m)) {
        m->tasks[m->count] = *task;
        if (args)
            m->tasks[m->count].u.launch.launch.args = args;
        m->count++;
        j->open = true;
        done = true;
    }
    pthread_mutex_unlock(&m->lock);
    if (done)
        return ACL_SUCCESS;
    free(args);
    return acl_fail(ACL_ERROR_BAD_ALLOC, function, "a task could not be recorded");
}

void *acl_capture_model(const acl_stream *stream)
{
    acl_model *m = atomic_load(&stream->capture);
    return m ? m->handle : NULL;
}

aclError acl_capture_join(acl_stream *stream, void *model, aclrtStream source, const char *function)
{
    acl_model *m = handle_get(HANDLE_MODEL, model), *own = atomic_load(&stream->capture);
    aclError error = ACL_SUCCESS;
    if (!m || !m->recording)
        return acl_fail(ACL_ERROR_RT_EVENT_CAPTURED, function, "the event was recorded in a capture that has ended");
    if (own && own != m)
        return acl_fail(ACL_ERROR_RT_STREAM_CAPTURED, function, "the two streams record different models");
    pthread_mutex_lock(&m->lock);
    joined *j = find_joined(m, source);
    if (j && source != stream->handle)
        j->open = false;
    if (!own && m->stream_count == MAX_STREAMS) {
        error = acl_fail(ACL_ERROR_RT_OVER_LIMIT, function, "a model records %d streams at most", MAX_STREAMS);
    } else if (!own) {
        m->streams[m->stream_count++] = (joined){ stream->handle, true };
        atomic_store(&stream->capture, m);
    }
    pthread_mutex_unlock(&m->lock);
    return error;
}

/* With the lock: the streams are free again. */
static void release_streams(acl_model *m)
{
    for (uint32_t i = 0; i < m->stream_count; i++) {
        acl_stream *s = handle_get(HANDLE_STREAM, m->streams[i].stream);
        if (s && atomic_load(&s->capture) == m)
            atomic_store(&s->capture, NULL);
    }
    m->stream_count = 0;
    m->recording = false;
    if (m->mode == MODE_GLOBAL)
        atomic_fetch_sub(&global_captures, 1);
    if (m->mode != MODE_RELAXED && own_captures && pthread_equal(m->thread, pthread_self()))
        own_captures--;
}

static void free_model(acl_model *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->tasks[i].kind == TASK_LAUNCH)
            free((void *)(uintptr_t)m->tasks[i].u.launch.launch.args);
    free(m->tasks);
    m->tasks = NULL;
    m->count = 0;
}

void acl_capture_forget(acl_stream *stream)
{
    acl_model *m = atomic_load(&stream->capture);
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    release_streams(m);
    pthread_mutex_unlock(&m->lock);
}

aclError aclmdlRICaptureBegin(aclrtStream stream, aclmdlRICaptureMode mode)
{
    acl_stream *s;
    void *handle;
    NOT_NULL(stream);
    GET_STREAM_ANY(stream, &s);
    if (mode < MODE_GLOBAL || mode > MODE_RELAXED)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "mode %d", mode);
    if (acl_capturing(s) || s->is_default)
        return FAIL(ACL_ERROR_RT_STREAM_CAPTURED, "the stream %s",
                    s->is_default ? "is a default one" : "is recording already");
    acl_model *m = handle_new(HANDLE_MODEL, sizeof *m, &handle);
    if (!m)
        return FAIL(ACL_ERROR_RT_RESOURCE_ALLOC_FAIL, "no model is left");
    pthread_mutex_init(&m->lock, NULL);
    m->handle = handle;
    m->device = s->device;
    m->recording = true;
    m->mode = mode;
    m->thread = pthread_self();
    m->streams[0] = (joined){ s->handle, false };
    m->stream_count = 1;
    if (mode == MODE_GLOBAL)
        atomic_fetch_add(&global_captures, 1);
    own_captures += mode != MODE_RELAXED;
    atomic_store(&s->capture, m);
    return ACL_SUCCESS;
}

aclError aclmdlRICaptureGetInfo(aclrtStream stream, aclmdlRICaptureStatus *status, aclmdlRI *modelRI)
{
    acl_stream *s;
    GET_STREAM_ANY(stream, &s);
    if (status)
        *status = acl_capturing(s) ? ACL_MODEL_RI_CAPTURE_STATUS_ACTIVE : ACL_MODEL_RI_CAPTURE_STATUS_NONE;
    if (modelRI)
        *modelRI = acl_capture_model(s);
    return ACL_SUCCESS;
}

/* Whether the capture may end here. */
static aclError check_end(const acl_model *m, const acl_stream *s)
{
    if (m->streams[0].stream != s->handle)
        return acl_fail(ACL_ERROR_RT_STREAM_CAPTURE_UNMATCHED, "aclmdlRICaptureEnd",
                        "another stream began the capture");
    if (m->mode != MODE_RELAXED && !pthread_equal(m->thread, pthread_self()))
        return acl_fail(ACL_ERROR_RT_STREAM_CAPTURE_WRONG_THREAD, "aclmdlRICaptureEnd",
                        "another thread began the capture");
    return ACL_SUCCESS;
}

aclError aclmdlRICaptureEnd(aclrtStream stream, aclmdlRI *modelRI)
{
    acl_stream *s;
    NOT_NULL(stream);
    NOT_NULL(modelRI);
    GET_STREAM_ANY(stream, &s);
    acl_model *m = atomic_load(&s->capture);
    if (!m)
        return FAIL(ACL_ERROR_RT_STREAM_NOT_CAPTURED, "the stream is not recording");
    pthread_mutex_lock(&m->lock);
    aclError error = check_end(m, s);
    bool unjoined = false;
    if (error == ACL_SUCCESS) {
        for (uint32_t i = 1; i < m->stream_count; i++)
            unjoined |= m->streams[i].open;
        release_streams(m);
    }
    void *handle = m->handle;
    pthread_mutex_unlock(&m->lock);
    if (error != ACL_SUCCESS)
        return error;
    if (unjoined) {
        free_model(m);
        handle_free(HANDLE_MODEL, handle);
        return FAIL(ACL_ERROR_RT_STREAM_UNJOINED,
                    "a stream that joined the capture has tasks that the first does not wait for");
    }
    *modelRI = handle;
    return ACL_SUCCESS;
}

aclError aclmdlRICaptureThreadExchangeMode(aclmdlRICaptureMode *mode)
{
    NOT_NULL(mode);
    if (*mode < MODE_GLOBAL || *mode > MODE_RELAXED)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "mode %d", *mode);
    int32_t before = thread_mode;
    thread_mode = *mode;
    *mode = before;
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Replaying */

static sil_status replay(const capture_task *t, acl_stream *s, aclError *error)
{
    acl_function *f;
    switch (t->kind) {
    case TASK_LAUNCH:
        f = handle_get(HANDLE_FUNCTION, t->u.launch.function);
        if (!f) {
            *error =
                acl_fail(ACL_ERROR_RT_INVALID_HANDLE, "aclmdlRIExecuteAsync", "a kernel of the model was unloaded");
            return SIL_OK;
        }
        atomic_store_explicit(&s->limit_ns, t->u.launch.limit_ns, memory_order_relaxed);
        return sil_submit_launch(s->sil, f->kernel, &t->u.launch.launch, NULL);
    case TASK_COPY:
        return sil_submit_copy(s->sil, t->u.copy.dst, t->u.copy.dst_side, t->u.copy.src, t->u.copy.src_side,
                               t->u.copy.bytes, true, NULL);
    case TASK_FILL:
        return sil_submit_fill(s->sil, t->u.fill.dst, &t->u.fill.pattern, t->u.fill.pattern_bytes, t->u.fill.count,
                               NULL);
    case TASK_HOST:
        return sil_submit_host_call(s->sil, t->u.host.fn, t->u.host.argument, NULL);
    case TASK_VALUE_WAIT:
        return sil_submit_value_wait(s->sil, t->u.value.address, t->u.value.operand, 8, (sil_compare)t->u.value.how,
                                     NULL);
    default:
        return sil_submit_value_write(s->sil, t->u.value.address, t->u.value.operand, 8, NULL);
    }
}

static aclError execute(acl_model *m, acl_stream *s, const char *function)
{
    aclError error = ACL_SUCCESS;
    if (m->device != s->device)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "the model is of device %u, the stream of device %u",
                        m->device->id, s->device->id);
    pthread_mutex_lock(&m->lock);
    if (m->recording)
        error = acl_fail(ACL_ERROR_RT_MODEL_CAPTURED, function, "the model is being recorded");
    for (size_t i = 0; i < m->count && error == ACL_SUCCESS; i++) {
        sil_status status = replay(&m->tasks[i], s, &error);
        if (status != SIL_OK)
            error = acl_fail_sil(status, function);
    }
    pthread_mutex_unlock(&m->lock);
    return error;
}

aclError aclmdlRIExecuteAsync(aclmdlRI modelRI, aclrtStream stream)
{
    acl_model *m;
    acl_stream *s;
    GET_MODEL(modelRI, &m);
    GET_STREAM(stream, &s);
    return execute(m, s, __func__);
}

aclError aclmdlRIExecute(aclmdlRI modelRI, int32_t timeout)
{
    acl_model *m;
    acl_stream *s;
    uint64_t ns;
    GET_MODEL(modelRI, &m);
    TRY(acl_timeout(timeout, &ns, __func__));
    GET_STREAM(NULL, &s);
    TRY(execute(m, s, __func__));
    return acl_stream_settle(s, sil_stream_last(s->sil), ns, ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, __func__);
}

/* What was submitted runs to its end: its arguments are with the engine. */
aclError aclmdlRIDestroy(aclmdlRI modelRI)
{
    acl_model *m;
    GET_MODEL(modelRI, &m);
    pthread_mutex_lock(&m->lock);
    bool recording = m->recording;
    bool freed = !recording && handle_free(HANDLE_MODEL, modelRI);
    if (freed)
        free_model(m);
    pthread_mutex_unlock(&m->lock);
    if (recording)
        return FAIL(ACL_ERROR_RT_MODEL_CAPTURED, "the model is being recorded");
    return freed ? ACL_SUCCESS : FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p was destroyed by another thread", modelRI);
}

aclError aclmdlRISetName(aclmdlRI modelRI, const char *name)
{
    acl_model *m;
    NOT_NULL(name);
    GET_MODEL(modelRI, &m);
    if (strlen(name) >= NAME_BYTES)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "a name has %d bytes at most", NAME_BYTES - 1);
    pthread_mutex_lock(&m->lock);
    strcpy(m->name, name);
    pthread_mutex_unlock(&m->lock);
    return ACL_SUCCESS;
}

aclError aclmdlRIGetName(aclmdlRI modelRI, uint32_t maxLen, char *name)
{
    acl_model *m;
    NOT_NULL(name);
    GET_MODEL(modelRI, &m);
    pthread_mutex_lock(&m->lock);
    bool fits = strlen(m->name) < maxLen;
    if (fits)
        strcpy(name, m->name);
    pthread_mutex_unlock(&m->lock);
    return fits ? ACL_SUCCESS : FAIL(ACL_ERROR_RT_PARAM_INVALID, "the name needs more than %u bytes", maxLen);
}

aclError aclmdlRIGetId(aclmdlRI modelRI, uint32_t *modelRIId)
{
    acl_model *m;
    NOT_NULL(modelRIId);
    GET_MODEL(modelRI, &m);
    *modelRIId = handle_index(modelRI);
    return ACL_SUCCESS;
}
