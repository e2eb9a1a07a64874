/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers and layouts that the stand-in has, against the vendor's own header. Compiles or does not. */
#include <cuda.h>
#include <stddef.h>

#define ERR(number, name, text) _Static_assert(CUDA_##name == number, #name);
#include "drivers/sim/cuda/errors.def"
#undef ERR

#define SIZE(type, bytes)       _Static_assert(sizeof(type) == (bytes), #type)
#define PLACE(type, member, at) _Static_assert(offsetof(type, member) == (at), #type "." #member)
#define VALUE(name, number)     _Static_assert(name == (number), #name)

SIZE(CUDA_MEMCPY2D, 128);
PLACE(CUDA_MEMCPY2D, srcMemoryType, 16);
PLACE(CUDA_MEMCPY2D, srcHost, 24);
PLACE(CUDA_MEMCPY2D, srcDevice, 32);
PLACE(CUDA_MEMCPY2D, srcPitch, 48);
PLACE(CUDA_MEMCPY2D, dstXInBytes, 56);
PLACE(CUDA_MEMCPY2D, dstHost, 80);
PLACE(CUDA_MEMCPY2D, dstPitch, 104);
PLACE(CUDA_MEMCPY2D, WidthInBytes, 112);
SIZE(CUlaunchConfig, 56);
PLACE(CUlaunchConfig, sharedMemBytes, 24);
PLACE(CUlaunchConfig, hStream, 32);
PLACE(CUlaunchConfig, attrs, 40);
SIZE(CUlaunchAttribute, 72);
PLACE(CUlaunchAttribute, value, 8);
SIZE(CUctxCreateParams, 24);
SIZE(CUmemPoolProps, 88);
PLACE(CUmemPoolProps, location, 8);
SIZE(CUmemAccessDesc, 12);
SIZE(CUstreamBatchMemOpParams, 48);
PLACE(CUstreamBatchMemOpParams, writeValue.address, 8);
PLACE(CUstreamBatchMemOpParams, writeValue.value64, 16);
PLACE(CUstreamBatchMemOpParams, writeValue.flags, 24);
SIZE(CUuuid, 16);
SIZE(CUipcMemHandle, 64);
SIZE(CUdeviceptr, 8);
VALUE(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1);
VALUE(CU_DEVICE_ATTRIBUTE_WARP_SIZE, 10);
VALUE(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 16);
VALUE(CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 41);
VALUE(CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID, 50);
VALUE(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 75);
VALUE(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR, 81);
VALUE(CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY, 83);
VALUE(CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH, 95);
VALUE(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 97);
VALUE(CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, 115);
VALUE(CU_POINTER_ATTRIBUTE_CONTEXT, 1);
VALUE(CU_POINTER_ATTRIBUTE_IS_MANAGED, 8);
VALUE(CU_POINTER_ATTRIBUTE_RANGE_SIZE, 12);
VALUE(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 8);
VALUE(CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, 4);
VALUE(CU_MEMPOOL_ATTR_USED_MEM_CURRENT, 7);
VALUE(CU_LAUNCH_ATTRIBUTE_COOPERATIVE, 2);
VALUE(CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION, 4);
VALUE(CU_STREAM_MEM_OP_WAIT_VALUE_64, 4);
VALUE(CU_STREAM_WAIT_VALUE_NOR, 3);
VALUE(CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM, 2);
VALUE(CU_MEMORYTYPE_UNIFIED, 4);
VALUE(CU_EVENT_INTERPROCESS, 4);
