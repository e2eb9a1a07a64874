/* SPDX-License-Identifier: Apache-2.0 */
/* Modules, kernels of modules, their launches and occupancy. Kernels that a compiled program registered:
 * registered.c. */
#include "drivers/sim/hip/sim.h"

#include <string.h>

static hipError_t give(st_error error, st_module *m, hipModule_t *out)
{
    if (error == ST_JIT_NOT_FOUND) /* HIP compiles no text here, so text is no image at all */
        return ST_INVALID_IMAGE;
    if (!error)
        *out = (hipModule_t)st_handle(&st_modules, m);
    return error;
}

API(hipModuleLoadData, P(hipModule_t *out, const void *image), P(out, image))
{
    st_module *m = NULL;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_module_load(c, image, 0, &m);
    return give(error, m, out);
}

API(hipModuleLoadDataEx, P(hipModule_t *out, const void *image, unsigned count, int *options, void **values),
    P(out, image, count, options, values))
{
    return count && (!options || !values) ? ST_INVALID_VALUE : do_hipModuleLoadData(out, image);
}

API(hipModuleLoad, P(hipModule_t *out, const char *path), P(out, path))
{
    st_module *m = NULL;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_module_load_file(c, path, &m);
    return give(error, m, out);
}

API(hipModuleUnload, P(hipModule_t module), P(module))
{
    OBJECT(st_module, m, st_modules, module);
    st_module_unload(m);
    return ST_OK;
}

API(hipModuleGetFunction, P(hipFunction_t *out, hipModule_t module, const char *name), P(out, module, name))
{
    st_function *f;
    OBJECT(st_module, m, st_modules, module);
    if (!out || !name)
        return ST_INVALID_VALUE;
    st_error error = st_module_function(m, name, &f);
    if (!error)
        *out = (hipFunction_t)st_handle(&st_functions, f);
    return error;
}

API(hipModuleGetGlobal, P(hipDeviceptr_t *address, size_t *bytes, hipModule_t module, const char *name),
    P(address, bytes, module, name))
{
    uint64_t at, wide;
    OBJECT(st_module, m, st_modules, module);
    if (!name || (!address && !bytes))
        return ST_INVALID_VALUE;
    st_error error = st_module_variable(m, name, &at, &wide);
    if (!error && address)
        *address = (void *)(uintptr_t)at;
    if (!error && bytes)
        *bytes = wide;
    return error;
}

/* ------------------------------------------------------------------------------------------------------- */

enum {
    FUNC_MAX_THREADS,
    FUNC_SHARED,
    FUNC_CONST,
    FUNC_LOCAL,
    FUNC_REGISTERS,
    FUNC_PTX,
    FUNC_BINARY,
    FUNC_CACHE,
    FUNC_MAX_DYNAMIC,
    FUNC_CARVEOUT
};

API(hipFuncGetAttribute, P(int *out, int attribute, hipFunction_t function), P(out, attribute, function))
{
    OBJECT(st_function, f, st_functions, function);
    const tn_ktab_kernel *info = sil_kernel_info(f->kernel);
    if (!out || attribute < 0 || attribute > FUNC_CARVEOUT)
        return ST_INVALID_VALUE;
    *out = 0;
    switch (attribute) {
    case FUNC_MAX_THREADS:
        *out = (int)f->max_threads;
        break;
    case FUNC_SHARED:
        *out = (int)info->static_local_bytes;
        break;
    case FUNC_REGISTERS:
        *out = info->registers ? (int)info->registers : 32;
        break;
    case FUNC_MAX_DYNAMIC:
        *out = (int)f->max_dynamic;
        break;
    case FUNC_CARVEOUT:
        *out = f->carveout;
        break;
    }
    return ST_OK;
}

API(hipFuncGetAttributes, P(hip_func_attributes *out, const void *host), P(out, host))
{
    st_function *f;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = hip__registered_function(c, host, &f);
    if (error)
        return error;
    const tn_ktab_kernel *info = sil_kernel_info(f->kernel);
    *out = (hip_func_attributes){ .max_dynamic = (int)f->max_dynamic,
                                  .max_threads = (int)f->max_threads,
                                  .registers = info->registers ? (int)info->registers : 32,
                                  .carveout = f->carveout,
                                  .shared_bytes = info->static_local_bytes };
    return ST_OK;
}

API(hipFuncSetAttribute, P(const void *host, int attribute, int value), P(host, attribute, value))
{
    st_function *f;
    CONTEXT(c);
    st_error error = hip__registered_function(c, host, &f);
    if (error) { /* the function of a module is taken too */
        f = st_get(&st_functions, AT(host));
        if (!f)
            return error;
    }
    if (attribute == FUNC_MAX_DYNAMIC)
        return st_function_set_dynamic(f, value);
    if (attribute != FUNC_CARVEOUT || value < -1 || value > 100)
        return ST_INVALID_VALUE;
    f->carveout = value;
    return ST_OK;
}

