/* SPDX-License-Identifier: Apache-2.0 */
/* Modules, functions, launches and occupancy. */
#include "drivers/sim/cuda/sim.h"

#include <string.h>

#define AT(pointer) ((uintptr_t)(pointer))

static CUresult give(st_error error, st_module *m, CUmodule *out)
{
    if (error == ST_OK)
        *out = (CUmodule)st_handle(&st_modules, m);
    return error;
}

API(ModuleLoadData, (CUmodule *out, const void *image))
{
    st_module *m = NULL;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_module_load(c, image, 0, &m);
    return give(error, m, out);
}

/* Options of the JIT compiler: logs come back empty, the rest has nothing to act on. */
API(ModuleLoadDataEx, (CUmodule *out, const void *image, unsigned count, int *options, void **values))
{
    enum { INFO_LOG = 3, INFO_LOG_BYTES = 4, ERROR_LOG = 5, ERROR_LOG_BYTES = 6 };
    if (count && (!options || !values))
        return ST_INVALID_VALUE;
    for (unsigned i = 0; i < count; i++) {
        if ((options[i] == INFO_LOG || options[i] == ERROR_LOG) && values[i])
            *(char *)values[i] = 0;
        if (options[i] == INFO_LOG_BYTES || options[i] == ERROR_LOG_BYTES)
            values[i] = NULL;
    }
    return CU(ModuleLoadData)(out, image);
}

API(ModuleLoadFatBinary, (CUmodule *out, const void *image))
{
    return CU(ModuleLoadData)(out, image);
}

API(ModuleLoad, (CUmodule *out, const char *path))
{
    st_module *m = NULL;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_module_load_file(c, path, &m);
    return give(error, m, out);
}

API(ModuleUnload, (CUmodule module))
{
    CONTEXT(c);
    MODULE(m, module);
    st_module_unload(m);
    return ST_OK;
}

API(ModuleGetFunction, (CUfunction *out, CUmodule module, const char *name))
{
    st_function *f;
    CONTEXT(c);
    MODULE(m, module);
    if (!out || !name)
        return ST_INVALID_VALUE;
    st_error error = st_module_function(m, name, &f);
    if (error == ST_OK)
        *out = (CUfunction)st_handle(&st_functions, f);
    return error;
}

API(ModuleGetGlobal_v2, (CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name))
{
    uint64_t wide;
    CONTEXT(c);
    MODULE(m, module);
    if (!name || (!address && !bytes))
        return ST_INVALID_VALUE;
    st_error error = st_module_variable(m, name, address, &wide);
    if (error == ST_OK && bytes)
        *bytes = wide;
    return error;
}
ALIAS(ModuleGetGlobal, ModuleGetGlobal_v2);

API(ModuleGetFunctionCount, (unsigned *out, CUmodule module))
{
    CONTEXT(c);
    MODULE(m, module);
    if (!out)
        return ST_INVALID_VALUE;
    *out = sil_module_table(m->sil)->kernel_count;
    return ST_OK;
}

API(ModuleEnumerateFunctions, (CUfunction *out, unsigned count, CUmodule module))
{
    CONTEXT(c);
    MODULE(m, module);
    const tn_ktab *table = sil_module_table(m->sil);
    CUresult error = out ? ST_OK : ST_INVALID_VALUE;
    for (uint32_t i = 0; !error && i < count && i < table->kernel_count; i++) {
        const tn_ktab_kernel *k =
            (const void *)((const char *)table + table->kernels_at + (size_t)i * table->kernel_bytes);
        error = CU(ModuleGetFunction)(&out[i], module, (const char *)table + table->strings_at + k->name);
    }
    return error;
}

