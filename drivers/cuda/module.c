/* SPDX-License-Identifier: Apache-2.0 */
/* Images and modules: PTX and cubins as they are, simulator images in the vendor's fat binary. Owns modules and kernels. */
#include "bundle/ktab.h"
#include "drivers/common/container.h"
#include "drivers/cuda/cuda.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t cuda__image_score(tn_driver_device *d, const tn_driver_image *image, const char **why)
{
    unsigned sm = 0;
    bool simulated = d->library->library.simulated;
    *why = NULL;
    switch (image->kind) {
    case TN_IMAGE_SIM:
        if (!simulated)
            *why = "simulator images run on simulated devices only";
        else if (image->width && image->width != (uint32_t)d->width)
            *why = "the image is for another warp width";
        return *why ? 0 : image->width ? 100 : 90;
    case TN_IMAGE_CUBIN:
        if (simulated)
            *why = "a simulator does not run the chip's machine code";
        else if (sscanf(image->target, "sm_%u", &sm) != 1 || (int)sm != d->compute)
            *why = "the image is for another compute capability";
        return *why ? 0 : 100;
    case TN_IMAGE_PTX:
        if (simulated)
            *why = "a simulator has no PTX compiler";
        else if (d->library->library.spec->quirks & CUDA_QUIRK_NO_PTX)
            *why = "the vendor's library takes no PTX";
        else if (sscanf(image->target, "sm_%u", &sm) != 1 || (int)sm > d->compute)
            *why = "the image needs a newer compute capability";
        return *why ? 0 : 50 + (sm < 150 ? sm / 4 : 0);
    case TN_IMAGE_VENDOR:
        if (!strcmp(image->target, "fatbin") || !strcmp(image->target, "mubin"))
            return 80;
        break;
    }
    *why = "the CUDA family takes PTX, cubins and fat binaries";
    return 0;
}

tn_status cuda__module_load(tn_driver_device *d, const tn_driver_image *image, tn_driver_module **out)
{
    cuda_scope scope;
    void *wrapped = NULL;
    size_t wrapped_bytes = 0;
    const void *data = image->data;
    if (image->kind == TN_IMAGE_SIM) {
        tn_container_image inside = { .data = image->data, .bytes = image->bytes, .width = image->width };
        if (tn_container_wrap(TN_CONTAINER_FATBIN, &inside, 1, &wrapped, &wrapped_bytes) != 0)
            return TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no memory for a container of %zu bytes", image->bytes);
        data = wrapped;
    }
    tn_driver_module *m = cuda__host->alloc(sizeof *m);
    tn_status status = m ? cuda__enter(d, &scope) : TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no memory for a module");
    if (status == TN_OK) {
        CUresult error = d->library->api.module_load(&m->native, data);
        cuda__leave(&scope);
        if (error != CU_SUCCESS)
            status = CUDA_FAIL(d, error, "loading a module");
    }
    free(wrapped);
    if (status != TN_OK) {
        cuda__host->free(m);
        return status;
    }
    m->device = d;
    m->table = image->table;
    *out = m;
    return TN_OK;
}

void cuda__module_unload(tn_driver_module *m)
{
    cuda_scope scope;
    while (m->kernels) {
        tn_driver_kernel *k = m->kernels;
        m->kernels = k->next;
        cuda__host->free(k);
    }
    if (cuda__enter(m->device, &scope) == TN_OK) {
        m->device->library->api.module_unload(m->native);
        cuda__leave(&scope);
    }
    cuda__host->free(m);
}

tn_status cuda__module_kernel(tn_driver_module *m, uint32_t index, tn_driver_kernel **out)
{
    static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
    const cuda_api *api = &m->device->library->api;
    const tn_ktab_kernel *info = tn_ktab_kernel_at(m->table, index);
    cuda_scope scope;
    int dynamic = 0;
    if (!info)
        return TN_FAIL(cuda__host, TN_NOT_FOUND, "the module has no kernel number %u", index);
    tn_driver_kernel *k = cuda__host->alloc(sizeof *k);
    tn_status status = k ? cuda__enter(m->device, &scope) : TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no memory for a kernel");
    if (status == TN_OK) {
        CUresult error = api->module_function(&k->native, m->native, tn_ktab_string(m->table, info->name));
        if (error == CU_SUCCESS)
            error = api->function_attribute(&dynamic, CU_FUNC_MAX_DYNAMIC, k->native);
        cuda__leave(&scope);
        if (error != CU_SUCCESS)
            status = CUDA_FAIL(m->device, error, "looking up a kernel");
    }
    if (status != TN_OK) {
        cuda__host->free(k);
        return status;
    }
    k->module = m;
    atomic_store(&k->dynamic_allowed, dynamic > 0 ? (uint32_t)dynamic : 0);
    pthread_mutex_lock(&list_lock);
    k->next = m->kernels;
    m->kernels = k;
    pthread_mutex_unlock(&list_lock);
    *out = k;
    return TN_OK;
}

tn_status cuda__module_variable(tn_driver_module *m, uint32_t index, tn_address *out, uint64_t *out_bytes)
{
    const tn_ktab_variable *info = tn_ktab_variable_at(m->table, index);
    cuda_scope scope;
    CUdeviceptr address = 0;
    size_t bytes = 0;
    if (!info)
        return TN_FAIL(cuda__host, TN_NOT_FOUND, "the module has no variable number %u", index);
    tn_status status = cuda__enter(m->device, &scope);
    if (status != TN_OK)
        return status;
    CUresult error = m->device->library->api.module_variable(&address, &bytes, m->native, tn_ktab_string(m->table, info->name));
    cuda__leave(&scope);
    CUDA_TRY(m->device, error, "looking up a device variable");
    *out = address;
    *out_bytes = bytes;
    return TN_OK;
}
