/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuLibrary*: a fat binary without a context, its modules loaded per context at first use, and kernels that stand for
 * the function of the current context. Owns the libraries' copies of their images.
 */
#include "drivers/common/container.h"
#include "drivers/sim/cuda/sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct cu_kernel *CUkernel;

typedef struct loaded {
    st_context *context;
    uint64_t epoch;
    st_module *module;
    struct loaded *next;
} loaded;

typedef struct library {
    st_head head;
    void *image;
    size_t bytes;
    pthread_mutex_t lock; /* the lists */
    loaded *modules;
    struct kernel *kernels;
    const tn_ktab *table; /* inside the image: of the first simulator image that was found */
} library;

typedef struct kernel {
    st_head head;
    library *of;
    const char *name; /* in the table */
    struct kernel *next;
} kernel;

static st_table libraries = ST_TABLE(ST_TAG_LIBRARY, library);
static st_table kernels = ST_TABLE(ST_TAG_KERNEL, kernel);

#define LIBRARY(l, handle)                                                                                             \
    library *l = st_get(&libraries, (uintptr_t)(handle));                                                              \
    if (!l)                                                                                                            \
    return ST_INVALID_HANDLE
#define KERNEL(k, handle)                                                                                              \
    kernel *k = st_get(&kernels, (uintptr_t)(handle));                                                                 \
    if (!k)                                                                                                            \
    return ST_INVALID_HANDLE

/* Takes over `image`. */
static CUresult library_new(void *image, size_t bytes, CUlibrary *out)
{
    static const uint32_t widths[] = { 32, 64, 128, 1 };
    const void *sim = NULL;
    size_t sim_bytes = 0;
    int found = ENOENT;
    for (unsigned i = 0; found == ENOENT && i < sizeof widths / sizeof widths[0]; i++)
        found = tn_container_find(image, bytes, widths[i], &sim, &sim_bytes, NULL, 0);
    const tn_ktab *table = found == 0 ? tn_container_table(sim, sim_bytes) : NULL;
    library *l = table ? st_new(&libraries) : NULL;
    if (!l) {
        free(image);
        return found == ENOENT ? ST_NO_BINARY : table ? ST_OUT_OF_MEMORY : ST_INVALID_IMAGE;
    }
    l->image = image;
    l->bytes = bytes;
    l->table = table;
    pthread_mutex_init(&l->lock, NULL);
    *out = (CUlibrary)st_handle(&libraries, l);
    return ST_OK;
}

/* Options of the compiler have nothing to act on; "the image is kept" saves a copy that is made all the same. */
API(LibraryLoadData, (CUlibrary *out, const void *code, int *jit, void **jit_values, unsigned jit_count, int *options,
                      void **values, unsigned count))
{
    struct {
        uint32_t magic, version;
        const void *data;
    } wrapper;
    (void)jit, (void)jit_values, (void)options, (void)values, (void)count, (void)jit_count;
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    if (!out || !code)
        return ST_INVALID_VALUE;
    memcpy(&wrapper.magic, code, sizeof wrapper.magic);
    if (wrapper.magic == 0x466243B1u) {
        memcpy(&wrapper, code, sizeof wrapper);
        code = wrapper.data;
    }
    size_t bytes = code ? tn_container_size(code, 0) : 0;
    void *copy = bytes ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;
    if (!copy)
        return bytes ? ST_OUT_OF_MEMORY : ST_INVALID_IMAGE;
    memcpy(copy, code, bytes);
    return library_new(copy, bytes, out);
}

API(LibraryLoadFromFile, (CUlibrary *out, const char *path, int *jit, void **jit_values, unsigned jit_count,
                          int *options, void **values, unsigned count))
{
    (void)jit, (void)jit_values, (void)options, (void)values, (void)count, (void)jit_count;
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    if (!out)
        return ST_INVALID_VALUE;
    void *image = NULL;
    size_t bytes = 0;
    st_error error = st_read_file(path, &image, &bytes);
    return error ? error : library_new(image, bytes, out);
}

