/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aclrtReduceAsync: dst = dst OP src, element by element. Done through the host, after the stream's earlier work: the
 * simulator has no kernel of its own for it. Owns nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/ascend/state.h"

enum { SUM = 10, MAX = 11, MIN = 12, EQUAL = 13 };

static float bf16_to_float(uint16_t value)
{
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static uint16_t float_to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float reduce_float(float a, float b, aclrtReduceKind kind)
{
    return kind == SUM ? a + b : kind == MAX ? (a > b ? a : b) : kind == MIN ? (a < b ? a : b) : a == b;
}

static int64_t reduce_integer(int64_t a, int64_t b, aclrtReduceKind kind)
{
    return kind == SUM ? a + b : kind == MAX ? (a > b ? a : b) : kind == MIN ? (a < b ? a : b) : a == b;
}

#define EACH(type, read, write, reduce)                                                                                \
    for (size_t i = 0; i < bytes / sizeof(type); i++)                                                                  \
    ((type *)dst)[i] = (type)write(reduce(read(((const type *)dst)[i]), read(((const type *)src)[i]), kind))

static bool reduce(void *dst, const void *src, size_t bytes, aclrtReduceKind kind, aclDataType type)
{
    switch (type) {
    case ACL_FLOAT:
        EACH(float, , , reduce_float);
        return true;
    case ACL_FLOAT16:
        EACH(uint16_t, aclFloat16ToFloat, aclFloatToFloat16, reduce_float);
        return true;
    case ACL_BF16:
        EACH(uint16_t, bf16_to_float, float_to_bf16, reduce_float);
        return true;
    case ACL_INT8:
        EACH(int8_t, , , reduce_integer);
        return true;
    case ACL_INT16:
        EACH(int16_t, , , reduce_integer);
        return true;
    case ACL_INT32:
        EACH(int32_t, , , reduce_integer);
        return true;
    default:
        return false;
    }
}

aclError aclrtReduceAsync(void *dst, const void *src, uint64_t count, aclrtReduceKind kind, aclDataType type,
                          aclrtStream stream, void *reserve)
{
    acl_stream *s;
    size_t element = aclDataTypeSize(type);
    NOT_NULL(dst);
    NOT_NULL(src);
    GET_STREAM(stream, &s);
    if (reserve || kind < SUM || kind > EQUAL || count == 0 || count > SIZE_MAX / 2)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "kind %d, %llu bytes", kind, (unsigned long long)count);
    if (!reduce(NULL, NULL, 0, kind, type))
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "elements of data type %d", type);
    if (count % element || acl_place_of(dst).device != s->device || acl_place_of(src).device != s->device)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%llu bytes of elements of %zu; both sides on the stream's device",
                    (unsigned long long)count, element);
    unsigned char *both = malloc(2 * (size_t)count);
    if (!both)
        return FAIL(ACL_ERROR_BAD_ALLOC, "no host memory for %llu bytes", (unsigned long long)count);
    aclError error =
        acl_stream_settle(s, sil_stream_last(s->sil), SIL_FOREVER, ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, __func__);
    if (error == ACL_SUCCESS)
        error = acl_copy_now(s->device, both, SIL_SIDE_HOST, dst, SIL_SIDE_DEVICE, count, __func__);
    if (error == ACL_SUCCESS)
        error = acl_copy_now(s->device, both + count, SIL_SIDE_HOST, src, SIL_SIDE_DEVICE, count, __func__);
    if (error == ACL_SUCCESS) {
        reduce(both, both + count, count, kind, type);
        error = acl_copy_now(s->device, dst, SIL_SIDE_DEVICE, both, SIL_SIDE_HOST, count, __func__);
    }
    free(both);
    return error;
}
