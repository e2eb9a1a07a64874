/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without a fuzzing engine: every seed as it is, cut at many places, and then mutations from a
 * generator that gives the same ones each time. Usage: TARGET COUNT SEED-FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/target.h"

typedef struct seed {
    uint8_t *data;
    size_t bytes;
} seed;

static uint64_t state = 0x9e3779b97f4a7c15u;

/* xorshift64; Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static bool read_seed(const char *path, seed *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    out->data = malloc(1u << 22);
    out->bytes = out->data ? fread(out->data, 1, 1u << 22, file) : 0;
    fclose(file);
    return out->data && out->bytes > 0;
}

/* A copy of exactly the size, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    if (!copy)
        abort();
    memcpy(copy, data, bytes);
    LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
}

static void mutate(uint8_t *data, size_t *bytes)
{
    static const uint64_t sharp[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000u, 0xffffffffu,
                                      0x7fffffffffffffffu, 0x8000000000000000u, 0xffffffffffffffffu };
    for (unsigned times = 1 + next() % 4; times; times--) {
        size_t at = next() % *bytes, width = (size_t)1 << next() % 4;
        /* Headers and tables lie in front and behind: half of the changes go there. */
        if (next() % 2)
            at = next() % 2 ? at % 256 : *bytes - 1 - at % 1024 % *bytes;
        if (at >= *bytes)
            at = *bytes - 1;
        if (at + width > *bytes)
            width = 1;
        uint64_t value = next() % 3 ? sharp[next() % (sizeof sharp / sizeof *sharp)] : next();
        switch (next() % 5) {
        case 0: data[at] ^= (uint8_t)(1u << next() % 8); break;
        case 1: memcpy(data + at, &value, width); break;
        case 2: memmove(data + at, data + next() % *bytes, at + width <= *bytes ? 1 : width); break;
        case 3: data[at] = (uint8_t)(data[at] + (next() % 2 ? 1 : 255)); break;
        default:
            if (next() % 4 == 0)
                *bytes = 1 + next() % *bytes;
        }
    }
}

int main(int argc, char **argv)
{
    seed seeds[16];
    unsigned count = 0;
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc && count < 16; i++) {
        if (!read_seed(argv[i], &seeds[count++])) {
            fprintf(stderr, "%s cannot be read\n", argv[i]);
            return 1;
        }
    }
    if (!rounds || !count) {
        fprintf(stderr, "usage: %s COUNT SEED-FILE...\n", argv[0]);
        return 2;
    }
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (unsigned s = 0; s < count; s++) {
        run(seeds[s].data, seeds[s].bytes);
        for (size_t cut = 0; cut < seeds[s].bytes; cut += 1 + seeds[s].bytes / 200)
            run(seeds[s].data, cut);
    }
    uint8_t *work = malloc(1u << 22);
    for (unsigned long r = 0; work && r < rounds; r++) {
        const seed *from = &seeds[next() % count];
        size_t bytes = from->bytes;
        memcpy(work, from->data, bytes);
        mutate(work, &bytes);
        run(work, bytes);
    }
    free(work);
    for (unsigned s = 0; s < count; s++)
        free(seeds[s].data);
    printf("%lu mutations of %u files, no crash; %lu were accepted\n", rounds, count, fuzz_accepted);
    /* A target that accepts nothing would not reach what lies behind the first check. */
    return fuzz_accepted ? 0 : 1;
}
