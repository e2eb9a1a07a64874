/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbols.c - images as files, for debuggers and profilers: with TENON_SIM_IMAGES=DIR an image's code is mapped from a file there,
 * where perf finds names and lines, and DIR/PID.gdb tells gdb where each image lies. Without it, memory. Calls libc alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

static bool image_path(char *path, size_t room, unsigned number, const char *ending)
{
    const char *dir = getenv("TENON_SIM_IMAGES");
    if (!dir || *dir != '/')
        return false;
    const long pid = (long)getpid();
    const int bytes = number ? snprintf(path, room, "%s/%ld-%u%s", dir, pid, number, ending)
                             : snprintf(path, room, "%s/%ld%s", dir, pid, ending);
    return (size_t)bytes < room;
}

/* Where the image's bytes go: an open file, empty, and its number; 0: it has no name. */
int sil__image_file(unsigned *out_number)
{
    static _Atomic unsigned numbers;
    char path[4096];
    const unsigned number = atomic_fetch_add(&numbers, 1) + 1;
    *out_number = 0;
    if (image_path(path, sizeof path, number, ".so")) {
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            *out_number = number;
            return fd;
        }
    }
    return memfd_create("tenon-sim-image", MFD_CLOEXEC);
}

void sil__image_mapped(unsigned number, uint64_t offset)
{
    char path[4096], list[4096], line[4200];
    if (!number || !image_path(path, sizeof path, number, ".so") || !image_path(list, sizeof list, 0, ".gdb"))
        return;
    int bytes = snprintf(line, sizeof line, "add-symbol-file \"%s\" -o 0x%llx\n", path, (unsigned long long)offset);
    int fd = open(list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    ssize_t written = write(fd, line, (size_t)bytes); /* one write: lines of threads do not mix */
    (void)written;
    close(fd);
}
