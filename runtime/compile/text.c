/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - text that grows, whole files, the clock. Calls libc alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/compile/internal.h"

void tnj_add_bytes(struct tnj_text *t, const void *data, size_t bytes)
{
    if (t->broken)
        return;
    if (!t->data || t->room - t->bytes <= bytes) {
        size_t room = (t->bytes + bytes + 1) * 3 / 2 + 64;
        char *bigger = realloc(t->data, room);
        if (!bigger) {
            t->broken = true;
            return;
        }
        t->data = bigger;
        t->room = room;
    }
    if (bytes)
        memcpy(t->data + t->bytes, data, bytes);
    t->bytes += bytes;
    t->data[t->bytes] = 0;
}

void tnj_add_list(struct tnj_text *t, const char *format, va_list list)
{
    char small[1024], *large = NULL;
    va_list again;
    va_copy(again, list);
    int bytes = vsnprintf(small, sizeof small, format, list);
    if (bytes >= (int)sizeof small && (large = malloc((size_t)bytes + 1)))
        vsnprintf(large, (size_t)bytes + 1, format, again);
    va_end(again);
    if (bytes < 0 || (bytes >= (int)sizeof small && !large))
        t->broken = true;
    else
        tnj_add_bytes(t, large ? large : small, (size_t)bytes);
    free(large);
}

void tnj_add(struct tnj_text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tnj_add_list(t, format, list);
    va_end(list);
}

void tnj_text_free(struct tnj_text *t)
{
    free(t->data);
    *t = (struct tnj_text){ 0 };
}

void *tnj_read_file(const char *path, size_t *out_bytes)
{
    struct stat info;
    size_t have = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    char *data = NULL;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode))
        errno = EINVAL;
    else
        data = malloc((size_t)info.st_size + 1);
    while (data && have < (size_t)info.st_size) {
        ssize_t n = read(fd, data + have, (size_t)info.st_size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    int why = errno;
    close(fd);
    errno = why;
    if (data)
        data[have] = 0;
    *out_bytes = have;
    return data;
}

bool tnj_write_file(const char *path, const void *data, size_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), why = 0;
    if (fd < 0)
        return false;
    while (bytes && !why) {
        ssize_t n = write(fd, data, bytes);
        if (n < 0 && errno != EINTR)
            why = errno;
        if (n > 0) {
            data = (const char *)data + n;
            bytes -= (size_t)n;
        }
    }
    if (close(fd) && !why)
        why = errno;
    if (why)
        unlink(path);
    errno = why;
    return !why;
}

uint64_t tnj_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