/* The module of the library in a context. */
static CUresult module_in(library *l, st_context *c, st_module **out)
{
    uint64_t epoch = atomic_load(&c->epoch);
    pthread_mutex_lock(&l->lock);
    loaded *m = l->modules;
    while (m && (m->context != c || m->epoch != epoch))
        m = m->next;
    st_error error = ST_OK;
    if (!m) {
        m = calloc(1, sizeof *m);
        error = m ? st_module_load(c, l->image, l->bytes, &m->module) : ST_OUT_OF_MEMORY;
        if (error) {
            free(m);
        } else {
            m->context = c;
            m->epoch = epoch;
            m->next = l->modules;
            l->modules = m;
        }
    }
    if (!error)
        *out = m->module;
    pthread_mutex_unlock(&l->lock);
    return error;
}

API(LibraryUnload, (CUlibrary handle))
{
    LIBRARY(l, handle);
    while (l->modules) {
        loaded *m = l->modules;
        l->modules = m->next;
        if (atomic_load(&m->context->epoch) == m->epoch && !atomic_load(&m->context->sticky))
            st_module_unload(m->module);
        free(m);
    }
    while (l->kernels) {
        kernel *k = l->kernels;
        l->kernels = k->next;
        st_delete(&kernels, k);
    }
    free(l->image);
    st_delete(&libraries, l);
    return ST_OK;
}

API(LibraryGetModule, (CUmodule *out, CUlibrary handle))
{
    st_module *m;
    CONTEXT(c);
    LIBRARY(l, handle);
    if (!out)
        return ST_INVALID_VALUE;
    CUresult error = module_in(l, c, &m);
    if (!error)
        *out = (CUmodule)st_handle(&st_modules, m);
    return error;
}

static const tn_ktab_kernel *entry(const library *l, uint32_t index)
{
    return (const void *)((const char *)l->table + l->table->kernels_at + (size_t)index * l->table->kernel_bytes);
}

static const char *text(const library *l, uint32_t at)
{
    return (const char *)l->table + l->table->strings_at + at;
}

/* One object for each name, so that asking twice gives the same handle. */
static CUresult kernel_named(library *l, const char *name, CUkernel *out)
{
    CUresult error = ST_NOT_FOUND;
    pthread_mutex_lock(&l->lock);
    kernel *k = l->kernels;
    while (k && strcmp(k->name, name) != 0)
        k = k->next;
    for (uint32_t i = 0; !k && i < l->table->kernel_count; i++) {
        if (strcmp(text(l, entry(l, i)->name), name) != 0)
            continue;
        k = st_new(&kernels);
        if (!k) {
            error = ST_OUT_OF_MEMORY;
            break;
        }
        k->of = l;
        k->name = text(l, entry(l, i)->name);
        k->next = l->kernels;
        l->kernels = k;
    }
    if (k) {
        *out = (CUkernel)st_handle(&kernels, k);
        error = ST_OK;
    }
    pthread_mutex_unlock(&l->lock);
    return error;
}

API(LibraryGetKernel, (CUkernel *out, CUlibrary handle, const char *name))
{
    LIBRARY(l, handle);
    return out && name ? kernel_named(l, name, out) : ST_INVALID_VALUE;
}

API(LibraryGetKernelCount, (unsigned *out, CUlibrary handle))
{
    LIBRARY(l, handle);
    if (!out)
        return ST_INVALID_VALUE;
    *out = l->table->kernel_count;
    return ST_OK;
}

API(LibraryEnumerateKernels, (CUkernel *out, unsigned count, CUlibrary handle))
{
    LIBRARY(l, handle);
    CUresult error = out ? ST_OK : ST_INVALID_VALUE;
    for (uint32_t i = 0; !error && i < count && i < l->table->kernel_count; i++)
        error = kernel_named(l, text(l, entry(l, i)->name), &out[i]);
    return error;
}

