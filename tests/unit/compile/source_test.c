/* SPDX-License-Identifier: Apache-2.0 */
/* source_test.c - what compiles, what does not, and that the data is right on a simulated device. */
#include "tests/unit/compile/common.h"

static const char square[] = "extern \"C\" __global__ void square(int *out, int n)\n"
                             "{\n"
                             "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                             "    out[i] = FACTOR * i * i + n;\n"
                             "}\n";

START_TEST(a_kernel_runs)
{
    const char *const options[] = { "-DFACTOR=3" };
    tn_compile_options o = usual();
    int out[256];
    o.options = options;
    o.option_count = 1;
    const tn_compile_result *r = good(square, &o);
    ck_assert_str_eq(r->log, "");
    ck_assert(r->elapsed_ns > 0);
    run_kernel(r, "square", 7, out);
    for (int i = 0; i < 256; i++)
        ck_assert_int_eq(out[i], 3 * i * i + 7);
    tn_compile_free(r);
}
END_TEST

START_TEST(an_error_has_file_and_line)
{
    tn_compile_options o = usual();
    o.name = "dir/my \"kernel\".cu";
    const tn_compile_result *r = bad(TN_BAD_SOURCE, "my \"kernel\".cu:4:", square, &o);
    ck_assert_msg(strstr(r->log, "FACTOR") && strstr(r->message, "FACTOR"), "%s", r->log);
    ck_assert_msg(!strstr(r->log, test_dir), "the log shows the workspace: %s", r->log);
    tn_compile_free(r);
    ck_assert_int_eq(count_files(in_dir("cache/compile"), ""), 0);
}
END_TEST

START_TEST(a_warning_is_in_the_log)
{
    const char *const options[] = { "-Wall" };
    tn_compile_options o = usual();
    o.options = options;
    o.option_count = 1;
    const tn_compile_result *r = good("__global__ void k(int *p) { int unused; *p = 1; }", &o);
    ck_assert_msg(strstr(r->log, "kernel.cu:1:33: warning"), "%s", r->log);
    const tn_compile_result *again = good("__global__ void k(int *p) { int unused; *p = 1; }", &o);
    ck_assert(again->flags & TN_COMPILE_CACHED);
    ck_assert_str_eq(again->log, r->log);
    tn_compile_free(again);
    tn_compile_free(r);
}
END_TEST

START_TEST(headers_come_from_memory)
{
    static const char
        inner[] = "#define STEP 5\n",
        outer[] = "#pragma once\n#include \"inner.h\"\nstatic __device__ int step(int i) { return i * STEP; }\n";
    const tn_compile_header headers[] = { { "lib/outer.h", outer, sizeof outer - 1 },
                                          { "lib/inner.h", inner, sizeof inner - 1 } };
    static const char source[] =
        "#include <lib/outer.h>\n"
        "extern \"C\" __global__ void k(int *out, int n)\n"
        "{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    out[i] = step(i) + n;\n}\n";
    tn_compile_options o = usual();
    int out[256];
    o.headers = headers;
    o.header_count = 2;
    const tn_compile_result *r = good(source, &o);
    run_kernel(r, "k", -1, out);
    for (int i = 0; i < 256; i++)
        ck_assert_int_eq(out[i], 5 * i - 1);
    tn_compile_free(r);
    /* the negative twin: an error inside a header is told by the header's name */
    const tn_compile_header wrong[] = { { "lib/outer.h", "int x = y;", 10 } };
    o.headers = wrong;
    o.header_count = 1;
    tn_compile_free(bad(TN_BAD_SOURCE, "lib/outer.h:1:9: error", source, &o));
    o.header_count = 0;
    tn_compile_free(bad(TN_BAD_SOURCE, "lib/outer.h", source, &o));
}
END_TEST

START_TEST(header_names_stay_inside)
{
    static const char *const names[] = { "", "/etc/x.h", "../x.h", "a/../../x.h", "a//b.h", "./a.h", "a/" };
    tn_compile_options o = usual();
    tn_compile_header h = { NULL, "", 0 };
    o.headers = &h;
    o.header_count = 1;
    tn_compile_free(bad(TN_INVALID, "header 0", square, &o));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        h.name = names[i];
        tn_compile_free(bad(TN_INVALID, "header 0", square, &o));
    }
    const tn_compile_header twice[] = { { "a.h", "", 0 }, { "a.h", "", 0 } };
    o.headers = twice;
    o.header_count = 2;
    tn_compile_free(bad(TN_INVALID, "given twice", square, &o));
}
END_TEST

