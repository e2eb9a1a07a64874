/* SPDX-License-Identifier: Apache-2.0 */
/* failure_test.c - compilers that are missing, crash, hang, lie or have no room: each is an error with a sentence. */
#include "tests/unit/compile/common.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

static const char source[] =
    "extern \"C\" __global__ void k(int *out, int n) { out[blockIdx.x * blockDim.x + threadIdx.x] = n; }";

/* A script in place of tenoncc. */
static tn_compile_options fake(const char *script)
{
    static char path[512];
    char text[2048];
    tn_compile_options o = usual();
    snprintf(path, sizeof path, "%s", in_dir("fake"));
    int n = snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    put(path, text, (size_t)n, 0700);
    o.compiler = path;
    return o;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

START_TEST(a_missing_compiler)
{
    tn_compile_options o = usual();
    o.compiler = in_dir("nowhere/tenoncc");
    tn_compile_free(bad(TN_NOT_FOUND, "nowhere/tenoncc", source, &o));
    o.compiler = NULL;
    setenv("TENON_COMPILER", in_dir("elsewhere"), 1);
    tn_compile_free(bad(TN_NOT_FOUND, "elsewhere (TENON_COMPILER)", source, &o));
    put(in_dir("text"), "no program", 10, 0600);
    setenv("TENON_COMPILER", in_dir("text"), 1);
    tn_compile_free(bad(TN_NOT_FOUND, "text", source, &o));
    put(in_dir("text"), "\177no program", 11, 0700);
    tn_compile_free(bad(TN_NOT_FOUND, "can't start", source, &o));
}
END_TEST

START_TEST(a_crash)
{
    tn_compile_options o = fake("echo half a line; kill -SEGV $$");
    const tn_compile_result *r = bad(TN_INTERNAL, "crashed (signal 11", source, &o);
    ck_assert_str_eq(r->log, "half a line\n");
    tn_compile_free(r);
    o = fake("kill -KILL $$");
    tn_compile_free(bad(TN_SYSTEM, "killed from outside", source, &o));
    o = fake("echo 'tenoncc: error: internal: a rule was broken'; exit 3");
    tn_compile_free(bad(TN_INTERNAL, "a rule was broken", source, &o));
}
END_TEST

START_TEST(a_crash_of_the_front_end)
{
    char clang[512];
    tn_compile_options o = usual();
    snprintf(clang, sizeof clang, "%s", in_dir("clang"));
    put(clang, "#!/bin/sh\nkill -SEGV $$\n", 24, 0700);
    setenv("TENONCC_CLANG", clang, 1);
    tn_compile_free(bad(TN_INTERNAL, "clang crashed", source, &o));
    unsetenv("TENONCC_CLANG");
    tn_compile_free(good(source, &o));
}
END_TEST

/* The grandchild holds the output open: it is ended with the rest. */
START_TEST(a_hang)
{
    tn_compile_options o = fake("echo begun; sleep 1000 & sleep 1000");
    double begin = seconds();
    o.timeout_ns = 300000000;
    const tn_compile_result *r = bad(TN_TIMEOUT, "within 0.3 s", source, &o);
    ck_assert_str_eq(r->log, "begun\n");
    ck_assert_msg(seconds() - begin < 30, "took %f s", seconds() - begin);
    tn_compile_free(r);
    o = fake("exec >&- 2>&-; sleep 1000");
    o.timeout_ns = 300000000;
    tn_compile_free(bad(TN_TIMEOUT, "ended", source, &o));
    /* what is left running by a compiler that ended is not waited for */
    o = fake("sleep 1000 & exit 1");
    begin = seconds();
    tn_compile_free(bad(TN_BAD_SOURCE, "refused", source, &o));
    ck_assert_msg(seconds() - begin < 30, "took %f s", seconds() - begin);
}
END_TEST

START_TEST(a_liar)
{
    tn_compile_options o = fake("exit 0");
    tn_compile_free(bad(TN_INTERNAL, "wrote no bundle", source, &o));
    o = fake("while [ $# -gt 0 ]; do [ \"$1\" = -o ] && out=$2; shift; done; echo text > \"$out\"");
    tn_compile_free(bad(TN_INTERNAL, "wrote no bundle", source, &o));
    ck_assert_int_eq(count_files(in_dir("cache/compile"), ""), 0);
}
END_TEST

START_TEST(a_flood)
{
    tn_compile_options o = fake("yes 'x: error: flood' | head -c 5000000; exit 1");
    const tn_compile_result *r = bad(TN_BAD_SOURCE, "x: error: flood", source, &o);
    ck_assert_msg(strlen(r->log) < 1100000 && strstr(r->log, "left out"), "%zu", strlen(r->log));
    tn_compile_free(r);
}
END_TEST

START_TEST(only_the_standard_files_are_inherited)
{
    put(in_dir("secret"), "x", 1, 0600);
    int open_here = open(in_dir("secret"), O_RDONLY); /* without O_CLOEXEC */
    ck_assert_int_ge(open_here, 3);
    tn_compile_options o = fake("for f in /proc/$$/fd/*; do readlink $f; done; exit 1");
    const tn_compile_result *r = bad(TN_BAD_SOURCE, "", source, &o);
    ck_assert_msg(strstr(r->log, "/dev/null") && strstr(r->log, "pipe:") && !strstr(r->log, "secret"), "%s", r->log);
    tn_compile_free(r);
    close(open_here);
}
END_TEST

START_TEST(a_program_that_ignores_its_children)
{
    tn_compile_options o = usual();
    signal(SIGCHLD, SIG_IGN);
    tn_compile_free(good(source, &o));
    o.name = "other.cu";
    tn_compile_free(bad(TN_BAD_SOURCE, "SIGCHLD", "no source", &o));
}
END_TEST

START_TEST(a_program_without_standard_files)
{
    int keep[3];
    for (int i = 0; i < 3; i++) {
        keep[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
        close(i);
    }
    const tn_compile_result *r;
    tn_compile_options o = usual();
    tn_status status = tn_compile(source, sizeof source - 1, &o, &r);
    for (int i = 0; i < 3; i++)
        if (keep[i] >= 0)
            dup2(keep[i], i);
    ck_assert_msg(status == TN_OK, "%s\n%s", r->message, r->log);
    tn_compile_free(r);
}
END_TEST

static void put_line(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd >= 0) {
        ssize_t n = write(fd, text, strlen(text));
        (void)n;
        close(fd);
    }
}

/* A small file system of its own; 0 when this machine lets us mount one. */
static int mount_small(const char *path, const char *size)
{
    char map[64];
    uid_t uid = getuid();
    gid_t gid = getgid();
    if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
        return -1;
    if (uid) {
        put_line("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", uid);
        put_line("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "0 %u 1", gid);
        put_line("/proc/self/gid_map", map);
    }
    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    return mount("tmpfs", path, "tmpfs", 0, size);
}

START_TEST(a_full_disk)
{
    tn_compile_options o = usual();
    char tmp[512];
    snprintf(tmp, sizeof tmp, "%s", in_dir("small"));
    mkdir(tmp, 0700);
    if (mount_small(tmp, "size=16k,nr_inodes=64")) {
        printf("a_full_disk: no file system can be mounted here\n");
        return;
    }
    setenv("TMPDIR", tmp, 1);
    tn_compile_free(bad(TN_SYSTEM, "No space left", source, &o));
    /* the source itself does not fit */
    char *large = malloc(100001);
    memset(large, ' ', 100000);
    large[100000] = 0;
    tn_compile_free(bad(TN_SYSTEM, "No space left", large, &o));
    /* the cache has no room: no error, and the log says so */
    setenv("TMPDIR", in_dir("tmp"), 1);
    o.cache_dir = tmp;
    put(in_dir("small/filler"), large, 14000, 0600);
    const tn_compile_result *r = good(source, &o);
    ck_assert_msg(strstr(r->log, "can't store") && !(r->flags & TN_COMPILE_STORED), "%s", r->log);
    ck_assert_int_eq(count_files(in_dir("small/compile"), ""), 0);
    tn_compile_free(r);
    free(large);
    umount(tmp);
}
END_TEST

START_TEST(no_temporary_directory)
{
    tn_compile_options o = usual();
    setenv("TMPDIR", "/nowhere/at/all", 1);
    tn_compile_free(bad(TN_SYSTEM, "/nowhere/at/all", source, &o));
}
END_TEST

Suite *failure_suite(void)
{
    Suite *suite = suite_create("compile: failures");
    TCase *c = tcase_create("failures");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_missing_compiler);
    tcase_add_test(c, a_crash);
    tcase_add_test(c, a_crash_of_the_front_end);
    tcase_add_test(c, a_hang);
    tcase_add_test(c, a_liar);
    tcase_add_test(c, a_flood);
    tcase_add_test(c, only_the_standard_files_are_inherited);
    tcase_add_test(c, a_program_that_ignores_its_children);
    tcase_add_test(c, a_program_without_standard_files);
    tcase_add_test(c, a_full_disk);
    tcase_add_test(c, no_temporary_directory);
    suite_add_tcase(suite, c);
    return suite;
}
