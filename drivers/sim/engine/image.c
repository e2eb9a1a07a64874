/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules. The file of an image is kept once, in a memory file of its own, and its read-only segments are mapped from
 * there into every device that loads it; the writable ones stand in device memory at the distance that the code
 * expects. Nothing is ever writable and executable. Owns the files and the list of them; places come from space.c.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundle/cpu.h"
#include "bundle/ktab.h"
#include "drivers/sim/engine/elf.h"

struct sil__image {
    sil__image *next;
    uint32_t references;
    int fd;
    unsigned number; /* of a file with a name, or 0 */
    sil__elf elf;    /* over the mapped file */
    tn_ktab *table;
    uint64_t *entries; /* by kernel: address in the image */
    uint64_t text_low, text_high;
};

static pthread_mutex_t images_lock = PTHREAD_MUTEX_INITIALIZER;
static sil__image *images;

/* ------------------------------------------------------------------------------------------------------- */
/* Files */

static void image_free(sil__image *image)
{
    if (image->elf.file)
        munmap((void *)(uintptr_t)image->elf.file, image->elf.bytes);
    if (image->fd >= 0)
        close(image->fd);
    free(image->table);
    free(image->entries);
    free(image);
}

static sil_status read_table(sil__image *image)
{
    char why[192];
    const sil__elf *elf = &image->elf;
    if (elf->table_bytes < sizeof(tn_ktab))
        return sil__fail(SIL_BAD_IMAGE, "image: kernel table: %llu bytes are too few",
                         (unsigned long long)elf->table_bytes);
    image->table = calloc(1, elf->table_bytes);
    if (!image->table)
        return sil__fail(SIL_OUT_OF_MEMORY, "no host memory for a kernel table");
    memcpy(image->table, elf->table, elf->table_bytes);
    if (tn_ktab_check(image->table, elf->table_bytes, why, sizeof why) != 0)
        return sil__fail(SIL_BAD_IMAGE, "image: kernel table: %s", why);
    uint32_t count = image->table->kernel_count;
    image->entries = calloc(count ? count : 1, sizeof *image->entries);
    if (!image->entries)
        return sil__fail(SIL_OUT_OF_MEMORY, "no host memory for a kernel table");
    for (uint32_t i = 0; i < count; i++) {
        Elf64_Sym s;
        const char *name = tn_ktab_entry(image->table, tn_ktab_kernel_at(image->table, i));
        if (!sil__elf_symbol(elf, name, &s))
            return sil__fail(SIL_BAD_IMAGE, "image: the table names kernel %s, which the image does not have", name);
        const sil__segment *segment = sil__elf_segment(elf, s.st_value, 1);
        if (!segment || !(segment->flags & PF_X))
            return sil__fail(SIL_BAD_IMAGE, "image: kernel %s does not lie in executable code", name);
        image->entries[i] = s.st_value;
    }
    for (uint32_t i = 0; i < image->table->variable_count; i++) {
        Elf64_Sym s;
        const tn_ktab_variable *v = tn_ktab_variable_at(image->table, i);
        const char *name = tn_ktab_string(image->table, v->name);
        const sil__segment *segment = NULL;
        if (sil__elf_symbol(elf, name, &s))
            segment = sil__elf_segment(elf, s.st_value, v->bytes);
        if (!segment || !(segment->flags & PF_W))
            return sil__fail(SIL_BAD_IMAGE, "image: variable %s does not lie in the image's writable memory", name);
    }
    return SIL_OK;
}

static sil_status image_new(const void *bytes, uint64_t size, sil__image **out)
{
    sil__image *image = calloc(1, sizeof *image);
    if (!image)
        return sil__fail(SIL_OUT_OF_MEMORY, "no host memory for an image");
    sil_status status = SIL_OUT_OF_MEMORY;
    void *at = MAP_FAILED;
    image->references = 1;
    image->fd = sil__image_file(&image->number);
    if (image->fd >= 0 && ftruncate(image->fd, (off_t)size) == 0)
        at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
    if (at == MAP_FAILED) {
        sil__say("no memory file for an image of %llu bytes", (unsigned long long)size);
    } else {
        memcpy(at, bytes, size);
        mprotect(at, size, PROT_READ);
        status = sil__elf_read(&image->elf, at, size);
        image->elf.file = at;
        image->elf.bytes = size;
        if (status == SIL_OK)
            status = read_table(image);
    }
    for (uint32_t i = 0; status == SIL_OK && i < image->elf.segment_count; i++) {
        const sil__segment *s = &image->elf.segment[i];
        if (!(s->flags & PF_X))
            continue;
        if (!image->text_high)
            image->text_low = s->address;
        image->text_high = s->address + s->memory_bytes;
    }
    if (status != SIL_OK)
        image_free(image);
    else
        *out = image;
    return status;
}