START_TEST(name_expressions_come_back)
{
    static const char source[] =
        "namespace lib {\n"
        "template <typename T, int N> __global__ void fill(T *out, int n)\n"
        "{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    out[i] = T(i) * N + n;\n}\n"
        "__device__ int table[4];\n}\n";
    const char *const names[] = { "lib::fill<int, 3>", "&lib::fill<int, 4>", "lib::table" };
    tn_compile_options o = usual();
    int out[256];
    o.name_expressions = names;
    o.name_expression_count = 3;
    for (int round = 0; round < 2; round++) {
        const tn_compile_result *r = good(source, &o);
        ck_assert_int_eq(!!(r->flags & TN_COMPILE_CACHED), round);
        ck_assert_uint_eq(r->name_count, 3);
        ck_assert_str_eq(r->names[0], "_ZN3lib4fillIiLi3EEEvPT_i");
        ck_assert_str_eq(r->names[2], "_ZN3lib5tableE");
        run_kernel(r, r->names[1], 2, out);
        for (int i = 0; i < 256; i++)
            ck_assert_int_eq(out[i], 4 * i + 2);
        tn_compile_free(r);
    }
    const char *const wrong[] = { "lib::fill<int, 3>", "lib::fil<int>" };
    o.name_expressions = wrong;
    o.name_expression_count = 2;
    tn_compile_free(bad(TN_BAD_SOURCE, "name expression lib::fil<int>:1", source, &o));
    const char *const lines[] = { "x;\nint y" };
    o.name_expressions = lines;
    o.name_expression_count = 1;
    tn_compile_free(bad(TN_INVALID, "name expression 0", source, &o));
}
END_TEST

START_TEST(options_that_are_ours_are_refused)
{
    static const char *const wrong[] = { "-o",
                                         "-ofile",
                                         "--dump",
                                         "--split-debug=here",
                                         "--add-image=ptx:sm_80:k.ptx",
                                         "-MD",
                                         "--embed",
                                         "other.cu",
                                         "-",
                                         "--target=sim",
                                         "--lowered-names=x",
                                         "-E",
                                         "-ptx",
                                         "@options",
                                         "-optf",
                                         "--keep",
                                         "-M",
                                         "--preprocess",
                                         "--output-file",
                                         "--help" };
    tn_compile_options o = usual();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        o.options = &wrong[i];
        o.option_count = 1;
        tn_compile_free(bad(TN_INVALID, wrong[i], square, &o));
    }
    const char *const unknown[] = { "--no-such-option" }, *const include[] = { "-I", "/nowhere", "-D", "FACTOR=1" };
    o.options = unknown;
    tn_compile_free(bad(TN_INVALID, "--no-such-option", square, &o));
    o.options = include;
    o.option_count = 4;
    tn_compile_free(good(square, &o));
    const char *const nvcc[] = { "-arch", "sm_80", "-std=c++17", "-O", "2", "-DFACTOR=1" };
    o.options = nvcc;
    o.option_count = 6;
    tn_compile_free(good(square, &o));
    const char *const sparc[] = { "sparc" };
    o.targets = sparc;
    tn_compile_free(bad(TN_INVALID, "sparc", square, &o));
}
END_TEST

START_TEST(structures_are_checked)
{
    struct {
        tn_compile_options o;
        uint64_t more;
    } large = { TN_COMPILE_OPTIONS_INIT, 0 };
    tn_compile_options o = usual();
    const tn_compile_result *r;
    ck_assert_int_eq(tn_compile("x", 1, NULL, NULL), TN_INVALID);
    tn_compile_free(NULL);
    tn_compile_free(bad(TN_INVALID, "no source", "", &o));
    tn_compile_free(bad(TN_INVALID, "no source", NULL, &o));
    o.size = 8;
    tn_compile_free(bad(TN_INVALID, "size is 8", square, &o));
    o = usual();
    o.next = &o;
    tn_compile_free(bad(TN_INVALID, "next", square, &o));
    o = usual();
    o.flags = 1u << 30;
    tn_compile_free(bad(TN_INVALID, "flags", square, &o));
    o = usual();
    o.option_count = 1;
    tn_compile_free(bad(TN_INVALID, "without its list", square, &o));
    large.o.size = sizeof large;
    ck_assert_int_eq(tn_compile("__global__ void k() {}", 22, &large.o, &r), TN_OK);
    tn_compile_free(r);
    large.more = 1;
    tn_compile_free(bad(TN_INVALID, "does not know", square, &large.o));
}
END_TEST

