/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images, kernels and launches over ACL. A simulated device gets its image inside the vendor's container, so that the
 * load path is the real one; the shape of a launch with threads travels as a record behind the arguments. Owns loaded
 * images.
 */
#include <stdlib.h>
#include <string.h>

#include "bundle/ktab.h"
#include "drivers/ascend/ascend.h"
#include "drivers/common/container.h"
#include "drivers/common/sim_image.h"
#include "drivers/sim/ascend/geometry.h"

struct tn_driver_kernel {
    tn_driver_module *module;
    const tn_ktab_kernel *info;
    aclrtFuncHandle function;
    bool ready;
};

struct tn_driver_module {
    tn_driver_device *device;
    const tn_ktab *table;
    aclrtBinHandle binary;
    bool threads;         /* launches carry the shape record: block functions of tenoncc */
    pthread_mutex_t lock; /* guards `ready` of the kernels */
    tn_driver_kernel kernels[];
};

/* ------------------------------------------------------------------------------------------------------- */
/* Images */

/* A target names the chip ("Ascend910B3") or its series ("Ascend910B"). */
static bool target_fits(const char *target, const char *soc)
{
    return !target || !*target || !strncmp(soc, target, strlen(target));
}

uint32_t ascend_image_score(tn_driver_device *d, const tn_driver_image *image, const char **why)
{
    enum { EXACT = 200 };
    *why = NULL;
    switch (image->kind) {
    case TN_IMAGE_SIM:
        return tn_sim_image_score(image, d->simulated, d->width, why);
    case TN_IMAGE_ASCEND:
        if (d->simulated)
            *why = "machine code of Ascend's compiler runs on silicon only";
        else if (target_fits(image->target, d->soc))
            return EXACT;
        else
            *why = "the image was built for another Ascend chip";
        return 0;
    default:
        *why = "Ascend takes images of its own compiler; its simulator takes those of tenoncc";
        return 0;
    }
}

static tn_status load_binary(tn_driver_device *d, const tn_driver_image *image, aclrtBinHandle *out)
{
    const void *data = image->data;
    size_t bytes = image->bytes;
    void *wrapped = NULL;
    aclError error;
    if (image->kind == TN_IMAGE_SIM) {
        tn_container_image inner = { image->data, image->bytes, image->width, TN_IMAGE_SIM, NULL };
        if (tn_container_wrap(TN_CONTAINER_ASCEND, &inner, 1, &wrapped, &bytes) != 0)
            return TN_FAIL(ascend_host, TN_BAD_BUNDLE,
                           "the simulator image is damaged: it cannot be put into an Ascend ELF file");
        data = wrapped;
    }
    ASCEND_CALL(error, d, binary_load(data, bytes, NULL, out));
    free(wrapped);
    if (error == ACL_SUCCESS)
        return TN_OK;
    if (error == ACL_ERROR_RT_PARAM_INVALID) { /* for an image, ACL's word for "damaged" */
        tn_vendor_error vendor = { error, ascend_error_name(error), d->api->recent_message() };
        return TN_FAIL_VENDOR(ascend_host, TN_BAD_BUNDLE, &vendor, "%s device %d does not take the image", d->soc,
                              d->id);
    }
    return ASCEND_FAIL(d->api, error, "loading an image on %s device %d", d->soc, d->id);
}

tn_status ascend_module_load(tn_driver_device *d, const tn_driver_image *image, tn_driver_module **out)
{
    uint32_t count = image->table->kernel_count;
    tn_driver_module *m = ascend_host->alloc(sizeof *m + count * sizeof m->kernels[0]);
    if (!m)
        return TN_FAIL(ascend_host, TN_OUT_OF_HOST_MEMORY, "no memory for a module of %u kernels", count);
    m->device = d;
    m->table = image->table;
    m->threads = image->kind == TN_IMAGE_SIM;
    tn_status status = load_binary(d, image, &m->binary);
    if (status != TN_OK) {
        ascend_host->free(m);
        return status;
    }
    pthread_mutex_init(&m->lock, NULL);
    *out = m;
    return TN_OK;
}

void ascend_module_unload(tn_driver_module *m)
{
    aclError error;
    ASCEND_CALL(error, m->device, binary_unload(m->binary));
    if (error != ACL_SUCCESS)
        ascend_host->log_line(TN_LOG_WARNING, "ascend: an image was not unloaded: %s (%d)", ascend_error_name(error),
                              error);
    pthread_mutex_destroy(&m->lock);
    ascend_host->free(m);
}

tn_status ascend_module_kernel(tn_driver_module *m, uint32_t table_index, tn_driver_kernel **out)
{
    const tn_ktab_kernel *info = tn_ktab_kernel_at(m->table, table_index);
    if (!info)
        return TN_FAIL(ascend_host, TN_NOT_FOUND, "kernel %u of a table of %u", table_index, m->table->kernel_count);
    tn_driver_kernel *k = &m->kernels[table_index];
    const char *name = tn_ktab_string(m->table, info->name);
    aclError error = ACL_SUCCESS;
    pthread_mutex_lock(&m->lock);
    if (!k->ready) {
        ASCEND_CALL(error, m->device, binary_function(m->binary, name, &k->function));
        if (error == ACL_SUCCESS) {
            k->module = m;
            k->info = info;
            k->ready = true;
        }
    }
    pthread_mutex_unlock(&m->lock);
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(m->device->api, error, "looking for kernel %s in the loaded image", name);
    *out = k;
    return TN_OK;
}

