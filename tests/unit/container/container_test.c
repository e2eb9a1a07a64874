/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: what is wrapped is found again, byte for byte; what is cut, foreign or damaged is refused with a sentence. */
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/common/container.h"
#include "tests/unit/suite.h"

static unsigned char *image;
static size_t image_bytes;

static void load_image(void)
{
    FILE *file = fopen(getenv("CONTAINER_IMAGE"), "rb");
    ck_assert_ptr_nonnull(file);
    image = aligned_alloc(64, 1 << 22);
    image_bytes = fread(image, 1, 1 << 22, file);
    fclose(file);
    ck_assert_uint_gt(image_bytes, 64);
}

static const tn_container_kind kinds[] = { TN_CONTAINER_FATBIN, TN_CONTAINER_HIP, TN_CONTAINER_ASCEND };

static void *wrap(tn_container_kind kind, const tn_container_image *images, unsigned count, size_t *bytes)
{
    void *out = NULL;
    ck_assert_int_eq(tn_container_wrap(kind, images, count, &out, bytes), 0);
    ck_assert_uint_eq(tn_container_size(out, 0), tn_container_size(out, *bytes));
    ck_assert_uint_le(tn_container_size(out, 0), *bytes);
    return out;
}

START_TEST(an_image_comes_back)
{
    size_t bytes, found_bytes = 0;
    const void *found = NULL;
    tn_container_image in = { .data = image, .bytes = image_bytes };
    void *whole = wrap(kinds[_i], &in, 1, &bytes);
    for (size_t given = 0; given <= bytes; given += bytes) { /* size unknown, size known */
        ck_assert_int_eq(tn_container_find(whole, given, 32, &found, &found_bytes, NULL, 0), 0);
        ck_assert_uint_ge(found_bytes, image_bytes);
        ck_assert_uint_lt(found_bytes, image_bytes + 8);
        ck_assert_mem_eq(found, image, image_bytes);
    }
    free(whole);
}
END_TEST

START_TEST(the_width_chooses)
{
    unsigned char *other = malloc(image_bytes);
    char why[200];
    size_t bytes, found_bytes;
    const void *found = NULL;
    memcpy(other, image, image_bytes);
    other[image_bytes - 1] ^= 0xff;
    tn_container_image in[] = { { .data = image, .bytes = image_bytes, .width = 32 },
                                { .data = other, .bytes = image_bytes, .width = 64 } };
    void *whole = wrap(kinds[_i], in, 2, &bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 64, &found, &found_bytes, why, sizeof why), 0);
    ck_assert_mem_eq(found, other, image_bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 32, &found, &found_bytes, why, sizeof why), 0);
    ck_assert_mem_eq(found, image, image_bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 16, &found, &found_bytes, why, sizeof why), ENOENT);
    ck_assert_ptr_nonnull(strstr(why, "32, 64"));
    free(whole);
    in[0].width = 0; /* for any: but an exact one is better */
    whole = wrap(kinds[_i], in, 2, &bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 64, &found, &found_bytes, why, sizeof why), 0);
    ck_assert_mem_eq(found, other, image_bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 16, &found, &found_bytes, why, sizeof why), 0);
    ck_assert_mem_eq(found, image, image_bytes);
    free(whole);
    free(other);
}
END_TEST

/* Every cut and many damaged bytes: an answer, never a range outside. The copy is exactly as long as it is said to be, so that
 * the address sanitizer sees a byte too far. */
START_TEST(damage_is_refused)
{
    size_t bytes, found_bytes = 0;
    const void *found = NULL;
    char why[200];
    tn_container_image in = { .data = image, .bytes = image_bytes };
    unsigned char *whole = wrap(kinds[_i], &in, 1, &bytes);
    unsigned state = 1;
    for (size_t cut = 1; cut < bytes; cut += cut < 600 ? 1 : 509) {
        unsigned char *copy = malloc(cut);
        memcpy(copy, whole, cut);
        int answer = tn_container_find(copy, cut, 32, &found, &found_bytes, why, sizeof why);
        ck_assert_int_eq(answer, EINVAL);
        ck_assert_uint_gt(strlen(why), 10);
        free(copy);
    }
    for (int round = 0; round < 4000; round++) {
        unsigned char *copy = malloc(bytes);
        memcpy(copy, whole, bytes);
        for (int i = 0; i < 3; i++) {
            state = state * 1664525 + 1013904223;
            size_t at = (state >> 8) % (round % 2 ? bytes : 256);
            copy[at] = (unsigned char)(state >> 3);
        }
        if (tn_container_find(copy, bytes, 32, &found, &found_bytes, why, sizeof why) == 0) {
            ck_assert((const unsigned char *)found >= copy);
            ck_assert_uint_le((size_t)((const unsigned char *)found - copy), bytes);
            ck_assert_uint_le(found_bytes, bytes - (size_t)((const unsigned char *)found - copy));
        }
        free(copy);
    }
    free(whole);
}
END_TEST

