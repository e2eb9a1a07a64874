/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_discover.c - what the discovery plugin says of fake machines, and what it says when one thing is missing. Called
 * with "make MACHINE FOLDER" it writes a tree, with "dump" it prints a scan: the script tests use both.
 */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/discover/discover.h"
#include "runtime/discover/ids.h"
#include "tests/unit/discover/machines.h"
#include "tests/unit/suite.h"

static char tree[PATH_MAX];
static char sysfs[PATH_MAX + 8], dev[PATH_MAX + 8], root[PATH_MAX + 8];

static void use_machine(const char *name)
{
    snprintf(tree, sizeof(tree), "%s/discover-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(tree));
    snprintf(sysfs, sizeof(sysfs), "%s/sys", tree);
    snprintf(dev, sizeof(dev), "%s/dev", tree);
    snprintf(root, sizeof(root), "%s/root", tree);
    const struct machine *machine = machine_find(name);
    ck_assert_ptr_nonnull(machine);
    ck_assert(machine_write(machine, tree));
}

static tn_discover_report *scan_with(const char *drivers)
{
    tn_discover_options options = { .size = sizeof(options), .sysfs_root = sysfs, .dev_root = dev,
                                    .library_root = root, .drivers = drivers };
    tn_discover_report *report = NULL;
    ck_assert_int_eq(tn_discover_scan(&options, &report), TN_OK);
    ck_assert_ptr_nonnull(report);
    return report;
}

static const tn_discover_device *device_at(const tn_discover_report *report, const char *address)
{
    for (uint32_t i = 0; i < report->device_count; i++)
        if (!strcmp(report->devices[i].address, address))
            return &report->devices[i];
    ck_abort_msg("no device %s in the report", address);
    return NULL;
}

static const tn_discover_node *node_at(const tn_discover_report *report, const char *path)
{
    for (uint32_t i = 0; i < report->node_count; i++)
        if (!strcmp(report->nodes[i].path, path))
            return &report->nodes[i];
    return NULL;
}

static unsigned count_of(const tn_discover_report *report, tn_discover_verdict verdict)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < report->device_count; i++)
        count += report->devices[i].verdict == verdict;
    return count;
}

static void ck_assert_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "\"%s\" does not say \"%s\"", text, part);
}

static void remove_file(const char *path)
{
    char full[PATH_MAX + 64];
    snprintf(full, sizeof(full), "%s/%s", tree, path);
    ck_assert_int_eq(unlink(full), 0);
}

/* Scans, and checks that the device is not used for a reason that says `reason` and a hint that says `hint`. */
static void expect_refused(const char *address, const char *drivers, const char *reason, const char *hint)
{
    tn_discover_report *report = scan_with(drivers);
    const tn_discover_device *device = device_at(report, address);
    ck_assert_int_eq(device->verdict, TN_DISCOVER_NOT_USED);
    ck_assert_has(device->reason, reason);
    ck_assert_has(device->hint, hint);
    tn_discover_free(report);
}

START_TEST(ascend_machine_has_two_npus)
{
    use_machine("ascend910b");
    tn_discover_report *report = scan_with("ascend:hip");
    ck_assert_uint_eq(report->device_count, 3);
    ck_assert_uint_eq(count_of(report, TN_DISCOVER_USED), 2);
    const tn_discover_device *npu = device_at(report, "0000:81:00.0");
    ck_assert_uint_eq(npu->vendor, 0x19e5);
    ck_assert_uint_eq(npu->device, 0xd802);
    ck_assert_uint_eq(npu->class_code, 0x120000);
    ck_assert_int_eq(npu->numa_node, 2);
    ck_assert_str_eq(npu->chip, "Ascend 910B");
    ck_assert_str_eq(npu->family, "ascend");
    ck_assert_str_eq(npu->mark, "H");
    ck_assert_str_eq(npu->kernel_driver, "devdrv_device_driver");
    ck_assert_has(npu->library, "/lib64/libascendcl.so");
    /* The bridge has the same vendor and is no business of ours. */
    ck_assert_int_eq(device_at(report, "0000:00:00.0")->verdict, TN_DISCOVER_NOT_OURS);
    ck_assert_str_eq(node_at(report, "/dev/davinci1")->vendor_name, "Huawei");
    ck_assert_str_eq(node_at(report, "/dev/davinci1")->kind, "device");
    ck_assert_str_eq(node_at(report, "/dev/davinci_manager")->kind, "control");
    ck_assert_ptr_null(node_at(report, "/dev/null"));
    tn_discover_free(report);
}
END_TEST

