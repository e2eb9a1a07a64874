/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amdgcn.h - AMDGPU code objects: which chips there are, the image for one, the check of a linked file.
 */
#ifndef TNCC_AMDGCN_H
#define TNCC_AMDGCN_H

#include "tools/tenoncc/tenoncc.h"

bool tncc_amdgcn_chip(const char *name); /* "gfx906": is it one that code is made for */
const char *tncc_amdgcn_chips(void);     /* all of them, for a message */

/* amdgcn.c: the code object for o->chip. False after errors were printed. */
bool tncc_amdgcn_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out);

/* amdgcn_check.c: NULL if the linked file keeps what loaders and our argument tables expect, else what is wrong. Takes
 * the kernels' sizes of local memory from its metadata. */
const char *tncc_amdgcn_check(struct tncc_unit *unit, const void *data, size_t bytes);

struct tncc_registers {
    unsigned vector, scalar, vector_spills, scalar_spills, stack; /* stack: bytes of a lane */
};
/* What the metadata of a checked file says of a kernel. */
bool tncc_amdgcn_registers(const void *data, size_t bytes, const char *kernel, struct tncc_registers *out);

#endif
