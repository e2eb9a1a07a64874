/* SPDX-License-Identifier: Apache-2.0 */
/* cache_test.c - the cache on disk: hits and what must not be one, damage, bounds, races, directories that can't be used. */
#include "tests/unit/compile/common.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define KERNEL                                                                                                         \
    "extern \"C\" __global__ void k(int *out, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; out[i] = "
static const char source[] = KERNEL "i + n; }\n";

static bool is_cached(const char *text, const tn_compile_options *o)
{
    const tn_compile_result *r = good(text, o);
    bool cached = r->flags & TN_COMPILE_CACHED;
    ck_assert_msg(cached || r->flags & TN_COMPILE_STORED || o->flags & TN_COMPILE_NO_CACHE, "%s", r->log);
    tn_compile_free(r);
    return cached;
}

/* The one entry of the cache. */
static const char *entry(void)
{
    static char path[1024];
    DIR *d = opendir(in_dir("cache/compile"));
    ck_assert_ptr_nonnull(d);
    path[0] = 0;
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.')
            snprintf(path, sizeof path, "%s", in_dir("cache/compile/%s", e->d_name));
    closedir(d);
    ck_assert(path[0]);
    return path;
}

static int remove_below(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind;
    if (walk->level)
        remove(path);
    return 0;
}

static void nap(long milliseconds)
{
    nanosleep(&(struct timespec){ milliseconds / 1000, milliseconds % 1000 * 1000000 }, NULL);
}

START_TEST(a_hit_is_the_same_and_quick)
{
    tn_compile_options o = usual();
    const tn_compile_result *first = good(source, &o);
    ck_assert_uint_eq(first->flags, TN_COMPILE_STORED);
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 50; i++) {
        const tn_compile_result *r = good(source, &o);
        ck_assert_uint_eq(r->flags, TN_COMPILE_CACHED);
        ck_assert(r->bundle_bytes == first->bundle_bytes && !memcmp(r->bundle, first->bundle, r->bundle_bytes));
        least = r->elapsed_ns < least ? r->elapsed_ns : least;
        tn_compile_free(r);
    }
    printf("compiled in %.1f ms, from the cache in %.3f ms\n", (double)first->elapsed_ns * 1e-6, (double)least * 1e-6);
#if !defined(TN_SAN_address) && !defined(TN_SAN_undefined) && !defined(TN_SAN_thread)
    ck_assert_msg(least < 1000000, "%lu ns", (unsigned long)least);
#endif
    tn_compile_free(first);
    ck_assert_int_eq(count_files(in_dir("cache/compile"), ""), 1);
}
END_TEST

START_TEST(each_input_counts)
{
    const char *const o2[] = { "-O2" }, *const joined[] = { "-DFIRST=1", "-DSECOND=1" },
                      *const other[] = { "-DFIRST=1-DSECOND=1" };
    const char *const two[] = { "sim", "opencl-c" }, *const name[] = { "k" };
    const tn_compile_header a = { "a.h", "int a;", 6 }, b = { "a.h", "int b;", 6 };
    tn_compile_options o = usual(), x;
    ck_assert(!is_cached(source, &o));
    ck_assert(is_cached(source, &o));
    ck_assert(!is_cached(KERNEL "i - n; }\n", &o));
    x = o, x.name = "b.cu";
    ck_assert(!is_cached(source, &x) && is_cached(source, &x));
    x = o, x.options = o2, x.option_count = 1;
    ck_assert(!is_cached(source, &x) && is_cached(source, &x));
    x.options = joined, x.option_count = 2;
    ck_assert(!is_cached(source, &x));
    x.options = other, x.option_count = 1;
    ck_assert(!is_cached(source, &x));
    x = o, x.targets = two, x.target_count = 2;
    ck_assert(!is_cached(source, &x) && is_cached(source, &x));
    x = o, x.headers = &a, x.header_count = 1;
    ck_assert(!is_cached(source, &x) && is_cached(source, &x));
    x.headers = &b;
    ck_assert(!is_cached(source, &x));
    x = o, x.name_expressions = name, x.name_expression_count = 1;
    ck_assert(!is_cached(source, &x) && is_cached(source, &x));
    x = o, x.flags = TN_COMPILE_NO_CACHE;
    ck_assert(!is_cached(source, &x));
    ck_assert(is_cached(source, &o));
}
END_TEST

