/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - results on disk, one file each, named by its key. A file is written under another name and renamed, so readers see
 * whole ones; its checksum is looked at each time, and what is damaged is removed and built anew. No locks: processes and
 * threads that build the same at once write the same. Owns the folder `compile` of the cache directory. Calls libc and xxHash.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/compile/internal.h"

#define MAGIC         "TNCACHE1"
#define DEFAULT_LIMIT (1ull << 30)
#define SUFFIX        ".tnc"
#define STALE_SECONDS 3600      /* a file being written is not that old */
#define TOUCH_SECONDS 60        /* an entry's time of use is no more exact than this */
#define CLOCK_GRAIN   20000000u /* nanoseconds by which a file's time may lag behind the clock */

struct head {
    char magic[8];
    struct tnj_hash sum; /* of everything behind it */
    struct tnj_hash key;
    uint64_t bundle_bytes, log_bytes, names_bytes, deps_bytes;
};

/* A file that the compilation read; its path follows, with a NUL, and zeros up to a multiple of 8. */
struct dep {
    uint64_t device, inode, bytes, changed_ns, modified_ns;
    struct tnj_hash hash;
    uint64_t path_bytes;
};

static void remark(struct tnj_job *job, const char *format, ...) TN_PRINTF(2, 3);
static void remark(struct tnj_job *job, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tnj_add(&job->remarks, "tn_compile: remark: the cache ");
    tnj_add_list(&job->remarks, format, list);
    tnj_add(&job->remarks, "\n");
    va_end(list);
}

static struct tnj_hash sum_of(const char *data, size_t bytes)
{
    const size_t from = offsetof(struct head, key);
    XXH128_hash_t h = XXH3_128bits(data + from, bytes - from);
    return (struct tnj_hash){ h.low64, h.high64 };
}

static bool same(struct tnj_hash a, struct tnj_hash b)
{
    return a.low == b.low && a.high == b.high;
}

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- the folder ---- */
static uint64_t read_limit(struct tnj_job *job)
{
    const char *text = getenv("TENON_CACHE_BYTES");
    char *end = NULL;
    if (!text || !*text)
        return DEFAULT_LIMIT;
    errno = 0;
    unsigned long long value = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    unsigned shift = !end ? 64 : !*end ? 0 : *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 64;
    if (shift == 64 || errno || (*end && end[1]) || value > UINT64_MAX >> shift) {
        remark(job, "takes 1 GiB: TENON_CACHE_BYTES is \"%s\", not a number with K, M or G behind it", text);
        return DEFAULT_LIMIT;
    }
    return value << shift;
}

static bool choose_folder(struct tnj_job *job, char *dir, size_t room)
{
    const char *given = job->options->cache_dir, *below = "";
    if (!given && (given = getenv("TENON_CACHE_DIR")) && !*given)
        given = NULL;
    if (!given && (given = getenv("XDG_CACHE_HOME")))
        below = "/tenon";
    if (!given || (*below && *given != '/')) { /* a relative XDG_CACHE_HOME does not count */
        given = getenv("HOME");
        below = "/.cache/tenon";
    }
    if (!given || *given != '/') {
        remark(job, "is off: %s%s", given && *given ? given : "neither TENON_CACHE_DIR nor HOME is set",
               given && *given ? " is no absolute path" : "");
        return false;
    }
    if (snprintf(dir, room, "%s%s/compile", given, below) >= (int)room) {
        remark(job, "is off: the path of its directory is too long");
        return false;
    }
    return true;
}

/* Files of somebody else would be code of somebody else. */
static bool make_folder(struct tnj_job *job, char *dir)
{
    struct stat info;
    if (stat(dir, &info)) {
        for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
            *slash = 0;
            mkdir(dir, 0700);
            *slash = '/';
        }
        if ((mkdir(dir, 0700) && errno != EEXIST) || stat(dir, &info)) {
            remark(job, "is off: can't make %s: %s", dir, strerror(errno));
            return false;
        }
    }
    if (!S_ISDIR(info.st_mode))
        remark(job, "is off: %s is no directory", dir);
    else if (info.st_uid != geteuid() && info.st_uid != 0)
        remark(job, "is off: %s belongs to another user", dir);
    else if (info.st_mode & S_IWOTH)
        remark(job, "is off: anybody may write into %s", dir);
    else
        return true;
    return false;
}

