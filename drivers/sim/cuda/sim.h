/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the CUDA stand-in's functions are written. The same sources are built a second time with TN_SIM_MUSA for Moore
 * Threads' names. An exported function is API(name, (parameters)) { body }; one that takes the per-thread default
 * stream in a second form is STREAMED(name, suffix, parameters, arguments) { body }, where `zero` is what stream 0
 * means.
 */
#ifndef DRIVERS_SIM_CUDA_SIM_H
#define DRIVERS_SIM_CUDA_SIM_H

#include "drivers/sim/common/standin.h"
#include "drivers/sim/cuda/cuda_abi.h"

#ifdef TN_SIM_MUSA
#define CU(name)        mu##name
#define CU_STRING(name) "mu" #name
#define CU_PREFIX       "mu"
#define CU_ERROR_PREFIX "MUSA_"
#else
#define CU(name)        cu##name
#define CU_STRING(name) "cu" #name
#define CU_PREFIX       "cu"
#define CU_ERROR_PREFIX "CUDA_"
#endif

#define CU_EXPORT __attribute__((visibility("default")))
#define API(name, parameters)                                                                                          \
    CU_EXPORT CUresult CU(name) parameters;                                                                            \
    CU_EXPORT CUresult CU(name) parameters
#define ALIAS(name, target)                                                                                            \
    extern __typeof__(CU(target)) CU(name) __attribute__((visibility("default"), alias(CU_STRING(target))))
#define P(...) __VA_ARGS__
#define STREAMED(name, suffix, parameters, arguments)                                                                  \
    static CUresult do_##name(uintptr_t zero, parameters);                                                             \
    API(name, (parameters))                                                                                            \
    {                                                                                                                  \
        return do_##name(1, arguments);                                                                                \
    }                                                                                                                  \
    API(name##suffix, (parameters))                                                                                    \
    {                                                                                                                  \
        return do_##name(2, arguments);                                                                                \
    }                                                                                                                  \
    static CUresult do_##name(uintptr_t zero, parameters)

extern _Atomic bool cu__ready; /* cuInit succeeded */

/* A function, or a library's kernel in the current context; NULL when it is neither. */
st_function *cu__kernel_function(uintptr_t handle);
static inline st_function *cu__function(uintptr_t handle)
{
    st_function *f = st_get(&st_functions, handle);
    return __builtin_expect(f != NULL, 1) ? f : cu__kernel_function(handle);
}

/* The calling thread's context, good to use. */
static inline CUresult cu__context(st_context **out)
{
    st_context *c = st_self()->current;
    if (__builtin_expect(!c, 0))
        return atomic_load(&cu__ready) ? ST_INVALID_CONTEXT : ST_NOT_INITIALIZED;
    *out = c;
    return atomic_load_explicit(&c->sticky, memory_order_relaxed);
}

#define CONTEXT(c)                                                                                                     \
    st_context *c;                                                                                                     \
    CUresult c##_error = cu__context(&c);                                                                              \
    if (__builtin_expect(c##_error, 0))                                                                                \
    return c##_error

/* A handle to an object, or a return of INVALID_HANDLE. */
#define EVENT(e, handle)                                                                                               \
    st_event *e = st_get(&st_events, (uintptr_t)(handle));                                                             \
    if (!e)                                                                                                            \
    return ST_INVALID_HANDLE
#define MODULE(m, handle)                                                                                              \
    st_module *m = st_get(&st_modules, (uintptr_t)(handle));                                                           \
    if (!m)                                                                                                            \
    return ST_INVALID_HANDLE
#define FUNCTION(f, handle)                                                                                            \
    st_function *f = cu__function((uintptr_t)(handle));                                                                \
    if (!f)                                                                                                            \
    return ST_INVALID_HANDLE

static inline CUresult cu__device(CUdevice ordinal, st_device **out)
{
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    *out = st_device_at(ordinal);
    return *out ? ST_OK : ST_INVALID_DEVICE;
}
#define DEVICE(d, ordinal)                                                                                             \
    st_device *d;                                                                                                      \
    CUresult d##_error = cu__device(ordinal, &d);                                                                      \
    if (d##_error)                                                                                                     \
    return d##_error

#endif