API(LibraryGetGlobal, (CUdeviceptr *address, size_t *bytes, CUlibrary handle, const char *name))
{
    st_module *m;
    uint64_t wide;
    CONTEXT(c);
    LIBRARY(l, handle);
    if (!name || (!address && !bytes))
        return ST_INVALID_VALUE;
    CUresult error = module_in(l, c, &m);
    if (!error)
        error = st_module_variable(m, name, address, &wide);
    if (!error && bytes)
        *bytes = wide;
    return error;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Kernels */

static CUresult function_of(kernel *k, st_context *c, st_function **out)
{
    st_module *m;
    CUresult error = module_in(k->of, c, &m);
    return error ? error : st_module_function(m, k->name, out);
}

/* A launch takes kernels where it takes functions. */
st_function *cu__kernel_function(uintptr_t handle)
{
    st_function *f;
    kernel *k = st_get(&kernels, handle);
    st_context *c = st_self()->current;
    return k && c && function_of(k, c, &f) == ST_OK ? f : NULL;
}

API(KernelGetFunction, (CUfunction *out, CUkernel handle))
{
    st_function *f;
    CONTEXT(c);
    KERNEL(k, handle);
    if (!out)
        return ST_INVALID_VALUE;
    CUresult error = function_of(k, c, &f);
    if (!error)
        *out = (CUfunction)st_handle(&st_functions, f);
    return error;
}

API(KernelGetLibrary, (CUlibrary *out, CUkernel handle))
{
    KERNEL(k, handle);
    if (!out)
        return ST_INVALID_VALUE;
    *out = (CUlibrary)st_handle(&libraries, k->of);
    return ST_OK;
}

API(KernelGetName, (const char **out, CUkernel handle))
{
    KERNEL(k, handle);
    if (!out)
        return ST_INVALID_VALUE;
    *out = k->name;
    return ST_OK;
}

/* Attributes of a kernel on a device are those of its function in the device's primary context. */
static CUresult function_on(CUkernel handle, CUdevice ordinal, st_function **out)
{
    KERNEL(k, handle);
    DEVICE(d, ordinal);
    st_context *c = st_self()->current;
    if (!c || c->device != d)
        c = d->primary;
    return c && !atomic_load(&c->sticky) ? function_of(k, c, out) : ST_INVALID_CONTEXT;
}

CUresult CU(FuncGetAttribute)(int *out, int attribute, CUfunction function);
CUresult CU(FuncSetAttribute)(CUfunction function, int attribute, int value);

API(KernelGetAttribute, (int *out, int attribute, CUkernel handle, CUdevice device))
{
    st_function *f;
    CUresult error = function_on(handle, device, &f);
    return error ? error : CU(FuncGetAttribute)(out, attribute, (CUfunction)st_handle(&st_functions, f));
}

API(KernelSetAttribute, (int attribute, int value, CUkernel handle, CUdevice device))
{
    st_function *f;
    CUresult error = function_on(handle, device, &f);
    return error ? error : CU(FuncSetAttribute)((CUfunction)st_handle(&st_functions, f), attribute, value);
}

/* A preference that the vendor's driver too is free to ignore. */
API(KernelSetCacheConfig, (CUkernel handle, int config, CUdevice device))
{
    KERNEL(k, handle);
    DEVICE(d, device);
    (void)k, (void)d;
    return config < 0 || config > 3 ? ST_INVALID_VALUE : ST_OK;
}

API(KernelGetParamInfo, (CUkernel handle, size_t index, size_t *offset, size_t *bytes))
{
    KERNEL(k, handle);
    const tn_ktab *t = k->of->table;
    if (!offset)
        return ST_INVALID_VALUE;
    for (uint32_t i = 0; i < t->kernel_count; i++) {
        const tn_ktab_kernel *e = entry(k->of, i);
        if (text(k->of, e->name) != k->name)
            continue;
        if (index >= e->arg_count)
            return ST_INVALID_VALUE;
        const tn_ktab_arg *a = (const void *)((const char *)t + t->args_at + (e->arg_first + index) * t->arg_bytes);
        *offset = a->offset;
        if (bytes)
            *bytes = a->size;
        return ST_OK;
    }
    return ST_NOT_FOUND;
}