/* Another compiler is another key: a script that runs the real one. */
START_TEST(the_compiler_counts)
{
    tn_compile_options o = usual();
    char script[512], text[1024];
    const char *real = getenv("TENON_COMPILER");
    if (!real)
        return;
    ck_assert(!mkdir(in_dir("bin"), 0700));
    snprintf(script, sizeof script, "%s", in_dir("bin/cc"));
    o.compiler = script;
    put(script, text, (size_t)snprintf(text, sizeof text, "#!/bin/sh\nexec %s \"$@\"\n", real), 0700);
    ck_assert(!is_cached(source, &o));
    ck_assert(is_cached(source, &o));
    put(script, text, (size_t)snprintf(text, sizeof text, "#!/bin/sh\n\nexec %s \"$@\"\n", real), 0700);
    ck_assert(!is_cached(source, &o));
    ck_assert(is_cached(source, &o));
}
END_TEST

START_TEST(files_that_were_read_count)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s", in_dir("with space"));
    const char *const options[] = { "-I", folder };
    static const char text[] = "#include \"value.h\"\n" KERNEL "VALUE; }\n";
    tn_compile_options o = usual();
    int out[256];
    o.options = options;
    o.option_count = 2;
    ck_assert(!mkdir(folder, 0700));
    put(in_dir("with space/value.h"), "#define VALUE 1\n", 16, 0600);
    nap(60);
    ck_assert(!is_cached(text, &o));
    ck_assert(is_cached(text, &o));
    put(in_dir("with space/value.h"), "#define VALUE 2\n", 16, 0600);
    nap(60);
    const tn_compile_result *r = good(text, &o);
    ck_assert(!(r->flags & TN_COMPILE_CACHED));
    run_kernel(r, "k", 0, out);
    ck_assert_int_eq(out[3], 2);
    tn_compile_free(r);
    /* the same content with another time is the same */
    put(in_dir("with space/value.h"), "#define VALUE 2\n", 16, 0600);
    ck_assert(is_cached(text, &o));
    ck_assert(!unlink(in_dir("with space/value.h")));
    tn_compile_free(bad(TN_BAD_SOURCE, "value.h", text, &o));
}
END_TEST

START_TEST(damage_is_built_anew)
{
    tn_compile_options o = usual();
    const tn_compile_result *first = good(source, &o);
    char path[1024];
    size_t bytes;
    snprintf(path, sizeof path, "%s", entry());
    char *data = take(path, &bytes);
    const size_t at[] = { 0, 9, 30, 41, 70, bytes / 2, bytes - 1 };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        data[at[i]] ^= 4;
        put(path, data, bytes, 0600);
        data[at[i]] ^= 4;
        const tn_compile_result *r = good(source, &o);
        ck_assert_msg(r->flags == TN_COMPILE_STORED && strstr(r->log, "damaged entry"), "byte %zu: %s", at[i], r->log);
        ck_assert(r->bundle_bytes == first->bundle_bytes && !memcmp(r->bundle, first->bundle, r->bundle_bytes));
        tn_compile_free(r);
    }
    const size_t cut[] = { 0, 1, 60, bytes - 1 };
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        put(path, data, cut[i], 0600);
        const tn_compile_result *r = good(source, &o);
        ck_assert_msg(r->flags == TN_COMPILE_STORED && strstr(r->log, "damaged entry"), "cut to %zu: %s", cut[i],
                      r->log);
        tn_compile_free(r);
    }
    free(data);
    tn_compile_free(first);
    first = good(source, &o);
    ck_assert(first->flags == TN_COMPILE_CACHED);
    ck_assert_str_eq(first->log, ""); /* the remark was that call's */
    tn_compile_free(first);
}
END_TEST

/* A good entry of another source under this one's name. */
START_TEST(an_entry_of_another_key)
{
    tn_compile_options o = usual();
    char path[1024];
    size_t bytes;
    int out[256];
    ck_assert(!is_cached(KERNEL "77; }\n", &o));
    char *data = take(entry(), &bytes);
    unlink(entry());
    ck_assert(!is_cached(source, &o));
    snprintf(path, sizeof path, "%s", entry());
    put(path, data, bytes, 0600);
    const tn_compile_result *r = good(source, &o);
    run_kernel(r, "k", 1, out);
    ck_assert_int_eq(out[3], 4);
    tn_compile_free(r);
    free(data);
}
END_TEST

