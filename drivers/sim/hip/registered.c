/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program compiled by `clang -x hip` registers at load: fat binaries, kernels by the address of their host stub,
 * variables. Registration records pointers only; modules are loaded per device at first use. Owns these records.
 */
#include "drivers/sim/hip/sim.h"

#include <stdlib.h>
#include <string.h>

typedef struct binary {
    const void *wrapper;
    st_module *modules[ST_DEVICES_MAX];
    uint64_t epochs[ST_DEVICES_MAX]; /* of the context in which the module was loaded */
    struct binary *next;
} binary;

typedef struct record {
    const void *host;
    const char *name;
    binary *of;
    bool variable;
    st_function *functions[ST_DEVICES_MAX];
    struct record *next;
} record;

#define BUCKETS 256u
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static record *buckets[BUCKETS];

static record **bucket(const void *host)
{
    return &buckets[(((uintptr_t)host * 0x9e3779b97f4a7c15u) >> 40) % BUCKETS];
}

static void add(void **handle, const void *host, const char *name, bool variable)
{
    record *r = calloc(1, sizeof *r);
    if (!r || !handle || !host || !name) {
        free(r);
        return;
    }
    *r = (record){ .host = host, .name = name, .of = (binary *)handle, .variable = variable };
    pthread_mutex_lock(&lock);
    r->next = *bucket(host);
    *bucket(host) = r;
    pthread_mutex_unlock(&lock);
}

HIP_EXPORT void **__hipRegisterFatBinary(const void *wrapper);
HIP_EXPORT void **__hipRegisterFatBinary(const void *wrapper)
{
    binary *b = calloc(1, sizeof *b);
    if (b)
        b->wrapper = wrapper;
    return (void **)b;
}

HIP_EXPORT void __hipRegisterFunction(void **handle, const void *host, char *device, const char *name, unsigned threads,
                                      void *tid, void *bid, void *block, void *grid, int *warp);
HIP_EXPORT void __hipRegisterFunction(void **handle, const void *host, char *device, const char *name, unsigned threads,
                                      void *tid, void *bid, void *block, void *grid, int *warp)
{
    (void)device, (void)threads, (void)tid, (void)bid, (void)block, (void)grid, (void)warp;
    add(handle, host, name, false);
}

HIP_EXPORT void __hipRegisterVar(void **handle, void *host, char *host_name, char *name, int external, size_t bytes,
                                 int constant, int global);
HIP_EXPORT void __hipRegisterVar(void **handle, void *host, char *host_name, char *name, int external, size_t bytes,
                                 int constant, int global)
{
    (void)host_name, (void)external, (void)bytes, (void)constant, (void)global;
    add(handle, host, name, true);
}

HIP_EXPORT void __hipUnregisterFatBinary(void **handle);
HIP_EXPORT void __hipUnregisterFatBinary(void **handle)
{
    binary *b = (binary *)handle;
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; b && i < BUCKETS; i++)
        for (record **at = &buckets[i]; *at;) {
            record *r = *at;
            if (r->of != b) {
                at = &r->next;
                continue;
            }
            *at = r->next;
            free(r);
        }
    pthread_mutex_unlock(&lock);
    free(b); /* its modules stay with their contexts: this runs when the process ends */
}

/* With the lock: the module of `b` in this context. */
static st_error module_of(binary *b, st_context *c, st_module **out)
{
    uint32_t d = c->device->ordinal;
    uint64_t epoch = atomic_load(&c->epoch);
    if (b->modules[d] && b->epochs[d] == epoch) {
        *out = b->modules[d];
        return ST_OK;
    }
    st_error error = st_module_load(c, b->wrapper, 0, out);
    if (!error) {
        b->modules[d] = *out;
        b->epochs[d] = epoch;
        for (unsigned i = 0; i < BUCKETS; i++)
            for (record *r = buckets[i]; r; r = r->next)
                if (r->of == b)
                    r->functions[d] = NULL;
    }
    return error;
}

static record *find(const void *host, bool variable)
{
    record *r = *bucket(host);
    while (r && (r->host != host || r->variable != variable))
        r = r->next;
    return r;
}

st_error hip__registered_function(st_context *c, const void *host, st_function **out)
{
    st_module *m;
    pthread_mutex_lock(&lock);
    record *r = find(host, false);
    st_error error = r ? module_of(r->of, c, &m) : HIP_INVALID_DEVICE_FUNCTION;
    uint32_t d = c->device->ordinal;
    if (!error && !r->functions[d])
        error = st_module_function(m, r->name, &r->functions[d]) ? HIP_INVALID_DEVICE_FUNCTION : ST_OK;
    if (!error)
        *out = r->functions[d];
    pthread_mutex_unlock(&lock);
    return error;
}

static st_error variable_of(st_context *c, const void *host, uint64_t *address, uint64_t *bytes)
{
    st_module *m;
    pthread_mutex_lock(&lock);
    record *r = find(host, true);
    st_error error = r ? module_of(r->of, c, &m) : HIP_INVALID_SYMBOL;
    if (!error && st_module_variable(m, r->name, address, bytes))
        error = HIP_INVALID_SYMBOL;
    pthread_mutex_unlock(&lock);
    return error;
}

/* ------------------------------------------------------------------------------------------------------- */
/* <<<grid, block, shared, stream>>> becomes a push, the stub's pop, and a launch. */

