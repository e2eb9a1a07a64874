/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/harness_opencl.c - harness.h over an OpenCL platform for processors, for the OpenCL C images: TENON_TEST_PLATFORM is a
 * part of its name. Arguments are addresses of the process, which such platforms take as shared virtual memory. A test that needs a
 * kernel which the target refuses is left at that place and told of. Calls OpenCL and bundle/.
 */
#define CL_TARGET_OPENCL_VERSION 200
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "tests/kernels/harness.h"

#include <CL/cl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundle/bundle.h"

enum { NO_IMAGE = 77, HIDDEN_ALIGN = 256 };

struct kt_module {
    tn_bundle *bundle;
    const tn_bundle_view *view;
    cl_program program;
    unsigned char *variables;
};

static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static jmp_buf leave;
static bool leavable;
static char printed[1 << 16];

_Noreturn static void broken(const char *what, const char *detail, cl_int error)
{
    fprintf(stderr, "harness: %s: %s (OpenCL error %d)\n", what, detail, error);
    exit(1);
}

/* ---- the platform ---- */
static void open_platform(void)
{
    const char *wanted = getenv("TENON_TEST_PLATFORM");
    cl_platform_id platforms[16];
    cl_uint count = 0;
    cl_int error;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS)
        count = 0;
    for (cl_uint i = 0; i < count && i < 16 && !device; i++) {
        char name[256] = "";
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof name, name, NULL);
        if (wanted && strstr(name, wanted) && clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_CPU, 1, &device, NULL) != CL_SUCCESS)
            device = NULL;
    }
    if (!device) {
        printf("there is no OpenCL platform for processors named %s here\n", wanted ? wanted : "(TENON_TEST_PLATFORM is not set)");
        exit(NO_IMAGE);
    }
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
    if (error == CL_SUCCESS)
        queue = clCreateCommandQueue(context, device, 0, &error);
    if (error != CL_SUCCESS)
        broken("opening", "the device", error);
}

/* The platform's own library: OpenCL allows 4 units for most functions, and more for some. */
double kt_bound(double ulps)
{
    return ulps < 4 ? 4 : ulps;
}

bool kt_takes(uint32_t width)
{
    return width == 32;
}

/* ---- modules ---- */
static void make_variables(kt_module *m)
{
    const tn_ktab *t = m->view->kernels;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < t->variable_count; i++) {
        const tn_ktab_variable *v = tn_ktab_variable_at(t, i);
        bytes = v->offset + v->bytes > bytes ? v->offset + v->bytes : bytes;
    }
    m->variables = aligned_alloc(HIDDEN_ALIGN, (bytes + HIDDEN_ALIGN) / HIDDEN_ALIGN * HIDDEN_ALIGN);
    memset(m->variables, 0, bytes);
    for (uint32_t i = 0; i < t->variable_count; i++) {
        const tn_ktab_variable *v = tn_ktab_variable_at(t, i);
        if (v->init_at)
            memcpy(m->variables + v->offset, (const char *)t + v->init_at, v->bytes);
    }
}

kt_module *kt_open(const char *path, uint32_t width)
{
    char why[300];
    static char log[1 << 16];
    tn_bundle *bundle;
    const tn_bundle_view *found = NULL;
    cl_int error;
    if (!device)
        open_platform();
    if (tn_bundle_open_file(path, &bundle, why, sizeof why))
        broken(path, why, 0);
    for (uint32_t i = 0; i < tn_bundle_image_count(bundle); i++)
        if (tn_bundle_image_at(bundle, i)->kind == TN_IMAGE_OPENCL_C)
            found = tn_bundle_image_at(bundle, i);
    if (!found)
        broken(path, "no OpenCL C image", 0);
    kt_module *m = calloc(1, sizeof *m);
    m->bundle = bundle;
    m->view = found;
    kt_current_width = width;
    const char *text = found->data;
    m->program = clCreateProgramWithSource(context, 1, &text, NULL, &error);
    if (error == CL_SUCCESS)
        error = clBuildProgram(m->program, 1, &device, "-cl-std=CL1.2 -w -DTN_MAX_THREADS=1024", NULL, NULL);
    if (error != CL_SUCCESS) {
        clGetProgramBuildInfo(m->program, device, CL_PROGRAM_BUILD_LOG, sizeof log, log, NULL);
        broken(path, log, error);
    }
    make_variables(m);
    return m;
}

void kt_close(kt_module *m)
{
    clReleaseProgram(m->program);
    tn_bundle_close(m->bundle);
    free(m->variables);
    free(m);
}