START_TEST(the_size_is_bounded)
{
    tn_compile_options o = usual();
    char text[512];
    setenv("TENON_CACHE_BYTES", "64K", 1);
    for (int i = 0; i < 12; i++) {
        snprintf(text, sizeof text, KERNEL "%d; }\n", i);
        ck_assert(!is_cached(text, &o));
        nap(5);
    }
    uint64_t bytes = 0;
    DIR *d = opendir(in_dir("cache/compile"));
    for (struct dirent *e; (e = readdir(d));) {
        struct stat info;
        if (e->d_name[0] != '.' && !stat(in_dir("cache/compile/%s", e->d_name), &info))
            bytes += (uint64_t)info.st_size;
    }
    closedir(d);
    ck_assert_msg(bytes <= 65536 && bytes > 8192, "%lu bytes", (unsigned long)bytes);
    ck_assert(is_cached(text, &o));             /* the newest stayed */
    ck_assert(!is_cached(KERNEL "0; }\n", &o)); /* the oldest went */
    setenv("TENON_CACHE_BYTES", "0", 1);
    const tn_compile_result *r = good(text, &o);
    ck_assert_uint_eq(r->flags, 0);
    tn_compile_free(r);
    setenv("TENON_CACHE_BYTES", "plenty", 1);
    r = good(text, &o);
    ck_assert_uint_eq(r->flags, TN_COMPILE_CACHED);
    tn_compile_free(r);
}
END_TEST

START_TEST(files_left_behind_are_removed)
{
    tn_compile_options o = usual();
    const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    ck_assert(!mkdir(in_dir("cache"), 0700) && !mkdir(in_dir("cache/compile"), 0700));
    put(in_dir("cache/compile/1-0-1.partial"), "x", 1, 0600);
    put(in_dir("cache/compile/2-0-1.partial"), "x", 1, 0600);
    put(in_dir("cache/compile/notes"), "x", 1, 0600);
    utimensat(AT_FDCWD, in_dir("cache/compile/1-0-1.partial"), old, 0);
    ck_assert(!is_cached(source, &o));
    ck_assert_int_eq(count_files(in_dir("cache/compile"), ".partial"), 1);
    ck_assert_int_eq(count_files(in_dir("cache/compile"), "notes"), 1);
}
END_TEST

START_TEST(a_use_keeps_an_entry_young)
{
    tn_compile_options o = usual();
    const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    struct stat info;
    ck_assert(!is_cached(source, &o));
    utimensat(AT_FDCWD, entry(), old, 0);
    ck_assert(is_cached(source, &o));
    ck_assert(!stat(entry(), &info) && info.st_mtim.tv_sec > 1000000);
}
END_TEST

/* Processes that compile, read, damage and remove the same entries at once: each gets the right data. */
START_TEST(processes_race)
{
    enum { PROCESSES = 4, ROUNDS = 6 };
    setenv("TENON_CACHE_BYTES", "40K", 1);
    for (int p = 0; p < PROCESSES; p++)
        if (!fork()) {
            for (int i = 0; i < ROUNDS; i++) {
                tn_compile_options o = usual();
                char text[512];
                const tn_compile_result *r;
                snprintf(text, sizeof text, KERNEL "i * %d + n; }\n", 1000 + i % 3);
                if (tn_compile(text, strlen(text), &o, &r) != TN_OK)
                    _exit(1);
                if (!memmem(r->bundle, r->bundle_bytes, "ELF", 3) || strstr(r->log, "damaged") ||
                    strstr(r->log, "can't"))
                    _exit(2);
                int out[256];
                if (i + 3 >= ROUNDS) {
                    run_kernel(r, "k", p, out);
                    if (out[5] != 5 * (1000 + i % 3) + p)
                        _exit(3);
                }
                tn_compile_free(r);
            }
            _exit(0);
        }
    for (int p = 0; p < PROCESSES; p++) {
        int status;
        ck_assert(wait(&status) > 0);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process ended with %#x", status);
    }
    ck_assert_int_eq(count_files(in_dir("cache/compile"), ".partial"), 0);
}
END_TEST

