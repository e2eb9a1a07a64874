/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrap.h - puts a simulator image into a vendor's container.
 */
#ifndef TNCC_WRAP_H
#define TNCC_WRAP_H

#include "tools/tenoncc/tenoncc.h"

/* Writes o->out in the form that o->output names, from the image whose warp width that vendor's chips have. */
bool tncc_wrap(const struct tncc_options *o, const struct tncc_image *images, size_t count);

#endif
