/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/module.h - loaded bundles, their kernels and variables, and launches. `tenoncc` makes bundles.
 * Pages: docs/api/module.md, docs/api/kernel.md, docs/api/launch.md.
 */
#ifndef TENON_MODULE_H
#define TENON_MODULE_H

#include "tenon/bundle.h"
#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tn_module_options {
    uint32_t size;          /* sizeof(tn_module_options) */
    uint32_t flags;         /* reserved, 0 */
    const void *next;       /* NULL */
} tn_module_options;

#define TN_MODULE_OPTIONS_INIT { sizeof(tn_module_options), 0, NULL }

/// Loads a bundle onto a device: chooses the image that the device takes best.
///
/// \param bundle [in]  the bytes of a bundle; copied as far as needed, may be freed afterwards
/// \param bytes  [in]  its size
/// \param out    [out] unload with tn_module_unload
/// \return TN_OK; TN_BAD_BUNDLE (what is wrong and at which offset); TN_NO_IMAGE (each image and why the device does not take
///         it); TN_OUT_OF_MEMORY; TN_VENDOR (with the compiler's log where there is one); TN_BAD_HANDLE
///
/// Any thread. Since 0.1.
TN_CALL tn_status tn_module_load(tn_device device, const void *bundle, size_t bytes, const tn_module_options *options, tn_module *out);

/// The same from a file. \return also TN_NOT_FOUND (no such file), TN_SYSTEM. Any thread. Since 0.1.
TN_CALL tn_status tn_module_load_file(tn_device device, const char *path, const tn_module_options *options, tn_module *out);

/// Unloads a module; waits for submitted work of its device. Its kernels' handles are stale afterwards.
/// \return TN_OK, TN_BAD_HANDLE, TN_BUSY as tn_stream_destroy. Any thread. Since 0.1.
TN_CALL tn_status tn_module_unload(tn_module module);

/// The image that was chosen. \return TN_OK, TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_module_image(tn_module module, tn_image_kind *out_kind, char *out_target, size_t target_capacity);

/// A kernel by its linkage name ("_Z4axpyfPKfPfi", or "axpy" if extern "C") or by the plain name of its source when only one
/// kernel has it. Lives as long as its module; asking twice gives the same handle.
/// \return TN_OK, TN_BAD_HANDLE, TN_NOT_FOUND (the message has the names that are near), TN_INVALID (ambiguous). Any thread. Since 0.1.
TN_CALL tn_status tn_module_kernel(tn_module module, const char *name, tn_kernel *out);

/// The number of kernels in a module, and the one at an index. Any thread. Since 0.1.
TN_CALL tn_status tn_module_kernel_count(tn_module module, uint32_t *out);
TN_CALL tn_status tn_module_kernel_at(tn_module module, uint32_t index, tn_kernel *out);

/// Address and size of a __device__ or __constant__ variable of a loaded module. Valid while it is loaded; the copies and fills
/// take the address like that of an allocation.
/// \return TN_OK, TN_BAD_HANDLE, TN_NOT_FOUND. Any thread. Since 0.1.
TN_CALL tn_status tn_module_variable(tn_module module, const char *name, tn_address *out, uint64_t *out_bytes);

/* ------------------------------------------------------------------------------------------------------- */
/* Kernels */

typedef struct tn_kernel_info {
    uint32_t size;                 /* sizeof(tn_kernel_info), set by the caller */
    uint32_t flags;                /* TN_KERNEL_USES_* of tenon/bundle.h */
    char name[256];                /* linkage name, cut to fit */
    char display[256];             /* as written in the source, cut to fit */
    uint32_t arg_count;
    uint32_t args_bytes;           /* of the packed argument block */
    uint32_t static_local_bytes;
    uint32_t max_threads;          /* that a block of this kernel may have on this device */
    uint32_t required_block[3];    /* 0,0,0: any */
    uint32_t registers;            /* a thread, 0: not known */
} tn_kernel_info;

typedef struct tn_kernel_arg {
    uint32_t size;                 /* sizeof(tn_kernel_arg), set by the caller */
    uint32_t offset;               /* in the packed argument block */
    uint32_t bytes, align;
    tn_arg_kind kind;
    tn_arg_space space;
    uint32_t access;               /* TN_ACCESS_* */
    char name[64];
    char type_name[64];
} tn_kernel_arg;

/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID. Any thread. Since 0.1.
TN_CALL tn_status tn_kernel_get_info(tn_kernel kernel, tn_kernel_info *out);
TN_CALL tn_status tn_kernel_get_arg(tn_kernel kernel, uint32_t index, tn_kernel_arg *out);
TN_CALL tn_status tn_kernel_native(tn_kernel kernel, void **out);

/* ------------------------------------------------------------------------------------------------------- */
/* Launches */

typedef struct tn_launch {
    uint32_t size;                 /* sizeof(tn_launch) */
    uint32_t flags;                /* reserved, 0 */
    const void *next;              /* NULL */
    tn_dim3 grid;                  /* blocks, each at least 1 */
    tn_dim3 block;                 /* threads of a block, each at least 1 */
    uint32_t local_bytes;          /* dynamic local memory of a block */
    uint32_t reserved;             /* 0 */
} tn_launch;

/* One argument: where its value is on the host, and how many bytes it has. Device pointers are passed as tn_address. */
typedef struct tn_arg {
    const void *value;
    uint64_t bytes;
} tn_arg;

#define TN_ARG(variable) { &(variable), sizeof(variable) }

/// Launches a kernel.
///
/// \param launch    [in]  shape of the grid and of its blocks
/// \param args      [in]  `arg_count` arguments in the kernel's order; copied before the call returns
/// \param out_point [out] [optional] the point after the kernel
/// \return TN_OK; TN_BAD_ARGUMENTS (which argument, what the table says, what was given); TN_INVALID (a zero dimension); TN_LIMIT
///         (block, grid or local memory too large; the message has the limit); TN_BAD_ADDRESS (with validation: a pointer
///         argument outside any allocation); TN_INVALID (kernel of another device); TN_BAD_HANDLE; TN_POISONED; TN_DEVICE_LOST
///
/// Any thread. Allocates nothing and shares no lock with other streams. Since 0.1.
TN_CALL tn_status tn_kernel_launch(tn_stream stream, tn_kernel kernel, const tn_launch *launch, const tn_arg *args,
                                   uint32_t arg_count, tn_point *out_point);

/// The same with the arguments already packed as the kernel's table says (tn_kernel_get_arg: offset and size of each).
/// \param args_bytes [in] must equal tn_kernel_info.args_bytes
TN_CALL tn_status tn_kernel_launch_packed(tn_stream stream, tn_kernel kernel, const tn_launch *launch, const void *args,
                                          uint64_t args_bytes, tn_point *out_point);

#ifdef __cplusplus
/* C++ has no designated initialiser before C++20. */
static inline tn_launch tn_launch_shape(tn_dim3 grid, tn_dim3 block, uint32_t local_bytes)
{
    tn_launch launch = tn_launch();
    launch.size = (uint32_t)sizeof launch;
    launch.grid = grid;
    launch.block = block;
    launch.local_bytes = local_bytes;
    return launch;
}
#else
static inline tn_launch tn_launch_shape(tn_dim3 grid, tn_dim3 block, uint32_t local_bytes)
{
    return (tn_launch){ .size = (uint32_t)sizeof(tn_launch), .grid = grid, .block = block, .local_bytes = local_bytes };
}
#endif

#ifdef __cplusplus
}
#endif
#endif
