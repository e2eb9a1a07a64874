/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules out of the vendors' containers, functions, and the launch path. Owns module and function objects.
 * Nothing on the launch path allocates or locks.
 */
#include "drivers/common/container.h"
#include "drivers/sim/common/standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

st_table st_modules = ST_TABLE(ST_TAG_MODULE, st_module);
st_table st_functions = ST_TABLE(ST_TAG_FUNCTION, st_function);

/* PTX or other text: what is missing is a compiler, not a container. `bytes` 0 = not known. */
static bool is_text(const unsigned char *p, size_t bytes)
{
    for (unsigned i = 0; i < 4; i++)
        if (bytes == 0 || i < bytes)
            if (!(p[i] == '\t' || p[i] == '\n' || p[i] == '\r' || (p[i] >= 32 && p[i] < 127)))
                return false;
    return p[0] != '_'; /* an offload bundle's magic is text too */
}

st_error st_module_load(st_context *c, const void *image, size_t bytes, st_module **out)
{
    const void *sim;
    size_t sim_bytes;
    char why[200];
    if (!image)
        return ST_INVALID_VALUE;
    int found = tn_container_find(image, bytes, c->device->profile.width, &sim, &sim_bytes, why, sizeof why);
    if (found != 0)
        return found == ENOENT ? ST_NO_BINARY : is_text(image, bytes) ? ST_JIT_NOT_FOUND : ST_INVALID_IMAGE;
    st_module *m = st_new(&st_modules);
    if (!m)
        return ST_OUT_OF_MEMORY;
    sil_status status = sil_module_load(c->device->sil, sim, sim_bytes, &m->sil);
    if (status != SIL_OK) {
        st_delete(&st_modules, m);
        return status == SIL_INVALID || status == SIL_NOT_FOUND ? ST_INVALID_IMAGE : st_failed(NULL, status);
    }
    pthread_mutex_init(&m->lock, NULL);
    m->context = c;
    *out = m;
    return ST_OK;
}

st_error st_read_file(const char *path, void **out, size_t *out_bytes)
{
    struct stat info;
    st_error error = ST_FILE_NOT_FOUND;
    if (!path)
        return ST_INVALID_VALUE;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        size_t bytes = (size_t)info.st_size, have = 0;
        unsigned char *data = aligned_alloc(64, bytes / 64 * 64 + 64);
        while (data && have < bytes) {
            ssize_t got = read(fd, data + have, bytes - have);
            if (got <= 0)
                break;
            have += (size_t)got;
        }
        error = !data ? ST_OUT_OF_MEMORY : have < bytes ? ST_OPERATING_SYSTEM : bytes < 8 ? ST_INVALID_IMAGE : ST_OK;
        if (error) {
            free(data);
        } else {
            *out = data;
            *out_bytes = bytes;
        }
    }
    if (fd >= 0)
        close(fd);
    return error;
}

st_error st_module_load_file(st_context *c, const char *path, st_module **out)
{
    void *data = NULL;
    size_t bytes = 0;
    st_error error = st_read_file(path, &data, &bytes);
    if (!error)
        error = st_module_load(c, data, bytes, out);
    free(data);
    return error;
}

void st_module_unload(st_module *m)
{
    atomic_fetch_add_explicit(&m->head.generation, 1, memory_order_release);
    while (m->functions) {
        st_function *f = m->functions;
        m->functions = f->next;
        free((void *)(uintptr_t)f->args);
        f->args = NULL;
        st_delete(&st_functions, f);
    }
    if (m->sil)
        sil_module_unload(m->sil);
    m->sil = NULL;
    pthread_mutex_lock(&st_modules.lock);
    m->head.next_free = st_modules.free_list;
    st_modules.free_list = &m->head;
    pthread_mutex_unlock(&st_modules.lock);
}

static st_function *function_new(st_module *m, sil_kernel *kernel)
{
    const sil_profile *profile = &m->context->device->profile;
    const tn_ktab *table = sil_module_table(m->sil);
    const tn_ktab_kernel *info = sil_kernel_info(kernel);
    st_arg *args = calloc(info->arg_count ? info->arg_count : 1, sizeof *args);
    st_function *f = args ? st_new(&st_functions) : NULL;
    if (!f) {
        free(args);
        return NULL;
    }
    for (uint32_t i = 0; i < info->arg_count; i++) {
        const tn_ktab_arg *a =
            (const void *)((const char *)table + table->args_at + (size_t)(info->arg_first + i) * table->arg_bytes);
        args[i] = (st_arg){ a->offset, a->size };
    }
    f->module = m;
    f->kernel = kernel;
    f->context = m->context;
    f->args = args;
    f->arg_count = info->arg_count;
    f->args_bytes = info->args_bytes;
    f->max_dynamic =
        profile->local_bytes > info->static_local_bytes ? profile->local_bytes - info->static_local_bytes : 0;
    f->max_threads =
        info->max_threads && info->max_threads < profile->max_threads ? info->max_threads : profile->max_threads;
    f->carveout = -1;
    f->next = m->functions;
    m->functions = f;
    return f;
}

st_error st_module_function(st_module *m, const char *name, st_function **out)
{
    sil_kernel *kernel;
    if (!name || sil_module_kernel(m->sil, name, &kernel) != SIL_OK)
        return ST_NOT_FOUND;
    if (sil_kernel_info(kernel)->args_bytes > ST_ARGS_MAX)
        return ST_OUT_OF_RESOURCES;
    pthread_mutex_lock(&m->lock);
    st_function *f = m->functions;
    while (f && f->kernel != kernel)
        f = f->next;
    if (!f)
        f = function_new(m, kernel);
    pthread_mutex_unlock(&m->lock);
    if (!f)
        return ST_OUT_OF_MEMORY;
    *out = f;
    return ST_OK;
}

