/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machines.c - the table of fake machines, and the tree of one. Ids and classes are those of public lspci logs where
 * the device table of the discovery plugin has them as such.
 */
#include "tests/unit/discover/machines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tenon/export.h"

static const struct machine machines[] = {
    { "ascend910b",
      { { "0000:00:00.0", 0x19e5, 0xa120, 0x060400, 0, "pcieport", -1 },
        { "0000:81:00.0", 0x19e5, 0xd802, 0x120000, 2, "devdrv_device_driver", -1 },
        { "0000:c1:00.0", 0x19e5, 0xd802, 0x120000, 3, "devdrv_device_driver", -1 } },
      { "davinci0", "davinci1", "davinci_manager", "devmm_svm", "hisi_hdc", "null" },
      { "/usr/local/Ascend/ascend-toolkit/latest/lib64/libascendcl.so" } },
    { "dcu",
      { { "0000:00:00.0", 0x1d94, 0x1450, 0x060000, 0, NULL, -1 },
        { "0000:41:00.0", 0x1d94, 0x6211, 0x0b4000, 1, "hycu", 0 },
        { "0000:42:00.0", 0x1d94, 0x55b7, 0x038000, 1, "hycu", 1 } },
      { "kfd", "mkfd", "dri/card0", "dri/renderD128", "dri/card1", "dri/renderD129" },
      { "/opt/dtk/hip/lib/libgalaxyhip.so.5" } },
    { "s4000",
      { { "0000:3b:00.0", 0x1ed5, 0x0323, 0x030000, 0, "mtgpu", 0 } },
      { "mtgpu.0", "dri/card0", "dri/renderD128" },
      { "/usr/local/musa/lib/libmusa.so.1" } },
    { "nvidia",
      { { "0000:17:00.0", 0x10de, 0x20b0, 0x030200, 0, "nvidia", -1 },
        { "0000:17:00.1", 0x10de, 0x1aef, 0x040300, 0, "snd_hda_intel", -1 } },
      { "nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools" },
      { "/usr/lib64/libcuda.so.1" } },
    { "kunpeng",
      { { "0000:75:00.0", 0x19e5, 0xa250, 0x120000, 0, "hisi_zip", -1 },
        { "0000:76:00.0", 0x19e5, 0xa126, 0x010802, 0, "nvme", -1 },
        { "0000:7d:00.0", 0x19e5, 0xa222, 0x020000, 0, "hns3", -1 },
        { "0000:78:00.0", 0x19e5, 0xa255, 0x120000, 0, "hisi_sec2", -1 } },
      { "hisi_zip-0" },
      { NULL } },
    { "none",
      { { "0000:00:00.0", 0x8086, 0x1237, 0x060000, -1, NULL, -1 },
        { "0000:00:02.0", 0x1234, 0x1111, 0x030000, -1, "bochs-drm", -1 } },
      { "null" },
      { NULL } },
};

const struct machine *machine_find(const char *name)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        if (!strcmp(machines[i].name, name))
            return &machines[i];
    return NULL;
}

static bool complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return false;
}

static void format(char *out, const char *text, ...) TN_PRINTF(2, 3);
static void format(char *out, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    vsnprintf(out, PATH_MAX, text, args);
    va_end(args);
}

/* All folders above the last '/' of the path. */
static bool make_parents(const char *path)
{
    char part[PATH_MAX];
    format(part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) && errno != EEXIST)
            return complain(part);
        *slash = '/';
    }
    return true;
}

bool file_write(const char *folder, const char *path, const void *data, size_t bytes)
{
    char full[PATH_MAX];
    format(full, "%s/%s", folder, path);
    if (!make_parents(full))
        return false;
    int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes || fchmod(fd, 0666)) {
        if (fd >= 0)
            close(fd);
        return complain(full);
    }
    return close(fd) == 0;
}

static bool text_file(const char *folder, const char *path, const char *text, ...) TN_PRINTF(3, 4);
static bool text_file(const char *folder, const char *path, const char *text, ...)
{
    char line[256];
    va_list args;
    va_start(args, text);
    vsnprintf(line, sizeof(line), text, args);
    va_end(args);
    return file_write(folder, path, line, strlen(line));
}

static bool link_write(const char *folder, const char *path, const char *target)
{
    char full[PATH_MAX];
    format(full, "%s/%s", folder, path);
    if (!make_parents(full))
        return false;
    return symlink(target, full) == 0 || complain(full);
}

