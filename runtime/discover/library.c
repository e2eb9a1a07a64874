/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library.c - is the vendor's library where a loader would look for it? Files are looked at and never opened. The
 * drivers have their own, longer lists (library specs): this answer only explains.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/discover/scan.h"

#if defined(__aarch64__)
#define MULTIARCH "aarch64-linux-gnu"
#else
#define MULTIARCH "x86_64-linux-gnu"
#endif

/* Calls `found` for each part of a list with ':' until it returns true. */
static bool each(const char *list, bool (*found)(void *state, const char *part), void *state)
{
    char part[PATH_MAX];
    while (list && *list) {
        size_t length = strcspn(list, ":");
        if (length && length < sizeof(part)) {
            memcpy(part, list, length);
            part[length] = '\0';
            if (found(state, part))
                return true;
        }
        list += length + (list[length] == ':');
    }
    return false;
}

struct search {
    const char *root, *name, *directories;
    bool elsewhere;         /* the system's directories count too */
    char *out;
    size_t size;
};

static bool in_directory(void *state, const char *directory)
{
    struct search *search = state;
    char path[PATH_MAX];
    TEXT(path, "%s%s/%s", search->root, directory, search->name);
    if (access(path, R_OK))
        return false;
    text_set(search->out, search->size, "%s", path);
    return true;
}

/* The directories that ldconfig was told of, a line each. */
static bool in_conf_file(struct search *search, const char *path)
{
    char line[PATH_MAX];
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "#\n")] = '\0';
        if (line[0] == '/')
            found = in_directory(search, line);
    }
    if (file)
        fclose(file);
    return found;
}

static bool in_ldconfig(struct search *search)
{
    char folder[PATH_MAX], path[PATH_MAX];
    bool found = false;
    TEXT(folder, "%s/etc/ld.so.conf.d", search->root);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
        TEXT(path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            found = in_conf_file(search, path);
    }
    if (dir)
        closedir(dir);
    return found;
}

static bool name_found(void *state, const char *name)
{
    static const char system[] = "/usr/lib/" MULTIARCH ":/lib/" MULTIARCH ":/usr/lib64:/lib64:/usr/lib:/usr/local/lib";
    struct search *search = state;
    search->name = name;
    bool found = each(search->directories, in_directory, search);
    if (!found && search->elsewhere)
        found = each(secure_getenv("LD_LIBRARY_PATH"), in_directory, search) || each(system, in_directory, search) ||
                in_ldconfig(search);
    search->name = NULL;
    return found;
}

bool library_find(const struct scan *scan, const struct vendor_id *vendor, char *out, size_t size)
{
    struct search search = { .root = scan->library_root, .directories = vendor->directories,
                             .elsewhere = !vendor->own_directory_only, .out = out, .size = size };
    if (vendor->library && each(vendor->library, name_found, &search))
        return true;
    text_set(out, size, "%.*s", vendor->library ? (int)strcspn(vendor->library, ":") : 0,
             vendor->library ? vendor->library : "");
    return false;
}
