/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles and the text that chooses devices: what is read, and what is refused with file and line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

START_TEST(shipped_profiles)
{
    static const struct {
        const char *name, *family;
        uint32_t width;
    } wanted[] = { { "ascend910b", "ascend", 1 },
                   { "bw1000", "hip", 64 },
                   { "v100", "cuda", 32 },
                   { "a100", "cuda", 32 },
                   { "s5000", "musa", 32 } };
    sil_profile p;
    OK(sil_profile_load(wanted[_i].name, &p));
    ck_assert_str_eq(p.name, wanted[_i].name);
    ck_assert_str_eq(p.family, wanted[_i].family);
    ck_assert_uint_eq(p.width, wanted[_i].width);
    ck_assert_uint_ge(p.memory_bytes, 1ull << 34);
    ck_assert_uint_ge(p.max_threads, p.width);
    ck_assert_uint_ge(p.local_optin_bytes, p.local_bytes);
    ck_assert_uint_ge(p.local_per_unit_bytes, p.local_optin_bytes);
    ck_assert_uint_eq((p.caps & SIL_CAP_THREADS) != 0, strcmp(p.family, "ascend") != 0);
}
END_TEST

START_TEST(values_of_ascend)
{
    sil_profile p;
    OK(sil_profile_load("ascend910b", &p));
    ck_assert_str_eq(p.chip, "Ascend910B3");
    ck_assert_uint_eq(p.cube_units, 20);
    ck_assert_uint_eq(p.vector_units, 40);
    ck_assert_uint_eq(p.memory_bytes, 64ull << 30);
    ck_assert_uint_eq(p.local_bytes, 192 << 10);
    ck_assert_uint_eq(p.alloc_extra, 32);
    ck_assert_uint_eq(p.pci_vendor, 0x19e5);
    ck_assert_str_eq(sil_profile_text(&p, "npu_arch"), "2201");
    ck_assert_ptr_null(sil_profile_text(&p, "npu"));
    ck_assert_ptr_null(sil_profile_text(&p, "nothing"));
}
END_TEST

