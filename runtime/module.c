/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/module.c - modules: choosing an image of a bundle, loading it, its kernels and variables by name. Owns the
 * module and kernel objects and the open bundle. May call bundle/, the driver, device.c, memory's map.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"

static tn_status bundle_failed(enum tn__api api, tn_bundle_status status, int error, const char *name, const char *why)
{
    switch (status) {
    case TN_BUNDLE_NO_FILE:
        return TN__FAIL(api, error == ENOENT ? TN_NOT_FOUND : TN_SYSTEM, "%s", *why ? why : name);
    case TN_BUNDLE_NO_MEMORY:
        return TN__FAIL(api, TN_OUT_OF_HOST_MEMORY, "no memory for the bundle %s", name);
    default:
        return TN__FAIL(api, TN_BAD_BUNDLE, "%s: %s", name, *why ? why : "this is not a bundle");
    }
}

static tn_driver_image image_of(const tn_bundle_view *view)
{
    return (tn_driver_image){ .size = sizeof(tn_driver_image),
                              .kind = (uint32_t)view->kind,
                              .width = view->width,
                              .target = view->target,
                              .features = view->features,
                              .data = view->data,
                              .bytes = view->bytes,
                              .table = view->kernels };
}

/* The image that the driver scores highest; of equals the first. NULL: none, and the detail says why for each. */
static const tn_bundle_view *choose_image(enum tn__api api, struct tn__device *d, const tn_bundle *bundle)
{
    const tn_bundle_view *best = NULL;
    uint32_t best_score = 0;
    char reasons[400] = "";
    for (uint32_t i = 0; i < tn_bundle_image_count(bundle); i++) {
        const tn_bundle_view *view = tn_bundle_image_at(bundle, i);
        tn_driver_image image = image_of(view);
        const char *why = NULL;
        uint32_t score = d->driver->image_score(d->native, &image, &why);
        if (score > best_score) {
            best_score = score;
            best = view;
        }
        if (!score)
            snprintf(reasons + strlen(reasons), sizeof reasons - strlen(reasons), "%s%s %s: %s", *reasons ? "; " : "",
                     tn_bundle_kind_name(view->kind), view->target, why ? why : "not for this device");
    }
    if (!best) {
        char name[96];
        tn__device_name(d, name, sizeof name);
        (void)tn__fail_on(TN__FAIL(api, TN_NO_IMAGE, "%s takes none of the bundle's images (%s)", name,
                                   *reasons ? reasons : "it has none"),
                          d->bits, 0, 0);
    }
    return best;
}

/* The arguments of all kernels, in the form that packing needs. */
static bool prepare(struct tn__module *m)
{
    const tn_ktab *table = m->image->kernels;
    m->kernels = calloc(table->kernel_count + 1u, sizeof(struct tn__kernel *));
    m->args = calloc(table->arg_count + 1u, sizeof *m->args);
    m->variables = calloc(table->variable_count + 1u, sizeof *m->variables);
    if (!m->kernels || !m->args || !m->variables)
        return false;
    for (uint32_t i = 0; i < table->kernel_count; i++) {
        const tn_ktab_kernel *row = tn_ktab_kernel_at(table, i);
        for (uint32_t a = 0; a < row->arg_count; a++) {
            const tn_ktab_arg *arg = tn_ktab_arg_at(table, row, a);
            m->args[row->arg_first + a] = (struct tn__arg){ arg->offset, arg->size, arg->kind == TN_ARG_POINTER };
        }
    }
    return true;
}

static void dispose(struct tn__module *m)
{
    free(m->kernels);
    free(m->args);
    free(m->variables);
    tn_bundle_close(m->bundle);
    pthread_mutex_destroy(&m->mutex);
    tn__object_recycle(TN__MODULE, m);
}

