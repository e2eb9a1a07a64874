/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/bundle.h - the format of a kernel bundle, and of the kernel table inside it.
 *
 * A bundle is one file with the same kernels built for several targets. `tenoncc` writes it, the runtime
 * chooses an image for a device, and a driver is handed that image with its kernel table. Nothing here is
 * code: every number is little-endian, every offset is from the start of the structure that names it.
 * Page: docs/bundle.md.
 *
 * Layout: an ELF64 file, e_type ET_NONE, e_machine EM_NONE, e_flags = TN_BUNDLE_VERSION, with sections
 *
 *   .note.tenon.N      one note for image N: owner "Tenon", type TN_NOTE_IMAGE, descriptor tn_bundle_image
 *   .tenon.image.N     the image's bytes, of the kind and target that the note says; SHF_COMPRESSED allowed
 *   .tenon.kernels.N   the kernel table of image N (tn_ktab), never compressed
 *
 * with N counting from 0 without gaps. A simulator image is itself an ELF file that carries its kernel table
 * in a section named .tenon.kernels, so that it can be run without a bundle around it.
 */
#ifndef TENON_BUNDLE_H
#define TENON_BUNDLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TN_BUNDLE_VERSION 1u          /* e_flags of a bundle; a reader refuses any other */
#define TN_NOTE_OWNER "Tenon"
#define TN_NOTE_IMAGE 1u

/* What the bytes of an image are. A driver names the kinds that it takes, best first. */
typedef enum tn_image_kind {
    TN_IMAGE_NONE     = 0,
    TN_IMAGE_SIM      = 1,  /* x86-64 ELF of tenon/sim_image.h; `width` is the warp width it was built for, 0 = any */
    TN_IMAGE_PTX      = 2,  /* NUL-terminated PTX text; target "sm_70" ... is the least that takes it */
    TN_IMAGE_CUBIN    = 3,  /* NVIDIA ELF for exactly `target` */
    TN_IMAGE_AMDGPU   = 4,  /* AMDGPU code object for exactly `target`, e.g. "gfx906" */
    TN_IMAGE_OPENCL_C = 5,  /* NUL-terminated OpenCL C 1.2 source with the pragmas it needs */
    TN_IMAGE_ASCEND   = 6,  /* Ascend ELF (e_machine 0x1029) built by the vendor's compiler */
    TN_IMAGE_VENDOR   = 7   /* any other image built by a vendor's own compiler; `target` names the format */
} tn_image_kind;

typedef struct tn_bundle_image {
    uint32_t bytes;         /* of this structure as written, the strings included */
    uint32_t kind;          /* tn_image_kind */
    uint32_t width;         /* warp width that the code assumes; 0 = it makes no assumption */
    uint32_t reserved;      /* 0 */
    char target[32];        /* chip or architecture, NUL-padded, e.g. "x86-64-v3", "sm_70", "gfx906", "cl1.2" */
    char features[64];      /* comma-separated CPU or device features that the code needs, NUL-padded; may be empty */
} tn_bundle_image;

/* ------------------------------------------------------------------------------------------------------- */
/* Kernel table: header, then kernels, arguments, variables, then strings. */

#define TN_KTAB_MAGIC "TNKTAB1"       /* 8 bytes with the NUL */

typedef struct tn_ktab {
    char magic[8];
    uint32_t header_bytes;     /* sizeof(tn_ktab) of the writer */
    uint32_t total_bytes;      /* of the whole table */
    uint32_t kernel_count, kernel_bytes;      /* number of tn_ktab_kernel, size of each */
    uint32_t arg_count, arg_bytes;            /* number of tn_ktab_arg, size of each */
    uint32_t variable_count, variable_bytes;  /* number of tn_ktab_variable, size of each */
    uint32_t kernels_at, args_at, variables_at, strings_at;  /* offsets from the start of the table */
    uint32_t strings_bytes;    /* the first byte and the last are NUL */
    uint32_t reserved;
} tn_ktab;