void tnj_cache_open(struct tnj_job *job, struct tnj_cache *cache)
{
    cache->dir[0] = 0;
    if (job->options->flags & TN_COMPILE_NO_CACHE || !(cache->limit = read_limit(job)))
        return;
    if (!choose_folder(job, cache->dir, sizeof cache->dir) || !make_folder(job, cache->dir))
        cache->dir[0] = 0;
    else if (!tnj_key(job, &cache->key)) {
        remark(job, "is off: the compiler's files can't be read: %s", job->compiler);
        cache->dir[0] = 0;
    }
}

static void entry_path(const struct tnj_cache *cache, char *path, size_t room)
{
    snprintf(path, room, "%s/%016llx%016llx" SUFFIX, cache->dir, (unsigned long long)cache->key.high,
             (unsigned long long)cache->key.low);
}

/* ---- files that a compilation read ---- */
static bool look_at(const char *path, struct dep *out)
{
    struct stat info;
    if (stat(path, &info))
        return false;
    *out = (struct dep){ (uint64_t)info.st_dev,     info.st_ino, (uint64_t)info.st_size, nanoseconds(info.st_ctim),
                         nanoseconds(info.st_mtim), { 0, 0 },    strlen(path) + 1 };
    return true;
}

static bool still_same(const struct dep *was, const char *path)
{
    struct dep now;
    struct tnj_hash hash;
    if (!look_at(path, &now))
        return false;
    if (now.device == was->device && now.inode == was->inode && now.bytes == was->bytes &&
        now.changed_ns == was->changed_ns && now.modified_ns == was->modified_ns)
        return true;
    return now.bytes == was->bytes && tnj_hash_file(path, &hash) && same(hash, was->hash);
}

static bool deps_hold(const char *at, size_t bytes)
{
    struct dep dep;
    for (size_t step; bytes; at += step, bytes -= step) {
        if (bytes < sizeof dep)
            return false;
        memcpy(&dep, at, sizeof dep);
        if (!dep.path_bytes || dep.path_bytes > bytes - sizeof dep || at[sizeof dep + dep.path_bytes - 1])
            return false;
        step = sizeof dep + ((size_t)dep.path_bytes + 7) / 8 * 8;
        if (step > bytes || !still_same(&dep, at + sizeof dep))
            return false;
    }
    return true;
}

/* False when one of them changed since the compiler started: then nobody knows what it read. */
static bool put_deps(struct tnj_job *job, struct tnj_text *out)
{
    static const char zeros[8];
    for (size_t at = 0; at < job->deps.bytes; at += strlen(job->deps.data + at) + 1) {
        const char *path = job->deps.data + at;
        struct tnj_hash hash;
        struct dep dep;
        if (!tnj_hash_file(path, &hash) || !look_at(path, &dep))
            return false;
        if (dep.changed_ns + CLOCK_GRAIN >= job->started_wall_ns)
            return false;
        dep.hash = hash;
        tnj_add_bytes(out, &dep, sizeof dep);
        tnj_add_bytes(out, path, (size_t)dep.path_bytes);
        tnj_add_bytes(out, zeros, (8 - (size_t)dep.path_bytes % 8) % 8);
    }
    return true;
}

/* ---- finding ---- */
enum entry { ENTRY_GOOD, ENTRY_DAMAGED, ENTRY_OLD };

