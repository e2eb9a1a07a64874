/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a safetensors file: a 64-bit header length, a JSON header that names each tensor's type, shape and place, and
 * the data. The file is mapped, never copied, and nothing in it is believed before it is checked.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

#define SAFETENSORS_MAX_RANK 8

struct safetensors;

/*
 * Maps the file and checks the whole header: lengths, types, shapes against sizes, places inside the file, overlaps and
 * gaps. NULL, with the reason in `problem`, if anything is wrong. The caller closes it; tensors live until then.
 */
struct safetensors *safetensors_open(const char *path, struct problem *problem);
void safetensors_close(struct safetensors *file);

/*
 * The data of tensor `name`, which must have this type ("F32", "I32" ...) and shape; a size of 0 in `shape` takes any
 * and is filled in. NULL, with the reason in `problem`, if it is missing, differs, or is not aligned to its type.
 */
const void *safetensors_get(const struct safetensors *file, const char *name, const char *dtype, size_t rank,
                            uint64_t *shape, struct problem *problem);

/* A string of the header's "__metadata__", or NULL. */
const char *safetensors_metadata(const struct safetensors *file, const char *key);