/* A preference that the vendor's runtime too is free to ignore. */
API(hipFuncSetCacheConfig, P(const void *host, int config), P(host, config))
{
    return !host || config < 0 || config > 3 ? ST_INVALID_VALUE : ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Launches */

/* All blocks of a cooperative launch are on the device at once, or it is refused. */
st_error hip__launch(st_context *c, st_function *f, st_stream *s, const uint32_t grid[3], const uint32_t block[3],
                     uint32_t shared, void **params, void **extra, bool cooperative)
{
    if (cooperative) {
        uint64_t blocks = (uint64_t)grid[0] * grid[1] * grid[2];
        if (!(c->device->profile.caps & SIL_CAP_COOPERATIVE))
            return ST_NOT_SUPPORTED;
        if (blocks > (uint64_t)sil_kernel_residency(f->kernel, block[0] * block[1] * block[2], shared) *
                         c->device->profile.units)
            return 720;
    }
    return st_launch(f, s, grid, block, shared, params, extra, cooperative);
}

static hipError_t launch(hipFunction_t function, const uint32_t grid[3], const uint32_t block[3], unsigned shared,
                         hipStream_t stream, void **params, void **extra, bool cooperative)
{
    const uintptr_t zero = 1;
    CONTEXT(c);
    OBJECT(st_function, f, st_functions, function);
    STREAM(s, c, stream);
    return hip__launch(c, f, s, grid, block, shared, params, extra, cooperative);
}

API(hipModuleLaunchKernel,
    P(hipFunction_t function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
      unsigned block_z, unsigned shared, hipStream_t stream, void **params, void **extra),
    P(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared, stream, params, extra))
{
    const uint32_t grid[3] = { grid_x, grid_y, grid_z }, block[3] = { block_x, block_y, block_z };
    return params && extra ? ST_INVALID_VALUE : launch(function, grid, block, shared, stream, params, extra, false);
}

API(hipModuleLaunchCooperativeKernel,
    P(hipFunction_t function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
      unsigned block_z, unsigned shared, hipStream_t stream, void **params),
    P(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared, stream, params))
{
    const uint32_t grid[3] = { grid_x, grid_y, grid_z }, block[3] = { block_x, block_y, block_z };
    return launch(function, grid, block, shared, stream, params, NULL, true);
}

static hipError_t record(hipEvent_t event, hipStream_t stream)
{
    const uintptr_t zero = 1;
    if (!event)
        return ST_OK;
    CONTEXT(c);
    OBJECT(st_event, e, st_events, event);
    STREAM(s, c, stream);
    return st_event_record(e, s);
}

/* Sizes in threads, as OpenCL has them; events around the launch where the caller wants them. */
API(hipExtModuleLaunchKernel,
    P(hipFunction_t function, unsigned threads_x, unsigned threads_y, unsigned threads_z, unsigned block_x,
      unsigned block_y, unsigned block_z, size_t shared, hipStream_t stream, void **params, void **extra,
      hipEvent_t before, hipEvent_t after, unsigned flags),
    P(function, threads_x, threads_y, threads_z, block_x, block_y, block_z, shared, stream, params, extra, before,
      after, flags))
{
    const uint32_t block[3] = { block_x, block_y, block_z };
    (void)flags;
    if (!block_x || !block_y || !block_z || threads_x % block_x || threads_y % block_y || threads_z % block_z ||
        shared > UINT32_MAX)
        return ST_INVALID_VALUE;
    const uint32_t grid[3] = { threads_x / block_x, threads_y / block_y, threads_z / block_z };
    hipError_t error = record(before, stream);
    if (!error)
        error = launch(function, grid, block, (unsigned)shared, stream, params, extra, false);
    return error ? error : record(after, stream);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Occupancy */

static hipError_t resident(int *out, const st_function *f, int block, size_t dynamic)
{
    if (!out || block <= 0)
        return ST_INVALID_VALUE;
    *out = (int)sil_kernel_residency(f->kernel, (uint32_t)block, (uint32_t)dynamic);
    return ST_OK;
}

API(hipModuleOccupancyMaxActiveBlocksPerMultiprocessor, P(int *out, hipFunction_t function, int block, size_t dynamic),
    P(out, function, block, dynamic))
{
    OBJECT(st_function, f, st_functions, function);
    return resident(out, f, block, dynamic);
}

API(hipModuleOccupancyMaxActiveBlocksPerMultiprocessorWithFlags,
    P(int *out, hipFunction_t function, int block, size_t dynamic, unsigned flags),
    P(out, function, block, dynamic, flags))
{
    return flags > 1 ? ST_INVALID_VALUE
                     : do_hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(out, function, block, dynamic);
}

API(hipOccupancyMaxActiveBlocksPerMultiprocessor, P(int *out, const void *host, int block, size_t dynamic),
    P(out, host, block, dynamic))
{
    st_function *f;
    CONTEXT(c);
    st_error error = hip__registered_function(c, host, &f);
    return error ? error : resident(out, f, block, dynamic);
}

static hipError_t best(int *grid, int *block, const st_function *f, size_t dynamic, int limit)
{
    uint32_t blocks;
    if (!grid || !block || limit < 0)
        return ST_INVALID_VALUE;
    *block = (int)st_function_best_block(f, dynamic, (uint32_t)limit, &blocks);
    *grid = (int)blocks;
    return *block ? ST_OK : ST_OUT_OF_RESOURCES;
}

API(hipModuleOccupancyMaxPotentialBlockSize,
    P(int *grid, int *block, hipFunction_t function, size_t dynamic, int limit),
    P(grid, block, function, dynamic, limit))
{
    OBJECT(st_function, f, st_functions, function);
    return best(grid, block, f, dynamic, limit);
}

API(hipOccupancyMaxPotentialBlockSize, P(int *grid, int *block, const void *host, size_t dynamic, int limit),
    P(grid, block, host, dynamic, limit))
{
    st_function *f;
    CONTEXT(c);
    st_error error = hip__registered_function(c, host, &f);
    return error ? error : best(grid, block, f, dynamic, limit);
}
