/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the HIP stand-in's functions are written, and the facts of the ABI that they need. API(name, parameters,
 * arguments) { body } exports a function whose result becomes the thread's last error; SPT(...) also its per-thread
 * form name_spt, where `zero` is what stream 0 means.
 */
#ifndef DRIVERS_SIM_HIP_SIM_H
#define DRIVERS_SIM_HIP_SIM_H

#include "drivers/sim/common/standin.h"

typedef int hipError_t;
typedef int hipDevice_t;
typedef void *hipDeviceptr_t;
typedef struct st_client_stream *hipStream_t; /* opaque; the stand-in's are st_handle values */
typedef struct hip_event *hipEvent_t;
typedef struct hip_module *hipModule_t;
typedef struct hip_function *hipFunction_t;
typedef struct hip_pool *hipMemPool_t;
typedef struct hip_dim3 {
    uint32_t x, y, z;
} hip_dim3;

enum { /* numbers that HIP has and CUDA's driver API has not */
       HIP_INVALID_CONFIGURATION = 9,
       HIP_INVALID_SYMBOL = 13,
       HIP_INVALID_DEVICE_POINTER = 17,
       HIP_INVALID_DIRECTION = 21,
       HIP_INVALID_DEVICE_FUNCTION = 98
};
enum { HIP_HOST_TO_HOST, HIP_HOST_TO_DEVICE, HIP_DEVICE_TO_HOST, HIP_DEVICE_TO_DEVICE, HIP_DEFAULT };

typedef struct hip_func_attributes {
    int binary_version, cache_mode;
    size_t const_bytes, local_bytes;
    int max_dynamic, max_threads, registers, carveout, ptx_version;
    size_t shared_bytes;
} hip_func_attributes;

typedef struct hip_pointer_attributes {
    int type, device;
    void *device_pointer, *host_pointer;
    int managed;
    unsigned flags;
} hip_pointer_attributes;

typedef struct hip_pool_props {
    int alloc_type, handle_types, location_type, location_id;
    void *security;
    unsigned char reserved[64];
} hip_pool_props;

_Static_assert(sizeof(hip_func_attributes) == 56 && sizeof(hip_pointer_attributes) == 32, "as in the header of HIP 5.2.3");
_Static_assert(sizeof(hip_pool_props) == 88, "as in the header of HIP 5.2.3");

#define HIP_EXPORT __attribute__((visibility("default")))
#define P(...)     __VA_ARGS__
#define API(name, parameters, arguments)                                                                               \
    static hipError_t do_##name(parameters);                                                                           \
    HIP_EXPORT hipError_t name(parameters);                                                                            \
    HIP_EXPORT hipError_t name(parameters)                                                                             \
    {                                                                                                                  \
        return hip__done(do_##name(arguments));                                                                        \
    }                                                                                                                  \
    static hipError_t do_##name(parameters)
#define SPT(name, parameters, arguments)                                                                               \
    static hipError_t do_##name(uintptr_t zero, parameters);                                                           \
    HIP_EXPORT hipError_t name(parameters);                                                                            \
    HIP_EXPORT hipError_t name(parameters)                                                                             \
    {                                                                                                                  \
        return hip__done(do_##name(1, arguments));                                                                     \
    }                                                                                                                  \
    HIP_EXPORT hipError_t name##_spt(parameters);                                                                      \
    HIP_EXPORT hipError_t name##_spt(parameters)                                                                       \
    {                                                                                                                  \
        return hip__done(do_##name(2, arguments));                                                                     \
    }                                                                                                                  \
    static hipError_t do_##name(uintptr_t zero, parameters)

static inline hipError_t hip__done(hipError_t error)
{
    if (__builtin_expect(error != ST_OK && error != ST_NOT_READY, 0))
        st_self()->last_error = error;
    return error;
}

st_error hip__context_make(st_context **out);

/* The primary context of the thread's current device; made at first use, as HIP does. */
static inline hipError_t hip__context(st_context **out)
{
    st_context *c = st_self()->current;
    int sticky = c ? atomic_load_explicit(&c->sticky, memory_order_relaxed) : ST_CONTEXT_DESTROYED;
    if (__builtin_expect(sticky == ST_CONTEXT_DESTROYED, 0))
        return hip__context_make(out);
    *out = c;
    return sticky;
}
#define CONTEXT(c)                                                                                                     \
    st_context *c;                                                                                                     \
    hipError_t c##_error = hip__context(&c);                                                                           \
    if (__builtin_expect(c##_error, 0))                                                                                \
    return c##_error
#define OBJECT(type, o, table, handle)                                                                                 \
    type *o = st_get(&table, (uintptr_t)(handle));                                                                     \
    if (!o)                                                                                                            \
    return ST_INVALID_HANDLE
#define AT(pointer) ((uintptr_t)(pointer))

static inline hipError_t hip__device(int ordinal, st_device **out)
{
    st_error error = st_init();
    if (error)
        return error;
    *out = st_device_at(ordinal);
    return *out ? ST_OK : ST_INVALID_DEVICE;
}
#define DEVICE(d, ordinal)                                                                                             \
    st_device *d;                                                                                                      \
    hipError_t d##_error = hip__device(ordinal, &d);                                                                   \
    if (d##_error)                                                                                                     \
    return d##_error

/* The kernel behind a host function that a compiled program registered, for the current device. */
st_error hip__launch(st_context *c, st_function *f, st_stream *s, const uint32_t grid[3], const uint32_t block[3],
                     uint32_t shared, void **params, void **extra, bool cooperative);
st_error hip__registered_function(st_context *context, const void *host, st_function **out);
hipError_t hip__copy(uintptr_t zero, uintptr_t stream, uint64_t dst, uint64_t src, size_t bytes, int kind, bool wait);

#endif
