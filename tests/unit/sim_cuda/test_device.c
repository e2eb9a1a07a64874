/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisation, errors, devices, contexts. */
#include "tests/unit/sim_cuda/client.h"

#include <dlfcn.h>
#include <stdio.h>

START_TEST(nothing_works_before_init)
{
    int n = -1;
    client_open();
    is(cu.device_count(&n), 3);
    is(cu.ctx_get(&context), 3);
    ck_assert_int_eq(n, -1);
    is(cu.init(1), 1);
    ok(cu.init(0));
    ok(cu.init(0));
    ok(cu.device_count(&n));
    ck_assert_int_eq(n, 2);
    ok(cu.driver_version(&n));
    ck_assert_int_gt(n, 0);
}
END_TEST

START_TEST(no_devices_without_a_request)
{
    client_open();
    unsetenv("TENON_SIM");
    is(cu.init(0), 100);
}
END_TEST

START_TEST(the_visibility_list_renumbers)
{
    int n = 0;
    client_open();
    setenv("CUDA_VISIBLE_DEVICES", "1", 1);
    setenv("MUSA_VISIBLE_DEVICES", "1", 1);
    ok(cu.init(0));
    ok(cu.device_count(&n));
    ck_assert_int_eq(n, 1);
    is(cu.device_get(&n, 1), 101);
}
END_TEST

START_TEST(errors_have_names)
{
    const char *text = NULL;
    client_open();
    ok(cu.error_name(700, &text));
    ck_assert_ptr_nonnull(strstr(text, "_ERROR_ILLEGAL_ADDRESS"));
    ok(cu.error_string(700, &text));
    ck_assert_uint_gt(strlen(text), 5);
    is(cu.error_name(12345, &text), 1);
    ck_assert_ptr_null(text);
}
END_TEST

START_TEST(attributes_are_the_chips)
{
    int value = 0;
    char name[64] = "", small[4];
    size_t bytes = 0;
    client_open();
    ok(cu.init(0));
    ok(cu.device_attribute(&value, 10, 0));
    ck_assert_int_eq(value, 32);
    ok(cu.device_attribute(&value, 1, 0));
    ck_assert_int_eq(value, 1024);
    ok(cu.device_attribute(&value, 16, 0));
    ck_assert_int_gt(value, 8);
    is(cu.device_attribute(&value, 0, 0), 1);
    is(cu.device_attribute(&value, 9999, 0), 1);
    is(cu.device_attribute(&value, 10, 2), 101);
    is(cu.device_attribute(&value, 10, -1), 101);
    is(cu.device_attribute(NULL, 10, 0), 1);
    ok(cu.device_name(name, sizeof name, 0));
    ok(cu.device_name(small, sizeof small, 0));
    ck_assert_int_eq(strncmp(name, small, 3), 0);
    ck_assert_uint_eq(strlen(small), 3);
    ok(cu.device_memory(&bytes, 0));
    ck_assert_uint_gt(bytes, (size_t)1 << 33);
}
END_TEST

START_TEST(devices_are_told_apart)
{
    unsigned char a[16], b[16];
    char pci[32];
    int found = -1;
    client_open();
    ok(cu.init(0));
    ok(cu.device_uuid(a, 0));
    ok(cu.device_uuid(b, 1));
    ck_assert_int_ne(memcmp(a, b, 16), 0);
    ok(cu.device_pci(pci, sizeof pci, 1));
    ok(cu.device_by_pci(&found, pci));
    ck_assert_int_eq(found, 1);
    is(cu.device_by_pci(&found, "ffff:ff:1f.0"), 101);
    is(cu.device_by_pci(&found, "nonsense"), 1);
}
END_TEST

