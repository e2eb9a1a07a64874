/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded kernel images and their functions: shared by binary.c, which owns them, and launch.c. */
#ifndef DRIVERS_SIM_ASCEND_LOADED_H
#define DRIVERS_SIM_ASCEND_LOADED_H

#include "drivers/sim/ascend/state.h"

typedef struct acl_loaded {
    void *handle;
    acl_device *device;
    sil_module *module;
    const tn_ktab *table;
    uint64_t image_bytes;
    pthread_mutex_t lock; /* guards `functions` */
    void **functions;     /* one handle for each kernel of the table, NULL until it is asked for */
} acl_loaded;

/* The function behind a handle; its image is still loaded. */
aclError acl_function_get(const void *handle, acl_function **out, const char *function);
#define GET_FUNCTION(handle, out) TRY(acl_function_get((handle), (out), __func__))

/* Argument lists of a function go with its image. */
void acl_args_forget(const acl_function *function);

#endif