HIP_EXPORT hipError_t __hipPushCallConfiguration(hip_dim3 grid, hip_dim3 block, size_t shared, hipStream_t stream);
HIP_EXPORT hipError_t __hipPushCallConfiguration(hip_dim3 grid, hip_dim3 block, size_t shared, hipStream_t stream)
{
    st_thread *t = st_self();
    memcpy(t->grid, &grid, sizeof grid);
    memcpy(t->block, &block, sizeof block);
    t->shared_bytes = shared;
    t->stream = stream;
    t->pushed = 1;
    return ST_OK;
}

HIP_EXPORT hipError_t __hipPopCallConfiguration(hip_dim3 *grid, hip_dim3 *block, size_t *shared, hipStream_t *stream);
HIP_EXPORT hipError_t __hipPopCallConfiguration(hip_dim3 *grid, hip_dim3 *block, size_t *shared, hipStream_t *stream)
{
    st_thread *t = st_self();
    if (!t->pushed)
        return hip__done(52); /* hipErrorMissingConfiguration */
    t->pushed = 0;
    memcpy(grid, t->grid, sizeof *grid);
    memcpy(block, t->block, sizeof *block);
    *shared = t->shared_bytes;
    *stream = t->stream;
    return ST_OK;
}

static hipError_t launch(uintptr_t zero, const void *host, hip_dim3 grid, hip_dim3 block, void **args, size_t shared,
                         hipStream_t stream, bool cooperative)
{
    st_function *f;
    const uint32_t g[3] = { grid.x, grid.y, grid.z }, b[3] = { block.x, block.y, block.z };
    CONTEXT(c);
    STREAM(s, c, stream);
    for (unsigned i = 0; i < 3; i++)
        if (!g[i] || !b[i])
            return HIP_INVALID_CONFIGURATION;
    if (shared > UINT32_MAX)
        return HIP_INVALID_CONFIGURATION;
    st_error error = hip__registered_function(s->context, host, &f);
    return error ? error : hip__launch(c, f, s, g, b, (uint32_t)shared, args, NULL, cooperative);
}

SPT(hipLaunchKernel, P(const void *host, hip_dim3 grid, hip_dim3 block, void **args, size_t shared, hipStream_t stream),
    P(host, grid, block, args, shared, stream))
{
    return launch(zero, host, grid, block, args, shared, stream, false);
}

SPT(hipLaunchCooperativeKernel,
    P(const void *host, hip_dim3 grid, hip_dim3 block, void **args, unsigned shared, hipStream_t stream),
    P(host, grid, block, args, shared, stream))
{
    return launch(zero, host, grid, block, args, shared, stream, true);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Variables */

API(hipGetSymbolAddress, P(void **out, const void *symbol), P(out, symbol))
{
    uint64_t address, bytes;
    CONTEXT(c);
    st_error error = out ? variable_of(c, symbol, &address, &bytes) : ST_INVALID_VALUE;
    if (!error)
        *out = (void *)(uintptr_t)address;
    return error;
}

API(hipGetSymbolSize, P(size_t *out, const void *symbol), P(out, symbol))
{
    uint64_t address, bytes;
    CONTEXT(c);
    st_error error = out ? variable_of(c, symbol, &address, &bytes) : ST_INVALID_VALUE;
    if (!error)
        *out = bytes;
    return error;
}

static hipError_t symbol_copy(uintptr_t zero, uintptr_t stream, const void *symbol, uint64_t other, size_t bytes,
                              size_t offset, int kind, bool to, bool wait)
{
    uint64_t address, extent;
    CONTEXT(c);
    st_error error = variable_of(c, symbol, &address, &extent);
    if (error)
        return error;
    if (offset > extent || bytes > extent - offset)
        return ST_INVALID_VALUE;
    if (kind == HIP_DEFAULT)
        kind = to ? HIP_HOST_TO_DEVICE : HIP_DEVICE_TO_HOST;
    if (kind == HIP_HOST_TO_HOST || (to ? kind == HIP_DEVICE_TO_HOST : kind == HIP_HOST_TO_DEVICE))
        return HIP_INVALID_DIRECTION;
    return to ? hip__copy(zero, stream, address + offset, other, bytes, kind, wait)
              : hip__copy(zero, stream, other, address + offset, bytes, kind, wait);
}

SPT(hipMemcpyToSymbol, P(const void *symbol, const void *src, size_t bytes, size_t offset, int kind),
    P(symbol, src, bytes, offset, kind))
{
    return symbol_copy(zero, 0, symbol, AT(src), bytes, offset, kind, true, true);
}

SPT(hipMemcpyFromSymbol, P(void *dst, const void *symbol, size_t bytes, size_t offset, int kind),
    P(dst, symbol, bytes, offset, kind))
{
    return symbol_copy(zero, 0, symbol, AT(dst), bytes, offset, kind, false, true);
}

SPT(hipMemcpyToSymbolAsync,
    P(const void *symbol, const void *src, size_t bytes, size_t offset, int kind, hipStream_t stream),
    P(symbol, src, bytes, offset, kind, stream))
{
    return symbol_copy(zero, AT(stream), symbol, AT(src), bytes, offset, kind, true, false);
}

SPT(hipMemcpyFromSymbolAsync,
    P(void *dst, const void *symbol, size_t bytes, size_t offset, int kind, hipStream_t stream),
    P(dst, symbol, bytes, offset, kind, stream))
{
    return symbol_copy(zero, AT(stream), symbol, AT(dst), bytes, offset, kind, false, false);
}
