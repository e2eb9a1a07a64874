/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CUDA fatbins and HIP offload bundles around simulator images, and the search through a container of any kind.
 * Owns nothing. May call: libc, container_elf.c.
 */
#include "drivers/common/container_internal.h"

#include <errno.h>
#include <stdlib.h>

#define FATBIN_MAGIC         0xBA55ED50u
#define FATBIN_WRAPPER_MAGIC 0x466243B1u
#define HIP_WRAPPER_MAGIC    0x48495046u
#define HIP_MAGIC            "__CLANG_OFFLOAD_BUNDLE__"
#define HIP_MAGIC_BYTES      24u
#define HIP_SIM_ID           "hip-tenon-sim--w"
#define HIP_ENTRIES_MAX      1024u
#define HIP_IMAGE_ALIGN      4096u
/* No container is larger; keeps sums of untrusted sizes far from overflow. */
#define EXTENT_MAX ((uint64_t)1 << 34)

typedef struct fatbin_header {
    uint32_t magic;
    uint16_t version, header_bytes;
    uint64_t payload_bytes;
} fatbin_header;

typedef struct fatbin_entry {
    uint16_t kind, version;
    uint32_t header_bytes;
    uint64_t payload_bytes;
    uint32_t compressed_bytes, options_at;
    uint16_t minor, major;
    uint32_t arch;
    uint32_t name_at, name_bytes;
    uint64_t flags, reserved, plain_bytes;
} fatbin_entry;

_Static_assert(sizeof(fatbin_header) == 16 && sizeof(fatbin_entry) == 64, "the format's sizes");

typedef struct wrapper {
    uint32_t magic, version;
    const void *data;
    const void *unused;
} wrapper;

static uint64_t align_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) / align * align;
}

/* The choice among several images: an exact width beats "any". */
typedef struct choice {
    uint32_t width;
    bool found, exact;
    const unsigned char *data;
    size_t bytes;
    char seen[96]; /* the widths that were there, for the sentence */
} choice;

static void offer(choice *pick, uint32_t width, const unsigned char *data, size_t bytes)
{
    size_t used = strlen(pick->seen);
    snprintf(pick->seen + used, sizeof pick->seen - used, "%s%u", used ? ", " : "", width);
    bool exact = width == pick->width;
    if (pick->exact || (!exact && (width != 0 || pick->found)))
        return;
    pick->found = true;
    pick->exact = exact;
    pick->data = data;
    pick->bytes = bytes;
}

static tn_image_kind kind_of(const tn_container_image *image)
{
    return image->kind == TN_IMAGE_NONE ? TN_IMAGE_SIM : image->kind;
}

/* ------------------------------------------------------------------------------------------------------- */
/* CUDA */

static int fatbin_wrap(const tn_container_image *images, unsigned count, void **out, size_t *out_bytes)
{
    uint64_t total = sizeof(fatbin_header);
    for (unsigned i = 0; i < count; i++) {
        tn_image_kind kind = kind_of(&images[i]);
        if (kind != TN_IMAGE_SIM && kind != TN_IMAGE_PTX)
            return EINVAL;
        total += sizeof(fatbin_entry) + align_up(images[i].bytes, 8);
    }
    unsigned char *base = calloc(1, total);
    if (!base)
        return ENOMEM;
    fatbin_header header = { FATBIN_MAGIC, 1, sizeof header, total - sizeof header };
    memcpy(base, &header, sizeof header);
    unsigned char *at = base + sizeof header;
    for (unsigned i = 0; i < count; i++) {
        bool ptx = kind_of(&images[i]) == TN_IMAGE_PTX;
        unsigned sm = 0;
        if (ptx && (!images[i].target || sscanf(images[i].target, "sm_%u", &sm) != 1)) {
            free(base);
            return EINVAL;
        }
        fatbin_entry entry = { .kind = ptx ? TN_FATBIN_KIND_PTX : TN_FATBIN_KIND_SIM,
                               .version = 0x101,
                               .header_bytes = sizeof entry,
                               .payload_bytes = align_up(images[i].bytes, 8),
                               .arch = ptx ? sm : images[i].width,
                               .flags = 0x11 };
        memcpy(at, &entry, sizeof entry);
        memcpy(at + sizeof entry, images[i].data, images[i].bytes);
        at += sizeof entry + entry.payload_bytes;
    }
    *out = base;
    *out_bytes = total;
    return 0;
}

/* The header's extent, or 0. */
static size_t fatbin_extent(const unsigned char *p, size_t bytes)
{
    fatbin_header header;
    if (bytes && bytes < sizeof header)
        return 0;
    memcpy(&header, p, sizeof header);
    uint64_t extent = header.header_bytes + (header.payload_bytes > EXTENT_MAX ? EXTENT_MAX : header.payload_bytes);
    if (header.magic != FATBIN_MAGIC || header.header_bytes < sizeof header || extent > EXTENT_MAX ||
        (bytes && extent > bytes))
        return 0;
    return extent;
}

