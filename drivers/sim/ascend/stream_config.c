/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream's configuration, filled in attribute by attribute, and the stream made after it. Owns the list of those that live; the
 * streams are stream.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/ascend/state.h"

/* A configuration is the program's to look into, so it is plain memory, and a list knows which ones live. */
typedef struct configuration {
    aclrtStreamConfigHandle public;
    struct configuration *next;
} configuration;

static pthread_mutex_t configurations_lock = PTHREAD_MUTEX_INITIALIZER;
static configuration *configurations;

/* With the lock: the link that leads to it, or NULL. */
static configuration **find_configuration(const aclrtStreamConfigHandle *handle)
{
    for (configuration **at = &configurations; *at; at = &(*at)->next)
        if (&(*at)->public == handle)
            return at;
    return NULL;
}

aclrtStreamConfigHandle *aclrtCreateStreamConfigHandle(void)
{
    configuration *c = calloc(1, sizeof *c);
    if (!c) {
        acl_note(ACL_ERROR_BAD_ALLOC, __func__, "no host memory");
        return NULL;
    }
    pthread_mutex_lock(&configurations_lock);
    c->next = configurations;
    configurations = c;
    pthread_mutex_unlock(&configurations_lock);
    return &c->public;
}

aclError aclrtDestroyStreamConfigHandle(aclrtStreamConfigHandle *handle)
{
    pthread_mutex_lock(&configurations_lock);
    configuration **at = find_configuration(handle), *c = at ? *at : NULL;
    if (c)
        *at = c->next;
    pthread_mutex_unlock(&configurations_lock);
    free(c);
    return c ? ACL_SUCCESS : FAIL(ACL_ERROR_INVALID_PARAM, "%p is not a stream's configuration", (void *)handle);
}

aclError aclrtSetStreamConfigOpt(aclrtStreamConfigHandle *handle, int32_t attr, const void *attrValue, size_t valueSize)
{
    static const struct {
        size_t at, bytes;
    } members[] = { { offsetof(aclrtStreamConfigHandle, workptr), sizeof(void *) },
                    { offsetof(aclrtStreamConfigHandle, workSize), sizeof(size_t) },
                    { offsetof(aclrtStreamConfigHandle, flag), sizeof(size_t) },
                    { offsetof(aclrtStreamConfigHandle, priority), sizeof(uint32_t) } };
    aclError error = ACL_SUCCESS;
    NOT_NULL(attrValue);
    pthread_mutex_lock(&configurations_lock);
    if (!find_configuration(handle))
        error = FAIL(ACL_ERROR_INVALID_PARAM, "%p is not a stream's configuration", (void *)handle);
    else if (attr < 0 || attr > 3 || valueSize > members[attr].bytes || valueSize < sizeof(uint32_t))
        error = FAIL(ACL_ERROR_INVALID_PARAM, "attribute %d with %zu bytes", attr, valueSize);
    else /* a flag may come with 32 bits; what is above them is 0 then */
        memcpy(memset((char *)handle + members[attr].at, 0, members[attr].bytes), attrValue, valueSize);
    pthread_mutex_unlock(&configurations_lock);
    return error;
}

aclError aclrtCreateStreamV2(aclrtStream *stream, const aclrtStreamConfigHandle *handle)
{
    aclrtStreamConfigHandle c = { 0 };
    bool known = true;
    pthread_mutex_lock(&configurations_lock);
    if (handle && (known = find_configuration(handle) != NULL))
        c = *handle;
    pthread_mutex_unlock(&configurations_lock);
    if (!known)
        return FAIL(ACL_ERROR_INVALID_PARAM, "%p is not a stream's configuration", (const void *)handle);
    return aclrtCreateStreamWithConfig(stream, c.priority, (uint32_t)c.flag);
}
