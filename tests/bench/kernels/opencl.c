/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the OpenCL C kernels on an OpenCL platform, with OpenCL's own API. May include OpenCL's headers. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/kernels/suite.h"

typedef struct opencl {
    const char *sources;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    const struct family *family; /* that `program` is of */
    cl_program program;
    cl_kernel kernels[MAX_LAUNCHES];
    cl_mem buffers[MAX_BUFFERS];
    char about[192];
    peer self;
} opencl;

static bool failed(peer *self, cl_int status, const char *what)
{
    if (status == CL_SUCCESS)
        return false;
    snprintf(self->why, sizeof self->why, "%.400s: OpenCL error %d", what, status);
    return true;
}

static char *file_text(const char *path, size_t *out_bytes)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        text = size > 0 ? malloc((size_t)size) : NULL;
        *out_bytes = text ? fread(text, 1, (size_t)size, file) : 0;
    }
    fclose(file);
    return text;
}

static bool build_family(peer *self, const struct family *family)
{
    opencl *o = self->state;
    char path[4096];
    size_t bytes = 0;
    cl_int status = CL_SUCCESS;
    if (o->family == family)
        return o->program != NULL;
    if (o->program)
        clReleaseProgram(o->program);
    o->program = NULL;
    o->family = family;
    snprintf(path, sizeof path, "%s/%s.cl", o->sources, family->name);
    char *text = file_text(path, &bytes);
    if (!text) {
        snprintf(self->why, sizeof self->why, "%.400s can't be read", path);
        return false;
    }
    o->program = clCreateProgramWithSource(o->context, 1, (const char **)&text, &bytes, &status);
    free(text);
    if (failed(self, status, "making a program"))
        return false;
    if (!failed(self, clBuildProgram(o->program, 1, &o->device, "", NULL, NULL), path))
        return true;
    static char log[16384];
    if (clGetProgramBuildInfo(o->program, o->device, CL_PROGRAM_BUILD_LOG, sizeof log, log, NULL) == CL_SUCCESS)
        fprintf(stderr, "bench-kernels: %s: %s\n%s\n", self->name, path, log);
    clReleaseProgram(o->program);
    o->program = NULL;
    return false;
}

static void opencl_close(peer *self, const problem *p)
{
    opencl *o = self->state;
    for (unsigned i = 0; i < p->launches; i++)
        if (o->kernels[i])
            clReleaseKernel(o->kernels[i]);
    for (unsigned i = 0; i < p->buffers; i++)
        if (o->buffers[i])
            clReleaseMemObject(o->buffers[i]);
    memset(o->kernels, 0, sizeof o->kernels);
    memset(o->buffers, 0, sizeof o->buffers);
}

static cl_int set_arg(opencl *o, const work *w, const uint32_t *p, const uint32_t *q, cl_kernel kernel, cl_uint index,
                      char letter)
{
    switch (letter) {
    case 'n':
        return clSetKernelArg(kernel, index, sizeof w->n, &w->n);
    case 'm':
        return clSetKernelArg(kernel, index, sizeof w->m, &w->m);
    case 'k':
        return clSetKernelArg(kernel, index, sizeof w->k, &w->k);
    case 'f':
        return clSetKernelArg(kernel, index, sizeof w->f, &w->f);
    case 'g':
        return clSetKernelArg(kernel, index, sizeof w->g, &w->g);
    case 'p':
        return clSetKernelArg(kernel, index, sizeof *p, p);
    case 'q':
        return clSetKernelArg(kernel, index, sizeof *q, q);
    default:
        return clSetKernelArg(kernel, index, sizeof(cl_mem), &o->buffers[letter - 'A']);
    }
}

static bool opencl_open(peer *self, const struct family *family, const problem *p)
{
    opencl *o = self->state;
    cl_int status = CL_SUCCESS;
    if (!build_family(self, family))
        return false;
    for (unsigned i = 0; i < p->buffers; i++) {
        o->buffers[i] =
            clCreateBuffer(o->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, p->bytes[i], NULL, &status);
        if (failed(self, status, "memory") ||
            failed(self,
                   clEnqueueWriteBuffer(o->queue, o->buffers[i], CL_TRUE, 0, p->bytes[i], p->work.at[i], 0, NULL, NULL),
                   "writing a buffer"))
            goto fail;
    }
    for (unsigned i = 0; i < p->launches; i++) {
        const launch *l = &p->kernel->launches[i];
        o->kernels[i] = clCreateKernel(o->program, l->entry, &status);
        if (failed(self, status, l->entry))
            goto fail;
        for (cl_uint j = 0; l->args[j]; j++)
            if (failed(self, set_arg(o, &p->work, &p->work.n, &p->work.n, o->kernels[i], j, l->args[j]), l->entry))
                goto fail;
    }
    return true;
fail:
    opencl_close(self, p);
    return false;
}

