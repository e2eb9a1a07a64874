/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel images of the stand-in: Ascend ELF files from memory or from disk, of which the simulator image inside is
 * loaded into the current context's device; functions by name, device variables, attributes. Owns loaded images and
 * functions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/ktab.h"
#include "drivers/common/container.h"
#include "drivers/sim/ascend/loaded.h"

/* Image kinds that the vendor's own loader takes: ELF64 of machine 0x1029 (AI core) or 183 (AI CPU). */
enum { ELF_MACHINE_AT = 18, ELF_MACHINE_AI_CPU = 183 };

static unsigned elf_machine(const void *data, size_t length)
{
    const unsigned char *b = data;
    if (length < 64 || memcmp(b, "\177ELF\2\1", 6))
        return 0;
    return b[ELF_MACHINE_AT] | (unsigned)b[ELF_MACHINE_AT + 1] << 8;
}

static aclError check_options(const aclrtBinaryLoadOptions *options, const char *function)
{
    if (!options || options->numOpt == 0)
        return ACL_SUCCESS;
    if (!options->options)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu load options are announced and none is given",
                        options->numOpt);
    for (size_t i = 0; i < options->numOpt; i++) {
        int32_t type = options->options[i].type;
        if (type == ACL_RT_BINARY_LOAD_OPT_CPU_KERNEL_MODE)
            return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function, "kernels for the AI CPU");
        if (type != ACL_RT_BINARY_LOAD_OPT_LAZY_LOAD && type != ACL_RT_BINARY_LOAD_OPT_MAGIC)
            return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "load option %d", type);
    }
    return ACL_SUCCESS;
}

/* The simulator image inside; what is not for it is refused in the vendor's words. */
static aclError find_image(const void *data, size_t length, const void **image, size_t *bytes, const char *function)
{
    char why[256];
    unsigned machine = elf_machine(data, length);
    if (machine == ELF_MACHINE_AI_CPU)
        return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function,
                        "this is a kernel for the AI CPU, which is not simulated");
    if (machine != TN_ASCEND_MACHINE)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%s",
                        machine ? "this ELF file is not for an AI core (machine 0x1029)"
                                : "this is not a 64-bit ELF file");
    switch (tn_container_find(data, length, 1, image, bytes, why, sizeof why)) {
    case 0:
        return ACL_SUCCESS;
    case ENOENT:
        return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function,
                        "the file holds machine code for silicon and no image for "
                        "the simulator (section " TN_ASCEND_SIM_SECTION "): %s; build it with tenoncc --ascend",
                        why);
    default:
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%s", why);
    }
}

static aclError load(const void *data, size_t length, const aclrtBinaryLoadOptions *options, aclrtBinHandle *out,
                     const char *function)
{
    acl_context *context;
    const void *image;
    size_t bytes;
    void *handle;
    sil_module *module;
    if (!data || !out || length == 0)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "%s",
                        data ? out ? "length is 0" : "binHandle is NULL" : "data is NULL");
    TRY(acl_need_context(&context, function));
    TRY(check_options(options, function));
    TRY(find_image(data, length, &image, &bytes, function));
    sil_status status = sil_module_load(atomic_load(&context->device->sil), image, bytes, &module);
    if (status != SIL_OK)
        return acl_fail_sil(status, function);
    acl_loaded *l = handle_new(HANDLE_LOADED, sizeof *l, &handle);
    const tn_ktab *table = sil_module_table(module);
    void **functions = calloc(table->kernel_count ? table->kernel_count : 1, sizeof *functions);
    if (!l || !functions) {
        free(functions);
        if (l)
            handle_free(HANDLE_LOADED, handle);
        sil_module_unload(module);
        return acl_fail(ACL_ERROR_BAD_ALLOC, function, "no host memory for a loaded image");
    }
    pthread_mutex_init(&l->lock, NULL);
    l->handle = handle;
    l->device = context->device;
    l->module = module;
    l->table = table;
    l->image_bytes = bytes;
    l->functions = functions;
    *out = handle;
    return ACL_SUCCESS;
}

aclError aclrtBinaryLoadFromData(const void *data, size_t length, const aclrtBinaryLoadOptions *options,
                                 aclrtBinHandle *binHandle)
{
    return load(data, length, options, binHandle, __func__);
}

static aclError read_file(const char *path, void **out, size_t *out_bytes, const char *function)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return acl_fail(ACL_ERROR_RT_FILE_OPEN, function, "%s: %s", path, strerror(errno));
    struct stat info;
    bool regular = fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
    size_t bytes = regular ? (size_t)info.st_size : 0;
    void *data = regular ? malloc(bytes) : NULL;
    bool good = data && fread(data, 1, bytes, file) == bytes;
    fclose(file);
    if (!good) {
        free(data);
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%s is no regular file, is empty, or cannot be read whole",
                        path);
    }
    *out = data;
    *out_bytes = bytes;
    return ACL_SUCCESS;
}