tn_status ascend_module_variable(tn_driver_module *m, uint32_t table_index, tn_address *out, uint64_t *out_bytes)
{
    const tn_ktab_variable *info = tn_ktab_variable_at(m->table, table_index);
    void *address = NULL;
    size_t bytes = 0;
    aclError error;
    if (!info)
        return TN_FAIL(ascend_host, TN_NOT_FOUND, "variable %u of a table of %u", table_index,
                       m->table->variable_count);
    if (!m->device->api->binary_global)
        return TN_FAIL(ascend_host, TN_UNSUPPORTED, "this version of ACL (%s) cannot find device variables",
                       m->device->from->version);
    ASCEND_CALL(error, m->device, binary_global(m->binary, tn_ktab_string(m->table, info->name), &address, &bytes));
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(m->device->api, error, "looking for variable %s in the loaded image",
                           tn_ktab_string(m->table, info->name));
    *out = (uint64_t)(uintptr_t)address;
    *out_bytes = bytes;
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Launches */

enum { MAX_ARGS = 4096 };

/* ACL counts blocks in one dimension with 32 bits. */
static tn_status count_blocks(const tn_driver_kernel *k, const tn_driver_launch *l, uint32_t *out)
{
    uint64_t product = (uint64_t)l->grid.x * l->grid.y;
    product = product > UINT32_MAX ? product : product * l->grid.z;
    if (product == 0 || product > UINT32_MAX)
        return TN_FAIL(ascend_host, TN_LIMIT,
                       "kernel %s: a grid of %u x %u x %u; Ascend launches 1 to 4294967295 blocks",
                       tn_ktab_string(k->module->table, k->info->display), l->grid.x, l->grid.y, l->grid.z);
    *out = (uint32_t)product;
    return TN_OK;
}

/* The vendor's compiler builds kernels that ask for their block's number and have no threads. */
static tn_status check_threadless(const tn_driver_kernel *k, const tn_driver_launch *l)
{
    if (l->block.x == 1 && l->block.y == 1 && l->block.z == 1 && l->grid.y == 1 && l->grid.z == 1)
        return TN_OK;
    return TN_FAIL(ascend_host, TN_UNSUPPORTED,
                   "kernel %s was built by Ascend's compiler: its grid is N x 1 x 1, its block 1 x 1 x 1",
                   tn_ktab_string(k->module->table, k->info->display));
}

static aclError launch_threadless(tn_driver_stream *s, tn_driver_kernel *k, const tn_driver_launch *l, uint32_t blocks)
{
    aclrtLaunchKernelAttr local = { ACL_RT_LAUNCH_KERNEL_ATTR_DYN_UBUF_SIZE, { .dynUBufSize = l->local_bytes } };
    aclrtLaunchKernelCfg cfg = { &local, 1 };
    aclError error;
    ASCEND_CALL(error, s->device,
                launch(k->function, blocks, s->stream, l->local_bytes ? &cfg : NULL, (void *)(uintptr_t)l->args,
                       l->args_bytes, NULL, 0));
    return error;
}

static aclError launch_with_shape(tn_driver_stream *s, tn_driver_kernel *k, const tn_driver_launch *l, uint32_t blocks)
{
    _Alignas(16) unsigned char block[MAX_ARGS + 16 + sizeof(tn_ascend_geometry)];
    tn_ascend_geometry shape = { { l->grid.x, l->grid.y, l->grid.z },
                                 { l->block.x, l->block.y, l->block.z },
                                 l->local_bytes,
                                 TN_ASCEND_GEOMETRY_MAGIC };
    size_t at = tn_ascend_geometry_at(k->info->args_bytes);
    aclError error;
    if (l->args_bytes)
        memcpy(block, l->args, l->args_bytes);
    memset(block + l->args_bytes, 0, at - l->args_bytes);
    memcpy(block + at, &shape, sizeof shape);
    ASCEND_CALL(error, s->device, launch(k->function, blocks, s->stream, NULL, block, at + sizeof shape, NULL, 0));
    return error;
}

tn_status ascend_submit_launch(tn_driver_stream *s, tn_driver_kernel *k, const tn_driver_launch *l, uint64_t value,
                               uint32_t flags)
{
    uint32_t blocks = 0;
    tn_status status = count_blocks(k, l, &blocks);
    if (status == TN_OK && !k->module->threads)
        status = check_threadless(k, l);
    if (status != TN_OK)
        return status;
    if (l->args_bytes > MAX_ARGS || l->args_bytes > tn_ascend_geometry_at(k->info->args_bytes))
        return TN_FAIL(ascend_host, TN_BAD_ARGUMENTS, "kernel %s takes %u bytes of arguments, not %u",
                       tn_ktab_string(k->module->table, k->info->display), k->info->args_bytes, l->args_bytes);
    aclError error = k->module->threads ? launch_with_shape(s, k, l, blocks) : launch_threadless(s, k, l, blocks);
    return ascend_submitted(s, error, value, flags, "launching a kernel");
}

void *ascend_module_native(tn_driver_module *module)
{
    return module->binary;
}

void *ascend_kernel_native(tn_driver_kernel *kernel)
{
    return kernel->function;
}