START_TEST(dcu_machine_has_two_boards_of_different_class)
{
    use_machine("dcu");
    tn_discover_report *report = scan_with(NULL);
    ck_assert_uint_eq(count_of(report, TN_DISCOVER_USED), 2);
    const tn_discover_device *board = device_at(report, "0000:41:00.0");
    ck_assert_str_eq(board->family, "hip");
    ck_assert_uint_eq(board->node_count, 2);
    ck_assert_str_eq(device_at(report, "0000:42:00.0")->chip, "Hygon DCU Z100L");
    /* A function of a Hygon processor. */
    ck_assert_int_eq(device_at(report, "0000:00:00.0")->verdict, TN_DISCOVER_NOT_OURS);
    const tn_discover_node *render = node_at(report, "/dev/dri/renderD129");
    ck_assert_str_eq(render->kind, "drm-render");
    ck_assert_str_eq(render->address, "0000:42:00.0");
    /* /dev/kfd is AMD's and Hygon's; here a Hygon device was seen. */
    ck_assert_str_eq(node_at(report, "/dev/kfd")->vendor_name, "Hygon");
    tn_discover_free(report);
}
END_TEST

START_TEST(s4000_machine)
{
    use_machine("s4000");
    tn_discover_report *report = scan_with("cuda");
    const tn_discover_device *board = device_at(report, "0000:3b:00.0");
    ck_assert_int_eq(board->verdict, TN_DISCOVER_USED);
    ck_assert_str_eq(board->chip, "MTT S4000");
    ck_assert_str_eq(board->vendor_name, "Moore Threads");
    ck_assert_str_eq(board->family, "cuda");
    tn_discover_free(report);
}
END_TEST

START_TEST(nvidia_machine_and_its_audio_function)
{
    use_machine("nvidia");
    tn_discover_report *report = scan_with("cuda");
    ck_assert_int_eq(device_at(report, "0000:17:00.0")->verdict, TN_DISCOVER_USED);
    ck_assert_str_eq(device_at(report, "0000:17:00.0")->library + strlen(root), "/usr/lib64/libcuda.so.1");
    ck_assert_int_eq(device_at(report, "0000:17:00.1")->verdict, TN_DISCOVER_NOT_OURS);
    tn_discover_free(report);
}
END_TEST

START_TEST(kunpeng_engines_are_no_npus)
{
    use_machine("kunpeng");
    tn_discover_report *report = scan_with("ascend");
    ck_assert_uint_eq(report->device_count, 4);
    ck_assert_uint_eq(count_of(report, TN_DISCOVER_USED), 0);
    const tn_discover_device *zip = device_at(report, "0000:75:00.0");
    ck_assert_int_eq(zip->verdict, TN_DISCOVER_NOT_USED);
    ck_assert_has(zip->reason, "ZIP engine");
    ck_assert_str_eq(zip->family, "");
    ck_assert_int_eq(device_at(report, "0000:76:00.0")->verdict, TN_DISCOVER_NOT_USED);
    ck_assert_has(device_at(report, "0000:76:00.0")->reason, "NVMe");
    /* A further engine that no table row names: the device id decides, not vendor and class. */
    ck_assert_int_eq(device_at(report, "0000:78:00.0")->verdict, TN_DISCOVER_NOT_USED);
    ck_assert_has(device_at(report, "0000:78:00.0")->reason, "a255");
    ck_assert_int_eq(device_at(report, "0000:7d:00.0")->verdict, TN_DISCOVER_NOT_OURS);
    tn_discover_free(report);
}
END_TEST