static bool opencl_reset(peer *self, const problem *p)
{
    opencl *o = self->state;
    for (unsigned i = 0; i < p->buffers; i++)
        if (needs_reset(&p->kernel->buffers[i]) &&
            failed(self,
                   clEnqueueWriteBuffer(o->queue, o->buffers[i], CL_TRUE, 0, p->bytes[i], p->work.at[i], 0, NULL, NULL),
                   "writing a buffer"))
            return false;
    return true;
}

static bool launch_all(peer *self, const problem *pr, const uint32_t *p, const uint32_t *q)
{
    opencl *o = self->state;
    const work *w = &pr->work;
    for (unsigned i = 0; i < pr->launches; i++) {
        const launch *l = &pr->kernel->launches[i];
        size_t local[3], global[3];
        for (unsigned d = 0; d < 3; d++) {
            local[d] = l->block[d] ? l->block[d] : 1;
            global[d] = local[d] * extent_value(&l->grid[d], w);
        }
        for (cl_uint j = 0; l->args[j]; j++)
            if ((l->args[j] == 'p' || l->args[j] == 'q') &&
                failed(self, set_arg(o, w, p, q, o->kernels[i], j, l->args[j]), l->entry))
                return false;
        if (failed(self, clEnqueueNDRangeKernel(o->queue, o->kernels[i], 3, NULL, global, local, 0, NULL, NULL),
                   l->entry))
            return false;
    }
    return true;
}

static bool opencl_run(peer *self, const problem *pr)
{
    opencl *o = self->state;
    uint32_t p = 0, q = 0;
    if (!pr->kernel->step) {
        if (!launch_all(self, pr, &p, &q))
            return false;
    } else {
        for (uint32_t i = 0; pr->kernel->step(&pr->work, i, &p, &q); i++)
            if (!launch_all(self, pr, &p, &q))
                return false;
    }
    return !failed(self, clFinish(o->queue), "waiting");
}

static bool opencl_read(peer *self, const problem *p, unsigned i, void *to)
{
    opencl *o = self->state;
    return !failed(self, clEnqueueReadBuffer(o->queue, o->buffers[i], CL_TRUE, 0, p->bytes[i], to, 0, NULL, NULL),
                   "reading a buffer");
}

static void opencl_stop(peer *self)
{
    opencl *o = self->state;
    if (o->program)
        clReleaseProgram(o->program);
    clReleaseCommandQueue(o->queue);
    clReleaseContext(o->context);
    free(o);
}

static cl_device_id find_device(const char *platform, char *version, size_t capacity)
{
    cl_platform_id platforms[16];
    cl_uint count = 0;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS)
        return NULL;
    for (cl_uint i = 0; i < count && i < 16; i++) {
        char name[256] = "", device_name[256] = "";
        cl_device_id device = NULL;
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof name, name, NULL);
        if (!strstr(name, platform) || clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_CPU, 1, &device, NULL) != CL_SUCCESS)
            continue;
        clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof device_name, device_name, NULL);
        if (strstr(device_name, "FPGA"))
            continue;
        clGetDeviceInfo(device, CL_DRIVER_VERSION, capacity, version, NULL);
        return device;
    }
    return NULL;
}

peer *opencl_start(const char *platform, const char *name, const char *sources)
{
    char version[96] = "";
    cl_int status = CL_SUCCESS;
    cl_device_id device = find_device(platform, version, sizeof version);
    if (!device)
        return NULL;
    opencl *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->self = (peer){ .name = name,
                      .about = o->about,
                      .open = opencl_open,
                      .reset = opencl_reset,
                      .run = opencl_run,
                      .read = opencl_read,
                      .close = opencl_close,
                      .stop = opencl_stop,
                      .state = o };
    o->sources = sources;
    o->device = device;
    snprintf(o->about, sizeof o->about, "OpenCL C on %s %s", platform, version);
    o->context = clCreateContext(NULL, 1, &device, NULL, NULL, &status);
    if (status == CL_SUCCESS)
        o->queue = clCreateCommandQueue(o->context, device, 0, &status);
    if (status != CL_SUCCESS) {
        fprintf(stderr, "bench-kernels: %s: OpenCL error %d\n", platform, status);
        free(o);
        return NULL;
    }
    return &o->self;
}