static bool fatbin_search(const unsigned char *p, size_t extent, choice *pick)
{
    fatbin_header header;
    memcpy(&header, p, sizeof header);
    for (uint64_t at = header.header_bytes; at < extent;) {
        fatbin_entry entry;
        if (!tn__inside(at, sizeof entry, extent))
            return false;
        memcpy(&entry, p + at, sizeof entry);
        if (entry.header_bytes < sizeof entry || !tn__inside(at, entry.header_bytes, extent) ||
            !tn__inside(at + entry.header_bytes, entry.payload_bytes, extent))
            return false;
        if (entry.kind == TN_FATBIN_KIND_SIM)
            offer(pick, entry.arch, p + at + entry.header_bytes, entry.payload_bytes);
        at += entry.header_bytes + entry.payload_bytes;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------- */
/* HIP */

static void hip_id(const tn_container_image *image, char *text, size_t bytes)
{
    if (!image)
        snprintf(text, bytes, "host-x86_64-unknown-linux--");
    else if (kind_of(image) == TN_IMAGE_SIM)
        snprintf(text, bytes, HIP_SIM_ID "%u", image->width);
    else
        snprintf(text, bytes, "hipv4-amdgcn-amd-amdhsa--%s", image->target);
}

static int hip_wrap(const tn_container_image *images, unsigned count, void **out, size_t *out_bytes)
{
    char id[128];
    uint64_t table = HIP_MAGIC_BYTES + 8, total;
    for (unsigned i = 0; i <= count; i++) { /* entry 0 is the host's, empty, as clang writes it */
        const tn_container_image *image = i ? &images[i - 1] : NULL;
        if (image && kind_of(image) != TN_IMAGE_SIM && (kind_of(image) != TN_IMAGE_AMDGPU || !image->target))
            return EINVAL;
        hip_id(image, id, sizeof id);
        table += 24 + strlen(id);
    }
    total = align_up(table, HIP_IMAGE_ALIGN);
    uint64_t first = total;
    for (unsigned i = 0; i < count; i++)
        total = align_up(total, HIP_IMAGE_ALIGN) + images[i].bytes;
    unsigned char *base = calloc(1, total);
    if (!base)
        return ENOMEM;
    uint64_t n = count + 1, at = first;
    memcpy(base, HIP_MAGIC, HIP_MAGIC_BYTES); /* NOLINT(bugprone-not-null-terminated-result): the format has no NUL */
    memcpy(base + HIP_MAGIC_BYTES, &n, 8);
    unsigned char *entry = base + HIP_MAGIC_BYTES + 8;
    for (unsigned i = 0; i <= count; i++) {
        const tn_container_image *image = i ? &images[i - 1] : NULL;
        hip_id(image, id, sizeof id);
        at = align_up(at, HIP_IMAGE_ALIGN);
        uint64_t fields[3] = { at, image ? image->bytes : 0, strlen(id) };
        memcpy(entry, fields, sizeof fields);
        memcpy(entry + sizeof fields, id, fields[2]);
        entry += sizeof fields + fields[2];
        if (image) {
            memcpy(base + at, image->data, image->bytes);
            at += image->bytes;
        }
    }
    *out = base;
    *out_bytes = total;
    return 0;
}

/* Walks the entries; gives the extent, and the images to `pick` where it is not NULL. 0 = damaged. */
static size_t hip_walk(const unsigned char *p, size_t bytes, choice *pick)
{
    uint64_t limit = bytes ? bytes : EXTENT_MAX;
    if (limit < HIP_MAGIC_BYTES + 8)
        return 0;
    uint64_t count = tn__u64(p + HIP_MAGIC_BYTES), at = HIP_MAGIC_BYTES + 8, extent = at;
    if (count > HIP_ENTRIES_MAX)
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!tn__inside(at, 24, limit))
            return 0;
        uint64_t offset = tn__u64(p + at), size = tn__u64(p + at + 8), id_bytes = tn__u64(p + at + 16);
        if (id_bytes > 4096 || !tn__inside(at + 24, id_bytes, limit) || !tn__inside(offset, size, limit))
            return 0;
        const char *id = (const char *)p + at + 24;
        size_t prefix = sizeof HIP_SIM_ID - 1;
        if (pick && id_bytes > prefix && id_bytes < prefix + 6 && !memcmp(id, HIP_SIM_ID, prefix)) {
            uint32_t width = 0;
            bool digits = true;
            for (size_t k = prefix; k < id_bytes; k++) {
                digits = digits && id[k] >= '0' && id[k] <= '9';
                width = width * 10 + (uint32_t)(id[k] - '0');
            }
            if (digits)
                offer(pick, width, p + offset, size);
        }
        at += 24 + id_bytes;
        extent = at > extent ? at : extent;
        extent = offset + size > extent ? offset + size : extent;
    }
    return extent;
}