static enum entry check_entry(const struct tnj_job *job, const struct tnj_cache *cache, const char *data, size_t bytes,
                              struct head *head)
{
    if (bytes < sizeof *head)
        return ENTRY_DAMAGED;
    memcpy(head, data, sizeof *head);
    uint64_t rest = bytes - sizeof *head;
    const uint64_t parts[] = { head->bundle_bytes, head->log_bytes, head->names_bytes, head->deps_bytes };
    for (size_t i = 0; i < 4; i++) {
        if (parts[i] > rest)
            return ENTRY_DAMAGED;
        rest -= parts[i];
    }
    if (rest || memcmp(head->magic, MAGIC, 8) || !same(head->key, cache->key) || !same(head->sum, sum_of(data, bytes)))
        return ENTRY_DAMAGED;
    uint32_t names = 0;
    const char *at = data + sizeof *head + head->bundle_bytes + head->log_bytes;
    for (uint64_t i = 0; i < head->names_bytes; i++)
        names += !at[i];
    if (names != job->options->name_expression_count)
        return ENTRY_DAMAGED;
    return deps_hold(at + head->names_bytes, (size_t)head->deps_bytes) ? ENTRY_GOOD : ENTRY_OLD;
}

/* The time of the file is that of its last use, by which entries are removed. */
static void touch(const char *path)
{
    struct stat info;
    if (!stat(path, &info) && time(NULL) - info.st_mtim.tv_sec > TOUCH_SECONDS)
        utimensat(AT_FDCWD, path, NULL, 0);
}

/* Put there by somebody who may write into the folder, as one of its group. */
static bool is_foreign(const char *path)
{
    struct stat info;
    return !lstat(path, &info) && (!S_ISREG(info.st_mode) || (info.st_uid != geteuid() && info.st_uid != 0));
}

bool tnj_cache_find(struct tnj_job *job, const struct tnj_cache *cache)
{
    char path[TNJ_PATH];
    struct head head;
    size_t bytes;
    if (!cache->dir[0])
        return false;
    entry_path(cache, path, sizeof path);
    if (is_foreign(path)) {
        remark(job, "had an entry of another user, which is built anew: %s", path);
        unlink(path);
        return false;
    }
    char *data = tnj_read_file(path, &bytes);
    if (!data) {
        if (errno != ENOENT)
            remark(job, "can't read %s: %s", path, strerror(errno));
        return false;
    }
    enum entry state = check_entry(job, cache, data, bytes, &head);
    if (state == ENTRY_GOOD) {
        const char *at = data + sizeof head;
        tnj_add_bytes(&job->bundle, at, (size_t)head.bundle_bytes);
        tnj_add_bytes(&job->log, at + head.bundle_bytes, (size_t)head.log_bytes);
        tnj_add_bytes(&job->names, at + head.bundle_bytes + head.log_bytes, (size_t)head.names_bytes);
        touch(path);
    } else if (state == ENTRY_DAMAGED) {
        remark(job, "had a damaged entry, which is built anew: %s", path);
        unlink(path);
    }
    free(data);
    return state == ENTRY_GOOD;
}

/* ---- bounds ---- */
struct item {
    char name[64];
    uint64_t bytes, used_ns;
};

static int by_use(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->used_ns < y->used_ns ? -1 : x->used_ns > y->used_ns;
}

static bool ends(const char *text, const char *suffix)
{
    size_t t = strlen(text), s = strlen(suffix);
    return t >= s && !strcmp(text + t - s, suffix);
}

