/* SPDX-License-Identifier: Apache-2.0 */
/* module.c - modules: OpenCL C source built for one device, the hidden buffer of its variables, and its kernels. How
 * the parameters of a printed kernel stand is said in tools/tenoncc/opencl_c.h; here they are counted. */
#include "drivers/opencl/internal.h"

#include <stdio.h>
#include <string.h>

static const char *table_text(const tn_ktab *table, uint32_t at)
{
    return (const char *)table + table->strings_at + at;
}

static const tn_ktab_kernel *kernel_at(const tn_ktab *t, uint32_t i)
{
    return (const void *)((const char *)t + t->kernels_at + (size_t)i * t->kernel_bytes);
}

static const tn_ktab_arg *arg_at(const tn_ktab *t, uint32_t i)
{
    return (const void *)((const char *)t + t->args_at + (size_t)i * t->arg_bytes);
}

static const tn_ktab_variable *variable_at(const tn_ktab *t, uint32_t i)
{
    return (const void *)((const char *)t + t->variables_at + (size_t)i * t->variable_bytes);
}

uint32_t ocl_image_score(tn_driver_device *device, const tn_driver_image *image, const char **why)
{
    (void)device;
    if (image->kind != TN_IMAGE_OPENCL_C) {
        *why = "the OpenCL driver takes OpenCL C source only";
        return 0;
    }
    if (image->width > 1) {
        *why = "the OpenCL C source assumes a warp width, and OpenCL 1.2 has no warps";
        return 0;
    }
    return 100;
}

/* The first line of the log that says what is wrong, for the message; the log as a whole is the vendor's text. */
static void first_error(const char *log, char *out, size_t room)
{
    const char *line = strstr(log, "error");
    while (line && line > log && line[-1] != '\n')
        line--;
    line = line ? line : log;
    snprintf(out, room, "%.*s", (int)strcspn(line, "\n"), line);
}

static tn_status build_failed(tn_driver_device *d, cl_program program, cl_int code)
{
    size_t bytes = 0;
    char line[200] = "";
    ocl_cl.GetProgramBuildInfo(program, d->found->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    char *log = ocl_host->alloc(bytes + 1);
    if (log) {
        ocl_cl.GetProgramBuildInfo(program, d->found->device, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
        first_error(log, line, sizeof line);
        ocl_host->log_line(TN_LOG_ERROR, "opencl: build log of %s:\n%s", d->found->info.name, log);
    }
    tn_status status = ocl_fail(code, __FILE__, __LINE__, log, "%s does not build the module's OpenCL C (%s)",
                                d->found->info.name, *line ? line : "it gives no log");
    ocl_host->free(log);
    return status;
}

static tn_status build(tn_driver_device *d, const tn_driver_image *image, cl_program *out)
{
    const char *text = image->data;
    size_t bytes = strnlen(text, image->bytes);
    cl_int e;
    cl_program program = ocl_cl.CreateProgramWithSource(d->context, 1, &text, &bytes, &e);
    if (!program)
        return OCL_FAIL(e, "clCreateProgramWithSource failed");
    char options[160];
    snprintf(options, sizeof options, "-cl-std=CL1.2 -w -DTN_MAX_THREADS=%u%s%s", d->found->info.max_threads,
             d->rounds_correctly ? " -cl-fp32-correctly-rounded-divide-sqrt" : "",
             d->found->tier == OCL_BUFFERS ? " -DTN_BUFFERS" : "");
    e = ocl_cl.BuildProgram(program, 1, &d->found->device, options, NULL, NULL);
    if (e != CL_SUCCESS) {
        tn_status status = build_failed(d, program, e);
        ocl_cl.ReleaseProgram(program);
        return status;
    }
    *out = program;
    return TN_OK;
}

static tn_status load_variables(tn_driver_module *m)
{
    const tn_ktab *t = m->table;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < t->variable_count; i++) {
        const tn_ktab_variable *v = variable_at(t, i);
        bytes = v->offset + v->bytes > bytes ? v->offset + v->bytes : bytes;
    }
    if (!bytes)
        return TN_OK;
    tn_status status = ocl_pool_alloc(&m->device->memory, bytes, &m->variables);
    if (status == TN_OK)
        status = ocl_device_write(m->device, m->variables, NULL, bytes);
    for (uint32_t i = 0; status == TN_OK && i < t->variable_count; i++) {
        const tn_ktab_variable *v = variable_at(t, i);
        if (v->init_at)
            status = ocl_device_write(m->device, m->variables + v->offset, (const char *)t + v->init_at, v->bytes);
    }
    return status;
}

/* What the device lacks for this kernel; the rest of the module works without it. */
static const char *lacking(const tn_driver_module *m, const tn_ktab_kernel *k)
{
    uint32_t has = m->device->found->info.flags;
    if ((k->flags & TN_KERNEL_USES_FP64) && !(has & TN_DEVICE_FP64))
        return "uses double precision";
    if ((k->flags & TN_KERNEL_USES_ATOMIC_64) && !(has & TN_DEVICE_ATOMIC_64))
        return "uses 64-bit atomics";
    if ((k->flags & TN_KERNEL_INDIRECT_POINTERS) && !(has & TN_DEVICE_INDIRECT))
        return "follows pointers that it loads from memory, which takes shared virtual memory or device addresses";
    return NULL;
}

/* How many parameters the table leads to, without the hidden buffer: plain buffers take two for a pointer. */
static uint32_t parameters(const tn_driver_kernel *k, bool buffers)
{
    uint32_t n = k->entry->arg_count + !!(k->entry->flags & TN_KERNEL_USES_DYNAMIC_LOCAL);
    for (uint32_t i = 0; buffers && i < k->entry->arg_count; i++)
        n += k->args[i].kind == TN_ARG_POINTER;
    return n;
}

/* Looks at one kernel of the table: that it is there, and which hidden parameters it takes. */
static tn_status load_kernel(tn_driver_module *m, uint32_t index)
{
    tn_driver_kernel *k = &m->kernels[index];
    bool buffers = m->device->found->tier == OCL_BUFFERS;
    cl_uint count = 0;
    cl_int e;
    k->module = m;
    k->entry = kernel_at(m->table, index);
    k->args = k->entry->arg_count ? arg_at(m->table, k->entry->arg_first) : NULL;
    k->name = table_text(m->table, k->entry->name);
    k->symbol = k->entry->entry ? table_text(m->table, k->entry->entry) : k->name;
    k->refusal = lacking(m, k->entry);
    if (k->refusal)
        return TN_OK;
    cl_kernel kernel = ocl_cl.CreateKernel(m->program, k->symbol, &e);
    if (!kernel)
        return OCL_FAIL(e, "the module's OpenCL C has no kernel %s", k->symbol);
    size_t threads = 0;
    e = ocl_cl.GetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    ocl_cl.GetKernelWorkGroupInfo(kernel, m->device->found->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof threads, &threads,
                                  NULL);
    ocl_cl.ReleaseKernel(kernel);
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "clGetKernelInfo failed for kernel %s", k->name);
    k->max_threads = (uint32_t)threads;
    uint32_t known = parameters(k, buffers), hidden = buffers ? 2 : 1;
    if (count != known && count != known + hidden)
        return TN_FAIL(ocl_host, TN_BAD_BUNDLE, "kernel %s takes %u parameters and its table says %u", k->name, count,
                       known);
    k->has_variables = count == known + hidden;
    if (k->has_variables && !m->variables)
        return TN_FAIL(ocl_host, TN_BAD_BUNDLE, "kernel %s takes the module's variables and the table lists none",
                       k->name);
    return TN_OK;
}

