/* SPDX-License-Identifier: Apache-2.0 */
/* errors.c - OpenCL's error codes: their names, and what they are among Tenon's statuses. A table and its two
 * readers. */
#include "drivers/opencl/internal.h"

#include <stdarg.h>
#include <stdio.h>

#define OCL_ERRORS(X)                                           \
    X(CL_DEVICE_NOT_FOUND, TN_NO_DRIVER)                        \
    X(CL_DEVICE_NOT_AVAILABLE, TN_DEVICE_LOST)                  \
    X(CL_COMPILER_NOT_AVAILABLE, TN_UNSUPPORTED)                \
    X(CL_MEM_OBJECT_ALLOCATION_FAILURE, TN_OUT_OF_MEMORY)       \
    X(CL_OUT_OF_RESOURCES, TN_LIMIT)                            \
    X(CL_OUT_OF_HOST_MEMORY, TN_OUT_OF_HOST_MEMORY)             \
    X(CL_PROFILING_INFO_NOT_AVAILABLE, TN_NOT_READY)            \
    X(CL_MEM_COPY_OVERLAP, TN_BAD_ADDRESS)                      \
    X(CL_BUILD_PROGRAM_FAILURE, TN_BAD_BUNDLE)                  \
    X(CL_MAP_FAILURE, TN_VENDOR)                                \
    X(CL_MISALIGNED_SUB_BUFFER_OFFSET, TN_BAD_ADDRESS)          \
    X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, TN_FAULT)   \
    X(CL_COMPILE_PROGRAM_FAILURE, TN_BAD_BUNDLE)                \
    X(CL_LINKER_NOT_AVAILABLE, TN_UNSUPPORTED)                  \
    X(CL_LINK_PROGRAM_FAILURE, TN_BAD_BUNDLE)                   \
    X(CL_KERNEL_ARG_INFO_NOT_AVAILABLE, TN_UNSUPPORTED)         \
    X(CL_INVALID_VALUE, TN_INVALID)                             \
    X(CL_INVALID_DEVICE_TYPE, TN_INVALID)                       \
    X(CL_INVALID_PLATFORM, TN_INVALID)                          \
    X(CL_INVALID_DEVICE, TN_INVALID)                            \
    X(CL_INVALID_CONTEXT, TN_INVALID)                           \
    X(CL_INVALID_QUEUE_PROPERTIES, TN_UNSUPPORTED)              \
    X(CL_INVALID_COMMAND_QUEUE, TN_INVALID)                     \
    X(CL_INVALID_MEM_OBJECT, TN_BAD_ADDRESS)                    \
    X(CL_INVALID_BINARY, TN_BAD_BUNDLE)                         \
    X(CL_INVALID_BUILD_OPTIONS, TN_INTERNAL)                    \
    X(CL_INVALID_PROGRAM, TN_INVALID)                           \
    X(CL_INVALID_PROGRAM_EXECUTABLE, TN_BAD_BUNDLE)             \
    X(CL_INVALID_KERNEL_NAME, TN_NOT_FOUND)                     \
    X(CL_INVALID_KERNEL_DEFINITION, TN_BAD_BUNDLE)              \
    X(CL_INVALID_KERNEL, TN_INVALID)                            \
    X(CL_INVALID_ARG_INDEX, TN_BAD_ARGUMENTS)                   \
    X(CL_INVALID_ARG_VALUE, TN_BAD_ARGUMENTS)                   \
    X(CL_INVALID_ARG_SIZE, TN_BAD_ARGUMENTS)                    \
    X(CL_INVALID_KERNEL_ARGS, TN_BAD_ARGUMENTS)                 \
    X(CL_INVALID_WORK_DIMENSION, TN_INVALID)                    \
    X(CL_INVALID_WORK_GROUP_SIZE, TN_LIMIT)                     \
    X(CL_INVALID_WORK_ITEM_SIZE, TN_LIMIT)                      \
    X(CL_INVALID_GLOBAL_OFFSET, TN_INVALID)                     \
    X(CL_INVALID_EVENT_WAIT_LIST, TN_INTERNAL)                  \
    X(CL_INVALID_EVENT, TN_INTERNAL)                            \
    X(CL_INVALID_OPERATION, TN_UNSUPPORTED)                     \
    X(CL_INVALID_BUFFER_SIZE, TN_OUT_OF_MEMORY)                 \
    X(CL_INVALID_GLOBAL_WORK_SIZE, TN_LIMIT)                    \
    X(CL_INVALID_PROPERTY, TN_INVALID)

static const struct { cl_int code; tn_status status; const char *name; } errors[] = {
#define OCL_ROW(code, status) { code, status, #code },
    OCL_ERRORS(OCL_ROW)
#undef OCL_ROW
    { -1001, TN_NO_DRIVER, "CL_PLATFORM_NOT_FOUND_KHR" },   /* cl_khr_icd */
};

const char *ocl_error_name(cl_int code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return errors[i].name;
    return NULL;
}

static tn_status status_of(cl_int code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return errors[i].status;
    return TN_VENDOR;
}

tn_status ocl_fail(cl_int code, const char *file, int line, const char *extra, const char *format, ...)
{
    char message[512];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    const char *name = ocl_error_name(code);
    tn_vendor_error vendor = { code, name ? name : "an error that OpenCL 3.0 does not list", extra };
    return ocl_host->error(status_of(code), &vendor, file, line, "%s: %s", message, vendor.name);
}
