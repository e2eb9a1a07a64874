/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program: open Tenon, greet each device, send it a sentence and read it back. */
#include "sample.h"

int main(void)
{
    uint32_t devices;
    tn_runtime runtime = sample_open(&devices);
    for (uint32_t i = 0; i < devices; i++) {
        const char sentence[] = "one program, every chip";
        char back[sizeof sentence] = "";
        tn_device device;
        tn_device_info info = { .size = sizeof info };
        tn_stream stream;
        tn_address memory;
        CHECK(tn_device_get(runtime, i, &device));
        CHECK(tn_device_get_info(device, &info));
        CHECK(tn_stream_create(device, NULL, &stream));
        CHECK(tn_memory_alloc(device, sizeof sentence, &memory));
        CHECK(tn_memory_write(stream, memory, sentence, sizeof sentence));
        CHECK(tn_memory_read(stream, back, memory, sizeof back));
        printf("%s%s: %s\n", info.name, info.flags & TN_DEVICE_SIMULATED ? " (simulated)" : "", back);
        CHECK(tn_memory_free(device, memory));
        CHECK(tn_stream_destroy(stream));
    }
    CHECK(tn_close(runtime, TN_FOREVER));
    return 0;
}