START_TEST(contexts_form_a_stack)
{
    handle a, b, now = NULL;
    int device = -1;
    ptr p;
    client_open();
    ok(cu.init(0));
    is(cu.alloc(&p, 16), 201);
    ok(cu.ctx_create(&a, 0, 0));
    ok(cu.ctx_create(&b, 0, 1));
    ok(cu.ctx_device(&device));
    ck_assert_int_eq(device, 1);
    ok(cu.ctx_pop(&now));
    ck_assert_ptr_eq(now, b);
    ok(cu.ctx_get(&now));
    ck_assert_ptr_eq(now, a);
    ok(cu.ctx_push(b));
    ok(cu.ctx_destroy(b));
    ok(cu.ctx_get(&now));
    ck_assert_ptr_eq(now, a);
    is(cu.ctx_push(b), 201);
    is(cu.ctx_destroy(b), 201);
    is(cu.ctx_set((handle)0x7fff12345678), 201);
    ok(cu.ctx_set(NULL));
    ok(cu.ctx_get(&now));
    ck_assert_ptr_null(now);
    is(cu.ctx_pop(&now), 201);
}
END_TEST

START_TEST(the_primary_context_is_counted)
{
    handle a, b;
    unsigned flags;
    int active = -1;
    client_open();
    ok(cu.init(0));
    ok(cu.primary_state(0, &flags, &active));
    ck_assert_int_eq(active, 0);
    is(cu.primary_release(0), 201);
    ok(cu.primary_retain(&a, 0));
    ok(cu.primary_retain(&b, 0));
    ck_assert_ptr_eq(a, b);
    ok(cu.primary_release(0));
    ok(cu.ctx_set(a));
    ptr p;
    ok(cu.alloc(&p, 64));
    ok(cu.primary_release(0));
    ok(cu.primary_state(0, &flags, &active));
    ck_assert_int_eq(active, 0);
    is(cu.alloc(&p, 64), 709);
    is(cu.ctx_destroy(a), 201);
}
END_TEST

START_TEST(names_are_found_by_version)
{
    void *at = NULL;
    int status = -1;
    char name[64], suffixed[80];
    client_open();
    snprintf(name, sizeof name, "%sMemcpyHtoDAsync", cu.prefix);
    ok(cu.proc_address(name, &at, 12000, 0, &status));
    snprintf(suffixed, sizeof suffixed, "%s_v2", name);
    ck_assert_ptr_eq(at, dlsym(cu.library, suffixed));
    ok(cu.proc_address(name, &at, 12000, 2, &status));
    snprintf(suffixed, sizeof suffixed, "%s_v2_ptsz", name);
    ck_assert_ptr_eq(at, dlsym(cu.library, suffixed));
    ok(cu.proc_address(name, &at, 1000, 0, &status));
    ck_assert_int_eq(status, 2);
    ck_assert_ptr_null(at);
    ok(cu.proc_address("cuNoSuchThing", &at, 12000, 0, &status));
    ck_assert_int_eq(status, 1);
    is(cu.proc_address("cuNoSuchThing", &at, 12000, 0, NULL), 500);
    snprintf(name, sizeof name, "%sLaunchKernel", cu.prefix);
    ok(cu.proc_address(name, &at, 13000, 1, &status));
    ck_assert_ptr_eq(at, (void *)(uintptr_t)cu.launch);
}
END_TEST

/* Every name of the vendor's header is there; what does nothing says so. */
START_TEST(every_name_is_exported)
{
    static const char *const names[] = {
#define FN(name, base, version, per_thread) #name,
#include "drivers/sim/cuda/functions.def"
#undef FN
    };
    handle graph;
    client_open();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char full[96];
        snprintf(full, sizeof full, "%s%s", cu.prefix, names[i]);
        ck_assert_msg(dlsym(cu.library, full) != NULL, "%s is missing", full);
    }
    is(cu.graph_create(&graph, 0), 801);
}
END_TEST

Suite *device_suite(void)
{
    Suite *s = suite_create("device");
    TCase *t = tcase_create("device");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nothing_works_before_init);
    tcase_add_test(t, no_devices_without_a_request);
    tcase_add_test(t, the_visibility_list_renumbers);
    tcase_add_test(t, errors_have_names);
    tcase_add_test(t, attributes_are_the_chips);
    tcase_add_test(t, devices_are_told_apart);
    tcase_add_test(t, contexts_form_a_stack);
    tcase_add_test(t, the_primary_context_is_counted);
    tcase_add_test(t, names_are_found_by_version);
    tcase_add_test(t, every_name_is_exported);
    suite_add_tcase(s, t);
    return s;
}
