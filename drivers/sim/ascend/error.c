/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of the stand-in: the pending sentences and the last code of each thread, and what the engine's failures are in
 * ACL's numbers. Owns thread-local text only.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "drivers/sim/ascend/state.h"

enum { TEXT_BYTES = 1024 };

/* aclGetRecentErrMsg returns and clears: `given` stays readable until the thread's next call of it. Made at a thread's
 * first failure: room for thread-local data is small in a library that is opened late. */
typedef struct words {
    char pending[TEXT_BYTES], given[TEXT_BYTES];
} words;

static _Thread_local char *own;
static _Thread_local aclError last;

static words *own_words(void)
{
    return (words *)(void *)sil_thread_text(&own, sizeof(words));
}

static const struct {
    aclError code;
    const char *words;
} errors[] = {
#define ACL_ERROR_ROW(code, name, words) { code, words },
    ACL_ERROR_MAP(ACL_ERROR_ROW)
#undef ACL_ERROR_ROW
};

static const char *words_of(aclError code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return errors[i].words;
    return "error";
}

/* Several failures before the text is taken are kept, newest last, as far as they fit. */
void acl_note(aclError code, const char *function, const char *format, ...)
{
    char detail[512];
    va_list list;
    va_start(list, format);
    vsnprintf(detail, sizeof detail, format, list);
    va_end(list);
    last = code;
    words *w = own_words();
    if (!w)
        return;
    size_t used = strlen(w->pending);
    if (used > TEXT_BYTES - 200) {
        w->pending[0] = '\0';
        used = 0;
    }
    snprintf(w->pending + used, TEXT_BYTES - used, "%s[%d] %s: %s: %s.", used ? "\n" : "", code, function,
             words_of(code), detail);
}

const char *aclGetRecentErrMsg(void)
{
    words *w = (words *)(void *)own;
    if (!w || !w->pending[0])
        return NULL;
    memcpy(w->given, w->pending, sizeof w->given);
    w->pending[0] = '\0';
    return w->given;
}

aclError aclrtPeekAtLastError(aclrtLastErrLevel level)
{
    if (level != 0)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "level %d is not the thread level 0", level);
    return last;
}

aclError aclrtGetLastError(aclrtLastErrLevel level)
{
    if (level != 0)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "level %d is not the thread level 0", level);
    aclError code = last;
    last = ACL_SUCCESS;
    return code;
}

aclError acl_fault_code(const sil_fault *fault)
{
    switch (fault->kind) {
    case SIL_FAULT_ASSERT:
    case SIL_FAULT_TRAP:
        return ACL_ERROR_RT_VECTOR_CORE_TRAP_EXCEPTION;
    case SIL_FAULT_ECC_UNCORRECTED:
        return ACL_ERROR_RT_HBM_MULTI_BIT_ECC_ERROR;
    case SIL_FAULT_COPY:
        return ACL_ERROR_RT_SYS_DMA;
    case SIL_FAULT_LOST:
        return ACL_ERROR_RT_LOST_HEARTBEAT;
    case SIL_FAULT_TIMEOUT:
        return ACL_ERROR_RT_VECTOR_CORE_TIMEOUT;
    default:
        return ACL_ERROR_RT_VECTOR_CORE_EXCEPTION;
    }
}

aclError acl_code_of(sil_status status)
{
    switch (status) {
    case SIL_OK:
        return ACL_SUCCESS;
    case SIL_OUT_OF_MEMORY:
        return ACL_ERROR_RT_MEMORY_ALLOCATION;
    case SIL_UNSUPPORTED:
        return ACL_ERROR_RT_FEATURE_NOT_SUPPORT;
    case SIL_NOT_READY:
        return ACL_ERROR_RT_STREAM_NOT_COMPLETE;
    case SIL_TIMEOUT:
        return ACL_ERROR_RT_STREAM_SYNC_TIMEOUT;
    case SIL_FAULT:
        return ACL_ERROR_RT_VECTOR_CORE_EXCEPTION;
    case SIL_ABORTED:
        return ACL_ERROR_RT_STREAM_ABORT;
    case SIL_DEVICE_LOST:
        return ACL_ERROR_RT_LOST_HEARTBEAT;
    default:
        return ACL_ERROR_RT_PARAM_INVALID; /* arguments, addresses, images, limits */
    }
}