/* Takes the bundle over, also when it fails. */
static tn_status load(enum tn__api api, struct tn__device *d, tn_bundle *bundle, tn_module *out)
{
    struct tn__module *m = tn__object_new(TN__MODULE);
    if (!m) {
        tn_bundle_close(bundle);
        return TN__FAIL(api, TN_OUT_OF_HOST_MEMORY, "no memory for a module");
    }
    m->bundle = bundle;
    m->device = d;
    m->kernels = NULL;
    m->args = NULL;
    m->variables = NULL;
    atomic_store(&m->ending, 0);
    pthread_mutex_init(&m->mutex, NULL);
    m->image = choose_image(api, d, bundle);
    tn_status status = m->image ? TN_OK : TN_NO_IMAGE;
    if (status == TN_OK && !prepare(m))
        status = TN__FAIL(api, TN_OUT_OF_HOST_MEMORY, "no memory for a module");
    if (status == TN_OK) {
        tn_driver_image image = image_of(m->image);
        status = TN__CALL(d->driver->module_load(d->native, &image, &m->native));
        if (status != TN_OK)
            status = tn__fail_on(TN__FAIL_DRIVER(api, status, "loading the %s image for %s",
                                                 tn_bundle_kind_name(m->image->kind), m->image->target),
                                 d->bits, 0, 0);
    }
    if (status != TN_OK) {
        dispose(m);
        return status;
    }
    m->bits = tn__object_bits(TN__MODULE, m);
    pthread_mutex_lock(&d->mutex);
    m->next = d->modules;
    m->link = &d->modules;
    if (m->next)
        m->next->link = &m->next;
    d->modules = m;
    tn__object_publish(TN__MODULE, m);
    pthread_mutex_unlock(&d->mutex);
    out->bits = m->bits;
    return TN_OK;
}

static tn_status begin(enum tn__api api, tn_device device, const tn_module_options *options, tn_module *out,
                       struct tn__device **d)
{
    if (!out)
        return TN__FAIL(api, TN_INVALID, "out is NULL");
    tn_status status = options ? tn__options_check(api, "tn_module_options", options, sizeof *options) : TN_OK;
    if (status == TN_OK && options && options->flags)
        status = TN__FAIL(api, TN_INVALID, "tn_module_options.flags must be 0");
    return status == TN_OK ? tn__device_enter(api, device, true, d) : status;
}