/* A compiler that copies one bundle: what is tested is the cache. It is slow now and then, so that kills find it at work. */
static void make_copier(const char *bundle, char *script, size_t room)
{
    char text[2048];
    snprintf(script, room, "%s", in_dir("copier"));
    int n =
        snprintf(text, sizeof text,
                 "#!/bin/sh\nwhile [ $# -gt 0 ]; do\n    case $1 in -o) out=$2; shift ;; -MF) deps=$2; shift ;; *.cu) "
                 "source=$1 ;; esac\n    shift\ndone\ncat '%s' >\"$out\"\necho \"x: $source\" >\"$deps\"\n",
                 bundle);
    put(script, text, (size_t)n, 0700);
}

static int compile_until_killed(const tn_compile_options *o, unsigned seed)
{
    for (unsigned i = 0; i < 4000; i++) {
        const tn_compile_result *r;
        char text[64];
        int n = snprintf(text, sizeof text, "source %u", (seed = seed * 1103515245u + 12345u) >> 16 & 31);
        if (tn_compile(text, (size_t)n, o, &r) != TN_OK)
            return 1;
        if (strstr(r->log, "damaged") || memcmp(r->bundle, "\177ELF", 4))
            return 2;
        tn_compile_free(r);
    }
    return 0;
}

START_TEST(processes_are_killed)
{
    enum { PROCESSES = 16, ROUNDS = 48 };
    tn_compile_options o = usual();
    pid_t pids[PROCESSES];
    char script[512], bundle[512];
    const tn_compile_result *real = good(source, &o);
    snprintf(bundle, sizeof bundle, "%s", in_dir("real.tnb"));
    put(bundle, real->bundle, real->bundle_bytes, 0600);
    make_copier(bundle, script, sizeof script);
    o.compiler = script;
    setenv("TENON_CACHE_BYTES", "256K", 1); /* about half of what they make: entries go all the time */
    for (unsigned p = 0; p < PROCESSES; p++)
        if (!(pids[p] = fork()))
            _exit(compile_until_killed(&o, p));
    for (unsigned i = 0; i < ROUNDS; i++) {
        int status;
        const unsigned p = i * 7 % PROCESSES;
        nap(i % 5 * 8);
        kill(pids[p], SIGKILL);
        ck_assert_int_eq(waitpid(pids[p], &status, 0), pids[p]);
        ck_assert_msg(WIFSIGNALED(status), "a process ended with %#x", status);
        if (!(pids[p] = fork()))
            _exit(compile_until_killed(&o, 100 + i));
    }
    for (unsigned p = 0; p < PROCESSES; p++) {
        kill(pids[p], SIGKILL);
        waitpid(pids[p], NULL, 0);
    }
    /* what is there is whole, and all of it is what it should be */
    unsigned cached = 0;
    for (unsigned i = 0; i < 32; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "source %u", i);
        const tn_compile_result *r;
        ck_assert_int_eq(tn_compile(text, (size_t)n, &o, &r), TN_OK);
        ck_assert_msg(!strstr(r->log, "damaged"), "%s", r->log);
        ck_assert(r->bundle_bytes == real->bundle_bytes && !memcmp(r->bundle, real->bundle, r->bundle_bytes));
        cached += (r->flags & TN_COMPILE_CACHED) != 0;
        tn_compile_free(r);
    }
    ck_assert_uint_gt(cached, 0);
    tn_compile_free(real);
    nftw(in_dir("tmp"), remove_below, 16, FTW_DEPTH | FTW_PHYS); /* of those that were killed */
}
END_TEST

START_TEST(files_are_the_owners_alone)
{
    tn_compile_options o = usual();
    struct stat info;
    mode_t before = umask(0);
    ck_assert(!is_cached(source, &o));
    umask(before);
    ck_assert(!stat(in_dir("cache/compile"), &info) && (info.st_mode & 0777) == 0700);
    ck_assert(!stat(entry(), &info) && (info.st_mode & 0777) == 0600);
    if (geteuid())
        return;
    ck_assert(!is_cached(KERNEL "3; }\n", &o));
    ck_assert(!chown(entry(), 12345, 12345));
    const tn_compile_result *r = good(source, &o);
    const tn_compile_result *other = good(KERNEL "3; }\n", &o);
    ck_assert_msg(strstr(r->log, "another user") || strstr(other->log, "another user"), "%s%s", r->log, other->log);
    tn_compile_free(r);
    tn_compile_free(other);
    ck_assert(is_cached(source, &o) && is_cached(KERNEL "3; }\n", &o));
}
END_TEST

