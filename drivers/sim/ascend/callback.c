/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host functions in streams: aclrtLaunchHostFunc, run by the engine, and the older set whose functions run on a thread
 * of the program that polls aclrtProcessReport. Owns the queues of that set.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "drivers/sim/ascend/capture.h"

/* One function on its way from the stream to the polling thread. */
typedef struct report {
    struct report *next;
    uint64_t thread; /* who runs it */
    aclrtCallback fn;
    void *user;
    bool block, done;
} report;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static report *first, **last = &first;

/* Runs in the stream: hands the report over, and waits for its end when the stream is to wait. */
static void deliver(void *argument)
{
    report *r = argument;
    pthread_mutex_lock(&lock);
    r->next = NULL;
    *last = r;
    last = &r->next;
    pthread_cond_broadcast(&changed);
    if (r->block) {
        while (!r->done)
            pthread_cond_wait(&changed, &lock);
        free(r);
    }
    pthread_mutex_unlock(&lock);
}

static aclError subscribe(_Atomic uint64_t *place, uint64_t thread, const char *function)
{
    uint64_t none = 0;
    if (!atomic_compare_exchange_strong(place, &none, thread + 1))
        return acl_fail(ACL_ERROR_RT_STREAM_SUBSCRIBE, function, "the stream's functions run on a thread already");
    return ACL_SUCCESS;
}

static aclError unsubscribe(_Atomic uint64_t *place, uint64_t thread, const char *function)
{
    uint64_t expected = thread + 1;
    if (!atomic_compare_exchange_strong(place, &expected, 0))
        return acl_fail(ACL_ERROR_RT_THREAD_SUBSCRIBE, function, "that thread does not run this stream's functions");
    return ACL_SUCCESS;
}

aclError aclrtSubscribeReport(uint64_t threadId, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM_ANY(stream, &s);
    return subscribe(&s->subscriber, threadId, __func__);
}

aclError aclrtUnSubscribeReport(uint64_t threadId, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM_ANY(stream, &s);
    return unsubscribe(&s->subscriber, threadId, __func__);
}

aclError aclrtSubscribeHostFunc(uint64_t hostFuncThreadId, aclrtStream exeStream)
{
    acl_stream *s;
    NOT_NULL(exeStream);
    GET_STREAM_ANY(exeStream, &s);
    return subscribe(&s->host_thread, hostFuncThreadId, __func__);
}

aclError aclrtUnSubscribeHostFunc(uint64_t hostFuncThreadId, aclrtStream exeStream)
{
    acl_stream *s;
    NOT_NULL(exeStream);
    GET_STREAM_ANY(exeStream, &s);
    return unsubscribe(&s->host_thread, hostFuncThreadId, __func__);
}

static aclError submit_report(acl_stream *s, uint64_t thread, aclrtCallback fn, void *user, bool block,
                              const char *function)
{
    report *r = calloc(1, sizeof *r);
    if (!r)
        return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no host memory for a callback");
    r->thread = thread;
    r->fn = fn;
    r->user = user;
    r->block = block;
    sil_status status = sil_submit_host_call(s->sil, deliver, r, NULL);
    if (status != SIL_OK)
        free(r);
    return acl_fail_sil(status, function);
}

/* On an engine thread, or on the program's thread that aclrtSubscribeHostFunc named. */
aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtCallback fn, void *args)
{
    acl_stream *s;
    NOT_NULL(fn);
    GET_STREAM_TASK(stream, &s);
    if (acl_capturing(s)) {
        capture_task task = { .kind = TASK_HOST, .u.host = { fn, args } };
        return acl_capture_add(s, &task, __func__);
    }
    uint64_t thread = atomic_load(&s->host_thread);
    return thread ? submit_report(s, thread - 1, fn, args, true, __func__)
                  : FAIL_SIL(sil_submit_host_call(s->sil, fn, args, NULL));
}

aclError aclrtLaunchCallback(aclrtCallback fn, void *userData, aclrtCallbackBlockType blockType, aclrtStream stream)
{
    acl_stream *s;
    NOT_NULL(fn);
    GET_STREAM(stream, &s);
    if (blockType != ACL_CALLBACK_NO_BLOCK && blockType != ACL_CALLBACK_BLOCK)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "block type %d is neither 0 nor 1", blockType);
    uint64_t thread = atomic_load(&s->subscriber);
    if (!thread)
        return FAIL(ACL_ERROR_RT_STREAM_NO_CB_REG, "call aclrtSubscribeReport for this stream first");
    return submit_report(s, thread - 1, fn, userData, blockType == ACL_CALLBACK_BLOCK, __func__);
}

/* With the lock: takes the first report for a thread out of the queue. */
static report *take(uint64_t thread)
{
    for (report **at = &first; *at; at = &(*at)->next)
        if ((*at)->thread == thread) {
            report *r = *at;
            *at = r->next;
            if (last == &r->next)
                last = at;
            return r;
        }
    return NULL;
}

static aclError process(int32_t timeout, const char *function)
{
    uint64_t self = (uint64_t)pthread_self();
    struct timespec until;
    if (timeout == 0 || timeout < -1)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "a timeout of %d ms is neither -1 nor above 0", timeout);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout / 1000;
    until.tv_nsec += (long)(timeout % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&lock);
    report *r;
    while (!(r = take(self))) {
        int wait = timeout == -1 ? pthread_cond_wait(&changed, &lock) : pthread_cond_timedwait(&changed, &lock, &until);
        if (wait == ETIMEDOUT) {
            pthread_mutex_unlock(&lock);
            return acl_fail(ACL_ERROR_RT_REPORT_TIMEOUT, function, "no callback arrived within %d ms", timeout);
        }
    }
    pthread_mutex_unlock(&lock);
    r->fn(r->user);
    pthread_mutex_lock(&lock);
    bool waited = r->block;
    r->done = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (!waited)
        free(r);
    return ACL_SUCCESS;
}

aclError aclrtProcessReport(int32_t timeout)
{
    return process(timeout, __func__);
}

aclError aclrtProcessHostFunc(int32_t timeout)
{
    return process(timeout, __func__);
}
