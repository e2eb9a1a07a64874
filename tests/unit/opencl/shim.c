/* SPDX-License-Identifier: Apache-2.0 */
/* shim.c - an ICD loader for tests, opened in place of the real one (it needs that one, so every other function is
 * found there): it takes shared virtual memory away from the devices and, with TENON_TEST_TIER=addresses, gives them
 * cl_ext_buffer_device_address on top of it. So the driver's other two tiers run on a real device. */
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tenon/export.h"

enum { PRIVATE_ADDRESS = 0x5000, ADDRESS = 0x5001, EXEC_INFO_ADDRESSES = 0x5002, MAX_BUFFERS = 64 };

static struct { cl_mem buffer; cl_context context; void *memory; } buffers[MAX_BUFFERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool with_addresses(void)
{
    const char *tier = getenv("TENON_TEST_TIER");
    return tier && !strcmp(tier, "addresses");
}

static void *real(const char *name)
{
    static void *_Atomic loader;
    if (!loader)
        loader = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    void *f = loader ? dlsym(loader, name) : NULL;
    if (!f)
        abort();
    return f;
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)real(#name))

TN_EXPORT CL_API_ENTRY cl_int CL_API_CALL clGetDeviceInfo(cl_device_id d, cl_device_info what, size_t room, void *out,
                                                          size_t *out_bytes)
{
    static const char more[] = " cl_ext_buffer_device_address";
    if (what == CL_DEVICE_SVM_CAPABILITIES) {
        memset(out, 0, room);
        return CL_SUCCESS;
    }
    cl_int e = REAL(clGetDeviceInfo)(d, what, room, out, out_bytes);
    if (what == CL_DEVICE_EXTENSIONS && with_addresses() && e == CL_SUCCESS && out && strlen(out) + sizeof more <= room)
        strcat(out, more);
    return e;
}

TN_EXPORT CL_API_ENTRY cl_mem CL_API_CALL clCreateBufferWithProperties(cl_context context,
                                                                       const cl_mem_properties *properties,
                                                                       cl_mem_flags flags, size_t bytes, void *host,
                                                                       cl_int *error)
{
    void *memory = NULL;
    if (!properties || properties[0] != PRIVATE_ADDRESS)
        return REAL(clCreateBufferWithProperties)(context, properties, flags, bytes, host, error);
    memory = REAL(clSVMAlloc)(context, CL_MEM_READ_WRITE, bytes, 0);
    if (!memory) {
        *error = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    cl_mem buffer = REAL(clCreateBuffer)(context, flags | CL_MEM_USE_HOST_PTR, bytes, memory, error);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_BUFFERS; i++)
        if (!buffers[i].buffer) {
            buffers[i].buffer = buffer;
            buffers[i].context = context;
            buffers[i].memory = memory;
            break;
        }
    pthread_mutex_unlock(&lock);
    return buffer;
}

TN_EXPORT CL_API_ENTRY cl_int CL_API_CALL clReleaseMemObject(cl_mem buffer)
{
    cl_int e = REAL(clReleaseMemObject)(buffer);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_BUFFERS; i++)
        if (buffers[i].buffer == buffer) {
            REAL(clSVMFree)(buffers[i].context, buffers[i].memory);
            buffers[i].buffer = NULL;
        }
    pthread_mutex_unlock(&lock);
    return e;
}

TN_EXPORT CL_API_ENTRY cl_int CL_API_CALL clGetMemObjectInfo(cl_mem buffer, cl_mem_info what, size_t room, void *out,
                                                             size_t *out_bytes)
{
    cl_int e = CL_INVALID_VALUE;
    if (what != ADDRESS)
        return REAL(clGetMemObjectInfo)(buffer, what, room, out, out_bytes);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_BUFFERS && room == sizeof(cl_ulong); i++)
        if (buffers[i].buffer == buffer) {
            *(cl_ulong *)out = (cl_ulong)(uintptr_t)buffers[i].memory;
            e = CL_SUCCESS;
        }
    pthread_mutex_unlock(&lock);
    return e;
}

static cl_int CL_API_CALL set_address(cl_kernel kernel, cl_uint index, cl_ulong address)
{
    return REAL(clSetKernelArgSVMPointer)(kernel, index, (void *)(uintptr_t)address);
}

TN_EXPORT CL_API_ENTRY void *CL_API_CALL clGetExtensionFunctionAddressForPlatform(cl_platform_id platform,
                                                                                  const char *name)
{
    if (with_addresses() && !strcmp(name, "clSetKernelArgDevicePointerEXT"))
        return (void *)(uintptr_t)set_address;
    return REAL(clGetExtensionFunctionAddressForPlatform)(platform, name);
}

TN_EXPORT CL_API_ENTRY cl_int CL_API_CALL clSetKernelExecInfo(cl_kernel kernel, cl_kernel_exec_info what, size_t bytes,
                                                              const void *value)
{
    return REAL(clSetKernelExecInfo)(kernel, what == EXEC_INFO_ADDRESSES ? CL_KERNEL_EXEC_INFO_SVM_PTRS : what, bytes,
                                     value);
}

/* Shared virtual memory does not exist for who comes through here. */
TN_EXPORT CL_API_ENTRY void *CL_API_CALL clSVMAlloc(cl_context context, cl_svm_mem_flags flags, size_t bytes,
                                                    cl_uint align)
{
    (void)context;
    (void)flags;
    (void)bytes;
    (void)align;
    return NULL;
}
