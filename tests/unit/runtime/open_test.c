/* SPDX-License-Identifier: Apache-2.0 */
/* open_test.c - opening, options and environment, plugins that are broken in every way, closing, fork, and errors. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/runtime/common.h"

START_TEST(test_nothing_unasked)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    uint32_t count = 99;
    options.only = "null";
    OK(tn_open(&options, &runtime));
    OK(tn_device_count(runtime, &count));
    ck_assert_uint_eq(count, 0);
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_null_devices)
{
    tn_runtime runtime = open_null(3, 0);
    tn_device_info info = { .size = sizeof info };
    uint32_t count = 0;
    OK(tn_device_count(runtime, &count));
    ck_assert_uint_eq(count, 3);
    OK(tn_device_get_info(device_at(runtime, 2), &info));
    ck_assert_str_eq(info.name, "Null device 2");
    ck_assert_str_eq(info.driver, "null");
    ck_assert(info.flags & TN_DEVICE_SIMULATED);
    _Alignas(8) uint32_t small[2] = { 8, 0 };
    OK(tn_device_get_info(device_at(runtime, 0), (tn_device_info *)(void *)small));
    ck_assert_uint_eq(small[1], info.flags);
    info.size = 0;
    FAILS(TN_INVALID, "size", tn_device_get_info(device_at(runtime, 0), &info));
    FAILS(TN_INVALID, "no device 3", tn_device_get(runtime, 3, &(tn_device){ 0 }));
    uint64_t free_bytes = 0, total_bytes = 0;
    OK(tn_device_memory(device_at(runtime, 0), &free_bytes, &total_bytes));
    ck_assert_uint_eq(free_bytes, total_bytes);
    OK(tn_device_health(device_at(runtime, 0)));
    OK(tn_device_recover(device_at(runtime, 0)));
    OK(tn_close(runtime, 0));
    FAILS(TN_BAD_HANDLE, "stale", tn_close(runtime, 0));
}
END_TEST

/* What is malformed is refused with a sentence that names it. */
START_TEST(test_malformed_options)
{
    static const struct {
        const char *simulate, *drivers, *only, *visible;
        tn_status status;
        const char *words;
    } rows[] = {
        { ",", NULL, NULL, NULL, TN_INVALID, "has no name" },
        { "null:", NULL, NULL, NULL, TN_INVALID, "must be 1 to" },
        { "null:0", NULL, NULL, NULL, TN_INVALID, "must be 1 to" },
        { "null:-1", NULL, NULL, NULL, TN_INVALID, "must be 1 to" },
        { "null:2x", NULL, NULL, NULL, TN_INVALID, "must be 1 to" },
        { "null:99999999999999999999", NULL, NULL, NULL, TN_INVALID, "must be 1 to" },
        { "null:1,", NULL, NULL, NULL, TN_INVALID, "has no name" },
        { ":3", NULL, NULL, NULL, TN_INVALID, "has no name" },
        { "nu ll", NULL, NULL, NULL, TN_INVALID, "cannot stand in a name" },
        { "null:65", NULL, "null", NULL, TN_INVALID, "at most 64" },
        { "no-such-chip:2", NULL, "null", NULL, TN_INVALID, "\"no-such-chip\" gave 0 of 2 devices" },
        { "null:1,no-such-chip", NULL, "null", NULL, TN_INVALID, "no-such-chip" },
        { NULL, "relative/path.so", NULL, NULL, TN_INVALID, "absolute" },
        { NULL, "/a.so:", "null", NULL, TN_BAD_DRIVER, "no such file" },
        { NULL, "/does/not/exist.so", NULL, NULL, TN_BAD_DRIVER, "/does/not/exist.so" },
        { NULL, NULL, "no-such-driver", NULL, TN_NO_DRIVER, "no-such-driver" },
        { NULL, NULL, "null,", NULL, TN_INVALID, "a name is missing" },
        { "null:2", NULL, "null", "2", TN_INVALID, "there is no device 2" },
        { "null:2", NULL, "null", "0,0", TN_INVALID, "twice" },
        { "null:2", NULL, "null", "0,", TN_INVALID, "indices or UUIDs" },
        { "null:2", NULL, "null", "first", TN_INVALID, "indices or UUIDs" },
        { "null:2", NULL, "null", "00000000000000000000000000000000", TN_INVALID, "no device has the UUID" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tn_options options = TN_OPTIONS_INIT;
        tn_runtime runtime = { 77 };
        options.simulate = rows[i].simulate;
        options.drivers = rows[i].drivers;
        options.only = rows[i].only;
        options.visible = rows[i].visible;
        FAILS(rows[i].status, rows[i].words, tn_open(&options, &runtime));
        ck_assert_uint_eq(runtime.bits, 77);
    }
}
END_TEST

START_TEST(test_sized_options)
{
    struct { tn_options options; uint64_t further[2]; } larger = { .options = TN_OPTIONS_INIT };
    tn_runtime runtime;
    larger.options.size = sizeof larger;
    larger.options.only = "null";
    OK(tn_open(&larger.options, &runtime));   /* unknown members that are zero ask for nothing */
    OK(tn_close(runtime, 0));
    larger.further[1] = 1;
    FAILS(TN_INVALID, "does not know", tn_open(&larger.options, &runtime));
    tn_options options = TN_OPTIONS_INIT;
    options.size = 8;
    FAILS(TN_INVALID, "size is 8", tn_open(&options, &runtime));
    options = (tn_options)TN_OPTIONS_INIT;
    options.flags = 1u << 30;
    FAILS(TN_INVALID, "unknown bits", tn_open(&options, &runtime));
    options = (tn_options)TN_OPTIONS_INIT;
    options.next = &options;
    FAILS(TN_INVALID, "next", tn_open(&options, &runtime));
    FAILS(TN_INVALID, "out is NULL", tn_open(NULL, NULL));
}
END_TEST

START_TEST(test_visible)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    tn_device_info info = { .size = sizeof info };
    uint32_t count;
    options.simulate = "null:3";
    options.only = "null";
    options.visible = "2,0";
    OK(tn_open(&options, &runtime));
    OK(tn_device_count(runtime, &count));
    ck_assert_uint_eq(count, 2);
    OK(tn_device_get_info(device_at(runtime, 0), &info));
    ck_assert_str_eq(info.name, "Null device 2");
    OK(tn_close(runtime, 0));

    char uuid[40] = "";
    for (int i = 0; i < 16; i++)
        snprintf(uuid + strlen(uuid), sizeof uuid - strlen(uuid), "%s%02X",
                 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", info.uuid[i]);
    options.visible = uuid;
    OK(tn_open(&options, &runtime));
    OK(tn_device_count(runtime, &count));
    ck_assert_uint_eq(count, 1);
    OK(tn_device_get_info(device_at(runtime, 0), &info));
    ck_assert_str_eq(info.name, "Null device 2");
    OK(tn_close(runtime, 0));

    options.visible = "";
    OK(tn_open(&options, &runtime));
    OK(tn_device_count(runtime, &count));
    ck_assert_uint_eq(count, 0);
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_environment)
{
    static const struct { const char *name, *value, *words;
    } bad[] = {
        { "TENON_EXACT", "yes", "TENON_EXACT is \"yes\"" },
        { "TENON_LOG", "loud", "TENON_LOG is \"loud\"" },
        { "TENON_SIM", "null:x", "TENON_SIM is \"null:x\"" },
        { "TENON_DRIVERS", "a.so", "TENON_DRIVERS is \"a.so\"" },
        { "TENON_VISIBLE_DEVICES", "7", "TENON_VISIBLE_DEVICES is \"7\"" },
        { "TENON_LIBRARIES", "cuda", "TENON_LIBRARIES is \"cuda\"" },
    };
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    uint32_t count;
    options.only = "null";
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv(bad[i].name, bad[i].value, 1);
        FAILS(TN_INVALID, bad[i].words, tn_open(&options, &runtime));
        options.flags = TN_OPTION_NO_ENVIRONMENT;
        OK(tn_open(&options, &runtime));
        OK(tn_close(runtime, 0));
        options.flags = 0;
        unsetenv(bad[i].name);
    }
    setenv("TENON_SIM", "null:2", 1);
    setenv("TENON_EXACT", "1", 1);
    OK(tn_open(&options, &runtime));
    OK(tn_device_count(runtime, &count));
    ck_assert_uint_eq(count, 2);
    OK(tn_close(runtime, 0));
}
END_TEST

