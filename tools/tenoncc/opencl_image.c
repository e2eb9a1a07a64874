/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_image.c - the OpenCL C image: hands the module to the printer of opencl_c.h and takes over what it says about
 * each kernel and variable.
 */
#include <string.h>

#include "tools/tenoncc/opencl_c.h"
#include "tools/tenoncc/transform.h"

static void take_kernel(struct tncc_kernel *k, const tncc_opencl_kernel *from)
{
    k->entry = from->entry ? tncc_copy(from->entry, strlen(from->entry)) : NULL;
    k->flags = from->flags;
    k->static_local = from->static_local_bytes;
    k->local_align = from->local_align;
    if (!from->refusal)
        return;
    k->refusal = tncc_copy(from->refusal, strlen(from->refusal));
    k->refusal_file = from->file ? tncc_copy(from->file, strlen(from->file)) : k->file;
    k->refusal_line = from->file ? from->line : k->line;
}

static void take_variables(struct tncc_unit *u, const tncc_opencl_result *r)
{
    u->variables = tncc_alloc((r->variable_count + 1) * sizeof *u->variables);
    u->variable_count = r->variable_count;
    for (size_t i = 0; i < r->variable_count; i++) {
        const tncc_opencl_variable *v = &r->variables[i];
        u->variables[i] = (struct tncc_variable){ .name = tncc_copy(v->name, strlen(v->name)),
                                                  .flags = v->flags,
                                                  .align = v->align,
                                                  .bytes = v->bytes,
                                                  .offset = v->offset };
        if (v->init)
            u->variables[i].init = (const unsigned char *)tncc_copy((const char *)v->init, v->bytes);
    }
}

bool tncc_opencl_image(const struct tncc_options *o, struct tncc_unit *u, struct tncc_image *out)
{
    const tncc_opencl_options options = { .keep_going = 1, /* refusals are reported here, all of them */
                                          .assembly = tncc_asm_reason };
    tncc_opencl_result result;
    bool good = false;
    tncc_lower_assembly(u->module, 32); /* the width of the printer's warps */
    tncc_define_operations(u->module);
    int failed = tncc_opencl_c_emit(u->module, &options, &result);
    out->kind = TN_IMAGE_OPENCL_C;
    out->target = "cl1.2";
    out->features = "";
    out->width = 0;
    for (size_t i = 0; i < result.kernel_count; i++)
        for (size_t k = 0; k < u->kernel_count; k++)
            if (!strcmp(u->kernels[k].name, result.kernels[i].name))
                take_kernel(&u->kernels[k], &result.kernels[i]);
    unsigned refused = tncc_report_refusals(o, u, "opencl-c");
    if (result.error)
        tncc_error(NULL, 0, "target opencl-c: %s", result.error);
    else if (failed || !result.text)
        good = false;
    else if (!refused || o->keep_going) {
        take_variables(u, &result);
        out->data = tncc_copy(result.text, result.text_bytes);
        out->bytes = result.text_bytes + 1;
        tncc_ktab(u, &out->ktab, &out->ktab_bytes);
        good = true;
    }
    tncc_opencl_c_release(&result);
    return good;
}
