/* SPDX-License-Identifier: Apache-2.0 */
/* How well a device takes a simulator's image: the same for every family that has a stand-in. */
#ifndef DRIVERS_COMMON_SIM_IMAGE_H
#define DRIVERS_COMMON_SIM_IMAGE_H

#include "tenon/driver.h"

/* For image->kind TN_IMAGE_SIM. 0, with the reason in *why (static), when the device is not simulated, has another warp width,
 * or this processor lacks a feature; else more for an image of exactly the width, and for one that uses more of the processor. */
uint32_t tn_sim_image_score(const tn_driver_image *image, bool simulated, uint32_t width, const char **why);

#endif
