/* SPDX-License-Identifier: Apache-2.0 */
/* launch.c - launches. Each stream has its own cl_kernel of each kernel, since setting arguments is the one part of
 * OpenCL that two threads may not do to one object; arguments that are the same as in the launch before are not set
 * again. */
#include "drivers/opencl/internal.h"

#include <string.h>

static ocl_instance *make_instance(tn_driver_kernel *k, uint32_t slot, cl_int *out_error)
{
    ocl_instance *i = ocl_host->alloc(sizeof *i);
    *out_error = CL_OUT_OF_HOST_MEMORY;
    if (!i)
        return NULL;
    i->args = ocl_host->alloc(k->entry->args_bytes + 1);
    i->kernel = i->args ? ocl_cl.CreateKernel(k->module->program, k->symbol, out_error) : NULL;
    if (!i->kernel) {
        ocl_host->free(i->args);
        ocl_host->free(i);
        return NULL;
    }
    pthread_mutex_init(&i->lock, NULL);
    ocl_instance *none = NULL;
    if (atomic_compare_exchange_strong(&k->instances[slot], &none, i))
        return i;
    ocl_cl.ReleaseKernel(i->kernel);
    pthread_mutex_destroy(&i->lock);
    ocl_host->free(i->args);
    ocl_host->free(i);
    return none;                       /* another stream of this slot was first */
}

void ocl_kernel_drop(tn_driver_kernel *k)
{
    for (uint32_t s = 0; s < OCL_SLOTS; s++) {
        ocl_instance *i = atomic_load(&k->instances[s]);
        if (!i)
            continue;
        ocl_cl.ReleaseKernel(i->kernel);
        pthread_mutex_destroy(&i->lock);
        ocl_host->free(i->args);
        ocl_host->free(i);
    }
}

/* A pointer as parameter *at of the kernel; plain buffers take two parameters. */
static cl_int set_pointer(tn_driver_device *d, ocl_instance *i, cl_uint *at, uint64_t address)
{
    size_t offset;
    switch (d->found->tier) {
    case OCL_SVM: return ocl_cl.SetKernelArgSVMPointer(i->kernel, (*at)++, (void *)(uintptr_t)address);
    case OCL_ADDRESSES: return d->set_address(i->kernel, (*at)++, address);
    default: break;
    }
    cl_mem buffer = ocl_pool_find(&d->memory, address, &offset);
    cl_ulong place = offset;
    cl_int e = ocl_cl.SetKernelArg(i->kernel, (*at)++, sizeof buffer, buffer ? &buffer : NULL);
    return e == CL_SUCCESS ? ocl_cl.SetKernelArg(i->kernel, (*at)++, sizeof place, &place) : e;
}

static tn_status argument_failed(tn_driver_kernel *k, uint32_t number, cl_int e)
{
    const tn_ktab *t = k->module->table;
    const char *name = number < k->entry->arg_count && k->args[number].name
                           ? (const char *)t + t->strings_at + k->args[number].name : "";
    return OCL_FAIL(e, "kernel %s does not take argument %u %s", k->name, number, name);
}

static uint64_t generation_of(tn_driver_device *d)
{
    uint64_t host = d->has_host_memory ? atomic_load_explicit(&d->host_memory.generation, memory_order_relaxed) : 0;
    return atomic_load_explicit(&d->memory.generation, memory_order_acquire) + (host << 32);
}

/* Everything but dynamic local memory; returns the parameter behind through *out_at. */
static tn_status set_all(tn_driver_kernel *k, ocl_instance *i, const unsigned char *args, cl_uint *out_at)
{
    tn_driver_device *d = k->module->device;
    cl_uint at = 0;
    for (uint32_t n = 0; n < k->entry->arg_count; n++) {
        const tn_ktab_arg *arg = &k->args[n];
        uint64_t address = 0;
        cl_int e;
        if (arg->kind == TN_ARG_POINTER) {
            memcpy(&address, args + arg->offset, sizeof address);
            e = set_pointer(d, i, &at, address);
        } else {
            e = ocl_cl.SetKernelArg(i->kernel, at++, arg->size, args + arg->offset);
        }
        if (e != CL_SUCCESS)
            return argument_failed(k, n, e);
    }
    cl_int e = k->has_variables ? set_pointer(d, i, &at, k->module->variables) : CL_SUCCESS;
    *out_at = at;
    return e == CL_SUCCESS ? TN_OK : argument_failed(k, k->entry->arg_count, e);
}

