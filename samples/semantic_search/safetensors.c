/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The safetensors reader. Owns the mapping and the parsed header (jansson). May call libc and jansson.
 * Format: https://github.com/huggingface/safetensors (public description).
 */
#include "safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_LIMIT (100u << 20) /* the format's own limit, so that a forged length costs nothing */

struct entry {
    const char *name;
    const char *dtype;
    uint64_t shape[SAFETENSORS_MAX_RANK];
    size_t rank;
    uint64_t begin, end; /* bytes from the start of the data */
    uint64_t element_bytes;
};

struct safetensors {
    char *path;
    const unsigned char *map;
    uint64_t file_bytes, data_offset;
    json_t *header;
    struct entry *entries;
    size_t count;
};

static const struct {
    const char *name;
    uint64_t bytes;
} dtypes[] = {
    { "F64", 8 }, { "F32", 4 }, { "F16", 2 }, { "BF16", 2 }, { "I64", 8 }, { "I32", 4 },  { "I16", 2 },
    { "I8", 1 },  { "U64", 8 }, { "U32", 4 }, { "U16", 2 },  { "U8", 1 },  { "BOOL", 1 },
};

static bool map_file(struct safetensors *f, struct problem *problem)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        problem_set(problem, "cannot open %s: %s; check the path, or fetch the model again", f->path, strerror(errno));
        return false;
    }
    struct stat st;
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (!ok)
        problem_set(problem, "%s is not a regular file; give the path of a .safetensors file", f->path);
    else if (st.st_size < 8)
        ok = problem_set(problem,
                         "%s is cut short: it has %lld bytes, and the header length alone takes 8; fetch it again",
                         f->path, (long long)st.st_size);
    if (ok) {
        void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map == MAP_FAILED)
            ok = problem_set(problem, "cannot map %s: %s", f->path, strerror(errno));
        else {
            f->map = map;
            f->file_bytes = (uint64_t)st.st_size;
        }
    }
    (void)close(fd);
    return ok && f->map;
}

static bool parse_header(struct safetensors *f, struct problem *problem)
{
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | f->map[i];
    if (length > HEADER_LIMIT)
        return problem_set(problem,
                           "%s says that its header has %llu bytes, more than any safetensors file may have (%u); it "
                           "is not one, or damaged",
                           f->path, (unsigned long long)length, HEADER_LIMIT);
    if (length > f->file_bytes - 8)
        return problem_set(problem,
                           "%s is cut short inside its header: %llu bytes are announced and %llu there; fetch it again",
                           f->path, (unsigned long long)length, (unsigned long long)(f->file_bytes - 8));
    json_error_t e;
    f->header = json_loadb((const char *)f->map + 8, (size_t)length, JSON_REJECT_DUPLICATES, &e);
    if (!f->header)
        return problem_set(problem,
                           "the header of %s is not valid JSON (%s, at byte %d); it is damaged or no safetensors file",
                           f->path, e.text, e.position);
    if (!json_is_object(f->header))
        return problem_set(problem, "the header of %s is not a JSON object; it is damaged or no safetensors file",
                           f->path);
    f->data_offset = 8 + length;
    return true;
}

static bool read_u64(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_dtype(struct entry *t, const json_t *object)
{
    t->dtype = json_string_value(json_object_get(object, "dtype"));
    for (size_t i = 0; t->dtype && i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, t->dtype) == 0) {
            t->element_bytes = dtypes[i].bytes;
            return true;
        }
    return false;
}

/* The tensor's size in bytes by its shape; false if the shape is none or the product overflows. */
static bool read_shape(struct entry *t, const json_t *shape, uint64_t *out_bytes)
{
    t->rank = json_array_size(shape);
    if (!json_is_array(shape) || t->rank > SAFETENSORS_MAX_RANK)
        return false;
    uint64_t bytes = t->element_bytes;
    for (size_t i = 0; i < t->rank; i++)
        if (!read_u64(json_array_get(shape, i), &t->shape[i]) || __builtin_mul_overflow(bytes, t->shape[i], &bytes))
            return false;
    *out_bytes = bytes;
    return true;
}

