/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stream-ordered allocation (aclrtMemPool*), which the vendor calls experimental and offers on the 910B alone; the
 * profile says which chips have it. Memory freed in a stream returns to its pool once the stream has passed. Owns the
 * pools' blocks.
 */
#include <stdlib.h>

#include "drivers/sim/ascend/state.h"

typedef struct acl_pool {
    acl_device *device;
    uint64_t max_bytes, threshold;
    uint64_t reserved, reserved_high, used, used_high;
} acl_pool;

typedef enum block_state { BLOCK_USED, BLOCK_FREED, BLOCK_IDLE } block_state;

/* Every block of every pool, in one list: pools are few and experimental. */
typedef struct pool_block {
    struct pool_block *next;
    aclrtMemPool pool;
    acl_device *device;
    uint64_t address, bytes;
    block_state state;
    aclrtStream stream; /* where it was freed */
    uint64_t value;
} pool_block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pool_block *blocks;

static aclError pool_get(const void *handle, acl_pool **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "memPool is NULL");
    *out = handle_get(HANDLE_POOL, handle);
    return *out ? ACL_SUCCESS : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a live pool", handle);
}

static bool has_passed(const pool_block *b)
{
    acl_stream *s = handle_get(HANDLE_STREAM, b->stream);
    return !s || sil_stream_query(s->sil, b->value) != SIL_NOT_READY;
}

/* With the lock. Gives idle blocks of a pool back to the device until it keeps no more than `keep` bytes. */
static void trim(aclrtMemPool handle, acl_pool *pool, uint64_t keep)
{
    for (pool_block **at = &blocks; *at;) {
        pool_block *b = *at;
        if (b->pool == handle && b->state == BLOCK_FREED && has_passed(b))
            b->state = BLOCK_IDLE;
        if (b->pool != handle || b->state != BLOCK_IDLE || pool->reserved <= keep) {
            at = &b->next;
            continue;
        }
        *at = b->next;
        pool->reserved -= b->bytes;
        sil_free_idle(atomic_load(&b->device->sil), b->address);
        free(b);
    }
}

aclError aclrtMemPoolCreate(aclrtMemPool *memPool, const aclrtMemPoolProps *props)
{
    acl_context *context;
    void *handle;
    NOT_NULL(memPool);
    NOT_NULL(props);
    NEED_CONTEXT(&context);
    if (!(context->device->profile.caps & SIL_CAP_POOLS))
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "%s has no memory pools", context->device->profile.chip);
    if (props->handleType || props->allocType || props->location.type != ACL_MEM_LOCATION_TYPE_DEVICE)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "pools hold device memory that is not shared");
    acl_device *device = acl_device_get(props->location.id);
    if (!device || acl_device_ready(device, __func__) != ACL_SUCCESS)
        return FAIL(ACL_ERROR_RT_INVALID_DEVICEID, "device %u", props->location.id);
    acl_pool *pool = handle_new(HANDLE_POOL, sizeof *pool, &handle);
    if (!pool)
        return FAIL(ACL_ERROR_RT_RESOURCE_ALLOC_FAIL, "no pool is left");
    pool->device = device;
    pool->max_bytes = props->maxSize ? props->maxSize : device->profile.memory_bytes;
    *memPool = handle;
    return ACL_SUCCESS;
}

aclError aclrtMemPoolDestroy(const aclrtMemPool memPool)
{
    acl_pool *pool;
    TRY(pool_get(memPool, &pool, __func__));
    pthread_mutex_lock(&lock);
    for (pool_block *b = blocks; b; b = b->next)
        if (b->pool == memPool && b->state == BLOCK_FREED) {
            acl_stream *s = handle_get(HANDLE_STREAM, b->stream);
            if (s)
                sil_stream_wait(s->sil, b->value, SIL_FOREVER);
        }
    trim(memPool, pool, 0);
    for (pool_block *b = blocks; b; b = b->next) /* what is still used outlives the pool until it is freed */
        if (b->pool == memPool)
            b->pool = NULL;
    pthread_mutex_unlock(&lock);
    return handle_free(HANDLE_POOL, memPool) ? ACL_SUCCESS : FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p is gone", memPool);
}

aclError aclrtMemPoolSetAttr(aclrtMemPool memPool, aclrtMemPoolAttr attr, void *value)
{
    acl_pool *pool;
    NOT_NULL(value);
    TRY(pool_get(memPool, &pool, __func__));
    pthread_mutex_lock(&lock);
    aclError error = ACL_SUCCESS;
    if (attr == ACL_RT_MEM_POOL_ATTR_RELEASE_THRESHOLD)
        pool->threshold = *(uint64_t *)value;
    else if (attr == ACL_RT_MEM_POOL_ATTR_RESERVED_MEM_HIGH && *(uint64_t *)value == 0)
        pool->reserved_high = pool->reserved;
    else if (attr == ACL_RT_MEM_POOL_ATTR_USED_MEM_HIGH && *(uint64_t *)value == 0)
        pool->used_high = pool->used;
    else
        error = FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "pool attribute %d cannot be set so", attr);
    pthread_mutex_unlock(&lock);
    return error;
}