static int lines, used_lines, null_lines;
static char all_lines[20000];
static void count_line(void *context, const char *driver, const char *subject, bool used, const char *why)
{
    ck_assert_ptr_eq(context, &lines);
    lines++;
    used_lines += used;
    null_lines += !strcmp(driver, "null");
    snprintf(all_lines + strlen(all_lines), sizeof all_lines - strlen(all_lines), "%s|%s|%s\n", driver, subject, why);
}

START_TEST(test_explain)
{
    tn_runtime runtime = open_null(2, 0);
    OK(tn_explain(runtime, count_line, &lines));
    ck_assert_int_ge(null_lines, 3);   /* the plugin, what it says itself, and each device */
    ck_assert_int_ge(used_lines, 3);
    ck_assert_ptr_nonnull(strstr(all_lines, "null.so"));
    ck_assert_ptr_nonnull(strstr(all_lines, "Null device 1"));
    int before = lines;
    lines = 0;
    OK(tn_explain(runtime, count_line, &lines));
    ck_assert_int_eq(lines, before);
    OK(tn_explain(runtime, NULL, NULL));
    OK(tn_close(runtime, 0));
    FAILS(TN_BAD_HANDLE, "stale", tn_explain(runtime, count_line, &lines));
}
END_TEST

static tn_runtime explained;
static int visits;
static void close_while_looking(void *context, const char *driver, const char *subject, bool used, const char *why)
{
    (void)used;
    if (!visits++) {
        OK(tn_close(explained, TN_FOREVER));
        FAILS(TN_BAD_HANDLE, "stale", tn_explain(explained, close_while_looking, context));
    }
    ck_assert_ptr_eq(context, &lines);
    snprintf(all_lines + strlen(all_lines), sizeof all_lines - strlen(all_lines), "%s|%s|%s\n", driver, subject, why);
}

