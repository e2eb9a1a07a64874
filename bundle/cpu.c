/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this processor, and the system's handling of its registers, has the features that an image names. Asks the
 * processor; owns nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

typedef struct feature {
    const char *name;
    uint32_t leaf;    /* of cpuid, sub-leaf 0 */
    uint8_t reg, bit; /* 0 to 3: a, b, c, d */
    uint8_t state;    /* register state that the system must save: XCR0 bits */
    uint8_t level;    /* of x86-64 that has it first */
} feature;

enum { A, B, C, D, SSE = 0x02, AVX = 0x06, AVX512 = 0xe6 };

static const feature features[] = {
    { "sse3", 1, C, 0, SSE, 2 },
    { "ssse3", 1, C, 9, SSE, 2 },
    { "sse4.1", 1, C, 19, SSE, 2 },
    { "sse4.2", 1, C, 20, SSE, 2 },
    { "popcnt", 1, C, 23, 0, 2 },
    { "movbe", 1, C, 22, 0, 3 },
    { "fma", 1, C, 12, AVX, 3 },
    { "avx", 1, C, 28, AVX, 3 },
    { "f16c", 1, C, 29, AVX, 3 },
    { "bmi", 7, B, 3, 0, 3 },
    { "bmi2", 7, B, 8, 0, 3 },
    { "avx2", 7, B, 5, AVX, 3 },
    { "avx512f", 7, B, 16, AVX512, 4 },
    { "avx512dq", 7, B, 17, AVX512, 4 },
    { "avx512cd", 7, B, 28, AVX512, 4 },
    { "avx512bw", 7, B, 30, AVX512, 4 },
    { "avx512vl", 7, B, 31, AVX512, 4 },
    { "avx512vbmi", 7, C, 1, AVX512, 4 },
    { "avx512vnni", 7, C, 11, AVX512, 4 },
    { "lzcnt", 0x80000001u, C, 5, 0, 3 },
};

static uint64_t saved_states(void)
{
    uint32_t a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 27))
        return 0x3;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

/* TENON_SIM_CPU, a level by name, leaves out what the processor has beyond it. */
static unsigned highest_level(void)
{
    static const char *const names[] = { "x86-64-v2", "x86-64-v3", "x86-64-v4" };
    const char *wanted = getenv("TENON_SIM_CPU");
    for (unsigned i = 0; wanted && i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(wanted, names[i]))
            return i + 2;
    return 4;
}

static bool have(const char *name, size_t bytes)
{
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        const feature *f = &features[i];
        uint32_t r[4];
        if (strlen(f->name) != bytes || strncmp(f->name, name, bytes) != 0)
            continue;
        return f->level <= highest_level() && __get_cpuid_count(f->leaf, 0, &r[A], &r[B], &r[C], &r[D]) &&
               (r[f->reg] >> f->bit & 1) && (saved_states() & f->state) == f->state;
    }
    return false; /* a feature that this reader has not heard of */
}
#else
static bool have(const char *name, size_t bytes)
{
    return bytes == 4 && !strncmp(name, "neon", 4);
}
#endif

bool tn_cpu_has(const char *list, char *out_missing, size_t missing_bytes)
{
    while (*list) {
        size_t bytes = strcspn(list, ",");
        if (bytes && !have(list, bytes)) {
            size_t part = bytes < missing_bytes ? bytes : missing_bytes - 1;
            memcpy(out_missing, list, part);
            out_missing[part] = 0;
            return false;
        }
        list += bytes;
        list += *list == ',';
    }
    return true;
}