/* Tells OpenCL which allocations a kernel that follows pointers may reach. */
static tn_status tell_arenas(tn_driver_kernel *k, ocl_instance *i)
{
    tn_driver_device *d = k->module->device;
    void *few[64], **bases = few;
    uint32_t room = 64, count = 0;
    for (;;) {
        count = ocl_pool_bases(&d->memory, bases, room);
        if (d->has_host_memory)
            count +=
                ocl_pool_bases(&d->host_memory, bases + (count < room ? count : room), count < room ? room - count : 0);
        if (count <= room)
            break;
        if (bases != few)
            ocl_host->free(bases);
        room = count + 16;
        bases = ocl_host->alloc(sizeof *bases * room);
        if (!bases)
            return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for the list of used allocations");
    }
    cl_kernel_exec_info what = d->found->tier == OCL_SVM ? CL_KERNEL_EXEC_INFO_SVM_PTRS : OCL_EXEC_INFO_ADDRESSES;
    cl_int e = count ? ocl_cl.SetKernelExecInfo(i->kernel, what, sizeof *bases * count, bases) : CL_SUCCESS;
    if (bases != few)
        ocl_host->free(bases);
    return e == CL_SUCCESS ? TN_OK : OCL_FAIL(e, "clSetKernelExecInfo failed for kernel %s", k->name);
}

/* Sets what has changed since the last launch of this instance: arguments, arenas, local memory. */
static tn_status prepare(tn_driver_kernel *k, ocl_instance *i, const tn_driver_launch *launch)
{
    uint64_t generation = generation_of(k->module->device);
    bool dynamic = k->entry->flags & TN_KERNEL_USES_DYNAMIC_LOCAL;
    bool same = k->entry->args_bytes == 0 || !memcmp(i->args, launch->args, k->entry->args_bytes);
    if (same && i->generation == generation && (!dynamic || i->local_bytes == launch->local_bytes))
        return TN_OK;
    cl_uint at = 0;
    uint64_t known = i->generation;
    i->generation = 0;                 /* nothing is known until all is set */
    tn_status status = set_all(k, i, launch->args, &at);
    if (status == TN_OK && dynamic) {
        cl_int e = ocl_cl.SetKernelArg(i->kernel, at, launch->local_bytes ? launch->local_bytes : 1, NULL);
        if (e != CL_SUCCESS)
            status =
                OCL_FAIL(e, "kernel %s does not take %u bytes of dynamic local memory", k->name, launch->local_bytes);
    }
    if (status == TN_OK && known != generation && (k->entry->flags & TN_KERNEL_INDIRECT_POINTERS))
        status = tell_arenas(k, i);
    if (status != TN_OK)
        return status;
    if (k->entry->args_bytes)
        memcpy(i->args, launch->args, k->entry->args_bytes);
    i->local_bytes = launch->local_bytes;
    i->generation = generation;
    return TN_OK;
}

static tn_status enqueue(tn_driver_stream *s, tn_driver_kernel *k, ocl_instance *i, const tn_driver_launch *launch,
                         uint32_t flags, cl_event *out)
{
    const size_t block[3] = { launch->block.x, launch->block.y, launch->block.z };
    const size_t all[3] = { launch->grid.x * block[0], launch->grid.y * block[1], launch->grid.z * block[2] };
    cl_uint dimensions = all[2] > 1 ? 3 : all[1] > 1 ? 2 : 1;
    cl_int e = ocl_cl.EnqueueNDRangeKernel(s->queue, i->kernel, dimensions, NULL, all, block, 0, NULL,
                                           flags & TN_SUBMIT_POINT ? out : NULL);
    if (e == CL_SUCCESS)
        return TN_OK;
    return OCL_FAIL(
        e,
        "kernel %s was not launched with %u x %u x %u blocks of %u x %u x %u threads and %u bytes of dynamic local "
        "memory (the device takes %u threads of it)",
        k->name, launch->grid.x, launch->grid.y, launch->grid.z, launch->block.x, launch->block.y, launch->block.z,
        launch->local_bytes, k->max_threads);
}

tn_status ocl_submit_launch(tn_driver_stream *s, tn_driver_kernel *k, const tn_driver_launch *launch, uint64_t value,
                            uint32_t flags)
{
    cl_event event = NULL;
    cl_int e;
    uint64_t threads = (uint64_t)launch->block.x * launch->block.y * launch->block.z;
    uint64_t local = (uint64_t)k->entry->static_local_bytes + launch->local_bytes;
    if (k->max_threads && threads > k->max_threads)
        return TN_FAIL(ocl_host, TN_LIMIT,
                       "a block of %llu threads is more than the %u that the device takes of kernel %s",
                       (unsigned long long)threads, k->max_threads, k->name);
    if (local > s->device->found->info.local_bytes)
        return TN_FAIL(ocl_host, TN_LIMIT, "%llu bytes of local memory are more than the device's %llu",
                       (unsigned long long)local, (unsigned long long)s->device->found->info.local_bytes);
    ocl_instance *i = atomic_load_explicit(&k->instances[s->slot], memory_order_acquire);
    if (!i) {
        i = make_instance(k, s->slot, &e);
        if (!i)
            return OCL_FAIL(e, "clCreateKernel failed for kernel %s", k->name);
    }
    pthread_mutex_lock(&i->lock);
    tn_status status = prepare(k, i, launch);
    if (status == TN_OK)
        status = enqueue(s, k, i, launch, flags, &event);
    pthread_mutex_unlock(&i->lock);
    return status == TN_OK ? ocl_submitted(s, event, value, flags) : status;
}
