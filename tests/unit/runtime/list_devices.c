/* SPDX-License-Identifier: Apache-2.0 */
/* list_devices.c - lists the devices of a runtime, for recipe.sh. Usage: list-devices SIMULATE */
#include <stdio.h>

#include "tenon/tenon.h"

int main(int argc, char **argv)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    uint32_t count = 0;
    options.simulate = argc > 1 ? argv[1] : NULL;
    if (tn_open(&options, &runtime) != TN_OK || tn_device_count(runtime, &count) != TN_OK) {
        fprintf(stderr, "%s\n", tn_error_message());
        return 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        tn_device device;
        tn_device_info info = { .size = sizeof info };
        if (tn_device_get(runtime, i, &device) == TN_OK && tn_device_get_info(device, &info) == TN_OK)
            printf("%s: %s%s\n", info.driver, info.name, info.flags & TN_DEVICE_SIMULATED ? ", simulated" : "");
    }
    return tn_close(runtime, TN_FOREVER) != TN_OK;
}