API(ModuleGetLoadingMode, (int *out))
{
    if (!out)
        return ST_INVALID_VALUE;
    *out = 1; /* eager */
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Functions */

enum {
    FUNC_MAX_THREADS,
    FUNC_SHARED,
    FUNC_CONST,
    FUNC_LOCAL,
    FUNC_REGISTERS,
    FUNC_PTX_VERSION,
    FUNC_BINARY_VERSION,
    FUNC_CACHE_CA,
    FUNC_MAX_DYNAMIC,
    FUNC_CARVEOUT
};

API(FuncGetAttribute, (int *out, int attribute, CUfunction function))
{
    FUNCTION(f, function);
    const tn_ktab_kernel *info = sil_kernel_info(f->kernel);
    const sil_profile *p = &f->context->device->profile;
    int version = (int)(p->version_major * 10 + p->version_minor);
    if (!out)
        return ST_INVALID_VALUE;
    switch (attribute) {
    case FUNC_MAX_THREADS:
        *out = (int)f->max_threads;
        return ST_OK;
    case FUNC_SHARED:
        *out = (int)info->static_local_bytes;
        return ST_OK;
    case FUNC_REGISTERS:
        *out = info->registers ? (int)info->registers : 32;
        return ST_OK;
    case FUNC_PTX_VERSION:
    case FUNC_BINARY_VERSION:
        *out = version;
        return ST_OK;
    case FUNC_MAX_DYNAMIC:
        *out = (int)f->max_dynamic;
        return ST_OK;
    case FUNC_CARVEOUT:
        *out = f->carveout;
        return ST_OK;
    case FUNC_CONST:
    case FUNC_LOCAL:
    case FUNC_CACHE_CA:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
    case 15: /* clusters: none */
        *out = 0;
        return ST_OK;
    }
    return ST_INVALID_VALUE;
}

API(FuncSetAttribute, (CUfunction function, int attribute, int value))
{
    FUNCTION(f, function);
    if (attribute == FUNC_MAX_DYNAMIC)
        return st_function_set_dynamic(f, value);
    if (attribute != FUNC_CARVEOUT || value < -1 || value > 100)
        return ST_INVALID_VALUE;
    f->carveout = value;
    return ST_OK;
}

/* Preferences that the vendor's driver too is free to ignore. */
API(FuncSetCacheConfig, (CUfunction function, int config))
{
    FUNCTION(f, function);
    return f && config >= 0 && config <= 3 ? ST_OK : ST_INVALID_VALUE;
}

API(FuncSetSharedMemConfig, (CUfunction function, int config))
{
    FUNCTION(f, function);
    (void)f;
    return config < 0 || config > 2 ? ST_INVALID_VALUE : ST_OK;
}

API(FuncGetName, (const char **out, CUfunction function))
{
    FUNCTION(f, function);
    if (!out)
        return ST_INVALID_VALUE;
    *out = st_function_name(f);
    return ST_OK;
}

API(FuncGetModule, (CUmodule *out, CUfunction function))
{
    FUNCTION(f, function);
    return out ? give(ST_OK, f->module, out) : ST_INVALID_VALUE;
}

API(FuncGetParamInfo, (CUfunction function, size_t index, size_t *offset, size_t *bytes))
{
    FUNCTION(f, function);
    if (!offset || index >= f->arg_count)
        return ST_INVALID_VALUE;
    *offset = f->args[index].offset;
    if (bytes)
        *bytes = f->args[index].size;
    return ST_OK;
}

API(FuncIsLoaded, (int *out, CUfunction function))
{
    FUNCTION(f, function);
    (void)f;
    if (!out)
        return ST_INVALID_VALUE;
    *out = 1;
    return ST_OK;
}

API(FuncLoad, (CUfunction function))
{
    FUNCTION(f, function);
    (void)f;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Launches */

static CUresult launch(uintptr_t zero, CUfunction function, const uint32_t grid[3], const uint32_t block[3],
                       unsigned shared, CUstream stream, void **params, void **extra, bool cooperative)
{
    CONTEXT(c);
    FUNCTION(f, function);
    STREAM(s, c, stream);
    if (cooperative) {
        uint32_t threads = block[0] * block[1] * block[2];
        uint64_t blocks = (uint64_t)grid[0] * grid[1] * grid[2];
        if (!(c->device->profile.caps & SIL_CAP_COOPERATIVE))
            return ST_NOT_SUPPORTED;
        if (blocks > (uint64_t)sil_kernel_residency(f->kernel, threads, shared) * c->device->profile.units)
            return 720;
    }
    return st_launch(f, s, grid, block, shared, params, extra, cooperative);
}

STREAMED(LaunchKernel, _ptsz,
         P(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
           unsigned block_z, unsigned shared, CUstream stream, void **params, void **extra),
         P(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared, stream, params, extra))
{
    const uint32_t grid[3] = { grid_x, grid_y, grid_z }, block[3] = { block_x, block_y, block_z };
    if (params && extra)
        return ST_INVALID_VALUE;
    return launch(zero, function, grid, block, shared, stream, params, extra, false);
}

STREAMED(LaunchCooperativeKernel, _ptsz,
         P(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
           unsigned block_z, unsigned shared, CUstream stream, void **params),
         P(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared, stream, params))
{
    const uint32_t grid[3] = { grid_x, grid_y, grid_z }, block[3] = { block_x, block_y, block_z };
    return launch(zero, function, grid, block, shared, stream, params, NULL, true);
}

STREAMED(LaunchKernelEx, _ptsz, P(const CUlaunchConfig *config, CUfunction function, void **params, void **extra),
         P(config, function, params, extra))
{
    bool cooperative = false;
    if (!config || (config->attribute_count && !config->attributes) || (params && extra))
        return ST_INVALID_VALUE;
    for (uint32_t i = 0; i < config->attribute_count; i++) {
        const CUlaunchAttribute *a = &config->attributes[i];
        if (a->id == CU_LAUNCH_COOPERATIVE)
            cooperative = a->value.cooperative != 0;
        if (a->id == CU_LAUNCH_CLUSTER &&
            (a->value.cluster[0] > 1 || a->value.cluster[1] > 1 || a->value.cluster[2] > 1))
            return ST_NOT_SUPPORTED;
    }
    return launch(zero, function, config->grid, config->block, config->shared_bytes, config->stream, params, extra,
                  cooperative);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Occupancy, as the engine models it: threads and local memory */

API(OccupancyMaxActiveBlocksPerMultiprocessor, (int *out, CUfunction function, int block, size_t dynamic))
{
    FUNCTION(f, function);
    if (!out || block <= 0)
        return ST_INVALID_VALUE;
    *out = (int)sil_kernel_residency(f->kernel, (uint32_t)block, (uint32_t)dynamic);
    return ST_OK;
}

API(OccupancyMaxActiveBlocksPerMultiprocessorWithFlags,
    (int *out, CUfunction function, int block, size_t dynamic, unsigned flags))
{
    return flags > 1 ? ST_INVALID_VALUE : CU(OccupancyMaxActiveBlocksPerMultiprocessor)(out, function, block, dynamic);
}

API(OccupancyMaxPotentialBlockSize,
    (int *min_grid, int *block, CUfunction function, CUoccupancyB2DSize dynamic_of, size_t dynamic, int limit))
{
    uint32_t grid;
    FUNCTION(f, function);
    if (!min_grid || !block || limit < 0)
        return ST_INVALID_VALUE;
    if (dynamic_of)
        dynamic = dynamic_of((int)f->max_threads);
    *block = (int)st_function_best_block(f, dynamic, (uint32_t)limit, &grid);
    *min_grid = (int)grid;
    return *block ? ST_OK : ST_OUT_OF_RESOURCES;
}

API(OccupancyMaxPotentialBlockSizeWithFlags, (int *min_grid, int *block, CUfunction function,
                                              CUoccupancyB2DSize dynamic_of, size_t dynamic, int limit, unsigned flags))
{
    return flags > 1 ? ST_INVALID_VALUE
                     : CU(OccupancyMaxPotentialBlockSize)(min_grid, block, function, dynamic_of, dynamic, limit);
}

API(OccupancyAvailableDynamicSMemPerBlock, (size_t * out, CUfunction function, int blocks, int block))
{
    FUNCTION(f, function);
    const sil_profile *p = &f->context->device->profile;
    uint32_t fixed = sil_kernel_info(f->kernel)->static_local_bytes;
    if (!out || blocks <= 0 || block <= 0 || (uint32_t)block > f->max_threads)
        return ST_INVALID_VALUE;
    uint32_t each = p->local_per_unit_bytes / (uint32_t)blocks;
    uint32_t most = p->local_optin_bytes > p->local_bytes ? p->local_optin_bytes : p->local_bytes;
    each = each > most ? most : each;
    *out = each > fixed ? each - fixed : 0;
    return ST_OK;
}
