/* SPDX-License-Identifier: Apache-2.0 */
/* device_launch_parameters.h - for sources that include it by name; everything is in tenon_cuda.h. */
#ifndef TENON_WRAP_DEVICE_LAUNCH_PARAMETERS_H
#define TENON_WRAP_DEVICE_LAUNCH_PARAMETERS_H
#include "tenon_cuda.h"
#endif