static void look_again(void *context, const char *driver, const char *subject, bool used, const char *why)
{
    if (!(*(int *)context)++)
        OK(tn_explain(explained, count_line, &lines));
    (void)driver, (void)subject, (void)used, (void)why;
}

START_TEST(test_close_inside_explain)
{
    int outer = 0;
    explained = open_null(2, 0);
    OK(tn_explain(explained, look_again, &outer));
    ck_assert_int_eq(outer, lines);
    char *before = strdup(all_lines);
    all_lines[0] = 0;
    OK(tn_explain(explained, close_while_looking, &lines));
    ck_assert_int_eq(visits, outer);
    ck_assert_str_eq(all_lines, before);    /* every line, whole, although the runtime is gone */
    FAILS(TN_BAD_HANDLE, "stale", tn_close(explained, 0));
    free(before);
}
END_TEST

static void *close_from_another_thread(void *arg)
{
    (void)arg;
    OK(tn_close(explained, TN_FOREVER));
    return NULL;
}

static void wait_for_another_close(void *context, const char *driver, const char *subject, bool used, const char *why)
{
    pthread_t thread;
    if (!(*(int *)context)++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, close_from_another_thread, NULL), 0);
        pthread_join(thread, NULL);
    }
    ck_assert(*subject && *why);
    (void)driver, (void)used;
}

START_TEST(test_close_beside_explain)
{
    int visited = 0;
    explained = open_null(2, 0);
    OK(tn_explain(explained, wait_for_another_close, &visited));
    ck_assert_int_ge(visited, 3);
}
END_TEST