/* What lies in the folder, files left behind by a writer that died removed. */
static struct item *list_items(DIR *folder, size_t *out_count, uint64_t *out_bytes)
{
    struct item *items = NULL;
    size_t room = 0;
    struct dirent *e;
    struct stat info;
    *out_count = 0;
    *out_bytes = 0;
    while ((e = readdir(folder))) {
        bool entry = ends(e->d_name, SUFFIX), partial = ends(e->d_name, ".partial");
        if ((!entry && !partial) || strlen(e->d_name) >= sizeof items->name ||
            fstatat(dirfd(folder), e->d_name, &info, AT_SYMLINK_NOFOLLOW))
            continue;
        if (partial && time(NULL) - info.st_mtim.tv_sec > STALE_SECONDS)
            unlinkat(dirfd(folder), e->d_name, 0);
        if (!entry)
            continue;
        if (*out_count == room) {
            room = room ? 2 * room : 256;
            struct item *bigger = realloc(items, room * sizeof *bigger);
            if (!bigger)
                break;
            items = bigger;
        }
        struct item *i = &items[(*out_count)++];
        strcpy(i->name, e->d_name);
        i->bytes = (uint64_t)info.st_size;
        i->used_ns = nanoseconds(info.st_mtim);
        *out_bytes += i->bytes;
    }
    return items;
}

/* Removes the entries that were not used for longest, down to seven eighths, so that it has not to be done each time. */
static void trim(const struct tnj_cache *cache)
{
    DIR *folder = opendir(cache->dir);
    size_t count;
    uint64_t bytes;
    if (!folder)
        return;
    struct item *items = list_items(folder, &count, &bytes);
    if (bytes > cache->limit) {
        qsort(items, count, sizeof *items, by_use);
        for (size_t i = 0; i < count && bytes > cache->limit / 8 * 7; i++) {
            unlinkat(dirfd(folder), items[i].name, 0);
            bytes -= items[i].bytes;
        }
    }
    free(items);
    closedir(folder);
}

/* The folder is listed at this process's first store and when it has stored a 64th of the limit since. */
static void keep_bounds(const struct tnj_cache *cache, uint64_t bytes)
{
    static _Atomic uint64_t since = UINT64_MAX / 2;
    uint64_t now = atomic_fetch_add(&since, bytes) + bytes;
    if (now < cache->limit / 64)
        return;
    atomic_store(&since, 0);
    trim(cache);
}

/* ---- storing ---- */
static bool put_file(const struct tnj_cache *cache, const void *data, size_t bytes)
{
    static _Atomic unsigned serial;
    char path[TNJ_PATH], partial[TNJ_PATH];
    entry_path(cache, path, sizeof path);
    snprintf(partial, sizeof partial, "%s/%lx-%x-%llx.partial", cache->dir, (long)getpid(),
             atomic_fetch_add(&serial, 1), (unsigned long long)tnj_now());
    if (!tnj_write_file(partial, data, bytes))
        return false;
    if (!rename(partial, path))
        return true;
    int why = errno;
    unlink(partial);
    errno = why;
    return false;
}

void tnj_cache_store(struct tnj_job *job, const struct tnj_cache *cache)
{
    struct tnj_text t = { 0 };
    struct head head = { .key = cache->key,
                         .bundle_bytes = job->bundle.bytes,
                         .log_bytes = job->log.bytes,
                         .names_bytes = job->names.bytes };
    if (!cache->dir[0])
        return;
    memcpy(head.magic, MAGIC, 8);
    tnj_add_bytes(&t, &head, sizeof head);
    tnj_add_bytes(&t, job->bundle.data, job->bundle.bytes);
    tnj_add_bytes(&t, job->log.data, job->log.bytes);
    tnj_add_bytes(&t, job->names.data, job->names.bytes);
    size_t before = t.bytes;
    if (!job->deps_known || !put_deps(job, &t))
        remark(job, "does not take this: a file that it includes changed in the meantime or can't be read");
    else if (!t.broken && t.bytes <= cache->limit) {
        head.deps_bytes = t.bytes - before;
        memcpy(t.data, &head, sizeof head);
        head.sum = sum_of(t.data, t.bytes);
        memcpy(t.data, &head, sizeof head);
        if (put_file(cache, t.data, t.bytes)) {
            job->flags |= TN_COMPILE_STORED;
            keep_bounds(cache, t.bytes);
        } else
            remark(job, "can't store this in %s: %s", cache->dir, strerror(errno));
    }
    tnj_text_free(&t);
}
