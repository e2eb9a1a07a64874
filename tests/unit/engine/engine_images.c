/* SPDX-License-Identifier: Apache-2.0 */
/* Images: loading, sharing, variables, and everything that the loader refuses. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/ktab.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

START_TEST(tables_and_kernels)
{
    const tn_ktab *table = sil_module_table(module);
    sil_kernel *k = kernel("k_axpy");
    ck_assert_uint_ge(table->kernel_count, 20);
    ck_assert_str_eq(sil_kernel_name(k), "k_axpy");
    ck_assert_uint_eq(sil_kernel_info(k)->args_bytes, 24);
    ck_assert_ptr_eq(sil_kernel_module(k), module);
    STATUS(sil_module_kernel(module, "k_nothing", &k), SIL_NOT_FOUND);
    SAYS("k_nothing");
    STATUS(sil_module_kernel(module, "", &k), SIL_NOT_FOUND);
}
END_TEST

START_TEST(residency)
{
    sil_kernel *k = kernel("k_local"); /* 1 KiB of static local memory */
    ck_assert_uint_eq(sil_kernel_residency(k, 1024, 0), 2);
    ck_assert_uint_eq(sil_kernel_residency(k, 32, 0), 32);
    ck_assert_uint_eq(sil_kernel_residency(k, 32, 81 * 1024), 2);
    ck_assert_uint_eq(sil_kernel_residency(k, 32, 164 * 1024), 0);
    ck_assert_uint_eq(sil_kernel_residency(k, 1025, 0), 0);
    ck_assert_uint_eq(sil_kernel_residency(k, 0, 0), 0);
}
END_TEST

/* Variables belong to a load: two modules of the same image, and two devices, have their own. */
START_TEST(variables)
{
    sil_module *second;
    size_t bytes;
    uint64_t at[2], size, out = device_alloc(24), got[3], word = 1000;
    void *image = image_read("engine-kernels.so", &bytes);
    OK(sil_module_load(device, image, bytes, &second));
    free(image);
    OK(sil_module_variable(module, "v_counter", &at[0], &size));
    ck_assert_uint_eq(size, 8);
    OK(sil_module_variable(second, "v_counter", &at[1], NULL));
    ck_assert_uint_ne(at[0], at[1]);
    for (int i = 0; i < 2; i++) {
        wait_ok(stream, launch(stream, "k_variable", 1, 1, &out, 8));
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)out, SIL_SIDE_DEVICE, 24, true, NULL));
        ck_assert_uint_eq(got[0], 41 + i);
        ck_assert_uint_eq(got[1], 42 + i); /* through a pointer that was relocated */
        ck_assert_uint_eq(got[2], 0);
    }
    ck_assert_uint_eq(read_u64(at[0]), 43);
    ck_assert_uint_eq(read_u64(at[1]), 41);
    OK(sil_submit_copy(stream, (void *)at[0], SIL_SIDE_DEVICE, &word, SIL_SIDE_HOST, 8, true, NULL));
    wait_ok(stream, launch(stream, "k_variable", 1, 1, &out, 8));
    ck_assert_uint_eq(read_u64(out), 1000);
    STATUS(sil_module_variable(module, "k_axpy", &at[0], &size), SIL_NOT_FOUND);
    OK(sil_module_unload(second));
    STATUS(sil_find(at[1], NULL, NULL, NULL), SIL_BAD_ADDRESS);
    ck_assert_uint_eq(read_u64(at[0]), 1001);
}
END_TEST

START_TEST(loads_give_everything_back)
{
    uint64_t before, after;
    size_t bytes;
    void *image = image_read("engine-kernels.so", &bytes);
    sil_device_memory(device, &before, NULL);
    for (int i = 0; i < 300; i++) {
        sil_module *m[3];
        for (int k = 0; k < 3; k++)
            OK(sil_module_load(device, image, bytes, &m[k]));
        for (int k = 0; k < 3; k++)
            OK(sil_module_unload(m[k]));
    }
    sil_device_memory(device, &after, NULL);
    ck_assert_uint_eq(before, after);
    free(image);
}
END_TEST

