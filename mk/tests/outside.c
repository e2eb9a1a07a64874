/* SPDX-License-Identifier: Apache-2.0 */
/* A program outside the repository: includes the installed headers, links the installed library, compares the version of
 * both with that of the package, and runs a kernel that it links on a simulated device of the installed tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/tenon.h>

#include "scale.kernels.h"

enum { COUNT = 4096 };

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, tn_error_message());
    return 1;
}

/* Writes, scales and reads memory of the first device, and looks at every element. */
static int use_device(tn_runtime runtime)
{
    static float values[COUNT];
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_kernel kernel;
    tn_address memory;
    tn_dim3 grid = { COUNT / 128, 1, 1 }, block = { 128, 1, 1 };
    for (int i = 0; i < COUNT; i++)
        values[i] = (float)i;
    if (tn_device_get(runtime, 0, &device) != TN_OK || tn_stream_create(device, NULL, &stream) != TN_OK ||
        tn_memory_alloc(device, sizeof(values), &memory) != TN_OK)
        return failed("the simulated device");
    if (scale_load(device, &module) != TN_OK || scale_kernel(module, &kernel) != TN_OK)
        return failed("the bundle that was linked");
    if (tn_memory_write(stream, memory, values, sizeof(values)) != TN_OK ||
        scale_launch(stream, kernel, grid, block, 0, memory, 0.5f, COUNT, NULL) != TN_OK ||
        tn_memory_read(stream, values, memory, sizeof(values)) != TN_OK)
        return failed("launch and read");
    for (int i = 0; i < COUNT; i++)
        if (values[i] != (float)i * 0.5f) {
            fprintf(stderr, "element %d is %g\n", i, (double)values[i]);
            return 1;
        }
    if (tn_module_unload(module) != TN_OK || tn_memory_free(device, memory) != TN_OK || tn_stream_destroy(stream) != TN_OK)
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