/* What libpciaccess reads: the header of the configuration space, and thirteen lines of resources. */
static bool write_pci_files(const struct fake_pci *pci, const char *folder)
{
    uint8_t config[256] = { (uint8_t)pci->vendor, (uint8_t)(pci->vendor >> 8), (uint8_t)pci->device,
                            (uint8_t)(pci->device >> 8) };
    char resource[13 * 57 + 1] = "";
    config[9] = (uint8_t)pci->class_code;
    config[10] = (uint8_t)(pci->class_code >> 8);
    config[11] = (uint8_t)(pci->class_code >> 16);
    memcpy(config + 0x2c, config, 4);
    for (int i = 0; i < 13; i++)
        strcat(resource, "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
    return file_write(folder, "config", config, sizeof(config)) && text_file(folder, "resource", "%s", resource) &&
           text_file(folder, "vendor", "0x%04x\n", pci->vendor) &&
           text_file(folder, "device", "0x%04x\n", pci->device) &&
           text_file(folder, "subsystem_vendor", "0x%04x\n", pci->vendor) &&
           text_file(folder, "subsystem_device", "0x%04x\n", pci->device) &&
           text_file(folder, "revision", "0x00\n") && text_file(folder, "irq", "0\n") &&
           text_file(folder, "class", "0x%06x\n", (unsigned)pci->class_code) &&
           text_file(folder, "numa_node", "%d\n", pci->numa_node) &&
           text_file(folder, "uevent", "PCI_SLOT_NAME=%s\n", pci->address);
}

/* One DRM node as libdrm looks for it: by its numbers, and back to the PCI device. */
static bool write_drm_node(const char *tree, const char *pci_folder, const char *name, int minor)
{
    char path[PATH_MAX], target[PATH_MAX];
    format(path, "%s/drm/%s", pci_folder, name);
    if (!text_file(path, "dev", "226:%d\n", minor) || !link_write(path, "device", "../.."))
        return false;
    format(path, "sys/dev/char/226:%d", minor);
    format(target, "../../%s/drm/%s", strstr(pci_folder, "devices/"), name);
    if (!link_write(tree, path, target))
        return false;
    format(path, "dev/.node/dri_%s", name);
    format(target, "226:%d", minor);
    return link_write(tree, path, target);
}

static bool write_pci(const struct fake_pci *pci, const char *tree)
{
    char folder[PATH_MAX], path[PATH_MAX], target[PATH_MAX], name[32];
    format(folder, "%s/sys/devices/pci0000:00/%s", tree, pci->address);
    format(path, "sys/bus/pci/devices/%s", pci->address);
    format(target, "../../../devices/pci0000:00/%s", pci->address);
    if (!write_pci_files(pci, folder) || !link_write(tree, path, target) ||
        !link_write(folder, "subsystem", "../../../bus/pci"))
        return false;
    if (pci->driver) {
        format(target, "../../../bus/pci/drivers/%s", pci->driver);
        if (!link_write(folder, "driver", target))
            return false;
    }
    if (pci->drm < 0)
        return true;
    snprintf(name, sizeof(name), "card%d", pci->drm);
    if (!write_drm_node(tree, folder, name, pci->drm))
        return false;
    snprintf(name, sizeof(name), "renderD%d", 128 + pci->drm);
    return write_drm_node(tree, folder, name, 128 + pci->drm);
}

bool machine_write(const struct machine *machine, const char *tree)
{
    char path[PATH_MAX];
    format(path, "%s/sys/bus/pci/devices/", tree);
    if (!make_parents(path))
        return false;
    for (size_t i = 0; i < sizeof(machine->pci) / sizeof(machine->pci[0]) && machine->pci[i].address; i++)
        if (!write_pci(&machine->pci[i], tree))
            return false;
    for (size_t i = 0; i < sizeof(machine->nodes) / sizeof(machine->nodes[0]) && machine->nodes[i]; i++) {
        format(path, "dev/%s", machine->nodes[i]);
        if (!file_write(tree, path, "", 0))
            return false;
    }
    for (size_t i = 0; i < sizeof(machine->libraries) / sizeof(machine->libraries[0]) && machine->libraries[i]; i++) {
        format(path, "root%s", machine->libraries[i]);
        if (!file_write(tree, path, "", 0))
            return false;
    }
    return true;
}