/* The image of that content: the one that is there, or a new one. */
static sil_status image_get(const void *bytes, uint64_t size, sil__image **out)
{
    sil_status status = SIL_OK;
    pthread_mutex_lock(&images_lock);
    sil__image *image = images;
    while (image && (image->elf.bytes != size || memcmp(image->elf.file, bytes, size) != 0))
        image = image->next;
    if (image) {
        image->references++;
    } else if ((status = image_new(bytes, size, &image)) == SIL_OK) {
        image->next = images;
        images = image;
    }
    pthread_mutex_unlock(&images_lock);
    *out = image;
    return status;
}

static void image_put(sil__image *image)
{
    pthread_mutex_lock(&images_lock);
    if (--image->references == 0) {
        for (sil__image **at = &images; *at; at = &(*at)->next) {
            if (*at == image) {
                *at = image->next;
                break;
            }
        }
        image_free(image);
    }
    pthread_mutex_unlock(&images_lock);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Loading */

static uint64_t page_down(uint64_t address)
{
    return address & ~(uint64_t)(SIL__PAGE - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + SIL__PAGE - 1);
}

static bool protect(const sil_device *device, unsigned char *at, uint64_t bytes, int rights)
{
    if (device->space.key >= 0)
        return pkey_mprotect(at, bytes, rights, device->space.key) == 0;
    return mprotect(at, bytes, rights) == 0;
}

static sil_status map_segments(sil_device *device, const sil__image *image, unsigned char *base)
{
    const sil__elf *elf = &image->elf;
    uint64_t low = 0, high = 0;
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        const sil__segment *s = &elf->segment[i];
        uint64_t first = page_down(s->address), last = page_up(s->address + s->memory_bytes);
        unsigned char *at = base + (first - elf->low);
        if (s->flags & PF_W) {
            if (!protect(device, at, last - first, PROT_READ | PROT_WRITE))
                return sil__fail(SIL_OUT_OF_MEMORY, "no mapping for an image's variables");
            memcpy(base + (s->address - elf->low), elf->file + s->offset, s->file_bytes);
            if (!high)
                low = s->address;
            high = s->address + s->memory_bytes;
        } else {
            int rights = PROT_READ | (s->flags & PF_X ? PROT_EXEC : 0);
            int sharing = image->number ? MAP_PRIVATE : MAP_SHARED; /* a debugger writes its breakpoints there */
            void *code = mmap(at, last - first, rights, sharing | MAP_FIXED, image->fd, (off_t)page_down(s->offset));
            if (code == MAP_FAILED)
                return sil__fail(SIL_OUT_OF_MEMORY, "no mapping for an image's code");
        }
    }
    sil__image_mapped(image->number, (uint64_t)(uintptr_t)base - elf->low);
    sil__elf_relocate(elf, base);
    if (elf->relro_high > elf->relro_low)
        protect(device, base + (elf->relro_low - elf->low), elf->relro_high - elf->relro_low, PROT_READ);
    if (high)
        sil__space_expose(&device->space, (uint64_t)(uintptr_t)base, low - elf->low, high - low);
    return SIL_OK;
}

/* Width and processor features, where an image tells them: uint32_t tn_sim_image_width (0 = any), and the string
 * tn_sim_image_features, separated by commas. */