START_TEST(reset_frees_everything)
{
    uint64_t before, total, at;
    sil_device_memory(device, &before, &total);
    OK(sil_alloc(device, 1 << 20, &at));
    launch(stream, "k_spin", 1, 1, NULL, 0);
    OK(sil_device_reset(device));
    sil_device_memory(device, &before, NULL);
    ck_assert_uint_eq(before, total);
    ck_assert(!sil_stream_valid(stream));
    STATUS(sil_find(at, NULL, NULL, NULL), SIL_BAD_ADDRESS);
    size_t bytes;
    void *image = image_read("engine-kernels.so", &bytes);
    OK(sil_module_load(device, image, bytes, &module));
    free(image);
    OK(sil_stream_create(device, 0, &stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
}
END_TEST

static const struct {
    const char *name;
    sil_status status;
    const char *says;
} images[] = {
    { "engine-plain.so", SIL_OK, "" },
    { "engine-width32.so", SIL_OK, "" },
    { "engine-width64.so", SIL_WRONG_TARGET, "64" },
    { "engine-features.so", SIL_WRONG_TARGET, "warp-drive" },
    { "engine-undefined.so", SIL_BAD_IMAGE, "not_here" },
    { "engine-thread-local.so", SIL_BAD_IMAGE, "thread-local" },
    { "engine-ifunc.so", SIL_BAD_IMAGE, "" },
    { "engine-initialiser.so", SIL_BAD_IMAGE, "initialisers" },
    { "engine-symbolic.so", SIL_BAD_IMAGE, "relative" },
    { "engine-abi.so", SIL_WRONG_TARGET, "ABI 2" },
    { "engine-no-abi.so", SIL_BAD_IMAGE, "tn_sim_image_abi" },
    { "engine-no-kernel.so", SIL_BAD_IMAGE, "k_one" },
    { "engine-needed.so", SIL_BAD_IMAGE, "another library" },
    { "engine-writable.so", SIL_BAD_IMAGE, "writable and executable" },
};

START_TEST(images_by_kind)
{
    size_t bytes;
    sil_module *m;
    void *image = image_read(images[_i].name, &bytes);
    STATUS(sil_module_load(device, image, bytes, &m), images[_i].status);
    free(image);
    if (images[_i].status != SIL_OK) {
        SAYS(images[_i].says);
        return;
    }
    sil_kernel *k;
    uint64_t out = device_alloc(8), value;
    sil_launch l = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 8, &out };
    OK(sil_module_kernel(m, "k_one", &k));
    OK(sil_submit_launch(stream, k, &l, &value));
    wait_ok(stream, value);
    ck_assert_uint_eq(read_u64(out), 2);
}
END_TEST

/* Cut anywhere, an image is refused, and nothing is read that is not there: the copy ends at a page that is closed to
 * everybody under AddressSanitizer, and at malloc's end elsewhere. */
START_TEST(truncated_everywhere)
{
    size_t bytes;
    sil_module *m;
    unsigned char *image = image_read("engine-plain.so", &bytes);
    size_t step = bytes > 20000 ? 7 : 1;
    for (size_t cut = 0; cut < bytes; cut += cut < 4096 ? 1 : step) {
        unsigned char *part = malloc(cut ? cut : 1);
        memcpy(part, image, cut);
        sil_status status = sil_module_load(device, part, cut, &m);
        ck_assert_msg(status == SIL_BAD_IMAGE || status == SIL_INVALID, "cut at %zu: %d", cut, status);
        free(part);
    }
    free(image);
}
END_TEST

/* Any byte changed: refused or loaded, never a crash. Those that load are not run. */
START_TEST(changed_bytes)
{
    size_t bytes;
    unsigned char *image = image_read("engine-plain.so", &bytes);
    unsigned state = 1;
    for (int i = 0; i < 6000; i++) {
        state = state * 1664525 + 1013904223;
        Elf64_Ehdr *h = (Elf64_Ehdr *)image;
        size_t at = i % 3 == 0   ? (state >> 8) % 1024
                    : i % 3 == 1 ? h->e_shoff + (state >> 8) % (bytes - h->e_shoff)
                                 : (state >> 8) % bytes;
        unsigned char old = image[at];
        image[at] ^= (unsigned char)(1u << (state >> 29)) | (unsigned char)(i % 5 == 0 ? 0xff : 0);
        sil_module *m;
        if (sil_module_load(device, image, bytes, &m) == SIL_OK)
            OK(sil_module_unload(m));
        image[at] = old;
    }
    sil_module *m;
    OK(sil_module_load(device, image, bytes, &m));
    free(image);
}
END_TEST

/* One field of the headers each, and what is said about it. */
START_TEST(changed_headers)
{
    size_t bytes;
    sil_module *m;
    unsigned char *good = image_read("engine-plain.so", &bytes), *image = malloc(bytes);
    for (int i = 0; i < 12; i++) {
        memcpy(image, good, bytes);
        Elf64_Ehdr *h = (Elf64_Ehdr *)image;
        Elf64_Phdr *p = (Elf64_Phdr *)(image + h->e_phoff), *text = NULL, *data = NULL;
        for (int k = 0; k < h->e_phnum; k++) {
            if (p[k].p_type == PT_LOAD && (p[k].p_flags & PF_X))
                text = &p[k];
            if (p[k].p_type == PT_LOAD && (p[k].p_flags & PF_W))
                data = &p[k];
        }
        ck_assert(text && data);
        sil_status wanted = SIL_BAD_IMAGE;
        switch (i) {
        case 0:
            h->e_machine = EM_SPARC;
            wanted = SIL_WRONG_TARGET;
            break;
        case 1:
            h->e_type = ET_EXEC;
            break;
        case 2:
            h->e_ident[EI_CLASS] = ELFCLASS32;
            break;
        case 3:
            h->e_phnum = 0;
            break;
        case 4:
            h->e_phoff = UINT64_MAX - 10;
            break;
        case 5:
            h->e_shoff = bytes;
            break;
        case 6:
            h->e_shstrndx = 999;
            break;
        case 7:
            text->p_flags |= PF_W;
            break;
        case 8:
            text->p_filesz = text->p_memsz = 1ull << 40;
            break;
        case 9:
            data->p_vaddr = text->p_vaddr;
            break;
        case 10:
            data->p_offset += 1;
            break;
        default:
            data->p_memsz = UINT64_MAX - 5;
            break;
        }
        sil_status status = sil_module_load(device, image, bytes, &m);
        ck_assert_msg(status == wanted, "case %d: %d %s", i, status, sil_last_message());
    }
    free(good);
    free(image);
}
END_TEST

START_TEST(relocations_stay_inside)
{
    size_t bytes;
    sil_module *m;
    unsigned char *good = image_read("engine-kernels.so", &bytes), *image = malloc(bytes);
    for (int i = 0; i < 5; i++) {
        memcpy(image, good, bytes);
        Elf64_Ehdr *h = (Elf64_Ehdr *)image;
        Elf64_Shdr *s = (Elf64_Shdr *)(image + h->e_shoff);
        Elf64_Rela *r = NULL;
        for (int k = 0; k < h->e_shnum; k++) {
            if (s[k].sh_type == SHT_RELA)
                r = (Elf64_Rela *)(image + s[k].sh_offset);
        }
        ck_assert_ptr_nonnull(r);
        switch (i) {
        case 0:
            r->r_offset = 0;
            break; /* read-only */
        case 1:
            r->r_offset = UINT64_MAX - 3;
            break;
        case 2:
            r->r_addend = INT64_MAX;
            break;
        case 3:
            r->r_addend = -8;
            break;
        default:
            r->r_info = ELF64_R_INFO(1, R_X86_64_64);
            break;
        }
        STATUS(sil_module_load(device, image, bytes, &m), SIL_BAD_IMAGE);
        SAYS("relocation");
    }
    free(good);
    free(image);
}
END_TEST

START_TEST(no_image)
{
    sil_module *m;
    STATUS(sil_module_load(device, NULL, 5, &m), SIL_INVALID);
    STATUS(sil_module_load(device, "", 0, &m), SIL_INVALID);
    STATUS(sil_module_load(device, "\177ELF", 4, &m), SIL_BAD_IMAGE);
    STATUS(
        sil_module_load(device, "this is a text of more than sixty-four characters, which an ELF header has", 74, &m),
        SIL_BAD_IMAGE);
    SAYS("not an ELF file");
}
END_TEST

START_TEST(image_too_large_for_the_device)
{
    sil_profile profile;
    sil_device *small;
    sil_module *m;
    size_t bytes;
    OK(sil_profile_load("a100", &profile));
    profile.memory_bytes = 1 << 20;
    OK(sil_device_create(&profile, 3, &small));
    uint64_t at, left;
    sil_device_memory(small, &left, NULL);
    OK(sil_alloc(small, left - 4096, &at));
    void *image = image_read("engine-kernels.so", &bytes);
    STATUS(sil_module_load(small, image, bytes, &m), SIL_OUT_OF_MEMORY);
    free(image);
    sil_device_destroy(small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine images");
    TCase *t = tcase_create("images");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, tables_and_kernels);
    tcase_add_test(t, residency);
    tcase_add_test(t, variables);
    tcase_add_test(t, loads_give_everything_back);
    tcase_add_test(t, reset_frees_everything);
    tcase_add_loop_test(t, images_by_kind, 0, (int)(sizeof images / sizeof images[0]));
    tcase_add_test(t, truncated_everywhere);
    tcase_add_test(t, changed_bytes);
    tcase_add_test(t, changed_headers);
    tcase_add_test(t, relocations_stay_inside);
    tcase_add_test(t, no_image);
    tcase_add_test(t, image_too_large_for_the_device);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