aclError aclrtBinaryLoadFromFile(const char *binPath, aclrtBinaryLoadOptions *options, aclrtBinHandle *binHandle)
{
    void *data;
    size_t bytes;
    NOT_NULL(binPath);
    NOT_NULL(binHandle);
    TRY(read_file(binPath, &data, &bytes, __func__));
    aclError error = load(data, bytes, options, binHandle, __func__);
    free(data);
    return error;
}

/* The old path in two steps: the first only remembers where the bytes are. */
typedef struct old_binary {
    const void *data;
    size_t bytes;
} old_binary;

aclrtBinary aclrtCreateBinary(const void *data, size_t dataLen)
{
    void *handle = NULL;
    if (!data || dataLen == 0) {
        acl_note(ACL_ERROR_INVALID_PARAM, __func__, "%s", data ? "dataLen is 0" : "data is NULL");
        return NULL;
    }
    old_binary *b = handle_new(HANDLE_BINARY, sizeof *b, &handle);
    if (!b) {
        acl_note(ACL_ERROR_BAD_ALLOC, __func__, "no handle is left");
        return NULL;
    }
    b->data = data;
    b->bytes = dataLen;
    return handle;
}

aclError aclrtDestroyBinary(aclrtBinary binary)
{
    NOT_NULL(binary);
    return handle_free(HANDLE_BINARY, binary) ? ACL_SUCCESS
                                              : FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p is not a live binary", binary);
}

aclError aclrtBinaryLoad(const aclrtBinary binary, aclrtBinHandle *binHandle)
{
    NOT_NULL(binary);
    old_binary *b = handle_get(HANDLE_BINARY, binary);
    if (!b)
        return FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p is not a live binary", binary);
    return load(b->data, b->bytes, NULL, binHandle, __func__);
}

static aclError loaded_get(const void *handle, acl_loaded **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "binHandle is NULL");
    *out = handle_get(HANDLE_LOADED, handle);
    return *out ? ACL_SUCCESS : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a loaded image", handle);
}

/* A copy of what its handle led to: from handle_free on another load may have the place. */
static void end_functions(const acl_loaded *l)
{
    for (uint32_t i = 0; i < l->table->kernel_count; i++)
        if (l->functions[i]) {
            acl_function *f = handle_get(HANDLE_FUNCTION, l->functions[i]);
            if (f)
                acl_args_forget(f);
            handle_free(HANDLE_FUNCTION, l->functions[i]);
        }
    free(l->functions);
}

aclError aclrtBinaryUnLoad(aclrtBinHandle binHandle)
{
    acl_loaded *l;
    TRY(loaded_get(binHandle, &l, __func__));
    const acl_loaded loaded = *l;
    if (!handle_free(HANDLE_LOADED, binHandle))
        return FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p was unloaded by another thread", binHandle);
    end_functions(&loaded);
    return FAIL_SIL(sil_module_unload(loaded.module));
}

/* The device was reset: the engine has dropped the image already. */
static void forget_one(void *object, void *handle, void *device)
{
    const acl_loaded loaded = *(acl_loaded *)object;
    if (loaded.device == device && handle_free(HANDLE_LOADED, handle))
        end_functions(&loaded);
}

void acl_loaded_forget(acl_device *device)
{
    handle_each(HANDLE_LOADED, forget_one, device);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Functions */

aclError acl_function_get(const void *handle, acl_function **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "the function handle is NULL");
    *out = handle_get(HANDLE_FUNCTION, handle);
    return *out ? ACL_SUCCESS
                : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a function of a loaded image", handle);
}

aclError aclrtBinaryGetFunction(const aclrtBinHandle binHandle, const char *kernelName, aclrtFuncHandle *funcHandle)
{
    acl_loaded *l;
    sil_kernel *kernel;
    NOT_NULL(kernelName);
    NOT_NULL(funcHandle);
    TRY(loaded_get(binHandle, &l, __func__));
    int64_t index = tn_ktab_find_kernel(l->table, kernelName);
    if (index < 0)
        return FAIL(ACL_ERROR_RT_KERNEL_LOOKUP, "the image has no kernel %s", kernelName);
    const tn_ktab_kernel *info = tn_ktab_kernel_at(l->table, (uint32_t)index);
    const char *name = tn_ktab_string(l->table, info->name);
    aclError error = ACL_SUCCESS;
    pthread_mutex_lock(&l->lock);
    if (!l->functions[index]) {
        void *handle;
        sil_status status = sil_module_kernel(l->module, name, &kernel);
        acl_function *f = status == SIL_OK ? handle_new(HANDLE_FUNCTION, sizeof *f, &handle) : NULL;
        if (f) {
            *f = (acl_function){ handle, l, kernel, l->table, info, name };
            l->functions[index] = handle;
        } else {
            error = status == SIL_OK ? FAIL(ACL_ERROR_BAD_ALLOC, "no function handle is left") : FAIL_SIL(status);
        }
    }
    if (error == ACL_SUCCESS)
        *funcHandle = l->functions[index];
    pthread_mutex_unlock(&l->lock);
    return error;
}