START_TEST(foreign_bytes_are_refused)
{
    char why[200];
    const void *found;
    size_t found_bytes, bytes;
    void *out;
    struct {
        uint32_t magic, version;
        const void *data;
        void *unused;
    } wrapper = { 0x466243b1, 1, NULL, NULL };
    ck_assert_int_eq(tn_container_find(NULL, 0, 32, &found, &found_bytes, why, sizeof why), EINVAL);
    ck_assert_int_eq(tn_container_find("PK\3\4 a zip", 10, 32, &found, &found_bytes, why, sizeof why), EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "50 4b 03 04"));
    ck_assert_int_eq(tn_container_find(&wrapper, 0, 32, &found, &found_bytes, why, sizeof why), EINVAL);
    wrapper.data = &wrapper; /* in a circle */
    ck_assert_int_eq(tn_container_find(&wrapper, 0, 32, &found, &found_bytes, why, sizeof why), EINVAL);
    tn_container_image in = { .data = image, .bytes = image_bytes };
    wrapper.data = wrap(TN_CONTAINER_FATBIN, &in, 1, &bytes);
    ck_assert_int_eq(tn_container_find(&wrapper, 0, 32, &found, &found_bytes, why, sizeof why), 0);
    ck_assert_mem_eq(found, image, image_bytes);
    /* bytes of a file lead nowhere, whatever they say */
    ck_assert_int_eq(tn_container_find(&wrapper, sizeof wrapper, 32, &found, &found_bytes, why, sizeof why), EINVAL);
    free((void *)(uintptr_t)wrapper.data);
    /* a bare image is found as it is */
    ck_assert_int_eq(tn_container_find(image, image_bytes, 32, &found, &found_bytes, why, sizeof why), 0);
    ck_assert_ptr_eq(found, image);
    ck_assert_int_eq(tn_container_wrap(TN_CONTAINER_FATBIN, &in, 0, &out, &bytes), EINVAL);
    ck_assert_int_eq(tn_container_wrap((tn_container_kind)9, &in, 1, &out, &bytes), EINVAL);
    in.kind = TN_IMAGE_OPENCL_C;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(tn_container_wrap(kinds[i], &in, 1, &out, &bytes), EINVAL);
    in.kind = TN_IMAGE_SIM;
    in.data = "not an ELF file";
    in.bytes = 15;
    ck_assert_int_eq(tn_container_wrap(TN_CONTAINER_ASCEND, &in, 1, &out, &bytes), EINVAL);
}
END_TEST

/* PTX and code objects travel beside the simulators' images. */
START_TEST(other_kinds_are_carried)
{
    static const char ptx[] = ".version 7.0\n.target sm_70\n.address_size 64\n";
    const void *found;
    size_t bytes, found_bytes;
    tn_container_image in[] = { { .data = ptx, .bytes = sizeof ptx, .kind = TN_IMAGE_PTX, .target = "sm_70" },
                                { .data = image, .bytes = image_bytes, .width = 32 } };
    unsigned char *whole = wrap(TN_CONTAINER_FATBIN, in, 2, &bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 32, &found, &found_bytes, NULL, 0), 0);
    ck_assert_mem_eq(found, image, image_bytes);
    ck_assert_mem_eq(whole + 16 + 64, ptx, sizeof ptx);
    free(whole);
    whole = wrap(TN_CONTAINER_FATBIN, in, 1, &bytes);
    ck_assert_int_eq(tn_container_find(whole, bytes, 32, &found, &found_bytes, NULL, 0), ENOENT);
    free(whole);
    in[0].kind = TN_IMAGE_AMDGPU;
    in[0].target = "gfx906";
    whole = wrap(TN_CONTAINER_HIP, in, 2, &bytes);
    ck_assert_ptr_nonnull(memmem(whole, 512, "hipv4-amdgcn-amd-amdhsa--gfx906", 31));
    ck_assert_ptr_nonnull(memmem(whole, 512, "hip-tenon-sim--w32", 18));
    ck_assert_int_eq(tn_container_find(whole, bytes, 32, &found, &found_bytes, NULL, 0), 0);
    ck_assert_mem_eq(found, image, image_bytes);
    free(whole);
}
END_TEST

/* What Ascend's loader reads: the machine, a global function for each kernel, its metadata. */
START_TEST(ascend_kernels_are_named)
{
    size_t bytes, functions = 0, metas = 0;
    tn_container_image in = { .data = image, .bytes = image_bytes };
    unsigned char *whole = wrap(TN_CONTAINER_ASCEND, &in, 1, &bytes);
    const tn_ktab *table = tn_container_table(image, image_bytes);
    const Elf64_Ehdr *header = (const void *)whole;
    const Elf64_Shdr *sections = (const void *)(whole + header->e_shoff);
    const char *names = (const char *)whole + sections[header->e_shstrndx].sh_offset;
    ck_assert_ptr_nonnull(table);
    ck_assert_uint_eq(header->e_machine, 0x1029);
    for (unsigned i = 0; i < header->e_shnum; i++) {
        const Elf64_Shdr *s = &sections[i];
        if (!strncmp(names + s->sh_name, ".ascend.meta.", 13)) {
            uint16_t tlv[2];
            uint32_t type;
            memcpy(tlv, whole + s->sh_offset, 4);
            memcpy(&type, whole + s->sh_offset + 4, 4);
            ck_assert_uint_eq(tlv[0], 1);
            ck_assert_uint_eq(tlv[1], 4);
            ck_assert_uint_eq(type, 3);
            metas++;
        }
        const Elf64_Sym *symbols = (const void *)(whole + s->sh_offset);
        for (size_t k = 0; s->sh_type == SHT_SYMTAB && k < s->sh_size / sizeof *symbols; k++)
            functions += symbols[k].st_info == ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    }
    ck_assert_uint_eq(functions, table->kernel_count);
    ck_assert_uint_eq(metas, table->kernel_count);
    free(whole);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("container");
    TCase *t = tcase_create("container");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, load_image, NULL);
    tcase_add_loop_test(t, an_image_comes_back, 0, 3);
    tcase_add_loop_test(t, the_width_chooses, 0, 3);
    tcase_add_loop_test(t, damage_is_refused, 0, 3);
    tcase_add_test(t, foreign_bytes_are_refused);
    tcase_add_test(t, other_kinds_are_carried);
    tcase_add_test(t, ascend_kernels_are_named);
    suite_add_tcase(s, t);
    return suite_run(s);
}