static void *compile_in_thread(void *context)
{
    const int which = *(int *)context;
    tn_compile_options o = usual();
    char text[512];
    snprintf(text, sizeof text, KERNEL "%d; }\n", which % 2);
    for (int i = 0; i < 5; i++) {
        const tn_compile_result *r;
        if (tn_compile(text, strlen(text), &o, &r) != TN_OK)
            return NULL;
        tn_compile_free(r);
    }
    return context;
}

START_TEST(threads_race)
{
    pthread_t threads[4];
    int which[4] = { 0, 1, 2, 3 };
    void *end;
    for (int i = 0; i < 4; i++)
        ck_assert(!pthread_create(&threads[i], NULL, compile_in_thread, &which[i]));
    for (int i = 0; i < 4; i++)
        ck_assert(!pthread_join(threads[i], &end) && end == &which[i]);
    ck_assert_int_eq(count_files(in_dir("cache/compile"), ""), 2);
}
END_TEST

static void no_cache(const tn_compile_options *o, const char *words)
{
    const tn_compile_result *r = good(source, o);
    ck_assert_msg(!r->flags && strstr(r->log, words), "\"%s\" is not in: %s", words, r->log);
    tn_compile_free(r);
}

START_TEST(directories_that_cant_be_used)
{
    tn_compile_options o = usual();
    put(in_dir("file"), "x", 1, 0600);
    o.cache_dir = in_dir("file");
    no_cache(&o, "Not a directory");
    o.cache_dir = "/proc/tenon";
    no_cache(&o, "the cache is off: can't make /proc/tenon/compile");
    o.cache_dir = NULL;
    unsetenv("TENON_CACHE_DIR");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "/proc", 1); /* nobody writes there */
    no_cache(&o, "the cache is off: can't make /proc/.cache/tenon/compile");
    o.cache_dir = "relative";
    no_cache(&o, "no absolute path");
    o.cache_dir = in_dir("public");
    ck_assert(!mkdir(o.cache_dir, 0700) && !mkdir(in_dir("public/compile"), 0700) &&
              !chmod(in_dir("public/compile"), 0777));
    no_cache(&o, "anybody may write");
    if (geteuid()) {
        o.cache_dir = in_dir("closed");
        ck_assert(!mkdir(o.cache_dir, 0700) && !mkdir(in_dir("closed/compile"), 0500));
        no_cache(&o, "can't store");
    }
}
END_TEST

START_TEST(where_the_cache_is)
{
    tn_compile_options o = usual();
    unsetenv("TENON_CACHE_DIR");
    setenv("XDG_CACHE_HOME", in_dir("xdg"), 1);
    setenv("HOME", in_dir("home"), 1);
    ck_assert(!is_cached(source, &o));
    ck_assert_int_eq(count_files(in_dir("xdg/tenon/compile"), ".tnc"), 1);
    setenv("XDG_CACHE_HOME", "relative", 1);
    ck_assert(!is_cached(source, &o));
    ck_assert_int_eq(count_files(in_dir("home/.cache/tenon/compile"), ".tnc"), 1);
    unsetenv("XDG_CACHE_HOME");
    ck_assert(is_cached(source, &o));
    unsetenv("HOME");
    no_cache(&o, "HOME");
    o.cache_dir = in_dir("own");
    ck_assert(!is_cached(source, &o));
    ck_assert_int_eq(count_files(in_dir("own/compile"), ".tnc"), 1);
}
END_TEST

Suite *cache_suite(void)
{
    Suite *suite = suite_create("compile: cache");
    TCase *c = tcase_create("cache");
    tcase_set_timeout(c, 200);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_hit_is_the_same_and_quick);
    tcase_add_test(c, each_input_counts);
    tcase_add_test(c, the_compiler_counts);
    tcase_add_test(c, files_that_were_read_count);
    tcase_add_test(c, damage_is_built_anew);
    tcase_add_test(c, an_entry_of_another_key);
    tcase_add_test(c, the_size_is_bounded);
    tcase_add_test(c, files_left_behind_are_removed);
    tcase_add_test(c, a_use_keeps_an_entry_young);
    tcase_add_test(c, processes_race);
    tcase_add_test(c, threads_race);
    tcase_add_test(c, processes_are_killed);
    tcase_add_test(c, files_are_the_owners_alone);
    tcase_add_test(c, directories_that_cant_be_used);
    tcase_add_test(c, where_the_cache_is);
    suite_add_tcase(suite, c);
    return suite;
}
