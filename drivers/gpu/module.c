/* SPDX-License-Identifier: Apache-2.0 */
/* Images and modules: the vendor's own as they are, simulator images in the vendor's container. Owns modules and
 * kernels. */
#include "bundle/ktab.h"
#include "drivers/common/container.h"
#include "drivers/common/sim_image.h"
#include "drivers/gpu/gpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A stand-in takes the vendor's container for what is in it for simulators. */
static uint32_t container_score(const tn_driver_device *d, const tn_driver_image *image, const char **why)
{
    enum { BEHIND_BARE_IMAGES = 50 };
    const void *sim;
    size_t bytes;
    char text[160];
    if (gpu__family.container == TN_CONTAINER_FATBIN && image->kind == TN_IMAGE_VENDOR &&
        !tn_container_find(image->data, image->bytes, (uint32_t)d->width, &sim, &bytes, text, sizeof text))
        return BEHIND_BARE_IMAGES;
    *why = image->kind == TN_IMAGE_VENDOR ? "the container holds no image for simulators"
                                          : "a simulator runs simulator images only";
    return 0;
}

uint32_t gpu__image_score(tn_driver_device *d, const tn_driver_image *image, const char **why)
{
    bool simulated = d->library->library.simulated;
    *why = NULL;
    if (image->kind == TN_IMAGE_SIM)
        return tn_sim_image_score(image, simulated, (uint32_t)d->width, why);
    if (!simulated)
        return gpu__family.image_score(d, image, why);
    return container_score(d, image, why);
}

tn_status gpu__module_load(tn_driver_device *d, const tn_driver_image *image, tn_driver_module **out)
{
    gpu_scope scope;
    void *wrapped = NULL;
    size_t wrapped_bytes = 0;
    const void *data = image->data;
    if (image->kind == TN_IMAGE_SIM) {
        tn_container_image inside = { .data = image->data, .bytes = image->bytes, .width = image->width };
        if (tn_container_wrap((tn_container_kind)gpu__family.container, &inside, 1, &wrapped, &wrapped_bytes) != 0)
            return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for a container of %zu bytes", image->bytes);
        data = wrapped;
    }
    tn_driver_module *m = gpu__host->alloc(sizeof *m);
    if (!m) {
        free(wrapped);
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for a module");
    }
    tn_status status = gpu__enter(d, &scope);
    if (status == TN_OK) {
        gpu_error error = d->library->api.module_load(&m->native, data);
        gpu__leave(&scope);
        if (error != GPU_SUCCESS)
            status = GPU_FAIL(d, error, "loading a module");
    }
    free(wrapped);
    if (status != TN_OK) {
        gpu__host->free(m);
        return status;
    }
    m->device = d;
    m->table = image->table;
    *out = m;
    return TN_OK;
}

void gpu__module_unload(tn_driver_module *m)
{
    gpu_scope scope;
    while (m->kernels) {
        tn_driver_kernel *k = m->kernels;
        m->kernels = k->next;
        gpu__host->free(k);
    }
    if (gpu__enter(m->device, &scope) == TN_OK) {
        m->device->library->api.module_unload(m->native);
        gpu__leave(&scope);
    }
    gpu__host->free(m);
}

tn_status gpu__module_kernel(tn_driver_module *m, uint32_t index, tn_driver_kernel **out)
{
    static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
    const gpu_api *api = &m->device->library->api;
    const tn_ktab_kernel *info = tn_ktab_kernel_at(m->table, index);
    gpu_scope scope;
    int dynamic = 0;
    if (!info)
        return TN_FAIL(gpu__host, TN_NOT_FOUND, "the module has no kernel number %u", index);
    tn_driver_kernel *k = gpu__host->alloc(sizeof *k);
    if (!k)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for a kernel");
    tn_status status = gpu__enter(m->device, &scope);
    if (status == TN_OK) {
        gpu_error error = api->module_function(&k->native, m->native, tn_ktab_string(m->table, info->name));
        if (error == GPU_SUCCESS)
            error = api->function_attribute(&dynamic, GPU_FUNC_MAX_DYNAMIC, k->native);
        gpu__leave(&scope);
        if (error != GPU_SUCCESS)
            status = GPU_FAIL(m->device, error, "looking up a kernel");
    }
    if (status != TN_OK) {
        gpu__host->free(k);
        return status;
    }
    k->module = m;
    k->info = info;
    atomic_store(&k->dynamic_allowed, dynamic > 0 ? (uint32_t)dynamic : 0);
    pthread_mutex_lock(&list_lock);
    k->next = m->kernels;
    m->kernels = k;
    pthread_mutex_unlock(&list_lock);
    *out = k;
    return TN_OK;
}

tn_status gpu__module_variable(tn_driver_module *m, uint32_t index, tn_address *out, uint64_t *out_bytes)
{
    const tn_ktab_variable *info = tn_ktab_variable_at(m->table, index);
    gpu_scope scope;
    uint64_t address = 0;
    size_t bytes = 0;
    if (!info)
        return TN_FAIL(gpu__host, TN_NOT_FOUND, "the module has no variable number %u", index);
    tn_status status = gpu__enter(m->device, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error =
        m->device->library->api.module_variable(&address, &bytes, m->native, tn_ktab_string(m->table, info->name));
    gpu__leave(&scope);
    GPU_TRY(m->device, error, "looking up a device variable");
    *out = address;
    *out_bytes = bytes;
    return TN_OK;
}