/* What a kernel uses. */
enum {
    TN_KERNEL_USES_WARP          = 1u << 0,  /* warp shuffles, votes or the warp width */
    TN_KERNEL_USES_BARRIER       = 1u << 1,
    TN_KERNEL_USES_DYNAMIC_LOCAL = 1u << 2,
    TN_KERNEL_USES_PRINTF        = 1u << 3,
    TN_KERNEL_USES_MALLOC        = 1u << 4,
    TN_KERNEL_USES_ATOMIC_64     = 1u << 5,
    TN_KERNEL_USES_FP64          = 1u << 6,
    TN_KERNEL_USES_FP16          = 1u << 7,
    TN_KERNEL_COOPERATIVE        = 1u << 8,  /* synchronises the whole grid */
    TN_KERNEL_INDIRECT_POINTERS  = 1u << 9   /* loads pointers from memory and follows them */
};

typedef struct tn_ktab_kernel {
    uint32_t name;             /* string: linkage name, e.g. "_Z4axpyfPKfPfi" or "axpy" */
    uint32_t display;          /* string: the name as written in the source, for people, e.g. "axpy(float, const float*, float*, int)" */
    uint32_t entry;            /* string: symbol in the image; 0 = the same as name */
    uint32_t flags;            /* TN_KERNEL_* */
    uint32_t arg_first, arg_count;
    uint32_t args_bytes;       /* of the packed argument block: end of the last argument */
    uint32_t args_align;
    uint32_t static_local_bytes;
    uint32_t local_align;
    uint32_t max_threads;      /* launch bound, threads a block; 0 = the device's */
    uint32_t required_block[3];/* block shape that the code was built for; 0,0,0 = any */
    uint32_t scratch_per_block;   /* simulator: bytes of worker scratch for one block ... */
    uint32_t scratch_per_thread;  /* ... and for each thread of it */
    uint32_t stack_bytes;      /* simulator: native stack needed besides, 0 = the engine's default */
    uint32_t registers;        /* registers a thread, 0 = not known */
    uint32_t source_line;      /* of the kernel's definition, 0 = not known */
    uint32_t source_file;      /* string, 0 = not known */
} tn_ktab_kernel;

typedef enum tn_arg_kind { TN_ARG_VALUE = 0, TN_ARG_POINTER = 1 } tn_arg_kind;
typedef enum tn_arg_space { TN_SPACE_PRIVATE = 0, TN_SPACE_GLOBAL = 1, TN_SPACE_LOCAL = 2, TN_SPACE_CONSTANT = 3 } tn_arg_space;
enum { TN_ACCESS_UNKNOWN = 0, TN_ACCESS_READ = 1, TN_ACCESS_WRITE = 2, TN_ACCESS_READ_WRITE = 3 };

typedef struct tn_ktab_arg {
    uint32_t name;             /* string, 0 = not known */
    uint32_t offset;           /* in the packed argument block: natural alignment, as in a C struct */
    uint32_t size;             /* bytes */
    uint32_t align;            /* bytes, a power of two */
    uint8_t kind;              /* tn_arg_kind */
    uint8_t space;             /* tn_arg_space: what a pointer points to */
    uint8_t access;            /* TN_ACCESS_*: how a pointer is used */
    uint8_t reserved;
    uint32_t type_name;        /* string: the C type as written, 0 = not known */
} tn_ktab_arg;

enum { TN_VARIABLE_CONSTANT = 1u << 0, TN_VARIABLE_MANAGED = 1u << 1, TN_VARIABLE_HIDDEN = 1u << 2 };

typedef struct tn_ktab_variable {
    uint32_t name;             /* string: linkage name of a __device__ or __constant__ variable */
    uint32_t flags;            /* TN_VARIABLE_* */
    uint64_t bytes;
    uint64_t offset;           /* opencl-c: place in the hidden variable buffer; else 0 */
    uint64_t init_at;          /* opencl-c: offset from the table's start of the initial bytes, 0 = zero-filled; else 0 */
    uint32_t align;
    uint32_t reserved;
} tn_ktab_variable;

#ifdef __cplusplus
}
#endif
#endif