START_TEST(config)
{
    sil_profile p[16];
    uint32_t n;
    OK(sil_config_parse("ascend910b:8,bw1000:2", NULL, p, 16, &n));
    ck_assert_uint_eq(n, 10);
    ck_assert_str_eq(p[7].name, "ascend910b");
    ck_assert_str_eq(p[8].name, "bw1000");
    OK(sil_config_parse("ascend910b:8,bw1000:2", "hip", p, 16, &n));
    ck_assert_uint_eq(n, 2);
    OK(sil_config_parse("a100", "hip", p, 16, &n));
    ck_assert_uint_eq(n, 0);
    OK(sil_config_parse("", NULL, p, 16, &n));
    OK(sil_config_parse(NULL, NULL, p, 16, &n));
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(bad_config)
{
    static const char *const bad[] = { ",",       "a100,",  ",a100",         "a100:",     "a100:0",
                                       "a100:-1", "a100:x", "a100:65",       "a100:1x",   "a100:1:2",
                                       ":2",      "a 100",  "../a100:99999", "a100,,a100" };
    sil_profile p[4];
    uint32_t n;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sil_status status = sil_config_parse(bad[i], NULL, p, 4, &n);
        ck_assert_msg(status == SIL_INVALID, "\"%s\": %d", bad[i], status);
        SAYS("TENON_SIM");
    }
    STATUS(sil_config_parse("a100,h9000", NULL, p, 4, &n), SIL_NOT_FOUND);
    SAYS("h9000");
    STATUS(sil_config_parse("h9000", "hip", p, 4, &n), SIL_NOT_FOUND);
    STATUS(sil_config_parse("a100:5", NULL, p, 4, &n), SIL_LIMIT);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static char folder[64], path[128];
static char good[8192];

static void write_profile(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void make_folder(void)
{
    char shipped[256];
    strcpy(folder, "/tmp/tenon-profiles-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/own.ini", folder);
    ssize_t bytes = readlink("/proc/self/exe", shipped, sizeof shipped - 64);
    ck_assert_int_gt(bytes, 0);
    shipped[bytes] = 0;
    strcpy(strstr(shipped, "/tests/"), "/share/tenon/profiles/a100.ini");
    FILE *file = fopen(shipped, "r");
    ck_assert_ptr_nonnull(file);
    good[fread(good, 1, sizeof good - 1, file)] = 0;
    fclose(file);
}

static void drop_folder(void)
{
    unlink(path);
    rmdir(folder);
}

/* The shipped profile with one text in place of another. */
static void write_changed(const char *from, const char *to)
{
    char text[sizeof good + 256];
    const char *at = strstr(good, from);
    ck_assert_msg(at != NULL, "%s", from);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    write_profile(text);
}

START_TEST(own_profile)
{
    sil_profile p;
    write_changed("name = a100", "name = own");
    OK(sil_profile_load(path, &p));
    ck_assert_str_eq(p.name, "own");
    STATUS(sil_profile_load("own", &p), SIL_NOT_FOUND);
    setenv("TENON_SIM_PROFILES", folder, 1);
    OK(sil_profile_load("own", &p));
    OK(sil_profile_load("a100", &p));
    setenv("TENON_SIM_PROFILES", "/nowhere::", 1);
    STATUS(sil_profile_load("own", &p), SIL_NOT_FOUND);
    unsetenv("TENON_SIM_PROFILES");
}
END_TEST

static const struct {
    const char *from, *to, *says;
} changes[] = {
    { "width = 32 ", "wdith = 32 ", "has no key wdith" },
    { "width = 32 ", "width = 0 ", "width is 0" },
    { "width = 32 ", "width = 5000000 ", "it may be 1 to 1024" },
    { "width = 32 ", "width = -32 ", "takes 1 number" },
    { "width = 32 ", "width = wide ", "takes 1 number" },
    { "width = 32 ", "width = 32 32 ", "too much" },
    { "width = 32 ", "width = 32\nwidth = 32 ", "twice" },
    { "width = 32 ", "; ", "width is missing" },
    { "width = 32 ", "just words ", "own.ini:" },
    { "[units]", "[unit]", "[unit] has no key" },
    { "[units]", "[units", "own.ini:" },
    { "max_grid = 2147483647 65535 65535", "max_grid = 2147483647 65535", "takes 3 numbers" },
    { "memory_bytes = 80GiB", "memory_bytes = 80GB", "memory_bytes" },
    { "memory_bytes = 80GiB", "memory_bytes = 99999999999GiB", "memory_bytes" },
    { "memory_bytes = 80GiB", "memory_bytes = 99999999999999999999999", "memory_bytes" },
    { "alloc_align = 512", "alloc_align = 500", "power of two" },
    { "caps = threads", "caps = thraeds", "thraeds is no capability" },
    { "family = cuda", "family = vulkan", "vulkan" },
    { "family = cuda", "family = a family of more than fifteen characters", "characters" },
    { "chip = NVIDIA A100-SXM4-80GB", "chip = ", "characters" },
    { "async_engines = 3", "async_engines = 3\nasync_engines = 3", "twice" },
};

START_TEST(malformed_profiles)
{
    sil_profile p;
    write_changed(changes[_i].from, changes[_i].to);
    STATUS(sil_profile_load(path, &p), SIL_INVALID);
    SAYS(changes[_i].says);
    SAYS("own.ini");
}
END_TEST

START_TEST(cut_profiles)
{
    sil_profile p;
    char text[sizeof good];
    for (size_t cut = 0; cut < strlen(good) - 100; cut += 37) {
        memcpy(text, good, cut);
        text[cut] = 0;
        write_profile(text);
        sil_status status = sil_profile_load(path, &p);
        ck_assert_msg(status == SIL_INVALID || status == SIL_OK, "cut at %zu: %d", cut, status);
        if (status == SIL_OK)
            ck_assert_ptr_nonnull(strstr(text, "alloc_round = 512"));
    }
}
END_TEST

START_TEST(no_profile)
{
    sil_profile p;
    STATUS(sil_profile_load("", &p), SIL_INVALID);
    STATUS(sil_profile_load(NULL, &p), SIL_INVALID);
    STATUS(sil_profile_load("/nowhere/x.ini", &p), SIL_NOT_FOUND);
    STATUS(sil_profile_load("a100;rm", &p), SIL_INVALID);
    STATUS(sil_profile_load(folder, &p), SIL_INVALID);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine profiles");
    TCase *t = tcase_create("profiles");
    tcase_add_checked_fixture(t, make_folder, drop_folder);
    tcase_add_loop_test(t, shipped_profiles, 0, 5);
    tcase_add_test(t, values_of_ascend);
    tcase_add_test(t, config);
    tcase_add_test(t, bad_config);
    tcase_add_test(t, own_profile);
    tcase_add_loop_test(t, malformed_profiles, 0, (int)(sizeof changes / sizeof changes[0]));
    tcase_add_test(t, cut_profiles);
    tcase_add_test(t, no_profile);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
