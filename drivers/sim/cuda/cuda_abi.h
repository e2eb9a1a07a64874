/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts of the CUDA driver ABI that the stand-in needs: types, layouts and numbers, as NVIDIA's public headers
 * have them (CUDA 12.8 and 13.0); tests/unit/sim_cuda/foreign checks them where the header can be had. MUSA's driver ABI mirrors it; its enum
 * values are taken to be equal and are unverified.
 */
#ifndef DRIVERS_SIM_CUDA_CUDA_ABI_H
#define DRIVERS_SIM_CUDA_CUDA_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;
typedef struct cu_context *CUcontext; /* opaque; the stand-in's are st_handle values */
typedef struct st_client_stream *CUstream;
typedef struct cu_event *CUevent;
typedef struct cu_module *CUmodule;
typedef struct cu_function *CUfunction;
typedef struct cu_library *CUlibrary;
typedef struct cu_pool *CUmemoryPool;
typedef void *CUarray;

typedef struct CUuuid {
    uint8_t bytes[16];
} CUuuid;

enum { CU_MEMORY_HOST = 1, CU_MEMORY_DEVICE = 2, CU_MEMORY_ARRAY = 3, CU_MEMORY_UNIFIED = 4 };

typedef struct CUDA_MEMCPY2D {
    size_t src_x, src_y;
    int src_type;
    const void *src_host;
    CUdeviceptr src_device;
    CUarray src_array;
    size_t src_pitch;
    size_t dst_x, dst_y;
    int dst_type;
    void *dst_host;
    CUdeviceptr dst_device;
    CUarray dst_array;
    size_t dst_pitch;
    size_t width, height;
} CUDA_MEMCPY2D;

typedef struct CUlaunchAttribute {
    uint32_t id;
    uint32_t gap;
    union {
        int cooperative;
        uint32_t cluster[3];
        unsigned char bytes[64];
    } value;
} CUlaunchAttribute;

typedef struct CUlaunchConfig {
    uint32_t grid[3], block[3], shared_bytes;
    CUstream stream;
    CUlaunchAttribute *attributes;
    uint32_t attribute_count;
} CUlaunchConfig;
enum { CU_LAUNCH_COOPERATIVE = 2, CU_LAUNCH_CLUSTER = 4 };

typedef struct CUctxCreateParams {
    void *affinity;
    int affinity_count;
    void *cig;
} CUctxCreateParams;

typedef struct CUmemLocation {
    int type, id;
} CUmemLocation;

typedef struct CUmemPoolProps {
    int alloc_type, handle_types;
    CUmemLocation location;
    void *security;
    size_t max_size;
    uint16_t usage;
    unsigned char reserved[54];
} CUmemPoolProps;

typedef struct CUmemAccessDesc {
    CUmemLocation location;
    int flags;
} CUmemAccessDesc;

typedef struct CUipcMemHandle {
    char bytes[64];
} CUipcMemHandle;

typedef union CUstreamBatchMemOp {
    uint32_t operation;
    struct {
        uint32_t operation;
        CUdeviceptr address;
        uint64_t value; /* 32-bit operations use the lower half */
        uint32_t flags;
        CUdeviceptr alias;
    } value;
    uint64_t pad[6];
} CUstreamBatchMemOp;

_Static_assert(sizeof(CUDA_MEMCPY2D) == 128, "as in cuda.h");
_Static_assert(sizeof(CUlaunchConfig) == 56, "as in cuda.h");
_Static_assert(sizeof(CUctxCreateParams) == 24, "as in cuda.h");
_Static_assert(sizeof(CUmemPoolProps) == 88, "as in cuda.h");
_Static_assert(sizeof(CUstreamBatchMemOp) == 48, "six 64-bit words");
_Static_assert(sizeof(CUuuid) == 16 && sizeof(CUipcMemHandle) == 64, "as in cuda.h");

typedef size_t (*CUoccupancyB2DSize)(int block);
typedef void (*CUstreamCallback)(CUstream stream, CUresult status, void *data);
typedef void (*CUhostFn)(void *data);

#endif
