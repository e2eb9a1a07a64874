/* SPDX-License-Identifier: Apache-2.0 */
/* A program outside the repository: includes the installed headers, links the installed library, compares the version of
 * both with that of the package, and uses a simulated device of the installed tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/tenon.h>

enum { COUNT = 4096 };

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, tn_error_message());
    return 1;
}

/* Fills memory of the first device and looks at every element. */
static int use_device(tn_runtime runtime)
{
    static uint32_t values[COUNT];
    tn_device device;
    tn_stream stream;
    tn_address memory;
    if (tn_device_get(runtime, 0, &device) != TN_OK || tn_stream_create(device, NULL, &stream) != TN_OK ||
        tn_memory_alloc(device, sizeof(values), &memory) != TN_OK)
        return failed("the simulated device");
    if (tn_fill(stream, memory, 0x7e40b0de, 4, COUNT, NULL) != TN_OK ||
        tn_memory_read(stream, values, memory, sizeof(values)) != TN_OK)
        return failed("fill and read");
    for (int i = 0; i < COUNT; i++)
        if (values[i] != 0x7e40b0de) {
            fprintf(stderr, "element %d is %#x\n", i, (unsigned)values[i]);
            return 1;
        }
    if (tn_memory_free(device, memory) != TN_OK || tn_stream_destroy(stream) != TN_OK)
        return failed("clean-up");
    return 0;
}

int main(int argc, char **argv)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    if (argc != 2 || strcmp(tn_version_text(), argv[1]) != 0 || tn_version() != TN_VERSION_NUMBER) {
        fprintf(stderr, "the library is %s, the package %s\n", tn_version_text(), argc == 2 ? argv[1] : "?");
        return 1;
    }
    options.flags = TN_OPTION_NO_HARDWARE;
    options.simulate = "a100:1";
    if (tn_open(&options, &runtime) != TN_OK)
        return failed("tn_open");
    int status = use_device(runtime);
    if (tn_close(runtime, TN_FOREVER) != TN_OK)
        return failed("tn_close");
    if (status == 0)
        printf("tenon %s\n", tn_version_text());
    return status;
}
