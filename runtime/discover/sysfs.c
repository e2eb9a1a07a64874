/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs.c - our own PCI scanner: reads <sysfs>/bus/pci/devices. It is the first source, since it can be pointed at any
 * tree and gives what libpciaccess has no call for: the NUMA node, the bound kernel driver, the DRM and accel nodes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/discover/scan.h"

static bool read_number(int directory, const char *name, int base, long *out)
{
    char text[32];
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    char *end;
    errno = 0;
    long value = strtol(text, &end, base);
    if (end == text || errno || (*end && *end != '\n'))
        return false;
    *out = value;
    return true;
}

static bool read_id(int directory, const char *name, uint16_t *out)
{
    long value;
    if (!read_number(directory, name, 16, &value) || value < 0 || value > 0xffff)
        return false;
    *out = (uint16_t)value;
    return true;
}

/* "0000:81:00.0"; a domain can be longer where a bridge makes its own (10000:e1:00.0). */
static bool is_address(const char *name)
{
    unsigned domain, bus, slot, function;
    int end = 0;
    return strlen(name) < sizeof(((tn_discover_device *)0)->address) &&
           sscanf(name, "%8x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) == 4 && name[end] == '\0';
}

static void read_driver(int directory, tn_discover_device *device)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(directory, "driver", target, sizeof(target) - 1);
    if (length <= 0)
        return;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    TEXT(device->kernel_driver, "%s", slash ? slash + 1 : target);
}

/* <device>/drm has a folder per node, <device>/accel too. */
static void read_own_nodes(int directory, const char *subsystem, const char *below_dev, tn_discover_device *device)
{
    int fd = openat(directory, subsystem, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[64];
        if (strncmp(entry->d_name, "card", 4) && strncmp(entry->d_name, "renderD", 7) &&
            strncmp(entry->d_name, "accel", 5))
            continue;
        if (strchr(entry->d_name, '-'))     /* card0-HDMI-A-1 is a connector */
            continue;
        TEXT(path, "/dev/%s/%.40s", below_dev, entry->d_name);
        scan_device_node(device, path);
    }
    closedir(dir);
}

static bool read_device(struct scan *scan, int bus, const char *address)
{
    uint16_t vendor, id;
    long class_code, number;
    int directory = openat(bus, address, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return false;
    bool readable = read_id(directory, "vendor", &vendor) && read_id(directory, "device", &id) &&
                    read_number(directory, "class", 16, &class_code);
    tn_discover_device *device = readable ? scan_add_device(scan, address) : NULL;
    if (device) {
        device->vendor = vendor;
        device->device = id;
        device->class_code = (uint32_t)class_code & 0xffffff;
        device->numa_node = read_number(directory, "numa_node", 10, &number) ? (int32_t)number : -1;
        device->seen_by |= TN_DISCOVER_BY_SYSFS;
        if (!read_id(directory, "subsystem_vendor", &device->subsystem_vendor) ||
            !read_id(directory, "subsystem_device", &device->subsystem_device))
            device->subsystem_vendor = device->subsystem_device = 0;
        read_driver(directory, device);
        read_own_nodes(directory, "drm", "dri", device);
        read_own_nodes(directory, "accel", "accel", device);
    }
    close(directory);
    return readable;
}

void scan_pci(struct scan *scan)
{
    char path[PATH_MAX];
    unsigned read = 0, broken = 0;
    TEXT(path, "%s/bus/pci/devices", scan->sysfs);
    DIR *dir = opendir(path);
    if (!dir) {
        scan_add_source(scan, path, false, "it cannot be read: %s", strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) && !scan->failed;) {
        if (!is_address(entry->d_name))
            continue;
        if (read_device(scan, dirfd(dir), entry->d_name))
            read++;
        else
            broken++;
    }
    closedir(dir);
    if (broken)
        scan_add_source(scan, path, true, "%u devices; %u entries could not be read", read, broken);
    else
        scan_add_source(scan, path, true, "%u devices", read);
}