/* A plugin that was named is an error; the same one merely installed is skipped. */
static void expect_bad_plugin(const char *mode, const char *path, tn_status status, const char *words, const char *more)
{
    pid_t child = fork();
    if (!child) {
        tn_options options = TN_OPTIONS_INIT;
        tn_runtime runtime;
        if (mode)
            setenv("MOCK", mode, 1);
        options.drivers = path;
        options.only = "mock";
        tn_status is = tn_open(&options, &runtime);
        const char *message = tn_error_message();
        if (is != status || !strstr(message, words) || !strstr(message, more) || !strstr(message, path)) {
            fprintf(stderr, "%s: %s: %s\n", mode ? mode : path, tn_status_name(is), message);
            _exit(1);
        }
        _exit(0);
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_msg(!result, "%s %s", mode ? mode : "", path);
}

/* The first `bytes` bytes of a file, in one of its own. */
static void copy_part(const char *from, char *to, size_t bytes)
{
    static char buffer[1 << 16];
    int in = open(from, O_RDONLY), out = mkstemp(to);
    ck_assert(in >= 0 && out >= 0);
    while (bytes) {
        ssize_t got = read(in, buffer, bytes < sizeof buffer ? bytes : sizeof buffer);
        if (got <= 0)
            break;
        ck_assert_int_eq(write(out, buffer, (size_t)got), got);
        bytes -= (size_t)got;
    }
    close(in);
    close(out);
}

/* The dynamic loader itself would end the process on these, or wait for ever. */
static void expect_unmappable(const char *whole)
{
    static const size_t lengths[] = { 16, 100, 2000, 9000 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char cut[] = "/tmp/tenon-cut-XXXXXX";
        copy_part(whole, cut, lengths[i]);
        expect_bad_plugin(NULL, cut, TN_BAD_DRIVER, "cannot be loaded", lengths[i] > 64 ? "cut short" : "");
        unlink(cut);
    }
    char pipe[] = "/tmp/tenon-pipe-XXXXXX";
    close(mkstemp(pipe));
    unlink(pipe);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    expect_bad_plugin(NULL, pipe, TN_BAD_DRIVER, "cannot be loaded", "it is no file");
    unlink(pipe);
}

START_TEST(test_bad_plugins)
{
    char text[] = "/tmp/tenon-text-XXXXXX", empty[] = "/tmp/tenon-empty-XXXXXX";
    static char mock_path[4096], other[4096];
    int fd = mkstemp(text);
    ck_assert_int_eq(write(fd, "#!/bin/sh\n", 10), 10);
    close(fd);
    close(mkstemp(empty));
    snprintf(mock_path, sizeof mock_path, "%s", built("obj/tests/mock.so"));
    snprintf(other, sizeof other, "%s", built("obj/tests/not_a_driver.so"));
    expect_bad_plugin("abi", mock_path, TN_VERSION, "ABI 7.3", "speaks 0.1");
    expect_bad_plugin("abi", mock_path, TN_VERSION, "libtenon.so", "mock.so");
    expect_bad_plugin("query", mock_path, TN_BAD_DRIVER, "does not feel well", "TN_SYSTEM");
    expect_bad_plugin("no-table", mock_path, TN_BAD_DRIVER, "gave no table", "");
    expect_bad_plugin("small", mock_path, TN_BAD_DRIVER, "64 bytes", "");
    expect_bad_plugin("null-function", mock_path, TN_BAD_DRIVER, "submit_fill", "NULL");
    expect_bad_plugin("bad-name", mock_path, TN_BAD_DRIVER, "name", "letters");
    expect_bad_plugin(NULL, other, TN_BAD_DRIVER, "does not export tn_driver_query", "");
    expect_bad_plugin(NULL, text, TN_BAD_DRIVER, "cannot be loaded", "");
    expect_bad_plugin(NULL, empty, TN_BAD_DRIVER, "cannot be loaded", "");
    expect_bad_plugin(NULL, "/tmp", TN_BAD_DRIVER, "cannot be loaded", "");
    expect_unmappable(mock_path);
    unlink(text);
    unlink(empty);
}
END_TEST

START_TEST(test_mock_leaves_nothing)
{
    tn_runtime runtime = open_mock(0);
    tn_stream stream = stream_on(device_at(runtime, 0));
    tn_address address;
    void *pinned;
    tn_event event;
    ck_assert_int_eq(mock->opened, 1);
    OK(tn_memory_alloc(device_at(runtime, 0), 100, &address));
    OK(tn_host_alloc(device_at(runtime, 1), 100, &pinned, NULL));
    OK(tn_event_create(device_at(runtime, 0), NULL, &event));
    tn_module module = load_null_bundle(device_at(runtime, 0));
    (void)kernel_of(module, "fill_u32");
    OK(tn_fill(stream, address, 1, 1, 100, NULL));
    OK(tn_close(runtime, 0));
    ck_assert_int_eq(mock->opened, 0);
    ck_assert_int_eq(mock->live, 0);
    FAILS(TN_BAD_HANDLE, "stale", tn_stream_wait(stream, 0));
    FAILS(TN_BAD_HANDLE, "stale", tn_module_unload(module));
    FAILS(TN_BAD_HANDLE, "stale", tn_event_destroy(event));
    FAILS(TN_BAD_HANDLE, "stale", tn_device_health((tn_device){ 0x2000000001000000 }));
}
END_TEST

START_TEST(test_two_runtimes)
{
    tn_runtime a = open_null(1, 0), b = open_null(1, 0);
    tn_stream of_a = stream_on(device_at(a, 0)), of_b = stream_on(device_at(b, 0));
    tn_address in_b;
    tn_point point;
    OK(tn_memory_alloc(device_at(b, 0), 64, &in_b));
    OK(tn_fill(of_b, in_b, 0, 4, 16, &point));
    FAILS(TN_BAD_HANDLE, "another runtime", tn_stream_join(of_a, point));
    tn_module module = load_null_bundle(device_at(b, 0));
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 8, 2, 1 }, 0);
    FAILS(TN_BAD_HANDLE, "another device",
          tn_kernel_launch(of_a, kernel_of(module, "nothing"), &launch, NULL, 0, NULL));
    FAILS(TN_BAD_HANDLE, "different runtimes",
          tn_copy_between(of_a, device_at(a, 0), in_b, device_at(b, 0), in_b, 64, NULL));
    OK(tn_close(a, 0));
    OK(tn_point_wait(point, 0));   /* closing one leaves the other alone */
    OK(tn_close(b, 0));
}
END_TEST