START_TEST(machine_without_accelerators)
{
    use_machine("none");
    tn_discover_report *report = scan_with(NULL);
    ck_assert_uint_eq(report->device_count, 2);
    ck_assert_uint_eq(count_of(report, TN_DISCOVER_NOT_OURS), 2);
    ck_assert_uint_eq(report->node_count, 0);
    tn_discover_free(report);
}
END_TEST

START_TEST(missing_node_is_the_reason)
{
    use_machine("ascend910b");
    remove_file("dev/davinci_manager");
    expect_refused("0000:81:00.0", NULL, "/dev/davinci_manager is missing", "container");
    use_machine("dcu");
    remove_file("dev/dri/renderD129");
    expect_refused("0000:42:00.0", NULL, "/dev/dri/renderDN is missing", "container");
    /* The other board has its node and is used. */
    tn_discover_report *report = scan_with(NULL);
    ck_assert_int_eq(device_at(report, "0000:41:00.0")->verdict, TN_DISCOVER_USED);
    tn_discover_free(report);
}
END_TEST

START_TEST(kernel_driver_that_is_not_loaded_is_the_reason)
{
    use_machine("nvidia");
    remove_file("sys/devices/pci0000:00/0000:17:00.0/driver");
    remove_file("dev/nvidia0");
    expect_refused("0000:17:00.0", NULL, "no kernel driver is bound", "load nvidia");
}
END_TEST

START_TEST(device_that_was_given_to_a_virtual_machine)
{
    char link[PATH_MAX + 64];
    use_machine("nvidia");
    remove_file("sys/devices/pci0000:00/0000:17:00.0/driver");
    snprintf(link, sizeof(link), "%s/sys/devices/pci0000:00/0000:17:00.0/driver", tree);
    ck_assert_int_eq(symlink("../../../bus/pci/drivers/vfio-pci", link), 0);
    expect_refused("0000:17:00.0", NULL, "vfio-pci", "inside that machine");
}
END_TEST

START_TEST(missing_library_is_the_reason)
{
    use_machine("ascend910b");
    remove_file("root/usr/local/Ascend/ascend-toolkit/latest/lib64/libascendcl.so");
    expect_refused("0000:81:00.0", NULL, "libascendcl.so was not found", "CANN");
    /* Its second name serves too, and so does a directory of ldconfig's. */
    static const char conf[] = "# comment\n/opt/elsewhere\n";
    ck_assert(file_write(tree, "root/etc/ld.so.conf.d/a.conf", conf, sizeof(conf) - 1));
    ck_assert(file_write(tree, "root/opt/elsewhere/libacl_rt.so", "", 0));
    tn_discover_report *report = scan_with(NULL);
    ck_assert_int_eq(device_at(report, "0000:81:00.0")->verdict, TN_DISCOVER_USED);
    ck_assert_has(device_at(report, "0000:81:00.0")->library, "/opt/elsewhere/libacl_rt.so");
    tn_discover_free(report);
}
END_TEST

START_TEST(missing_plugin_is_the_reason)
{
    use_machine("s4000");
    expect_refused("0000:3b:00.0", "ascend:hip:cudax:xcuda", "plugin \"cuda\"", "drivers/cuda.so");
    expect_refused("0000:3b:00.0", "", "plugin \"cuda\"", "drivers/cuda.so");
}
END_TEST