static sil_status check_target(const sil_device *device, const sil__image *image, const unsigned char *base)
{
    Elf64_Sym s;
    const sil__elf *elf = &image->elf;
    if (sil__elf_symbol(elf, TN_SIM_IMAGE_WIDTH_SYMBOL, &s) && sil__elf_segment(elf, s.st_value, 4)) {
        uint32_t width;
        memcpy(&width, base + (s.st_value - elf->low), 4);
        if (width && width != device->profile.width)
            return sil__fail(SIL_WRONG_TARGET, "image: built for a warp width of %u; %s has %u", width,
                             device->profile.chip, device->profile.width);
    }
    if (sil__elf_symbol(elf, TN_SIM_IMAGE_FEATURES_SYMBOL, &s) && sil__elf_segment(elf, s.st_value, s.st_size) &&
        s.st_size) {
        char features[256], missing[32];
        size_t bytes = s.st_size < sizeof features ? s.st_size : sizeof features;
        memcpy(features, base + (s.st_value - elf->low), bytes);
        features[bytes - 1] = 0;
        if (!tn_cpu_has(features, missing, sizeof missing))
            return sil__fail(SIL_WRONG_TARGET, "image: needs the processor feature %s, which this host does not have",
                             missing);
    }
    return SIL_OK;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static sil_status make_kernels(sil_module *module)
{
    const sil__image *image = module->image;
    const sil_profile *p = &module->device->profile;
    uint64_t delta = module->base - image->elf.low;
    uint32_t count = image->table->kernel_count;
    module->kernels = calloc(count ? count : 1, sizeof *module->kernels);
    if (!module->kernels)
        return sil__fail(SIL_OUT_OF_MEMORY, "no host memory for %u kernels", count);
    for (uint32_t i = 0; i < count; i++) {
        sil_kernel *k = &module->kernels[i];
        k->info = tn_ktab_kernel_at(image->table, i);
        uintptr_t entry = (uintptr_t)(image->entries[i] + delta);
        memcpy(&k->entry, &entry, sizeof k->entry);
        k->device = module->device;
        k->module = module;
        k->args_bytes = k->info->args_bytes;
        k->max_threads = k->info->max_threads ? least(k->info->max_threads, p->max_threads) : p->max_threads;
        memcpy(k->required_block, k->info->required_block, sizeof k->required_block);
        k->units = p->units;
        k->static_local_bytes = k->info->static_local_bytes;
        k->local_limit = p->local_optin_bytes > p->local_bytes ? p->local_optin_bytes : p->local_bytes;
        k->scratch_per_block = k->info->scratch_per_block;
        k->scratch_per_thread = k->info->scratch_per_thread;
        k->stack_bytes = k->info->stack_bytes ? k->info->stack_bytes + (64u << 10) : 0;
        k->text_low = (void *)(uintptr_t)(image->text_low + delta);
        k->text_high = (void *)(uintptr_t)(image->text_high + delta);
        k->name = tn_ktab_string(image->table, k->info->name);
        k->display = tn_ktab_string(image->table, k->info->display);
        if (!k->display[0])
            k->display = k->name;
        if (k->args_bytes > SIL__MAX_ARGS)
            return sil__fail(SIL_BAD_IMAGE, "image: kernel %s takes %u bytes of arguments; the most is %u", k->name,
                             k->args_bytes, SIL__MAX_ARGS);
    }
    return SIL_OK;
}

void sil__place_of(const sil_kernel *kernel, const void *instruction, char *out, size_t capacity)
{
    const sil__elf *elf = &kernel->module->image->elf;
    out[0] = 0;
    if (!instruction)
        return;
    const uint64_t address = (uint64_t)(uintptr_t)instruction - kernel->module->base + elf->low;
    if (!sil__line_of(elf, address, out, capacity) && !sil__line_apart(elf, address, out, capacity))
        out[0] = 0;
}

/* Without its place in the device's list. */
void sil__module_destroy(sil_module *module)
{
    if (module->base)
        sil__space_give(&module->device->space, module->base);
    free(module->kernels);
    image_put(module->image);
    free(module);
}

sil_status sil_module_load(sil_device *device, const void *file, size_t bytes, sil_module **out)
{
    SIL__ENTER();
    if (!file || bytes == 0)
        return sil__fail(SIL_INVALID, "no image");
    sil__image *image;
    sil_status status = image_get(file, bytes, &image);
    if (status != SIL_OK)
        return status;
    sil_module *module = calloc(1, sizeof *module);
    if (!module) {
        image_put(image);
        return sil__fail(SIL_OUT_OF_MEMORY, "no host memory for a module");
    }
    module->device = device;
    module->image = image;
    module->span = image->elf.high - image->elf.low;
    status = sil__space_take(&device->space, module->span, &module->base);
    if (status == SIL_OK) {
        unsigned char *base = (unsigned char *)(uintptr_t)module->base;
        sil__rights_open();
        status = map_segments(device, image, base);
        if (status == SIL_OK)
            status = check_target(device, image, base);
        sil__rights_close();
    } else {
        module->base = 0;
    }
    if (status == SIL_OK)
        status = make_kernels(module);
    if (status != SIL_OK) {
        sil__module_destroy(module);
        return status;
    }
    pthread_mutex_lock(&device->lock);
    module->next = device->modules;
    device->modules = module;
    pthread_mutex_unlock(&device->lock);
    *out = module;
    return SIL_OK;
}

sil_status sil_module_unload(sil_module *module)
{
    SIL__ENTER();
    sil_device *device = module->device;
    sil__device_settle(device);
    bool found = false;
    pthread_mutex_lock(&device->lock);
    for (sil_module **at = &device->modules; *at && !found; at = &(*at)->next) {
        if (*at == module) {
            *at = module->next;
            found = true;
            break;
        }
    }
    pthread_mutex_unlock(&device->lock);
    if (!found)
        return sil__fail(SIL_INVALID, "the module is not loaded");
    sil__module_destroy(module);
    return SIL_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* What is in a module */

sil_status sil_module_kernel(sil_module *module, const char *name, sil_kernel **out)
{
    SIL__ENTER();
    int64_t index = tn_ktab_find_kernel(module->image->table, name);
    if (index == -2)
        return sil__fail(SIL_NOT_FOUND, "several kernels are written %s; ask by linkage name", name);
    if (index < 0)
        return sil__fail(SIL_NOT_FOUND, "the module has no kernel %s", name);
    *out = &module->kernels[index];
    return SIL_OK;
}

sil_status sil_module_variable(sil_module *module, const char *name, uint64_t *out_address, uint64_t *out_bytes)
{
    SIL__ENTER();
    Elf64_Sym s;
    const sil__image *image = module->image;
    int64_t index = tn_ktab_find_variable(image->table, name);
    if (index < 0 || !sil__elf_symbol(&image->elf, name, &s))
        return sil__fail(SIL_NOT_FOUND, "the module has no variable %s", name);
    if (out_address)
        *out_address = module->base + (s.st_value - image->elf.low);
    if (out_bytes)
        *out_bytes = tn_ktab_variable_at(image->table, (uint32_t)index)->bytes;
    return SIL_OK;
}

const tn_ktab *sil_module_table(const sil_module *module)
{
    return module->image->table;
}

const tn_ktab_kernel *sil_kernel_info(const sil_kernel *kernel)
{
    return kernel->info;
}

sil_module *sil_kernel_module(const sil_kernel *kernel)
{
    return kernel->module;
}

const char *sil_kernel_name(const sil_kernel *kernel)
{
    return kernel->name;
}

uint32_t sil_kernel_residency(const sil_kernel *kernel, uint32_t threads, uint32_t dynamic_local_bytes)
{
    const sil_profile *p = &kernel->device->profile;
    uint64_t local = (uint64_t)kernel->static_local_bytes + dynamic_local_bytes, blocks = 32;
    if (threads == 0 || threads > kernel->max_threads || local > kernel->local_limit)
        return 0;
    uint64_t warps = ((uint64_t)threads + p->width - 1) / p->width * p->width;
    if (p->max_threads_per_unit && p->max_threads_per_unit / warps < blocks)
        blocks = p->max_threads_per_unit / warps;
    if (local && p->local_per_unit_bytes / local < blocks)
        blocks = p->local_per_unit_bytes / local;
    if (kernel->info->registers && p->registers_per_block) {
        uint64_t registers = (uint64_t)kernel->info->registers * warps;
        if (p->registers_per_block / registers < blocks)
            blocks = p->registers_per_block / registers;
    }
    return (uint32_t)blocks;
}