aclError aclrtMemPoolGetAttr(aclrtMemPool memPool, aclrtMemPoolAttr attr, void *value)
{
    acl_pool *pool;
    NOT_NULL(value);
    TRY(pool_get(memPool, &pool, __func__));
    pthread_mutex_lock(&lock);
    const uint64_t by_attr[] = { pool->threshold, pool->reserved, pool->reserved_high, pool->used, pool->used_high };
    pthread_mutex_unlock(&lock);
    if (attr < ACL_RT_MEM_POOL_ATTR_RELEASE_THRESHOLD || attr > ACL_RT_MEM_POOL_ATTR_USED_MEM_HIGH)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "pool attribute %d", attr);
    *(uint64_t *)value = by_attr[attr - ACL_RT_MEM_POOL_ATTR_RELEASE_THRESHOLD];
    return ACL_SUCCESS;
}

/* With the lock: a block that is idle, or was freed in this very stream, and fits without much waste. */
static pool_block *reuse(aclrtMemPool pool, aclrtStream stream, uint64_t bytes)
{
    for (pool_block *b = blocks; b; b = b->next)
        if (b->pool == pool && b->state != BLOCK_USED && b->bytes >= bytes && b->bytes / 2 <= bytes &&
            (b->state == BLOCK_IDLE || b->stream == stream || has_passed(b)))
            return b;
    return NULL;
}

static void count_used(acl_pool *pool, uint64_t bytes)
{
    pool->used += bytes;
    if (pool->used > pool->used_high)
        pool->used_high = pool->used;
    if (pool->reserved > pool->reserved_high)
        pool->reserved_high = pool->reserved;
}

aclError aclrtMemPoolMallocAsync(void **ptr, size_t size, aclrtMemPool memPool, aclrtStream stream)
{
    acl_pool *pool;
    acl_stream *s;
    NOT_NULL(ptr);
    TRY(pool_get(memPool, &pool, __func__));
    GET_STREAM(stream, &s);
    if (size == 0)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "size is 0");
    pthread_mutex_lock(&lock);
    aclError error = ACL_SUCCESS;
    pool_block *b = reuse(memPool, s->handle, size);
    if (!b) {
        b = pool->reserved + size <= pool->max_bytes ? calloc(1, sizeof *b) : NULL;
        if (!b)
            error = FAIL(ACL_ERROR_RT_MEMORY_ALLOCATION, "the pool holds %llu of %llu bytes",
                         (unsigned long long)pool->reserved, (unsigned long long)pool->max_bytes);
        else if ((error = FAIL_SIL(sil_alloc(atomic_load(&pool->device->sil), size, &b->address))) != ACL_SUCCESS)
            free(b);
        if (error == ACL_SUCCESS) {
            *b = (pool_block){ blocks, memPool, pool->device, b->address, size, BLOCK_USED, NULL, 0 };
            blocks = b;
            pool->reserved += size;
        }
    }
    if (error == ACL_SUCCESS) {
        b->state = BLOCK_USED;
        count_used(pool, b->bytes);
        *ptr = (void *)(uintptr_t)b->address;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

aclError aclrtMemPoolFreeAsync(void *ptr, aclrtStream stream)
{
    acl_stream *s;
    NOT_NULL(ptr);
    GET_STREAM(stream, &s);
    aclError error = ACL_SUCCESS;
    pthread_mutex_lock(&lock);
    pool_block *b = blocks;
    while (b && (b->address != (uint64_t)(uintptr_t)ptr || b->state != BLOCK_USED))
        b = b->next;
    if (!b) {
        error = FAIL(ACL_ERROR_RT_PARAM_INVALID, "%p is no memory of a pool, or is freed already", ptr);
    } else {
        acl_pool *pool = b->pool ? handle_get(HANDLE_POOL, b->pool) : NULL;
        b->state = BLOCK_FREED;
        b->stream = s->handle;
        b->value = sil_stream_last(s->sil);
        if (pool) {
            pool->used -= b->bytes;
            trim(b->pool, pool, pool->threshold);
        }
    }
    pthread_mutex_unlock(&lock);
    return error;
}

aclError aclrtMemPoolTrimTo(aclrtMemPool memPool, size_t minBytesToKeep)
{
    acl_pool *pool;
    TRY(pool_get(memPool, &pool, __func__));
    pthread_mutex_lock(&lock);
    trim(memPool, pool, minBytesToKeep);
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

static void end_pool(void *object, void *handle, void *device)
{
    acl_pool *pool = object;
    if (pool->device == device)
        handle_free(HANDLE_POOL, handle);
}

void acl_pool_forget(acl_device *device)
{
    pthread_mutex_lock(&lock);
    for (pool_block **at = &blocks; *at;) {
        pool_block *b = *at;
        if (b->device != device) {
            at = &b->next;
            continue;
        }
        *at = b->next;
        free(b);
    }
    pthread_mutex_unlock(&lock);
    handle_each(HANDLE_POOL, end_pool, device);
}
