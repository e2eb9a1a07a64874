/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vendors' containers around a simulator image: CUDA's fatbin, HIP's clang offload bundle, Ascend's ELF.
 * tenoncc and the drivers wrap; the simulators' stand-ins find. So the driver's load path is the vendor's own.
 * Pure functions of bytes: any thread, no state. May call: libc only.
 *
 * What stands where (numbers little-endian):
 *   CUDA    header 0xBA55ED50, version 1, then entries of 64 header bytes and a payload. A simulator image is an entry
 *           of kind TN_FATBIN_KIND_SIM whose `arch` is the warp width; PTX is kind 1. A wrapper 0x466243B1 leads to it.
 *           Entry layout from public descriptions of the format, not from a vendor's document: unverified.
 *   HIP     "__CLANG_OFFLOAD_BUNDLE__", entries by id: "hip-tenon-sim--w64" (w0: for any width), and for an AMDGPU
 *           image "hipv4-amdgcn-amd-amdhsa--gfx906". A wrapper 0x48495046 leads to it.
 *   Ascend  ELF64, e_machine 0x1029: one STT_FUNC symbol and one section .ascend.meta.<kernel> per kernel, the images
 * in
 *           sections .tenon.sim whose sh_info is the width.
 */
#ifndef DRIVERS_COMMON_CONTAINER_H
#define DRIVERS_COMMON_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "tenon/bundle.h"

typedef enum tn_container_kind {
    TN_CONTAINER_FATBIN = 1,
    TN_CONTAINER_HIP = 2,
    TN_CONTAINER_ASCEND = 3
} tn_container_kind;

typedef struct tn_container_image {
    const void *data;
    size_t bytes;
    uint32_t width;     /* warp width of a simulator image; 0 = for any */
    tn_image_kind kind; /* 0 means TN_IMAGE_SIM; a fatbin also takes TN_IMAGE_PTX, a HIP bundle TN_IMAGE_AMDGPU */
    const char *target; /* "sm_70", "gfx906" where `kind` needs it, else NULL */
} tn_container_image;

#define TN_FATBIN_KIND_PTX    1u
#define TN_FATBIN_KIND_SIM    0x5453u
#define TN_ASCEND_MACHINE     0x1029u
#define TN_ASCEND_SIM_SECTION ".tenon.sim"

/* Builds a container; the caller frees *out. Returns 0, or an errno: EINVAL (no image, an image of a kind that the
 * container cannot hold, a simulator image without a kernel table where one is needed), ENOMEM. */
int tn_container_wrap(tn_container_kind kind, const tn_container_image *images, unsigned count, void **out,
                      size_t *out_bytes);

/* Finds the simulator image for `width` (exactly that width first, else one for any width) in a container of any kind,
 * or in a bare simulator image. `bytes` 0: the size is not known, and the container's own fields are believed as far as
 * they agree with each other; only then a wrapper is followed. *sim points into `data`. Returns 0, or EINVAL
 * (not a container, or a damaged one), ENOENT (a good container with no image that fits); `why` gets a sentence. */
int tn_container_find(const void *data, size_t bytes, uint32_t width, const void **sim, size_t *sim_bytes, char *why,
                      size_t why_bytes);

/* The extent of the container or ELF file at `data`, from its own headers; 0 when it is none of the known formats.
 * `bytes` as above. */
size_t tn_container_size(const void *data, size_t bytes);

/* The kernel table of a bare simulator image (section .tenon.kernels), every field checked; NULL if there is none. */
const tn_ktab *tn_container_table(const void *sim, size_t bytes);

#endif