START_TEST(the_same_source_gives_the_same_bytes)
{
    static const char source[] = "#include \"a.h\"\n__global__ void k(const char **p) { *p = __FILE__; }";
    const tn_compile_header header = { "a.h", "static __device__ const char *here() { return __FILE__; }", 57 };
    tn_compile_options o = usual();
    o.flags = TN_COMPILE_NO_CACHE;
    o.headers = &header;
    o.header_count = 1;
    const tn_compile_result *a = good(source, &o), *b = good(source, &o);
    ck_assert(!(a->flags | b->flags));
    ck_assert(a->bundle_bytes == b->bundle_bytes && !memcmp(a->bundle, b->bundle, a->bundle_bytes));
    ck_assert(!memmem(a->bundle, a->bundle_bytes, "tenon-compile-", 14));
    tn_compile_free(a);
    tn_compile_free(b);
}
END_TEST

START_TEST(bitcode_compiles)
{
    char command[4096], source[512];
    tn_compile_options o = usual();
    size_t bytes;
    int out[256];
    const tn_compile_result *r;
    snprintf(source, sizeof source, "%s", in_dir("k.cu"));
    static const char text[] = "extern \"C\" __global__ void k(int *out, int n) { int i = blockIdx.x * blockDim.x + "
                               "threadIdx.x; out[i] = n - i; }\n";
    put(source, text, sizeof text - 1, 0600);
    char folder[512];
    snprintf(folder, sizeof folder, "%s", getenv("TENON_COMPILER") ? getenv("TENON_COMPILER") : "build/bin/tenoncc");
    *strrchr(folder, '/') = 0;
    snprintf(command, sizeof command,
             "clang++-19 -x cuda --cuda-device-only --cuda-gpu-arch=sm_70 -nocudainc -nocudalib -O3 "
             "-Wno-unknown-cuda-version -Xclang "
             "-disable-llvm-passes -Xclang -debug-info-kind=limited -emit-llvm -c -std=c++17 -DTENON_WARP=32 "
             "-I%s/../lib/tenon/include -include "
             "tenon_cuda.h -o %s %s",
             folder, in_dir("k.bc"), source);
    ck_assert_int_eq(system(command), 0);
    char *bitcode = take(in_dir("k.bc"), &bytes);
    o.flags = TN_COMPILE_BITCODE;
    tn_status status = tn_compile(bitcode, bytes, &o, &r);
    ck_assert_msg(status == TN_OK, "%s\n%s", r->message, r->log);
    run_kernel(r, "k", 9, out);
    for (int i = 0; i < 256; i++)
        ck_assert_int_eq(out[i], 9 - i);
    tn_compile_free(r);
    ck_assert_int_eq(tn_compile(bitcode, bytes, &o, &r), TN_OK);
    ck_assert(r->flags & TN_COMPILE_CACHED);
    tn_compile_free(r);
    /* cut short, and no bitcode at all */
    ck_assert_int_eq(tn_compile(bitcode, bytes / 2, &o, &r), TN_BAD_SOURCE);
    tn_compile_free(r);
    tn_compile_free(bad(TN_BAD_SOURCE, "no bitcode", "junk", &o));
    free(bitcode);
}
END_TEST

Suite *source_suite(void)
{
    Suite *suite = suite_create("compile: sources");
    TCase *c = tcase_create("sources");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_kernel_runs);
    tcase_add_test(c, an_error_has_file_and_line);
    tcase_add_test(c, a_warning_is_in_the_log);
    tcase_add_test(c, headers_come_from_memory);
    tcase_add_test(c, header_names_stay_inside);
    tcase_add_test(c, name_expressions_come_back);
    tcase_add_test(c, options_that_are_ours_are_refused);
    tcase_add_test(c, structures_are_checked);
    tcase_add_test(c, the_same_source_gives_the_same_bytes);
    tcase_add_test(c, bitcode_compiles);
    suite_add_tcase(suite, c);
    return suite;
}
