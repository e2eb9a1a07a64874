/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machines.h - fake machines for the discovery tests: a table of PCI devices, nodes and libraries each, written as a
 * tree with sys, dev and root below one folder. The trees serve our own scanner (by its roots), libpciaccess (bind-mounted
 * over /sys) and libdrm (through umockdev).
 */
#ifndef TEST_DISCOVER_MACHINES_H
#define TEST_DISCOVER_MACHINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_pci {
    const char *address;
    uint16_t vendor, device;
    uint32_t class_code;
    int numa_node;
    const char *driver;     /* NULL: none is bound */
    int drm;                /* number of its card and, from 128, of its render node; -1: none */
};

struct machine {
    const char *name;
    struct fake_pci pci[6];
    const char *nodes[12];      /* below /dev */
    const char *libraries[4];   /* absolute paths, below root */
};

const struct machine *machine_find(const char *name);

/* Both return false after saying on stderr what went wrong. */
bool machine_write(const struct machine *machine, const char *folder);
bool file_write(const char *folder, const char *path, const void *data, size_t bytes);

#endif
