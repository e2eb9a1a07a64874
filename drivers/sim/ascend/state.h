/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stand-in's files share: devices, contexts, streams, errors. A device is made when it is first set; a context
 * owns its streams; a thread has one current context. Calls the engine; includes nothing of runtime/ or tenon/driver.h.
 */
#ifndef DRIVERS_SIM_ASCEND_STATE_H
#define DRIVERS_SIM_ASCEND_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "drivers/sim/ascend/acl_functions.h"
#include "drivers/sim/ascend/handle.h"
#include "drivers/sim/engine/engine.h"

enum { MAX_DEVICES = 64, ACL_OPTIONS = 3 };

typedef struct acl_context acl_context;

typedef struct acl_device {
    sil_profile profile;
    uint32_t id, physical;   /* as programs count, and before ASCEND_RT_VISIBLE_DEVICES */
    sil_device *_Atomic sil; /* NULL until the device is first set */
    sil_stream *copies;      /* carries the calls that have no stream */
    acl_context *primary;    /* NULL while nobody has set the device */
    uint32_t references;     /* of aclrtSetDevice */
    _Atomic uint64_t peers;  /* bit n: this device may reach device n */
    _Atomic uint32_t streams;
    _Atomic int32_t saturation;
    _Atomic uint32_t core_limit[2]; /* by aclrtDevResLimitType; 0 = what the chip has */
} acl_device;

typedef struct acl_stream {
    void *handle;
    acl_context *context;
    acl_device *device;
    sil_stream *sil;
    uint32_t priority, flags, tag;
    bool is_default, mode_set, overflow_check;
    struct acl_model *_Atomic capture;        /* the model that it records, else NULL */
    _Atomic bool aborted;                     /* until a wait has told */
    _Atomic uint64_t told;                    /* failures of values up to this have been told */
    _Atomic uint64_t subscriber, host_thread; /* thread id + 1 of aclrtSubscribeReport, aclrtSubscribeHostFunc */
    _Atomic uint64_t limit_ns;                /* of the last launch; 0 = the process's */
    _Atomic uint32_t core_limit[2];           /* 0 = the device's */
} acl_stream;

struct acl_context {
    void *handle;
    acl_device *device;
    acl_stream *default_stream;
    bool primary;
    _Atomic bool stop_on_failure;
    _Atomic aclError failed; /* the failure that stopped the context, in that mode */
    _Atomic int64_t options[ACL_OPTIONS];
    _Atomic uint32_t options_set; /* bit n: option n was set */
};

typedef struct acl_function {
    void *handle;
    struct acl_loaded *loaded;
    sil_kernel *kernel;
    const tn_ktab *table;
    const tn_ktab_kernel *info;
    const char *name;
} acl_function;

/* errors: acl_fail records a sentence for the calling thread and is the code, which is evaluated twice */
void acl_note(aclError code, const char *function, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define acl_fail(code, function, ...) (acl_note((code), (function), __VA_ARGS__), (aclError)(code))
aclError acl_code_of(sil_status status);
aclError acl_fault_code(const sil_fault *fault);
static inline aclError acl_fail_sil(sil_status status, const char *function)
{
    if (status == SIL_OK)
        return ACL_SUCCESS;
    aclError code = acl_code_of(status);
    return acl_fail(code ? code : ACL_ERROR_RT_INTERNAL_ERROR, function, "%s", sil_last_message());
}
#define FAIL(code, ...)  acl_fail((code), __func__, __VA_ARGS__)
#define FAIL_SIL(status) acl_fail_sil((status), __func__)
#define NOT_NULL(pointer)                                                                                              \
    do {                                                                                                               \
        if (!(pointer))                                                                                                \
            return FAIL(ACL_ERROR_INVALID_PARAM, "%s is NULL", #pointer);                                              \
    } while (0)
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        aclError code_ = (call);                                                                                       \
        if (code_ != ACL_SUCCESS)                                                                                      \
            return code_;                                                                                              \
    } while (0)

/* devices and contexts */
aclError acl_devices(const char *function); /* reads the configuration once */
uint32_t acl_device_total(void);
acl_device *acl_device_get(int64_t id);                              /* NULL: no such device */
aclError acl_device_ready(acl_device *device, const char *function); /* its engine device exists */
acl_context *acl_current(void);                                      /* NULL: none, or it was destroyed */
aclError acl_need_context(acl_context **out, const char *function);
#define NEED_CONTEXT(out) TRY(acl_need_context((out), __func__))

/* streams */
aclError acl_stream_make(acl_context *context, uint32_t priority, uint32_t flags, acl_stream **out,
                         const char *function);
void acl_streams_end(acl_device *device, const acl_context *context, bool force); /* context NULL: all of the device */
/* NULL is the current context's default stream; any other must be one of the current context's. */
aclError acl_stream_get(aclrtStream handle, acl_stream **out, const char *function);
#define GET_STREAM(handle, out) TRY(acl_stream_get((handle), (out), __func__))
/* The code for what a submission answered that may have waited for its work: failures are told as by a wait. */
aclError acl_stream_answer(acl_stream *stream, sil_status status, const char *function);
/* Waits for a value, at most timeout_ns; tells faults once and clears them as the failure mode says. */
aclError acl_stream_settle(acl_stream *stream, uint64_t value, uint64_t timeout_ns, aclError on_timeout,
                           const char *function);
/* Milliseconds of a call: -1 is for ever, other values below 1 are refused. */
aclError acl_timeout(int32_t ms, uint64_t *out_ns, const char *function);
uint64_t acl_now_ns(void);
extern _Atomic uint64_t acl_kernel_limit_ns;
extern _Thread_local uint32_t acl_last_task; /* of the thread's last launch */

/* functions of the program that want to know; states as in ACL */
enum {
    STREAM_CREATED = 1,
    STREAM_ENDING = 2,
    DEVICE_SETTING = 0,
    DEVICE_SET = 1,
    DEVICE_RESETTING = 2,
    DEVICE_RESET = 3
};
void acl_tell_stream(aclrtStream stream, int32_t state);
void acl_tell_device(uint32_t device, int32_t state);
void acl_tell_failure(const acl_stream *stream, uint64_t value, aclError code);

/* memory */
typedef struct acl_place {
    acl_device *device;
    bool host;
} acl_place; /* neither: memory that nobody registered */
acl_place acl_place_of(const void *pointer);
aclError acl_copy_now(acl_device *device, void *dst, sil_side dst_side, const void *src, sil_side src_side,
                      uint64_t bytes, const char *function);
/* A reset has emptied the device: handles of what lived there end. */
void acl_pool_forget(acl_device *device);
void acl_loaded_forget(acl_device *device);
void acl_notify_forget(acl_device *device);

#endif