st_error st_module_variable(st_module *m, const char *name, uint64_t *out_address, uint64_t *out_bytes)
{
    uint64_t address, bytes;
    if (!name || sil_module_variable(m->sil, name, &address, &bytes) != SIL_OK)
        return ST_NOT_FOUND;
    if (out_address)
        *out_address = address;
    if (out_bytes)
        *out_bytes = bytes;
    return ST_OK;
}

const char *st_function_name(const st_function *f)
{
    return sil_kernel_name(f->kernel);
}

st_error st_function_set_dynamic(st_function *f, int bytes)
{
    const sil_profile *profile = &f->context->device->profile;
    uint32_t fixed = sil_kernel_info(f->kernel)->static_local_bytes;
    uint32_t most =
        profile->local_optin_bytes > profile->local_bytes ? profile->local_optin_bytes : profile->local_bytes;
    if (bytes < 0 || (uint64_t)bytes + fixed > most)
        return ST_INVALID_VALUE;
    f->max_dynamic = (uint32_t)bytes;
    return ST_OK;
}

uint32_t st_function_best_block(const st_function *f, size_t dynamic_bytes, uint32_t limit, uint32_t *out_grid)
{
    const sil_profile *profile = &f->context->device->profile;
    uint32_t step = profile->width ? profile->width : 1, best = 0, best_threads = 0, blocks_at_best = 0;
    uint32_t most = limit && limit < f->max_threads ? limit : f->max_threads;
    for (uint32_t threads = most - most % step; threads >= step && threads; threads -= step) {
        uint32_t blocks = sil_kernel_residency(f->kernel, threads, (uint32_t)dynamic_bytes);
        if (blocks * threads > best_threads) {
            best_threads = blocks * threads;
            best = threads;
            blocks_at_best = blocks;
        }
    }
    *out_grid = blocks_at_best * profile->units;
    return best;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Launch */

static bool pack(const st_function *f, void **params, unsigned char *out)
{
    for (uint32_t i = 0; i < f->arg_count; i++) {
        const st_arg a = f->args[i];
        const void *from = params[i];
        if (__builtin_expect(!from, 0))
            return false;
        if (a.size == 8)
            memcpy(out + a.offset, from, 8);
        else if (a.size == 4)
            memcpy(out + a.offset, from, 4);
        else
            memcpy(out + a.offset, from, a.size);
    }
    return true;
}

/* The pairs of `extra`: a buffer that is packed already. */
static bool packed_buffer(const st_function *f, void **extra, const void **out, uint32_t *out_bytes)
{
    const void *const end = st_vendor_info.launch_end_is_3 ? (void *)3 : NULL;
    const size_t *bytes = NULL;
    *out = NULL;
    for (unsigned i = 0; i < 8 && extra[i] != end; i += 2) {
        if (extra[i] == (void *)1)
            *out = extra[i + 1];
        else if (extra[i] == (void *)2)
            bytes = extra[i + 1];
        else
            return false;
    }
    if (!bytes || (f->args_bytes && (!*out || *bytes < f->args_bytes)) || *bytes > ST_ARGS_MAX)
        return false;
    *out_bytes = f->args_bytes;
    return true;
}

static st_error launch_refused(st_stream *s, sil_status status, const st_function *f, const uint32_t block[3])
{
    const sil_profile *p = &f->context->device->profile;
    if (status != SIL_LIMIT && status != SIL_INVALID)
        return st_failed(s, status);
    for (unsigned i = 0; i < 3; i++)
        if (block[i] > p->max_block[i])
            return ST_INVALID_VALUE;
    return (uint64_t)block[0] * block[1] * block[2] > f->max_threads && f->max_threads < p->max_threads
               ? st_vendor_info.few_fault_codes ? ST_LAUNCH_FAILED : ST_OUT_OF_RESOURCES
               : ST_INVALID_VALUE;
}

st_error st_launch(st_function *f, st_stream *s, const uint32_t grid[3], const uint32_t block[3],
                   uint32_t dynamic_bytes, void **params, void **extra, bool cooperative)
{
    _Alignas(16) unsigned char packed[ST_ARGS_MAX];
    sil_launch launch = { .grid = { grid[0], grid[1], grid[2] },
                          .block = { block[0], block[1], block[2] },
                          .dynamic_local_bytes = dynamic_bytes,
                          .args_bytes = f->args_bytes,
                          .cooperative = cooperative,
                          .args = packed };
    uint64_t value = 0;
    if (__builtin_expect(f->context != s->context, 0))
        return ST_INVALID_HANDLE;
    if (params) {
        if (!pack(f, params, packed))
            return ST_INVALID_VALUE;
    } else if (extra) {
        if (!packed_buffer(f, extra, &launch.args, &launch.args_bytes))
            return ST_INVALID_VALUE;
    } else if (f->arg_count) {
        return ST_INVALID_VALUE;
    }
    if (__builtin_expect(dynamic_bytes > f->max_dynamic, 0))
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_submit_launch(s->sil, f->kernel, &launch, &value);
    if (__builtin_expect(status != SIL_OK, 0))
        return launch_refused(s, status, f, block);
    return st_leave(s, status, value);
}