static bool read_entry(struct safetensors *f, struct entry *t, const json_t *object, struct problem *problem)
{
    uint64_t data_bytes = f->file_bytes - f->data_offset, bytes = 0;
    const json_t *place = json_object_get(object, "data_offsets");
    if (!json_is_object(object) || !read_dtype(t, object))
        return problem_set(
            problem,
            "%s: tensor \"%.80s\" has no element type that this reader knows; it is damaged or newer than the reader",
            f->path, t->name);
    if (!read_shape(t, json_object_get(object, "shape"), &bytes))
        return problem_set(problem,
                           "%s: the shape of tensor \"%.80s\" is no list of at most %d sizes; the file is damaged",
                           f->path, t->name, SAFETENSORS_MAX_RANK);
    if (json_array_size(place) != 2 || !read_u64(json_array_get(place, 0), &t->begin) ||
        !read_u64(json_array_get(place, 1), &t->end) || t->begin > t->end)
        return problem_set(problem, "%s: tensor \"%.80s\" has no valid data_offsets; the file is damaged", f->path,
                           t->name);
    if (t->end - t->begin != bytes)
        return problem_set(problem,
                           "%s: tensor \"%.80s\" takes %llu bytes but its shape needs %llu; the file is damaged",
                           f->path, t->name, (unsigned long long)(t->end - t->begin), (unsigned long long)bytes);
    if (t->end > data_bytes)
        return problem_set(
            problem, "%s is cut short: tensor \"%.80s\" ends at byte %llu of the data, which has %llu; fetch it again",
            f->path, t->name, (unsigned long long)t->end, (unsigned long long)data_bytes);
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* The format allows neither overlaps nor gaps: either means that something was changed after it was written. */
static bool check_places(struct safetensors *f, struct problem *problem)
{
    if (f->count)
        qsort(f->entries, f->count, sizeof *f->entries, by_place);
    uint64_t at = 0, data_bytes = f->file_bytes - f->data_offset;
    for (size_t i = 0; i < f->count; i++) {
        const struct entry *t = &f->entries[i];
        if (t->begin < at)
            return problem_set(problem, "%s: tensors \"%.80s\" and \"%.80s\" overlap; the file is damaged", f->path,
                               f->entries[i - 1].name, t->name);
        if (t->begin > at)
            return problem_set(problem, "%s: %llu bytes before tensor \"%.80s\" belong to none; the file is damaged",
                               f->path, (unsigned long long)(t->begin - at), t->name);
        at = t->end;
    }
    if (at != data_bytes)
        return problem_set(problem, "%s: the last %llu bytes belong to no tensor; the file is damaged", f->path,
                           (unsigned long long)(data_bytes - at));
    return true;
}

static bool read_entries(struct safetensors *f, struct problem *problem)
{
    const char *name;
    json_t *object;
    f->entries = calloc(json_object_size(f->header) + 1, sizeof *f->entries);
    if (!f->entries)
        return problem_set(problem, "out of memory while reading %s", f->path);
    json_object_foreach(f->header, name, object)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        struct entry *t = &f->entries[f->count++];
        t->name = name;
        if (!read_entry(f, t, object, problem))
            return false;
    }
    return check_places(f, problem);
}

struct safetensors *safetensors_open(const char *path, struct problem *problem)
{
    struct safetensors *f = calloc(1, sizeof *f);
    if (f && (f->path = strdup(path)) && map_file(f, problem) && parse_header(f, problem) && read_entries(f, problem))
        return f;
    if (!f || !f->path)
        problem_set(problem, "out of memory while opening %s", path);
    safetensors_close(f);
    return NULL;
}

void safetensors_close(struct safetensors *f)
{
    if (!f)
        return;
    if (f->map)
        (void)munmap((void *)(uintptr_t)f->map, (size_t)f->file_bytes);
    json_decref(f->header);
    free(f->entries);
    free(f->path);
    free(f);
}

static void shape_text(char *out, size_t bytes, size_t rank, const uint64_t *shape)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < rank && used < bytes; i++) {
        int n = shape[i] ? snprintf(out + used, bytes - used, "%s%llu", i ? " x " : "", (unsigned long long)shape[i])
                         : snprintf(out + used, bytes - used, "%sany", i ? " x " : "");
        used += n > 0 ? (size_t)n : 0;
    }
}

const void *safetensors_get(const struct safetensors *f, const char *name, const char *dtype, size_t rank,
                            uint64_t *shape, struct problem *problem)
{
    const struct entry *t = NULL;
    for (size_t i = 0; i < f->count && !t; i++)
        if (strcmp(f->entries[i].name, name) == 0)
            t = &f->entries[i];
    if (!t) {
        problem_set(problem, "%s has no tensor \"%s\"; is it the weight file of another model?", f->path, name);
        return NULL;
    }
    bool fits = strcmp(t->dtype, dtype) == 0 && t->rank == rank;
    for (size_t i = 0; i < rank && fits; i++)
        fits = shape[i] == 0 || shape[i] == t->shape[i];
    if (!fits) {
        char want[96], have[96];
        shape_text(want, sizeof want, rank, shape);
        shape_text(have, sizeof have, t->rank, t->shape);
        problem_set(problem,
                    "%s: tensor \"%s\" is %s of %s, and %s of %s is needed; is it the weight file of another model?",
                    f->path, name, t->dtype, have, dtype, want);
        return NULL;
    }
    const unsigned char *data = f->map + f->data_offset + t->begin;
    if ((uintptr_t)data % t->element_bytes) {
        problem_set(
            problem,
            "%s: tensor \"%s\" does not begin at a multiple of %llu bytes; write the file again with an aligned header",
            f->path, name, (unsigned long long)t->element_bytes);
        return NULL;
    }
    for (size_t i = 0; i < rank; i++)
        shape[i] = t->shape[i];
    return data;
}

const char *safetensors_metadata(const struct safetensors *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key));
}
