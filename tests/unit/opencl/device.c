/* SPDX-License-Identifier: Apache-2.0 */
/* device.c - see device.h. Talks to the ICD loader directly and to clang as a program. */
#include "tests/unit/opencl/device.h"

#include <check.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_MEMORY = 256 };

static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static cl_program program;
static const tncc_opencl_result *loaded;
static unsigned char *variables;
static void *memory[MAX_MEMORY];
static unsigned memory_count;

#define OK(call) ck_assert_int_eq((call), CL_SUCCESS)

const char *device_open(void)
{
    cl_platform_id platforms[8];
    cl_uint count = 0;
    cl_int e;
    if (clGetPlatformIDs(8, platforms, &count) || !count)
        return "no OpenCL platform is installed";
    for (cl_uint p = 0; p < count && p < 8 && !device; p++) {
        cl_device_svm_capabilities svm = 0;
        cl_device_id d;
        if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 1, &d, NULL))
            continue;
        clGetDeviceInfo(d, CL_DEVICE_SVM_CAPABILITIES, sizeof svm, &svm, NULL);
        if (svm & CL_DEVICE_SVM_FINE_GRAIN_BUFFER)
            device = d;
    }
    if (!device)
        return "no OpenCL device has fine-grain shared memory";
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &e);
    queue = context ? clCreateCommandQueueWithProperties(context, device, NULL, &e) : NULL;
    return queue ? NULL : "the OpenCL device gives no context or queue";
}

void device_close(void)
{
    while (memory_count)
        clSVMFree(context, memory[--memory_count]);
    if (program)
        clReleaseProgram(program);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    device = NULL;
}

void *device_memory(size_t bytes)
{
    ck_assert_uint_lt(memory_count, MAX_MEMORY);
    void *p = clSVMAlloc(context, CL_MEM_READ_WRITE | CL_MEM_SVM_FINE_GRAIN_BUFFER, bytes, 0);
    ck_assert_ptr_nonnull(p);
    memset(p, 0, bytes);
    return memory[memory_count++] = p;
}

void device_print(const char *file, tncc_opencl_result *out)
{
    char command[2048], path[512], *message = NULL;
    snprintf(path, sizeof path, "%s/tenon-opencl-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    snprintf(
        command, sizeof command,
        "clang-19 -cc1 -triple nvptx64-nvidia-cuda -aux-triple x86_64-unknown-linux-gnu -target-cpu sm_70 -x cuda "
        "-fcuda-is-device -std=c++17 -fdeclspec -Itools/tenoncc/include -include tenon_cuda.h -O3 -disable-llvm-passes "
        "-ffp-contract=fast -debug-info-kind=line-tables-only -nostdsysteminc -nobuiltininc -emit-llvm-bc -o %s "
        "tests/unit/opencl/%s",
        path, file);
    ck_assert_msg(system(command) == 0, "clang failed on %s", file);
    LLVMContextRef c = LLVMContextCreate();
    LLVMMemoryBufferRef buffer;
    LLVMModuleRef module;
    ck_assert_msg(!LLVMCreateMemoryBufferWithContentsOfFile(path, &buffer, &message), "%s", message);
    unlink(path);
    ck_assert_int_eq(LLVMParseBitcodeInContext2(c, buffer, &module), 0);
    LLVMDisposeMemoryBuffer(buffer);
    int rc = tncc_opencl_c_emit(module, &(tncc_opencl_options){ .keep_going = 1 }, out);
    ck_assert_msg(rc == 0, "%s", out->error);
    LLVMDisposeModule(module);
    LLVMContextDispose(c);
}

void device_load(const tncc_opencl_result *printed)
{
    const char *text = printed->text;
    cl_int e;
    if (program)
        clReleaseProgram(program);
    program = clCreateProgramWithSource(context, 1, &text, NULL, &e);
    OK(e);
    e = clBuildProgram(program, 1, &device, "-cl-std=CL1.2", NULL, NULL);
    if (e != CL_SUCCESS) {
        static char log[65536];
        clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, sizeof log, log, NULL);
        ck_abort_msg("the printed text does not build: %s", log);
    }
    loaded = printed;
    variables = device_memory(printed->variables_bytes ? printed->variables_bytes : 1);
    for (size_t i = 0; i < printed->variable_count; i++)
        if (printed->variables[i].init)
            memcpy(variables + printed->variables[i].offset, printed->variables[i].init, printed->variables[i].bytes);
}

static const tncc_opencl_kernel *find_kernel(const char *name)
{
    for (size_t i = 0; i < loaded->kernel_count; i++)
        if (!strcmp(loaded->kernels[i].name, name))
            return &loaded->kernels[i];
    ck_abort_msg("no kernel %s", name);
    return NULL;
}

void device_run(const char *name, const size_t grid[3], const size_t block[3], size_t local_bytes,
                const device_argument *args, unsigned count)
{
    const tncc_opencl_kernel *k = find_kernel(name);
    cl_int e;
    cl_uint i = 0;
    ck_assert_msg(!k->refusal, "%s was refused: it %s", name, k->refusal);
    cl_kernel kernel = clCreateKernel(program, k->entry, &e);
    OK(e);
    for (; i < count; i++)
        OK(args[i].value ? clSetKernelArg(kernel, i, args[i].bytes, args[i].value)
                         : clSetKernelArgSVMPointer(kernel, i, args[i].pointer));
    if (k->uses_variables)
        OK(clSetKernelArgSVMPointer(kernel, i++, variables));
    if (local_bytes)
        OK(clSetKernelArg(kernel, i++, local_bytes, NULL));
    OK(clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, memory_count * sizeof *memory, memory));
    size_t all[3] = { grid[0] * block[0], grid[1] * block[1], grid[2] * block[2] };
    OK(clEnqueueNDRangeKernel(queue, kernel, 3, NULL, all, block, 0, NULL, NULL));
    OK(clFinish(queue));
    clReleaseKernel(kernel);
}
