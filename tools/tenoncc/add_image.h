/* SPDX-License-Identifier: Apache-2.0 */
/*
 * add_image.h - images that a vendor's compiler built (--add-image), with the table that declares their kernels (--args); and the
 * images of bundles that stand among the inputs.
 */
#ifndef TNCC_ADD_IMAGE_H
#define TNCC_ADD_IMAGE_H

#include "tools/tenoncc/tenoncc.h"

struct tncc_added {
    const char *kind, *target, *file; /* of --add-image=KIND:TARGET:FILE */
    const char *table;                /* of --args; NULL: none yet */
};

/* KIND:TARGET:FILE; a sentence when it is not so, or NULL. */
const char *tncc_added_read(const char *value, struct tncc_added *out);
/* Both append to `list`, of struct tncc_image *. False after errors were printed. */
bool tncc_add_image(const struct tncc_added *from, struct tncc_list *list);
bool tncc_add_bundle(const char *path, struct tncc_list *list);

#endif
