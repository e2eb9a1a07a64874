/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math64.c - double-precision mathematics.
 */
#include "tools/tenoncc/device/math.h"