START_TEST(damaged_entries_are_counted_and_skipped)
{
    use_machine("ascend910b");
    ck_assert(file_write(tree, "sys/bus/pci/devices/0000:81:00.0/vendor", "rubbish\n", 8));
    ck_assert(file_write(tree, "sys/bus/pci/devices/0000:c1:00.0/class", "", 0));
    ck_assert(file_write(tree, "sys/bus/pci/devices/not-an-address", "", 0));
    ck_assert(file_write(tree, "sys/bus/pci/devices/0000:ff:00.0", "a file", 6));
    tn_discover_report *report = scan_with(NULL);
    ck_assert_uint_eq(report->device_count, 1);
    bool told = false;
    for (uint32_t i = 0; i < report->source_count; i++)
        told = told || strstr(report->sources[i].note, "3 entries could not be read");
    ck_assert(told);
    tn_discover_free(report);
}
END_TEST

START_TEST(missing_trees_are_told)
{
    use_machine("none");
    strcat(sysfs, "/nowhere");
    strcat(dev, "/nowhere");
    tn_discover_report *report = scan_with(NULL);
    ck_assert_uint_eq(report->device_count, 0);
    ck_assert_uint_eq(report->node_count, 0);
    unsigned unread = 0;
    for (uint32_t i = 0; i < report->source_count; i++)
        unread += !report->sources[i].used && strstr(report->sources[i].note, "No such file");
    ck_assert_uint_eq(unread, 4);   /* PCI, /dev, /dev/dri, /dev/accel */
    tn_discover_free(report);
}
END_TEST

START_TEST(roots_come_from_the_environment)
{
    use_machine("s4000");
    ck_assert_int_eq(setenv("TENON_SYSFS_ROOT", sysfs, 1), 0);
    ck_assert_int_eq(setenv("TENON_DEV_ROOT", dev, 1), 0);
    tn_discover_report *report = NULL;
    ck_assert_int_eq(tn_discover_scan(NULL, &report), TN_OK);
    ck_assert_uint_eq(report->device_count, 1);
    ck_assert_str_eq(report->sources[0].name, "TENON_SYSFS_ROOT");
    tn_discover_free(report);
}
END_TEST

START_TEST(accel_nodes_are_found_and_traced_to_their_device)
{
    use_machine("nvidia");
    ck_assert(file_write(tree, "sys/devices/pci0000:00/0000:17:00.0/accel/accel0/dev", "261:0\n", 6));
    ck_assert(file_write(tree, "dev/accel/accel0", "", 0));
    ck_assert(file_write(tree, "dev/accel/accel1", "", 0));
    tn_discover_report *report = scan_with(NULL);
    ck_assert_str_eq(node_at(report, "/dev/accel/accel0")->kind, "accel");
    ck_assert_str_eq(node_at(report, "/dev/accel/accel0")->address, "0000:17:00.0");
    ck_assert_str_eq(node_at(report, "/dev/accel/accel1")->address, "");
    tn_discover_free(report);
}
END_TEST

START_TEST(options_of_another_size_are_refused)
{
    tn_discover_report *report = NULL;
    tn_discover_options options = { .size = sizeof(options) - 1 };
    ck_assert_int_eq(tn_discover_scan(&options, &report), TN_INVALID);
    options.size = sizeof(options);
    options.flags = 1u << 30;
    ck_assert_int_eq(tn_discover_scan(&options, &report), TN_INVALID);
    options.flags = 0;
    ck_assert_int_eq(tn_discover_scan(&options, NULL), TN_INVALID);
    ck_assert_ptr_null(report);
    tn_discover_free(NULL);
}
END_TEST

START_TEST(node_patterns)
{
    const struct vendor_id *huawei = vendor_find(0x2092), *mtt = vendor_find(0x1ed5);
    ck_assert_str_eq(huawei->name, "Huawei");
    ck_assert_ptr_nonnull(vendor_node(huawei, "davinci15"));
    ck_assert_ptr_null(vendor_node(huawei, "davinci"));
    ck_assert_ptr_null(vendor_node(huawei, "davinci0x"));
    ck_assert_ptr_nonnull(vendor_node(mtt, "mtgpu.3"));
    ck_assert_ptr_null(vendor_node(mtt, "mtgpu3"));
    ck_assert_ptr_null(vendor_find(0x8086));
    ck_assert_ptr_null(chip_find(0x1ed5, 0x0400));      /* in no source that can be trusted */
}
END_TEST

