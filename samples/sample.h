/* SPDX-License-Identifier: Apache-2.0 */
/* What the samples share: a check that ends the program with the reason, and where their kernels are. Header only. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tenon/tenon.h>
#include <unistd.h>

/* For a sample it is enough to stop. errors.c shows what a program can do besides. */
#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        tn_status status_ = (call);                                                                                    \
        if (status_ != TN_OK) {                                                                                        \
            fprintf(stderr, "%s:%d: %s is %s: %s\n", __FILE__, __LINE__, #call, tn_status_name(status_),               \
                    tn_error_message());                                                                               \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Opens the runtime and insists on a device. */
static inline tn_runtime sample_open(uint32_t *out_devices)
{
    tn_runtime runtime;
    CHECK(tn_open(NULL, &runtime));
    CHECK(tn_device_count(runtime, out_devices));
    if (*out_devices == 0) {
        fprintf(stderr,
                "There is no device. TENON_SIM=a100 simulates one; `tenon info --explain` says what was looked at.\n");
        exit(1);
    }
    return runtime;
}

/* samples.tnb in lib/tenon/kernels beside the folder of this program. */
static inline const char *sample_bundle(void)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    strcpy(slash ? slash : path, "/../lib/tenon/kernels/samples.tnb");
    return path;
}
