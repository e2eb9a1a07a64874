/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded models (aclmdlRI): a stream in capture hands its tasks here instead of to the engine. A model replays them
 * in the order of their recording on one stream, which keeps every order that streams and events gave.
 */
#ifndef DRIVERS_SIM_ASCEND_CAPTURE_H
#define DRIVERS_SIM_ASCEND_CAPTURE_H

#include "drivers/sim/ascend/state.h"

typedef enum task_kind { TASK_LAUNCH, TASK_COPY, TASK_FILL, TASK_HOST, TASK_VALUE_WAIT, TASK_VALUE_WRITE } task_kind;

typedef struct capture_task {
    task_kind kind;
    union {
        struct {
            void *function;
            sil_launch launch;
            uint64_t limit_ns;
        } launch; /* launch.args is copied */
        struct {
            void *dst;
            const void *src;
            sil_side dst_side, src_side;
            uint64_t bytes;
        } copy;
        struct {
            uint64_t dst, count;
            uint32_t pattern, pattern_bytes;
        } fill;
        struct {
            aclrtCallback fn;
            void *argument;
        } host;
        struct {
            uint64_t address, operand;
            uint32_t how;
        } value;
    } u;
} capture_task;

/* True while the stream records. */
static inline bool acl_capturing(const acl_stream *stream)
{
    return __builtin_expect(atomic_load_explicit(&stream->capture, memory_order_relaxed) != NULL, 0);
}

aclError acl_capture_add(acl_stream *stream, const capture_task *task, const char *function);
/* An event that is recorded in a capture names its model; a stream that waits for it joins. */
void *acl_capture_model(const acl_stream *stream);
aclError acl_capture_join(acl_stream *stream, void *model, aclrtStream source, const char *function);
/* Calls that a capture forbids to the calling thread: copies and fills at once, copies with memory that is not
 * pinned. */
aclError acl_capture_unsafe(const char *function);
/* The stream ends or its device is reset. */
void acl_capture_forget(acl_stream *stream);

/* The stream of a handle: for a task that a model can record too, and for questions, which a stopped context
 * answers. */
aclError acl_stream_task(aclrtStream handle, acl_stream **out, const char *function);
aclError acl_stream_any(aclrtStream handle, acl_stream **out, const char *function);
#define GET_STREAM_TASK(handle, out) TRY(acl_stream_task((handle), (out), __func__))
#define GET_STREAM_ANY(handle, out)  TRY(acl_stream_any((handle), (out), __func__))

#endif