START_TEST(table_rows_are_whole)
{
    const struct vendor_id *vendor;
    for (size_t i = 0; (vendor = vendor_at(i)); i++) {
        ck_assert(vendor->name[0] && strchr("HDPSXK", vendor->mark[0]) && !vendor->mark[1]);
        ck_assert_ptr_eq(vendor_find(vendor->vendors[0]), vendor);
        ck_assert(!vendor->library || vendor->install);
        ck_assert_ptr_nonnull(vendor->directories);
    }
}
END_TEST

static int dump(unsigned flags)
{
    tn_discover_options options = { .size = sizeof(options), .flags = flags };
    tn_discover_report *report;
    if (tn_discover_scan(&options, &report) != TN_OK)
        return 1;
    for (uint32_t i = 0; i < report->source_count; i++)
        printf("source %s: %s: %s\n", report->sources[i].name, report->sources[i].used ? "used" : "not used",
               report->sources[i].note);
    for (uint32_t i = 0; i < report->device_count; i++) {
        const tn_discover_device *d = &report->devices[i];
        printf("device %s %04x:%04x class %06x seen by %s%s%s nodes %u verdict %d: %s\n", d->address, d->vendor,
               d->device, d->class_code, d->seen_by & TN_DISCOVER_BY_SYSFS ? "S" : "",
               d->seen_by & TN_DISCOVER_BY_PCIACCESS ? "P" : "", d->seen_by & TN_DISCOVER_BY_DRM ? "D" : "",
               d->node_count, d->verdict, d->reason);
    }
    for (uint32_t i = 0; i < report->node_count; i++)
        printf("node %s %s: %s\n", report->nodes[i].path, report->nodes[i].address, report->nodes[i].note);
    tn_discover_free(report);
    return 0;
}

static Suite *suite(void)
{
    Suite *s = suite_create("discover");
    TCase *machines = tcase_create("machines"), *missing = tcase_create("missing"), *rest = tcase_create("rest");
    tcase_add_test(machines, ascend_machine_has_two_npus);
    tcase_add_test(machines, dcu_machine_has_two_boards_of_different_class);
    tcase_add_test(machines, s4000_machine);
    tcase_add_test(machines, nvidia_machine_and_its_audio_function);
    tcase_add_test(machines, kunpeng_engines_are_no_npus);
    tcase_add_test(machines, machine_without_accelerators);
    tcase_add_test(missing, missing_node_is_the_reason);
    tcase_add_test(missing, kernel_driver_that_is_not_loaded_is_the_reason);
    tcase_add_test(missing, device_that_was_given_to_a_virtual_machine);
    tcase_add_test(missing, missing_library_is_the_reason);
    tcase_add_test(missing, missing_plugin_is_the_reason);
    tcase_add_test(missing, damaged_entries_are_counted_and_skipped);
    tcase_add_test(missing, missing_trees_are_told);
    tcase_add_test(rest, roots_come_from_the_environment);
    tcase_add_test(rest, accel_nodes_are_found_and_traced_to_their_device);
    tcase_add_test(rest, options_of_another_size_are_refused);
    tcase_add_test(rest, node_patterns);
    tcase_add_test(rest, table_rows_are_whole);
    suite_add_tcase(s, machines);
    suite_add_tcase(s, missing);
    suite_add_tcase(s, rest);
    return s;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "make"))
        return !(machine_find(argv[2]) && machine_write(machine_find(argv[2]), argv[3]));
    if (argc == 2 && !strcmp(argv[1], "dump"))
        return dump(TN_DISCOVER_ASK_LIBRARIES);
    if (argc == 2 && !strcmp(argv[1], "dump-as-it-is"))
        return dump(0);
    return suite_run(suite());
}
