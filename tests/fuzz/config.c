/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles as files, and device lists as texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/sim/engine/engine.h"
#include "tests/fuzz/target.h"

unsigned long fuzz_accepted;

static void as_profile(const uint8_t *data, size_t bytes)
{
    static sil_profile profile;
    char path[64];
    int file = memfd_create("profile", MFD_CLOEXEC);
    if (file < 0 || (bytes && write(file, data, bytes) != (ssize_t)bytes))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (sil_profile_load(path, &profile) == SIL_OK) {
        fuzz_accepted++;
        if (strlen(profile.name) >= sizeof profile.name || !profile.units || !profile.max_threads || !profile.memory_bytes)
            abort();
    } else if (!sil_last_message()[0]) {
        abort();
    }
    close(file);
}

static void as_list(const uint8_t *data, size_t bytes)
{
    static sil_profile profiles[4];
    char text[128];
    uint32_t count = 0;
    if (bytes >= sizeof text)
        bytes = sizeof text - 1;
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    if (strchr(text, '/'))
        return;                        /* a path may name any file */
    if (sil_config_parse(text, "cuda", profiles, 4, &count) != SIL_OK && !sil_last_message()[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    as_profile(data, bytes);
    as_list(data, bytes);
    return 0;
}
