/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this processor has the features that an image names. Who chooses an image asks, and who loads one asks again. */
#ifndef BUNDLE_CPU_H
#define BUNDLE_CPU_H

#include <stdbool.h>
#include <stddef.h>

/* `list` is tn_bundle_image.features: names separated by commas, e.g. "avx512f,avx512bw"; empty asks for nothing. False
 * when the processor lacks one, the system does not save its registers, or the name is not known; `out_missing` gets it. The environment's
 * TENON_SIM_CPU (x86-64-v2, -v3, -v4) leaves out what is beyond that level. */
bool tn_cpu_has(const char *list, char *out_missing, size_t missing_bytes);

#endif
