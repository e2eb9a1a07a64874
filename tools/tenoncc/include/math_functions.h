/* SPDX-License-Identifier: Apache-2.0 */
/* math_functions.h - for sources that include it by name; everything is in tenon_cuda.h. */
#ifndef TENON_WRAP_MATH_FUNCTIONS_H
#define TENON_WRAP_MATH_FUNCTIONS_H
#include "tenon_cuda.h"
#endif