uint32_t kt_width(const kt_module *m)
{
    (void)m;
    return 32;
}

const tn_ktab *kt_table(kt_module *m)
{
    return m->view->kernels;
}

int kt_has(kt_module *m, const char *kernel)
{
    return tn_ktab_find_kernel(m->view->kernels, kernel) >= 0;
}

/* What a test uses and the target has not: the test ends there. */
static void leave_test(const char *what, const char *name)
{
    printf("left out: %s %s\n", what, name);
    fflush(stdout);
    if (leavable)
        longjmp(leave, 1);
    exit(1);
}

void kt_test(void (*test)(kt_module *), kt_module *m)
{
    leavable = true;
    if (!setjmp(leave))
        test(m);
    leavable = false;
}

void *kt_variable(kt_module *m, const char *name, size_t bytes)
{
    int64_t i = tn_ktab_find_variable(m->view->kernels, name);
    if (i < 0)
        leave_test("variable", name);
    const tn_ktab_variable *v = tn_ktab_variable_at(m->view->kernels, (uint32_t)i);
    if (v->bytes != bytes)
        broken("a variable of another size", name, 0);
    return m->variables + v->offset;
}

const char *kt_printed(void)
{
    static char copy[sizeof printed];
    memcpy(copy, printed, sizeof copy);
    printed[0] = 0;
    return copy;
}

/* ---- launches ---- */
/* Kernels print to the process's standard output. */
static int catch_output(void)
{
    int before = dup(1), file = memfd_create("printed", 0);
    fflush(stdout);
    dup2(file, 1);
    close(file);
    return before;
}

static void take_output(int before)
{
    size_t have = strlen(printed);
    fflush(stdout);
    ssize_t n = pread(1, printed + have, sizeof printed - 1 - have, 0);
    printed[have + (n > 0 ? (size_t)n : 0)] = 0;
    dup2(before, 1);
    close(before);
}

static cl_int set_args(kt_module *m, const tn_ktab_kernel *k, cl_kernel kernel, const kt_launch *l, const unsigned char *args)
{
    cl_uint at = 0, count = 0;
    cl_int error = clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    bool dynamic = k->flags & TN_KERNEL_USES_DYNAMIC_LOCAL;
    for (uint32_t n = 0; n < k->arg_count && error == CL_SUCCESS; n++) {
        const tn_ktab_arg *arg = tn_ktab_arg_at(m->view->kernels, k, n);
        if (arg->kind == TN_ARG_POINTER) {
            void *p;
            memcpy(&p, args + arg->offset, sizeof p);
            error = clSetKernelArgSVMPointer(kernel, at++, p);
        } else {
            error = clSetKernelArg(kernel, at++, arg->size, args + arg->offset);
        }
    }
    if (error == CL_SUCCESS && count > k->arg_count + dynamic)
        error = clSetKernelArgSVMPointer(kernel, at++, m->variables);
    if (error == CL_SUCCESS && dynamic)
        error = clSetKernelArg(kernel, at++, l->dynamic_local ? l->dynamic_local : 1, NULL);
    return error;
}

int kt_run(kt_module *m, const char *name, kt_launch l, const void *args, size_t bytes)
{
    int64_t index = tn_ktab_find_kernel(m->view->kernels, name);
    size_t local[3], global[3];
    cl_int error;
    if (index < 0)
        leave_test("kernel", name);
    if (l.count)
        leave_test("a part of the blocks of", name);
    const tn_ktab_kernel *k = tn_ktab_kernel_at(m->view->kernels, (uint32_t)index);
    if (k->args_bytes > bytes)
        broken("the argument block is too small", name, 0);
    cl_kernel kernel = clCreateKernel(m->program, tn_ktab_entry(m->view->kernels, k), &error);
    if (error == CL_SUCCESS)
        error = set_args(m, k, kernel, &l, args);
    if (error != CL_SUCCESS)
        broken("arguments", name, error);
    for (int d = 0; d < 3; d++) {
        local[d] = l.block[d];
        global[d] = (size_t)l.block[d] * l.grid[d];
    }
    int before = catch_output();
    error = clEnqueueNDRangeKernel(queue, kernel, 3, NULL, global, local, 0, NULL, NULL);
    if (error == CL_SUCCESS)
        error = clFinish(queue);
    clReleaseKernel(kernel);
    take_output(before);
    if (error != CL_SUCCESS)
        broken("launch", name, error);
    return 0;
}
