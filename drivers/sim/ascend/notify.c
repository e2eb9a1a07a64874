/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications: a word in device memory that one stream raises and another waits for and lowers. Unlike an event, a
 * notification may be waited for before it is recorded. Owns the words.
 */
#include "drivers/sim/ascend/state.h"

typedef struct acl_notify {
    acl_device *device;
    uint64_t word;
} acl_notify;

static aclError notify_get(aclrtNotify handle, acl_notify **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "notify is NULL");
    *out = handle_get(HANDLE_NOTIFY, handle);
    return *out ? ACL_SUCCESS
                : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a live notification", handle);
}

aclError aclrtCreateNotify(aclrtNotify *notify, uint64_t flag)
{
    acl_context *context;
    void *handle;
    uint64_t word, zero = 0;
    NOT_NULL(notify);
    NEED_CONTEXT(&context);
    if (flag)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "flag 0x%llx: notifications that devices use among themselves",
                    (unsigned long long)flag);
    TRY(acl_device_ready(context->device, __func__));
    sil_status status = sil_alloc(atomic_load(&context->device->sil), sizeof zero, &word);
    if (status != SIL_OK)
        return FAIL_SIL(status);
    aclError error = acl_copy_now(context->device, (void *)(uintptr_t)word, SIL_SIDE_DEVICE, &zero, SIL_SIDE_HOST,
                                  sizeof zero, __func__);
    acl_notify *n = error == ACL_SUCCESS ? handle_new(HANDLE_NOTIFY, sizeof *n, &handle) : NULL;
    if (!n) {
        sil_free(atomic_load(&context->device->sil), word);
        return error != ACL_SUCCESS ? error : FAIL(ACL_ERROR_RT_RESOURCE_ALLOC_FAIL, "no notification is left");
    }
    n->device = context->device;
    n->word = word;
    *notify = handle;
    return ACL_SUCCESS;
}

aclError aclrtDestroyNotify(aclrtNotify notify)
{
    acl_notify *n;
    TRY(notify_get(notify, &n, __func__));
    sil_device *sil = atomic_load(&n->device->sil);
    uint64_t word = n->word;
    if (!handle_free(HANDLE_NOTIFY, notify))
        return FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p was destroyed by another thread", notify);
    return FAIL_SIL(sil_free(sil, word)); /* waits for work that may use it */
}

aclError aclrtRecordNotify(aclrtNotify notify, aclrtStream stream)
{
    acl_notify *n;
    acl_stream *s;
    TRY(notify_get(notify, &n, __func__));
    GET_STREAM(stream, &s);
    return FAIL_SIL(sil_submit_value_write(s->sil, n->word, 1, 8, NULL));
}

aclError aclrtWaitAndResetNotify(aclrtNotify notify, aclrtStream stream, uint32_t timeout)
{
    acl_notify *n;
    acl_stream *s;
    TRY(notify_get(notify, &n, __func__));
    GET_STREAM(stream, &s);
    if (timeout)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "a deadline inside a stream; 0 waits for ever");
    sil_status status = sil_submit_value_wait(s->sil, n->word, 1, 8, SIL_EQ, NULL);
    if (status == SIL_OK)
        status = sil_submit_value_write(s->sil, n->word, 0, 8, NULL);
    return FAIL_SIL(status);
}

aclError aclrtNotifyBatchReset(aclrtNotify *notifies, size_t num)
{
    uint64_t zero = 0;
    NOT_NULL(notifies);
    for (size_t i = 0; i < num; i++) {
        acl_notify *n;
        TRY(notify_get(notifies[i], &n, __func__));
        TRY(acl_copy_now(n->device, (void *)(uintptr_t)n->word, SIL_SIDE_DEVICE, &zero, SIL_SIDE_HOST, sizeof zero,
                         __func__));
    }
    return ACL_SUCCESS;
}

aclError aclrtGetNotifyId(aclrtNotify notify, uint32_t *notifyId)
{
    acl_notify *n;
    NOT_NULL(notifyId);
    TRY(notify_get(notify, &n, __func__));
    *notifyId = handle_index(notify);
    return ACL_SUCCESS;
}

static void forget_one(void *object, void *handle, void *device)
{
    acl_notify *n = object;
    if (n->device == device)
        handle_free(HANDLE_NOTIFY, handle);
}

void acl_notify_forget(acl_device *device)
{
    handle_each(HANDLE_NOTIFY, forget_one, device);
}