aclError aclrtBinaryGetFunctionByEntry(aclrtBinHandle binHandle, uint64_t entry, aclrtFuncHandle *funcHandle)
{
    acl_loaded *l;
    NOT_NULL(funcHandle);
    TRY(loaded_get(binHandle, &l, __func__));
    return FAIL(ACL_ERROR_RT_KERNEL_LOOKUP,
                "the image has no kernel with the entry %llu; simulator images have names only",
                (unsigned long long)entry);
}

aclError aclrtBinaryGetGlobal(aclrtBinHandle binHandle, const char *name, void **dptr, size_t *size)
{
    acl_loaded *l;
    uint64_t address, bytes;
    NOT_NULL(name);
    TRY(loaded_get(binHandle, &l, __func__));
    if (sil_module_variable(l->module, name, &address, &bytes) != SIL_OK)
        return FAIL(ACL_ERROR_RT_SYMBOL_NOT_FOUND, "the image has no device variable %s", name);
    if (dptr)
        *dptr = (void *)(uintptr_t)address;
    if (size)
        *size = bytes;
    return ACL_SUCCESS;
}

aclError aclrtBinaryGetDevAddress(const aclrtBinHandle binHandle, void **binAddr, size_t *binSize)
{
    acl_loaded *l;
    NOT_NULL(binAddr);
    NOT_NULL(binSize);
    TRY(loaded_get(binHandle, &l, __func__));
    return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "a simulator image's code lies in host memory (%llu bytes)",
                (unsigned long long)l->image_bytes);
}

aclError aclrtFunctionGetParamCount(const void *func, size_t *paramCount)
{
    acl_function *f;
    NOT_NULL(paramCount);
    GET_FUNCTION(func, &f);
    *paramCount = f->info->arg_count;
    return ACL_SUCCESS;
}

aclError aclrtFunctionGetParamInfo(const void *func, size_t index, size_t *offset, size_t *size)
{
    acl_function *f;
    GET_FUNCTION(func, &f);
    if (index >= f->info->arg_count)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "parameter %zu of %u", index, f->info->arg_count);
    const tn_ktab_arg *arg = tn_ktab_arg_at(f->table, f->info, (uint32_t)index);
    if (offset)
        *offset = arg->offset;
    if (size)
        *size = arg->size;
    return ACL_SUCCESS;
}

aclError aclrtFunctionGetBinary(const aclrtFuncHandle func, aclrtBinHandle *binHandle)
{
    acl_function *f;
    NOT_NULL(binHandle);
    GET_FUNCTION(func, &f);
    *binHandle = f->loaded->handle;
    return ACL_SUCCESS;
}

aclError aclrtGetFunctionAttribute(aclrtFuncHandle func, aclrtFuncAttribute attr, int64_t *value)
{
    acl_function *f;
    NOT_NULL(value);
    GET_FUNCTION(func, &f);
    switch (attr) {
    case ACL_FUNC_ATTR_KERNEL_TYPE:
        *value = ACL_KERNEL_TYPE_VECTOR;
        return ACL_SUCCESS;
    case ACL_FUNC_ATTR_KERNEL_RATIO:
        *value = 0;
        return ACL_SUCCESS;
    case ACL_FUNC_ATTR_KERNEL_SCHED_MODE:
        *value = (f->info->flags & TN_KERNEL_COOPERATIVE) != 0;
        return ACL_SUCCESS;
    default:
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "attribute %d", attr);
    }
}

aclError aclrtGetFunctionName(aclrtFuncHandle func, uint32_t maxLen, char *name)
{
    acl_function *f;
    NOT_NULL(name);
    GET_FUNCTION(func, &f);
    if (strlen(f->name) + 1 > maxLen)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "the name %s needs %zu bytes, there are %u", f->name,
                    strlen(f->name) + 1, maxLen);
    memcpy(name, f->name, strlen(f->name) + 1);
    return ACL_SUCCESS;
}