/* Out of memory, or out of a file. */
static tn_status load_from(enum tn__api api, tn_device device, const void *bundle, size_t bytes, const char *path,
                           const tn_module_options *options, tn_module *out)
{
    struct tn__device *d;
    char why[384] = "";
    tn_bundle *opened = NULL;
    tn_status status = begin(api, device, options, out, &d);
    if (status != TN_OK)
        return status;
    if (!bundle && !path)
        status = TN__FAIL(api, TN_INVALID, "%s is NULL", api == TN__module_load ? "bundle" : "path");
    else {
        errno = 0;
        tn_bundle_status result = path ? tn_bundle_open_file(path, &opened, why, sizeof why)
                                       : tn_bundle_open_memory(bundle, bytes, &opened, why, sizeof why);
        int error = path ? errno : 0;
        status = result == TN_BUNDLE_OK ? load(api, d, opened, out)
                                        : bundle_failed(api, result, error, path ? path : "the bundle", why);
    }
    status = status == TN_OK ? TN_OK : tn__fail_on(status, d->bits, 0, 0);
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_module_load(tn_device device, const void *bundle, size_t bytes, const tn_module_options *options,
                                tn_module *out)
{
    TN__TAP(TN__module_load, device.bits);
    return load_from(TN__module_load, device, bundle, bytes, NULL, options, out);
}

TN_API tn_status tn_module_load_file(tn_device device, const char *path, const tn_module_options *options,
                                     tn_module *out)
{
    TN__TAP(TN__module_load_file, device.bits);
    return load_from(TN__module_load_file, device, NULL, 0, path, options, out);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Unloading */

tn_status tn__module_end(enum tn__api api, struct tn__module *m, uint64_t deadline)
{
    struct tn__device *d = m->device;
    const tn_ktab *table = m->image->kernels;
    bool idle = tn__object_drain(m, deadline);   /* now nobody makes kernels of it any more */
    for (uint32_t i = 0; i < table->kernel_count; i++)
        if (m->kernels[i])
            tn__object_retract(m->kernels[i], m->kernels[i]->bits);
    for (uint32_t i = 0; i < table->variable_count; i++)
        if (m->variables[i].bytes)
            (void)tn__ranges_remove(&d->memory, m->variables[i].address, NULL);
    tn_status status = tn__device_settle(api, d, deadline, false);
    for (uint32_t i = 0; i < table->kernel_count && idle; i++)
        idle = !m->kernels[i] || tn__object_drain(m->kernels[i], deadline);
    if (!idle || status == TN_TIMEOUT || status == TN_NOT_READY) {
        for (uint32_t i = 0; i < table->variable_count; i++)
            if (m->variables[i].bytes)
                (void)tn__ranges_insert(&d->memory, m->variables[i].address, m->variables[i].bytes,
                                        TN__MEMORY_VARIABLE);
        return tn__fail_on(TN__FAIL(api, TN_BUSY, "work of the device has not ended; the module stays"), d->bits, 0, 0);
    }
    pthread_mutex_lock(&d->mutex);
    *m->link = m->next;
    if (m->next)
        m->next->link = m->link;
    pthread_mutex_unlock(&d->mutex);
    d->driver->module_unload(m->native);
    for (uint32_t i = 0; i < table->kernel_count; i++)
        if (m->kernels[i])
            tn__object_recycle(TN__KERNEL, m->kernels[i]);
    dispose(m);
    return TN_OK;
}

TN_API tn_status tn_module_unload(tn_module module)
{
    TN__TAP(TN__module_unload, module.bits);
    struct tn__module *m = TN__REF_MODULE(module.bits);
    if (!m)
        return tn__fail_handle(TN__module_unload, TN__MODULE, module.bits);
    struct tn__device *d = m->device;
    atomic_fetch_add(&d->object.users, 1);
    bool mine = tn__object_retract(m, module.bits) && !atomic_exchange(&m->ending, 1);
    tn__unref(&m->object);
    tn_status status;
    if (!mine) {
        status = tn__fail_handle(TN__module_unload, TN__MODULE, module.bits);
    } else {
        status = tn__module_end(TN__module_unload, m, tn__deadline(TN__PATIENCE));
        if (status == TN_BUSY) {
            atomic_store(&m->ending, 0);
            if (tn__is_live(&d->object, d->bits)) {
                for (uint32_t i = 0; i < m->image->kernels->kernel_count; i++)
                    if (m->kernels[i])
                        tn__object_publish(TN__KERNEL, m->kernels[i]);
                tn__object_publish(TN__MODULE, m);
            }
        }
    }
    tn__device_leave(d);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Looking things up */

TN_API tn_status tn_module_image(tn_module module, tn_image_kind *out_kind, char *out_target, size_t target_capacity)
{
    TN__TAP(TN__module_image, module.bits);
    struct tn__module *m = TN__REF_MODULE(module.bits);
    if (!m)
        return tn__fail_handle(TN__module_image, TN__MODULE, module.bits);
    if (out_kind)
        *out_kind = m->image->kind;
    if (out_target && target_capacity)
        snprintf(out_target, target_capacity, "%s", m->image->target);
    tn__unref(&m->object);
    return TN_OK;
}

/* The kernel object of a row of the table, made when it is first asked for. */
static tn_status kernel_at(enum tn__api api, struct tn__module *m, uint32_t index, tn_kernel *out)
{
    tn_status status = TN_OK;
    pthread_mutex_lock(&m->mutex);
    if (!m->kernels[index])
        status = tn__kernel_new(api, m, index, &m->kernels[index]);
    if (status == TN_OK)
        out->bits = m->kernels[index]->bits;
    pthread_mutex_unlock(&m->mutex);
    return status;
}

/* How unlike two names are: letters to change, add or drop. Looks at the first 48 letters. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[49];
    size_t n = strnlen(a, 48), m = strnlen(b, 48);
    for (size_t j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned corner = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned change = corner + (a[i - 1] != b[j - 1]),
                     least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            corner = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[m];
}

static tn_status no_kernel(struct tn__module *m, const char *name)
{
    const tn_ktab *table = m->image->kernels;
    char near[320] = "";
    for (unsigned limit = 0; limit <= 3 && !*near; limit++)
        for (uint32_t i = 0; i < table->kernel_count && strlen(near) < 240; i++) {
            const tn_ktab_kernel *row = tn_ktab_kernel_at(table, i);
            const char *linkage = tn_ktab_string(table, row->name), *display = tn_ktab_string(table, row->display);
            char plain[49];
            snprintf(plain, sizeof plain, "%.*s", (int)strcspn(display, "("), display);
            bool inside = *name && (strstr(linkage, name) || (*plain && strstr(name, plain)));
            if (inside || distance(name, linkage) <= limit || distance(name, plain) <= limit)
                snprintf(near + strlen(near), sizeof near - strlen(near), "%s%.90s", *near ? ", " : "",
                         *display ? display : linkage);
        }
    for (uint32_t i = 0; i < table->kernel_count && !*near && table->kernel_count <= 6; i++)
        snprintf(near + strlen(near), sizeof near - strlen(near), "%s%.60s", i ? ", " : "",
                 tn_ktab_string(table, tn_ktab_kernel_at(table, i)->name));
    return TN__FAIL(TN__module_kernel, TN_NOT_FOUND, "no kernel \"%.80s\" among the module's %u%s%s", name,
                    table->kernel_count, *near ? "; near it: " : "", near);
}

TN_API tn_status tn_module_kernel(tn_module module, const char *name, tn_kernel *out)
{
    TN__TAP(TN__module_kernel, module.bits);
    if (!name || !out)
        return TN__FAIL(TN__module_kernel, TN_INVALID, "%s is NULL", out ? "name" : "out");
    struct tn__module *m = TN__REF_MODULE(module.bits);
    if (!m)
        return tn__fail_handle(TN__module_kernel, TN__MODULE, module.bits);
    int64_t index = tn_ktab_find_kernel(m->image->kernels, name);
    tn_status status;
    if (index >= 0)
        status = kernel_at(TN__module_kernel, m, (uint32_t)index, out);
    else if (index == -2)
        status = TN__FAIL(TN__module_kernel, TN_INVALID,
                          "several kernels are called \"%.200s\"; ask by the linkage name", name);
    else
        status = no_kernel(m, name);
    status = status == TN_OK ? TN_OK : tn__fail_on(status, m->device->bits, 0, 0);
    tn__unref(&m->object);
    return status;
}

TN_API tn_status tn_module_kernel_count(tn_module module, uint32_t *out)
{
    TN__TAP(TN__module_kernel_count, module.bits);
    struct tn__module *m = TN__REF_MODULE(module.bits);
    if (!m)
        return tn__fail_handle(TN__module_kernel_count, TN__MODULE, module.bits);
    tn_status status = out ? TN_OK : TN__FAIL(TN__module_kernel_count, TN_INVALID, "out is NULL");
    if (out)
        *out = m->image->kernels->kernel_count;
    tn__unref(&m->object);
    return status;
}

TN_API tn_status tn_module_kernel_at(tn_module module, uint32_t index, tn_kernel *out)
{
    TN__TAP(TN__module_kernel_at, module.bits);
    struct tn__module *m = TN__REF_MODULE(module.bits);
    if (!m)
        return tn__fail_handle(TN__module_kernel_at, TN__MODULE, module.bits);
    tn_status status;
    if (!out)
        status = TN__FAIL(TN__module_kernel_at, TN_INVALID, "out is NULL");
    else if (index >= m->image->kernels->kernel_count)
        status = TN__FAIL(TN__module_kernel_at, TN_INVALID, "there is no kernel %u; the module has %u", index,
                          m->image->kernels->kernel_count);
    else
        status = kernel_at(TN__module_kernel_at, m, index, out);
    tn__unref(&m->object);
    return status;
}

static tn_status find_variable(struct tn__module *m, uint32_t index, const char *name, tn_address *out,
                               uint64_t *out_bytes)
{
    struct tn__device *d = m->device;
    tn_status status = TN_OK;
    pthread_mutex_lock(&m->mutex);
    if (!m->variables[index].bytes) {
        tn_address address = 0;
        uint64_t bytes = 0;
        status = TN__CALL(d->driver->module_variable(m->native, index, &address, &bytes));
        if (status != TN_OK)
            status = TN__FAIL_DRIVER(TN__module_variable, status, "the variable %s", name);
        else if (tn__ranges_insert(&d->memory, address, bytes, TN__MEMORY_VARIABLE))
            status = TN__FAIL(TN__module_variable, TN_BAD_DRIVER,
                              "the driver %s puts the variable %s where an allocation is", d->driver->name, name);
        if (status == TN_OK) {
            m->variables[index].address = address;
            m->variables[index].bytes = bytes;
        }
    }
    if (status == TN_OK) {
        *out = m->variables[index].address;
        if (out_bytes)
            *out_bytes = m->variables[index].bytes;
    }
    pthread_mutex_unlock(&m->mutex);
    return status;
}

TN_API tn_status tn_module_variable(tn_module module, const char *name, tn_address *out, uint64_t *out_bytes)
{
    TN__TAP(TN__module_variable, module.bits);
    if (!name || !out)
        return TN__FAIL(TN__module_variable, TN_INVALID, "%s is NULL", out ? "name" : "out");
    struct tn__module *m = TN__REF_MODULE(module.bits);
    if (!m)
        return tn__fail_handle(TN__module_variable, TN__MODULE, module.bits);
    int64_t index = tn_ktab_find_variable(m->image->kernels, name);
    const tn_ktab_variable *row = index >= 0 ? tn_ktab_variable_at(m->image->kernels, (uint32_t)index) : NULL;
    tn_status status;
    if (!row || row->flags & TN_VARIABLE_HIDDEN)
        status = TN__FAIL(TN__module_variable, TN_NOT_FOUND, "the module has no variable \"%.200s\"", name);
    else
        status = find_variable(m, (uint32_t)index, name, out, out_bytes);
    status = status == TN_OK ? TN_OK : tn__fail_on(status, m->device->bits, 0, 0);
    tn__unref(&m->object);
    return status;
}
