/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Ascend tests share: ACL's functions out of the stand-in by dlsym, as a foreign program gets them, checks
 * that print the code, and the test image inside an Ascend ELF file.
 */
#ifndef TESTS_UNIT_SIM_ASCEND_TEST_ACL_H
#define TESTS_UNIT_SIM_ASCEND_TEST_ACL_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/ascend/acl_functions.h"

void *acl_symbol(const char *name);
#define ACL(name) (*(__typeof__(&name))acl_symbol(#name))

/* A call that must succeed, and one that must fail so; a failure must leave a sentence that names the function. */
#define OK(name, ...)                                                                                                  \
    do {                                                                                                               \
        aclError error_ = ACL(name)(__VA_ARGS__);                                                                      \
        if (error_)                                                                                                    \
            ck_abort_msg(#name " returned %d: %s", error_, ACL(aclGetRecentErrMsg)());                                 \
    } while (0)
#define REFUSED(code, name, ...)                                                                                       \
    do {                                                                                                               \
        ck_assert_int_eq(ACL(name)(__VA_ARGS__), (code));                                                              \
        const char *text_ = ACL(aclGetRecentErrMsg)();                                                                 \
        ck_assert_ptr_nonnull(text_);                                                                                  \
        ck_assert_ptr_nonnull(strstr(text_, #name));                                                                   \
    } while (0)

extern void *const garbage[3]; /* handles that nobody gave out */

void start(void);                   /* aclInit, device 0 */
void *wrapped_image(size_t *bytes); /* the test image in an Ascend ELF file; the caller frees it */
aclrtBinHandle load_image(void);
aclrtFuncHandle find_kernel(aclrtBinHandle image, const char *name);
void *device_words(uint32_t count, uint32_t value); /* device memory with `count` words of `value` */
uint32_t device_word(const void *array, uint32_t index);

Suite *device_suite(void);
Suite *memory_suite(void);
Suite *stream_suite(void);
Suite *launch_suite(void);
Suite *profile_suite(void);
Suite *capture_suite(void);
Suite *failure_suite(void);

#endif
