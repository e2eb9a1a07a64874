/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_check.h - does a file keep the promises of tenon/sim_image.h? Used on every image that tenoncc links.
 */
#ifndef TNCC_IMAGE_CHECK_H
#define TNCC_IMAGE_CHECK_H

#include <stddef.h>

/* 0, or -1 with a sentence in `why`. */
int tncc_image_check(const void *data, size_t bytes, char *why, size_t why_bytes);

#endif
