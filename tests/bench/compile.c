/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.c - how long tn_compile takes: small kernels that are not in the cache, and the same from the cache. `make bench-compile`;
 * each round compiles a source that was never seen, in a cache of its own that is removed.
 */
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tenon/compile.h"
#include "tests/bench/measure.h"

static const char plain[] = "extern \"C\" __global__ void scale(float *x, float a, int n)\n{\n"
                            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n) x[i] *= a;\n}\n";
static const char template[] = "template <class T> __global__ void scale(T *x, T a, int n)\n{\n"
                               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n) x[i] *= a;\n}\n";
static const char warps[] = "extern \"C\" __global__ void sum(const float *x, float *out, int n)\n{\n"
                            "    float v = threadIdx.x < n ? x[threadIdx.x] : 0;\n"
                            "    for (int d = 16; d; d /= 2) v += __shfl_xor_sync(~0u, v, d);\n"
                            "    if (threadIdx.x % 32 == 0) out[threadIdx.x / 32] = v;\n}\n";
static const char *const instance[] = { "scale<float>" };

struct job {
    const char *source;
    const char *cache;
    uint32_t names;
    bool same; /* the same source each time */
};

static unsigned seen;

static double compile_ns(void *context)
{
    const struct job *j = context;
    char text[2000];
    tn_compile_options options = TN_COMPILE_OPTIONS_INIT;
    const tn_compile_result *result;
    options.cache_dir = j->cache;
    options.name_expressions = instance;
    options.name_expression_count = j->names;
    int bytes = snprintf(text, sizeof text, "%s// %u\n", j->source, j->same ? 0 : ++seen);
    const uint64_t begin = measure_now();
    tn_status status = tn_compile(text, (size_t)bytes, &options, &result);
    const double ns = (double)(measure_now() - begin);
    if (status != TN_OK)
        fprintf(stderr, "%s\n%s", result ? result->message : "no memory", result ? result->log : "");
    tn_compile_free(result);
    return status == TN_OK ? ns : -1;
}

static int drop(const char *path, const struct stat *s, int kind, struct FTW *at)
{
    (void)s, (void)kind, (void)at;
    return remove(path);
}

int main(void)
{
    char cache[] = "/tmp/tenon-bench-compile-XXXXXX";
    if (!mkdtemp(cache)) {
        perror(cache);
        return 1;
    }
    struct job jobs[] = {
        { plain, cache, 0, false }, { template, cache, 1, false }, { warps, cache, 0, false }, { plain, cache, 0, true }
    };
    measure_case cases[] = {
        { "a kernel of four lines, not cached", "tenon", compile_ns, &jobs[0], 80e6, { 0 }, 0, 0 },
        { "a template's instance, not cached", "tenon", compile_ns, &jobs[1], 80e6, { 0 }, 0, 0 },
        { "warp operations, two widths, not cached", "tenon", compile_ns, &jobs[2], 0, { 0 }, 0, 0 },
        { "from the cache", "tenon", compile_ns, &jobs[3], 1e6, { 0 }, 0, 0 }
    };
    const unsigned count = sizeof cases / sizeof *cases;
    measure_all(cases, count);
    printf("%-42s%12s%12s%10s\n", "tn_compile, ms of 41 rounds", "median", "least", "aim");
    for (unsigned i = 0; i < count; i++) {
        printf("%-42s%12.2f%12.2f", cases[i].name, cases[i].median * 1e-6, cases[i].least * 1e-6);
        if (cases[i].aim_ns > 0)
            printf("%10.0f", cases[i].aim_ns * 1e-6);
        putchar(10);
    }
    nftw(cache, drop, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
