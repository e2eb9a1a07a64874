/* SPDX-License-Identifier: Apache-2.0 */
/* vector_types.h - for sources that include it by name; everything is in tenon_cuda.h. */
#ifndef TENON_WRAP_VECTOR_TYPES_H
#define TENON_WRAP_VECTOR_TYPES_H
#include "tenon_cuda.h"
#endif
