/* SPDX-License-Identifier: Apache-2.0 */
/* image.h - a kernel table for the driver's tests, made from what the printer gave and the arguments that a test
 * states. */
#ifndef TESTS_UNIT_OPENCL_IMAGE_H
#define TESTS_UNIT_OPENCL_IMAGE_H

#include "tenon/bundle.h"
#include "tools/tenoncc/opencl_c.h"

/* "pvpi": p a pointer, i four bytes, l eight bytes, by value */
typedef struct image_kernel { const char *name, *args; } image_kernel;

/* The caller frees it. Fails the running test when the printer refused a kernel or does not know it. */
tn_ktab *image_table(const tncc_opencl_result *printed, const image_kernel *kernels, uint32_t count);

#endif