tn_status ocl_module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out)
{
    tn_driver_module *m = ocl_host->alloc(sizeof *m);
    if (!m)
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for a module");
    m->device = device;
    m->table = image->table;
    m->kernels = ocl_host->alloc(sizeof *m->kernels * (image->table->kernel_count + 1));
    tn_status status = m->kernels ? build(device, image, &m->program)
                                  : TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for a module's kernels");
    if (status == TN_OK)
        status = load_variables(m);
    for (uint32_t i = 0; status == TN_OK && m->kernels && i < image->table->kernel_count; i++) {
        status = load_kernel(m, i);
        m->kernel_count += status == TN_OK;
    }
    if (status != TN_OK) {
        ocl_module_unload(m);
        return status;
    }
    *out = m;
    return TN_OK;
}

void ocl_module_unload(tn_driver_module *m)
{
    for (uint32_t i = 0; i < m->kernel_count; i++)
        ocl_kernel_drop(&m->kernels[i]);
    if (m->program)
        ocl_cl.ReleaseProgram(m->program);
    if (m->variables)
        ocl_pool_free(&m->device->memory, m->variables);
    ocl_host->free(m->kernels);
    ocl_host->free(m);
}

tn_status ocl_module_kernel(tn_driver_module *m, uint32_t table_index, tn_driver_kernel **out)
{
    if (table_index >= m->kernel_count)
        return TN_FAIL(ocl_host, TN_NOT_FOUND, "the module has %u kernels; number %u was asked for", m->kernel_count,
                       table_index);
    tn_driver_kernel *k = &m->kernels[table_index];
    if (k->refusal)
        return TN_FAIL(ocl_host, TN_UNSUPPORTED, "kernel %s %s; %s cannot do that", k->name, k->refusal,
                       m->device->found->info.name);
    *out = k;
    return TN_OK;
}

tn_status ocl_module_variable(tn_driver_module *m, uint32_t table_index, tn_address *out, uint64_t *out_bytes)
{
    if (table_index >= m->table->variable_count)
        return TN_FAIL(ocl_host, TN_NOT_FOUND, "the module has %u variables; number %u was asked for",
                       m->table->variable_count, table_index);
    const tn_ktab_variable *v = variable_at(m->table, table_index);
    *out = m->variables + v->offset;
    *out_bytes = v->bytes;
    return TN_OK;
}
