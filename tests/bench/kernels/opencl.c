/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the OpenCL C kernels on an OpenCL platform, with OpenCL's own API. May include OpenCL's headers. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle.h"
#include "tests/bench/kernels/suite.h"

typedef struct opencl {
    const char *sources;
    const char *bundles; /* NULL: hand-written */
    tn_bundle *bundle;   /* of the family: its OpenCL C image */
    const tn_bundle_view *image;
    cl_mem variables; /* the printed text's hidden buffer */
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

/* Variables and constants of the module, from the kernel table. */
static bool make_variables(peer *self)
{
    opencl *o = self->state;
    const tn_ktab *t = o->image->kernels;
    unsigned char *all;
    uint64_t bytes = 256;
    cl_int status;
    for (uint32_t i = 0; i < t->variable_count; i++) {
        const tn_ktab_variable *v = tn_ktab_variable_at(t, i);
        bytes = v->offset + v->bytes > bytes ? v->offset + v->bytes : bytes;
    }
    all = calloc(1, bytes);
    if (!all)
        return !failed(self, CL_OUT_OF_HOST_MEMORY, "variables");
    for (uint32_t i = 0; i < t->variable_count; i++) {
        const tn_ktab_variable *v = tn_ktab_variable_at(t, i);
        if (v->init_at)
            memcpy(all + v->offset, (const char *)t + v->init_at, v->bytes);
    }
    o->variables = clCreateBuffer(o->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes, all, &status);
    free(all);
    return !failed(self, status, "variables");
}

/* The text of FAMILY-opencl.tnb; NULL with `why`. */
static char *printed_text(peer *self, const char *path, size_t *out_bytes)
{
    opencl *o = self->state;
    if (o->bundle)
        tn_bundle_close(o->bundle);
    if (o->variables)
        clReleaseMemObject(o->variables);
    o->bundle = NULL;
    o->image = NULL;
    o->variables = NULL;
    if (tn_bundle_open_file(path, &o->bundle, self->why, sizeof self->why))
        return NULL;
    for (uint32_t i = 0; i < tn_bundle_image_count(o->bundle); i++)
        if (tn_bundle_image_at(o->bundle, i)->kind == TN_IMAGE_OPENCL_C)
            o->image = tn_bundle_image_at(o->bundle, i);
    if (!o->image || !make_variables(self)) {
        snprintf(self->why, sizeof self->why, "%.400s has no OpenCL C that can be used", path);
        return NULL;
    }
    *out_bytes = strlen(o->image->data);
    return strdup(o->image->data);
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
    if (o->bundles)
        snprintf(path, sizeof path, "%s/%s-opencl.tnb", o->bundles, family->name);
    else
        snprintf(path, sizeof path, "%s/%s.cl", o->sources, family->name);
    char *text = o->bundles ? printed_text(self, path, &bytes) : file_text(path, &bytes);
    if (!text) {
        if (!o->bundles)
            snprintf(self->why, sizeof self->why, "%.400s can't be read", path);
        return false;
    }
    o->program = clCreateProgramWithSource(o->context, 1, (const char **)&text, &bytes, &status);
    free(text);
    if (failed(self, status, "making a program"))
        return false;
    const char *options = o->bundles ? "-cl-std=CL1.2 -w -DTN_MAX_THREADS=1024" : "";
    if (!failed(self, clBuildProgram(o->program, 1, &o->device, options, NULL, NULL), path))
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

/* The printed text has names of its own, and may take the hidden buffer behind the other arguments. */
static bool make_kernel(peer *self, const launch *l, cl_kernel *out)
{
    opencl *o = self->state;
    const char *entry = l->entry;
    cl_int status = CL_SUCCESS;
    cl_uint count = 0;
    if (o->bundles) {
        int64_t at = tn_ktab_find_kernel(o->image->kernels, entry);
        if (at < 0) {
            snprintf(self->why, sizeof self->why, "tenoncc can't print %s as OpenCL C", entry);
            return false;
        }
        entry = tn_ktab_entry(o->image->kernels, tn_ktab_kernel_at(o->image->kernels, (uint32_t)at));
    }
    *out = clCreateKernel(o->program, entry, &status);
    if (failed(self, status, entry))
        return false;
    status = clGetKernelInfo(*out, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    if (status == CL_SUCCESS && count > strlen(l->args))
        status = clSetKernelArg(*out, (cl_uint)strlen(l->args), sizeof o->variables, &o->variables);
    return !failed(self, status, entry);
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
        if (!make_kernel(self, l, &o->kernels[i]))
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
    if (o->variables)
        clReleaseMemObject(o->variables);
    if (o->bundle)
        tn_bundle_close(o->bundle);
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

peer *opencl_start(const char *platform, const char *name, const char *sources, const char *bundles)
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
    o->bundles = bundles;
    o->device = device;
    snprintf(o->about, sizeof o->about, "%s on %s %s", bundles ? "CUDA C++ printed as OpenCL C" : "OpenCL C", platform,
             version);
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
