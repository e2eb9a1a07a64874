/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the kernels on a device, and launching them. Owns the module. May call the public API only. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define ELEMENTS_BLOCK 256u
#define SMALLEST_GRID  65535u

static const char *const names[] = {
#define TNK_NAME(id, name) name,
    TNK_KERNELS(TNK_NAME)
#undef TNK_NAME
};

/* lib/tenon/kernels/kernels.tnb beside lib/libtenon-kernels.so. */
static void default_path(char *out, size_t bytes)
{
    Dl_info info;
    const char *file = dladdr(names, &info) && info.dli_fname ? info.dli_fname : "";
    const char *slash = strrchr(file, '/');
    int folder = slash ? (int)(slash - file) : 1;
    (void)snprintf(out, bytes, "%.*s/tenon/kernels/kernels.tnb", folder, slash ? file : ".");
}

tn_status tnk_open(tn_device device, const char *bundle, tnk_library **out)
{
    char path[4096];
    tn_device_info info = { .size = sizeof info };
    tnk_library *k = calloc(1, sizeof *k);
    if (!k)
        return TN_OUT_OF_HOST_MEMORY;
    if (!bundle)
        default_path(path, sizeof path);
    tn_status status = tn_device_get_info(device, &info);
    for (int i = 0; i < 3; i++)
        k->max_grid[i] = info.max_grid[i] ? info.max_grid[i] : SMALLEST_GRID;
    if (status == TN_OK)
        status = tn_module_load_file(device, bundle ? bundle : path, NULL, &k->module);
    for (uint32_t i = 0; i < TNK_KERNEL_COUNT && status == TN_OK; i++)
        status = tn_module_kernel(k->module, names[i], &k->kernels[i]);
    if (status == TN_OK)
        *out = k;
    else
        (void)tnk_close(k);
    return status;
}

tn_status tnk_close(tnk_library *k)
{
    tn_status status = TN_OK;
    if (k && k->module.bits)
        status = tn_module_unload(k->module);
    free(k);
    return status;
}

tn_module tnk_module(const tnk_library *k)
{
    return k->module;
}

tn_status tnk__launch(const tnk_library *k, tn_stream stream, enum tnk_kernel kernel, tn_dim3 grid, tn_dim3 block,
                      const tn_arg *args, uint32_t arg_count)
{
    const tn_launch shape = tn_launch_shape(grid, block, 0);
    return tn_kernel_launch(stream, k->kernels[kernel], &shape, args, arg_count, NULL);
}

tn_status tnk__elements(const tnk_library *k, tn_stream stream, enum tnk_kernel kernel, const float *scalar,
                        const tn_address *vectors, uint32_t vector_count, uint64_t n)
{
    uint64_t step = k->max_grid[0] < 1u << 22 ? k->max_grid[0] * (uint64_t)ELEMENTS_BLOCK : 1u << 30;
    for (uint32_t i = 0; i < vector_count; i++)
        if (n && (!vectors[i] || vectors[i] % 4))
            return TN_INVALID;
    for (uint64_t at = 0; at < n; at += step) {
        tn_address here[3];
        tn_arg args[5];
        uint32_t count = 0, part = (uint32_t)(n - at < step ? n - at : step);
        if (scalar)
            args[count++] = (tn_arg){ scalar, sizeof *scalar };
        for (uint32_t i = 0; i < vector_count; i++) {
            here[i] = vectors[i] + at * 4;
            args[count++] = (tn_arg)TN_ARG(here[i]);
        }
        args[count++] = (tn_arg)TN_ARG(part);
        tn_dim3 grid = { (uint32_t)tnk_ceil(part, ELEMENTS_BLOCK), 1, 1 };
        TNK_TRY(tnk__launch(k, stream, kernel, grid, (tn_dim3){ ELEMENTS_BLOCK, 1, 1 }, args, count));
    }
    return TN_OK;
}
