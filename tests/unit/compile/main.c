/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs the suites of libtenon-compile, each test in a process of its own, and has what they share. */
#include "tests/unit/compile/common.h"
#include "tests/unit/suite.h"

#include <dirent.h>
#include <ftw.h>
#include <stdarg.h>

char test_dir[256];

const char *in_dir(const char *format, ...)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    int n = snprintf(path, sizeof paths[0], "%s/", test_dir);
    va_list list;
    va_start(list, format);
    vsnprintf(path + n, sizeof paths[0] - (size_t)n, format, list);
    va_end(list);
    return path;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    remove(path);
    return 0;
}

void set_up(void)
{
    const char *root = getenv("TMPDIR"), *compiler = getenv("TENON_TEST_COMPILER");
    snprintf(test_dir, sizeof test_dir, "%s/tenon-test-XXXXXX", root ? root : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(test_dir));
    ck_assert(!mkdir(in_dir("tmp"), 0700));
    setenv("TMPDIR", in_dir("tmp"), 1);
    setenv("TENON_CACHE_DIR", in_dir("cache"), 1);
    unsetenv("TENON_CACHE_BYTES");
    if (compiler)
        setenv("TENON_COMPILER", compiler, 1);
}

void tear_down(void)
{
    ck_assert_msg(count_files(in_dir("tmp"), "") == 0, "something was left in the temporary directory");
    nftw(test_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void put(const char *path, const void *data, size_t bytes, mode_t mode)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert(fwrite(data, 1, bytes, f) == bytes);
    ck_assert(!fclose(f) && !chmod(path, mode));
}

char *take(const char *path, size_t *out_bytes)
{
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    char *data = malloc(1 << 20);
    *out_bytes = fread(data, 1, 1 << 20, f);
    fclose(f);
    return data;
}

unsigned count_files(const char *folder, const char *ending)
{
    DIR *d = opendir(folder);
    unsigned count = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        size_t n = strlen(e->d_name), m = strlen(ending);
        count += e->d_name[0] != '.' && n >= m && !strcmp(e->d_name + n - m, ending);
    }
    if (d)
        closedir(d);
    return count;
}

tn_compile_options usual(void)
{
    static const char *const targets[] = { "sim" };
    tn_compile_options o = TN_COMPILE_OPTIONS_INIT;
    o.targets = targets;
    o.target_count = 1;
    return o;
}

const tn_compile_result *good(const char *source, const tn_compile_options *o)
{
    const tn_compile_result *r;
    tn_status status = tn_compile(source, strlen(source), o, &r);
    ck_assert_ptr_nonnull(r);
    ck_assert_msg(status == TN_OK && r->status == TN_OK, "%s: %s\n%s", tn_status_name(status), r->message, r->log);
    ck_assert(r->size == sizeof *r && !r->next && r->bundle && r->bundle_bytes && !*r->message);
    return r;
}

const tn_compile_result *bad(tn_status wanted, const char *words, const char *source, const tn_compile_options *o)
{
    const tn_compile_result *r;
    tn_status status = tn_compile(source, source ? strlen(source) : 0, o, &r);
    ck_assert_ptr_nonnull(r);
    ck_assert_msg(status == wanted && r->status == wanted, "%s in place of %s: %s\n%s", tn_status_name(status),
                  tn_status_name(wanted), r->message, r->log);
    ck_assert_msg(strstr(r->message, words) != NULL, "\"%s\" is not in: %s\n%s", words, r->message, r->log);
    ck_assert(!r->bundle && !r->bundle_bytes && !r->name_count &&
              !(r->flags & (TN_COMPILE_CACHED | TN_COMPILE_STORED)));
    return r;
}

#define OK(call) ck_assert_msg((call) == TN_OK, "%s: %s", #call, tn_error_message())

void run_kernel(const tn_compile_result *r, const char *kernel, int n, int *out)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_kernel k;
    tn_address memory;
    options.simulate = "a100";
    options.only = "cuda";
    options.flags = TN_OPTION_NO_HARDWARE;
    OK(tn_open(&options, &runtime));
    OK(tn_device_get(runtime, 0, &device));
    OK(tn_stream_create(device, NULL, &stream));
    OK(tn_module_load(device, r->bundle, r->bundle_bytes, NULL, &module));
    OK(tn_module_kernel(module, kernel, &k));
    OK(tn_memory_alloc(device, 256 * sizeof *out, &memory));
    const tn_arg args[] = { TN_ARG(memory), TN_ARG(n) };
    const tn_launch shape = tn_launch_shape((tn_dim3){ 2, 1, 1 }, (tn_dim3){ 128, 1, 1 }, 0);
    OK(tn_kernel_launch(stream, k, &shape, args, 2, NULL));
    OK(tn_memory_read(stream, out, memory, 256 * sizeof *out));
    OK(tn_memory_free(device, memory));
    OK(tn_close(runtime, TN_FOREVER));
}

int main(void)
{
    SRunner *runner = srunner_create(source_suite());
    srunner_add_suite(runner, cache_suite());
    srunner_add_suite(runner, failure_suite());
    return suite_end(runner);
}