/* ------------------------------------------------------------------------------------------------------- */

static int say(char *why, size_t why_bytes, int code, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int say(char *why, size_t why_bytes, int code, const char *format, ...)
{
    if (why && why_bytes) {
        va_list args;
        va_start(args, format);
        vsnprintf(why, why_bytes, format, args);
        va_end(args);
    }
    return code;
}

/* Searches an ELF file: Ascend's sections, or the image itself. */
static bool elf_search(const unsigned char *p, size_t extent, choice *pick)
{
    Elf64_Shdr section;
    const char *name;
    bool ascend = (p[18] | p[19] << 8) == TN_ASCEND_MACHINE;
    for (unsigned i = 0; tn__elf_section(p, extent, i, &name, &section); i++) {
        if (ascend && !strcmp(name, TN_ASCEND_SIM_SECTION))
            offer(pick, section.sh_info, p + section.sh_offset, section.sh_size);
        else if (!ascend && !strcmp(name, ".tenon.kernels"))
            offer(pick, pick->width, p, extent); /* bare: the engine checks its width */
    }
    return true;
}

static bool is_wrapper(const unsigned char *p)
{
    return tn__u32(p) == FATBIN_WRAPPER_MAGIC || tn__u32(p) == HIP_WRAPPER_MAGIC;
}

int tn_container_find(const void *data, size_t bytes, uint32_t width, const void **sim, size_t *sim_bytes, char *why,
                      size_t why_bytes)
{
    const unsigned char *p = data;
    choice pick = { .width = width };
    const char *what;
    bool whole;
    if (!p || (bytes && bytes < 4))
        return say(why, why_bytes, EINVAL, "the image is empty");
    if (bytes == 0 && is_wrapper(p)) {
        wrapper w;
        memcpy(&w, p, sizeof w);
        p = w.data;
        if (!p || is_wrapper(p))
            return say(why, why_bytes, EINVAL, "the fat binary's wrapper leads nowhere");
    }
    if (tn__u32(p) == FATBIN_MAGIC) {
        size_t extent = fatbin_extent(p, bytes);
        what = "fat binary";
        whole = extent && fatbin_search(p, extent, &pick);
    } else if ((bytes == 0 || bytes >= HIP_MAGIC_BYTES) && !strncmp((const char *)p, HIP_MAGIC, HIP_MAGIC_BYTES)) {
        what = "offload bundle";
        whole = hip_walk(p, bytes, &pick) != 0;
    } else if (tn__u32(p) == 0x464c457f) {
        size_t extent = tn__elf_extent(p, bytes);
        what = "ELF file";
        whole = extent && elf_search(p, extent, &pick);
    } else {
        return say(why, why_bytes, EINVAL, "the image begins with %02x %02x %02x %02x, which is no known container",
                   p[0], p[1], p[2], p[3]);
    }
    if (!whole)
        return say(why, why_bytes, EINVAL, "the %s is damaged or cut short", what);
    if (!pick.found && pick.seen[0])
        return say(why, why_bytes, ENOENT, "the %s has simulator images for warp width %s, this device has %u", what,
                   pick.seen, width);
    if (!pick.found)
        return say(why, why_bytes, ENOENT, "the %s has no image for a simulated device", what);
    *sim = pick.data;
    *sim_bytes = pick.bytes;
    return 0;
}

size_t tn_container_size(const void *data, size_t bytes)
{
    const unsigned char *p = data;
    if (!p || (bytes && bytes < 4))
        return 0;
    if (tn__u32(p) == FATBIN_MAGIC)
        return fatbin_extent(p, bytes);
    if ((bytes == 0 || bytes >= HIP_MAGIC_BYTES) && !strncmp((const char *)p, HIP_MAGIC, HIP_MAGIC_BYTES))
        return hip_walk(p, bytes, NULL);
    return tn__u32(p) == 0x464c457f ? tn__elf_extent(p, bytes) : 0;
}

int tn_container_wrap(tn_container_kind kind, const tn_container_image *images, unsigned count, void **out,
                      size_t *out_bytes)
{
    if (!images || !count || count > 64 || !out || !out_bytes)
        return EINVAL;
    for (unsigned i = 0; i < count; i++)
        if (!images[i].data || !images[i].bytes || images[i].bytes > EXTENT_MAX / 64)
            return EINVAL;
    switch (kind) {
    case TN_CONTAINER_FATBIN:
        return fatbin_wrap(images, count, out, out_bytes);
    case TN_CONTAINER_HIP:
        return hip_wrap(images, count, out, out_bytes);
    case TN_CONTAINER_ASCEND:
        return tn__ascend_wrap(images, count, out, out_bytes);
    }
    return EINVAL;
}
