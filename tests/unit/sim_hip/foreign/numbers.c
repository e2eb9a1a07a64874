/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers and layouts that the stand-in has, against Debian's HIP header (5.2). Compiles or does not. */
#define __HIP_PLATFORM_AMD__
#include <hip/hip_runtime_api.h>
#include <stddef.h>

#define ERR(number, name, text) _Static_assert(name == number, #name);
#include "drivers/sim/hip/errors.def"
#undef ERR

#define SIZE(type, bytes)       _Static_assert(sizeof(type) == (bytes), #type)
#define PLACE(member, at)       _Static_assert(offsetof(hipDeviceProp_t, member) == (at), #member)
#define ATTRIBUTE(name, number) _Static_assert(hipDeviceAttribute##name == (number), #name)

SIZE(hipDeviceProp_t, 792);
PLACE(totalGlobalMem, 256);
PLACE(sharedMemPerBlock, 264);
PLACE(regsPerBlock, 272);
PLACE(warpSize, 276);
PLACE(maxThreadsPerBlock, 280);
PLACE(maxThreadsDim, 284);
PLACE(maxGridSize, 296);
PLACE(clockRate, 308);
PLACE(memoryClockRate, 312);
PLACE(memoryBusWidth, 316);
PLACE(totalConstMem, 320);
PLACE(major, 328);
PLACE(minor, 332);
PLACE(multiProcessorCount, 336);
PLACE(l2CacheSize, 340);
PLACE(maxThreadsPerMultiProcessor, 344);
PLACE(concurrentKernels, 360);
PLACE(pciDomainID, 364);
PLACE(pciBusID, 368);
PLACE(pciDeviceID, 372);
PLACE(maxSharedMemoryPerMultiProcessor, 376);
PLACE(canMapHostMemory, 388);
PLACE(gcnArch, 392);
PLACE(gcnArchName, 396);
PLACE(cooperativeLaunch, 656);
PLACE(managedMemory, 772);
PLACE(clockInstructionRate, 352);
PLACE(arch, 356);
PLACE(memPitch, 712);
PLACE(textureAlignment, 720);
SIZE(hipFuncAttributes, 56);
SIZE(hipPointerAttribute_t, 32);
SIZE(hipMemPoolProps, 88);
SIZE(hipIpcMemHandle_t, 64);
ATTRIBUTE(ClockRate, 5);
ATTRIBUTE(CooperativeLaunch, 10);
ATTRIBUTE(L2CacheSize, 19);
ATTRIBUTE(ComputeCapabilityMajor, 23);
ATTRIBUTE(ManagedMemory, 24);
ATTRIBUTE(MaxBlockDimX, 26);
ATTRIBUTE(MaxGridDimX, 29);
ATTRIBUTE(MaxThreadsPerBlock, 56);
ATTRIBUTE(MaxThreadsPerMultiProcessor, 57);
ATTRIBUTE(MemoryBusWidth, 59);
ATTRIBUTE(MemoryClockRate, 60);
ATTRIBUTE(ComputeCapabilityMinor, 61);
ATTRIBUTE(MultiprocessorCount, 63);
ATTRIBUTE(PciBusId, 67);
ATTRIBUTE(PciDeviceId, 68);
ATTRIBUTE(PciDomainID, 69);
ATTRIBUTE(MaxRegistersPerBlock, 71);
ATTRIBUTE(MaxSharedMemoryPerBlock, 74);
ATTRIBUTE(SharedMemPerBlockOptin, 75);
ATTRIBUTE(SharedMemPerMultiprocessor, 76);
ATTRIBUTE(TotalConstantMemory, 83);
ATTRIBUTE(WarpSize, 87);
ATTRIBUTE(MemoryPoolsSupported, 88);
ATTRIBUTE(MaxSharedMemoryPerMultiprocessor, 10002);
ATTRIBUTE(GcnArchName, 10004);
ATTRIBUTE(CanUseStreamWaitValue, 10013);
ATTRIBUTE(PhysicalMultiProcessorCount, 10015);
