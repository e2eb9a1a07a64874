/* SPDX-License-Identifier: Apache-2.0 */
/* The client's own declarations of the HIP runtime. */
#ifndef TESTS_UNIT_SIM_HIP_CLIENT_H
#define TESTS_UNIT_SIM_HIP_CLIENT_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void *handle;

int hipInit(unsigned flags);
int hipRuntimeGetVersion(int *out);
int hipGetDeviceCount(int *out);
int hipSetDevice(int device);
int hipGetDevice(int *out);
int hipDeviceReset(void);
int hipDeviceSynchronize(void);
int hipDeviceGetAttribute(int *out, int attribute, int device);
int hipDeviceGetName(char *out, int bytes, int device);
int hipGetDeviceProperties(void *out, int device);
int hipGetDevicePropertiesR0600(void *out, int device);
int hipGetLastError(void);
int hipPeekAtLastError(void);
const char *hipGetErrorName(int error);
const char *hipGetErrorString(int error);
int hipMemGetInfo(size_t *free_bytes, size_t *total_bytes);
int hipMalloc(void **out, size_t bytes);
int hipFree(void *pointer);
int hipHostMalloc(void **out, size_t bytes, unsigned flags);
int hipMemPtrGetInfo(void *pointer, size_t *out);
int hipPointerGetAttributes(void *out, const void *pointer);
int hipMemcpy(void *dst, const void *src, size_t bytes, int kind);
int hipMemsetD32Async(void *dst, int value, size_t count, handle stream);
int hipStreamCreate(handle *out);
int hipStreamCreateWithFlags(handle *out, unsigned flags);
int hipStreamDestroy(handle stream);
int hipStreamSynchronize(handle stream);
int hipStreamQuery(handle stream);
int hipStreamWaitValue32(handle stream, void *at, uint32_t value, unsigned flags, uint32_t mask);
int hipEventCreateWithFlags(handle *out, unsigned flags);
int hipEventRecord(handle event, handle stream);
int hipEventQuery(handle event);
int hipModuleLoad(handle *out, const char *path);
int hipModuleLoadData(handle *out, const void *image);
int hipModuleUnload(handle module);
int hipModuleGetFunction(handle *out, handle module, const char *name);
int hipModuleLaunchKernel(handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                          unsigned block_y, unsigned block_z, unsigned shared, handle stream, void **params,
                          void **extra);

struct dim3 {
    uint32_t x, y, z;
};
void **__hipRegisterFatBinary(const void *wrapper);
void __hipUnregisterFatBinary(void **handle);
void __hipRegisterFunction(void **handle, const void *host, char *device, const char *name, unsigned threads, void *,
                           void *, void *, void *, int *);
void __hipRegisterVar(void **handle, void *host, char *host_name, char *name, int external, size_t bytes, int constant,
                      int global);
int __hipPushCallConfiguration(struct dim3 grid, struct dim3 block, size_t shared, handle stream);
int __hipPopCallConfiguration(struct dim3 *grid, struct dim3 *block, size_t *shared, handle *stream);
int hipModuleLaunchCooperativeKernel(handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                                     unsigned block_y, unsigned block_z, unsigned shared, handle stream, void **params);
int hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(int *out, handle function, int threads, size_t shared);
int hipLaunchCooperativeKernel(const void *host, struct dim3 grid, struct dim3 block, void **args, unsigned shared, handle stream);
int hipLaunchKernel(const void *host, struct dim3 grid, struct dim3 block, void **args, size_t shared, handle stream);
int hipMemcpyToSymbol(const void *symbol, const void *src, size_t bytes, size_t offset, int kind);
int hipGetSymbolAddress(void **out, const void *symbol);

#define ok(call)         ck_assert_int_eq((call), 0)
#define is(call, number) ck_assert_int_eq((call), (number))

#endif