static _Atomic(int) closed_well, closed_badly;
static void *close_it(void *arg)
{
    tn_status status = tn_close(*(tn_runtime *)arg, TN_FOREVER);
    if (status == TN_OK)
        closed_well++;
    else if (status == TN_BAD_HANDLE)
        closed_badly++;
    return NULL;
}

START_TEST(test_two_close_at_once)
{
    for (int turn = 0; turn < 50; turn++) {
        tn_runtime runtime = open_null(2, 0);
        (void)stream_on(device_at(runtime, 0));
        pthread_t threads[2];
        closed_well = closed_badly = 0;
        for (int i = 0; i < 2; i++)
            pthread_create(&threads[i], NULL, close_it, &runtime);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        ck_assert_int_eq(closed_well, 1);
        ck_assert_int_eq(closed_badly, 1);
    }
}
END_TEST

START_TEST(test_fork)
{
    tn_runtime runtime = open_null(1, 0);
    tn_stream stream = stream_on(device_at(runtime, 0));
    tn_device device = device_at(runtime, 0);
    pid_t child = fork();
    if (!child) {
        tn_runtime again;
        tn_stream other;
        int good = tn_stream_wait(stream, 0) == TN_FORKED && strstr(tn_error_message(), "forked") &&
                   tn_close(runtime, 0) == TN_FORKED && tn_stream_create(device, NULL, &other) == TN_FORKED &&
                   tn_open(NULL, &again) == TN_FORKED && tn_stream_destroy((tn_stream){ 0 }) == TN_BAD_HANDLE;
        _exit(good ? 0 : 1);
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
    OK(tn_stream_wait(stream, 0));   /* the parent goes on */
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_fork_before_open)
{
    pid_t child = fork();
    if (!child) {
        tn_options options = TN_OPTIONS_INIT;
        tn_runtime runtime;
        options.simulate = "null";
        options.only = "null";
        _exit(tn_open(&options, &runtime) == TN_OK && tn_close(runtime, 0) == TN_OK ? 0 : 1);
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
}
END_TEST

START_TEST(test_exit_with_work_in_flight)
{
    pid_t child = fork();
    if (!child) {
        tn_runtime runtime = open_mock(0);
        tn_stream stream = stream_on(device_at(runtime, 0));
        tn_address address;
        mock->hold = 1;
        OK(tn_memory_alloc(device_at(runtime, 0), 100, &address));
        OK(tn_fill(stream, address, 1, 1, 100, NULL));
        exit(0);   /* handlers and all */
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
}
END_TEST

START_TEST(test_error_take)
{
    tn_error error = { .size = sizeof error };
    ck_assert(!tn_error_take(&error));
    ck_assert_int_eq(error.status, TN_OK);
    ck_assert_str_eq(tn_error_message(), "");
    tn_runtime runtime = open_null(1, 0);
    FAILS(TN_BAD_HANDLE, "zero", tn_stream_destroy((tn_stream){ 0 }));
    (void)stream_on(device_at(runtime, 0));   /* success keeps the detail */
    ck_assert(tn_error_take(&error));
    ck_assert_int_eq(error.status, TN_BAD_HANDLE);
    ck_assert_str_eq(error.function, "tn_stream_destroy");
    ck_assert_ptr_nonnull(strstr(error.where, "runtime/"));
    ck_assert(!tn_error_take(&error));
    FAILS(TN_BAD_HANDLE, "zero", tn_stream_destroy((tn_stream){ 0 }));
    _Alignas(8) uint32_t small[2] = { 8, 0 };
    ck_assert(tn_error_take((tn_error *)(void *)small));
    ck_assert_uint_eq(small[1], TN_BAD_HANDLE);
    ck_assert(!tn_error_take(NULL));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_vendor_detail)
{
    tn_runtime runtime = open_mock(0);
    tn_error error = { .size = sizeof error };
    tn_stream stream;
    mock->fail_in = 2;   /* opening the device is the first */
    FAILS(TN_VENDOR, "call refused", tn_stream_create(device_at(runtime, 0), NULL, &stream));
    ck_assert(tn_error_take(&error));
    ck_assert_int_eq(error.vendor_code, -7);
    ck_assert_str_eq(error.vendor_name, "MOCK_ERROR");
    ck_assert_str_eq(error.vendor_text, "the mock was told to fail");
    ck_assert_uint_eq(error.device, device_at(runtime, 0).bits);
    ck_assert_str_eq(error.function, "tn_stream_create");
    OK(tn_stream_create(device_at(runtime, 0), NULL, &stream));
    OK(tn_close(runtime, 0));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

START_TEST(test_every_call_may_fail)
{
    /* Whichever call of the driver fails, what was made is given back and nothing crashes. */
    for (int n = 1; n < 16; n++) {
        tn_runtime runtime = open_mock(0);
        tn_device device = device_at(runtime, 0);
        tn_stream stream = { 0 };
        tn_address address = 0;
        tn_event event = { 0 };
        tn_module module = { 0 };
        tn_kernel kernel = { 0 };
        struct buffer b;
        void *pinned;
        int failed = 0;
        make_bundle(&b, TN_IMAGE_VENDOR, "null");
        mock->fail_in = n;
        failed += tn_stream_create(device, NULL, &stream) != TN_OK;
        failed += tn_memory_alloc(device, 256, &address) != TN_OK;
        failed += tn_host_alloc(device, 256, &pinned, NULL) != TN_OK;
        failed += tn_event_create(device, NULL, &event) != TN_OK;
        failed += tn_module_load(device, b.bytes, b.size, NULL, &module) != TN_OK;
        failed += tn_module_kernel(module, "fill_u32", &kernel) != TN_OK;
        failed += tn_fill(stream, address, 1, 4, 64, NULL) != TN_OK;
        failed += tn_event_record(event, stream, NULL) != TN_OK;
        failed += tn_stream_wait(stream, TN_FOREVER) != TN_OK;
        ck_assert_int_eq(failed > 0, n <= 9);
        mock->fail_in = 0;
        OK(tn_close(runtime, 0));
        ck_assert_int_eq(mock->live, 0);
    }
}
END_TEST

START_TEST(test_status_texts)
{
    ck_assert_str_eq(tn_status_name(TN_TIMEOUT), "TN_TIMEOUT");
    ck_assert_ptr_nonnull(strstr(tn_status_sentence(TN_TIMEOUT), "work goes on"));
    ck_assert_ptr_nonnull(tn_status_name((tn_status)12345));
    ck_assert_ptr_nonnull(tn_status_sentence((tn_status)-1));
    ck_assert_uint_eq(tn_version(), TN_VERSION_NUMBER);
    ck_assert_str_eq(tn_version_text(), "0.1.0");
}
END_TEST

RUN("open", test_nothing_unasked, test_null_devices, test_malformed_options, test_sized_options, test_visible,
    test_environment, test_explain, test_close_inside_explain, test_close_beside_explain, test_bad_plugins,
    test_mock_leaves_nothing, test_two_runtimes, test_two_close_at_once, test_fork, test_fork_before_open, test_exit_with_work_in_flight, test_error_take,
    test_vendor_detail, test_every_call_may_fail, test_status_texts)
