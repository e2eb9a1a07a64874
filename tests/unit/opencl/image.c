/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - see image.h. */
#include "tests/unit/opencl/image.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint32_t add_text(char *strings, uint32_t *at, const char *text)
{
    uint32_t here = *at;
    memcpy(strings + here, text, strlen(text) + 1);
    *at += (uint32_t)strlen(text) + 1;
    return here;
}

static const tncc_opencl_kernel *find(const tncc_opencl_result *r, const char *name)
{
    for (size_t i = 0; i < r->kernel_count; i++)
        if (!strcmp(r->kernels[i].name, name) && !r->kernels[i].refusal)
            return &r->kernels[i];
    ck_abort_msg("no printed kernel %s", name);
    return NULL;
}

tn_ktab *image_table(const tncc_opencl_result *r, const image_kernel *kernels, uint32_t count)
{
    uint32_t args = 0, at = 1, first = 0;
    uint64_t data = 0;
    for (uint32_t k = 0; k < count; k++)
        args += (uint32_t)strlen(kernels[k].args);
    for (size_t i = 0; i < r->variable_count; i++)
        data += r->variables[i].bytes;
    size_t head = sizeof(tn_ktab) + count * sizeof(tn_ktab_kernel) + args * sizeof(tn_ktab_arg)
                  + r->variable_count * sizeof(tn_ktab_variable), strings_room = 4096 + 64 * r->variable_count;
    char *bytes = calloc(1, head + strings_room + data);
    tn_ktab *t = (tn_ktab *)bytes;
    memcpy(t->magic, TN_KTAB_MAGIC, sizeof t->magic);
    t->header_bytes = sizeof *t;
    t->kernel_count = count, t->kernel_bytes = sizeof(tn_ktab_kernel);
    t->arg_count = args, t->arg_bytes = sizeof(tn_ktab_arg);
    t->variable_count = (uint32_t)r->variable_count, t->variable_bytes = sizeof(tn_ktab_variable);
    t->kernels_at = sizeof *t;
    t->args_at = t->kernels_at + count * t->kernel_bytes;
    t->variables_at = t->args_at + args * t->arg_bytes;
    t->strings_at = (uint32_t)head;
    char *strings = bytes + head;
    for (uint32_t k = 0; k < count; k++) {
        const tncc_opencl_kernel *from = find(r, kernels[k].name);
        tn_ktab_kernel *to = (tn_ktab_kernel *)(bytes + t->kernels_at) + k;
        *to = (tn_ktab_kernel){ .name = add_text(strings, &at, from->name),
                                .entry = add_text(strings, &at, from->entry),
                                .flags = from->flags,
                                .arg_first = first,
                                .arg_count = (uint32_t)strlen(kernels[k].args),
                                .static_local_bytes = from->static_local_bytes,
                                .local_align = from->local_align,
                                .args_align = 8 };
        for (uint32_t a = 0; a < to->arg_count; a++, first++) {
            uint32_t size = kernels[k].args[a] == 'i' ? 4 : 8;
            uint32_t offset = (to->args_bytes + size - 1) / size * size;
            ((tn_ktab_arg *)(bytes + t->args_at))[first] =
                (tn_ktab_arg){ .offset = offset,
                               .size = size,
                               .align = size,
                               .kind = kernels[k].args[a] == 'p' ? TN_ARG_POINTER : TN_ARG_VALUE,
                               .space = TN_SPACE_GLOBAL };
            to->args_bytes = offset + size;
        }
    }
    uint64_t place = head + strings_room;
    for (size_t i = 0; i < r->variable_count; i++) {
        const tncc_opencl_variable *from = &r->variables[i];
        tn_ktab_variable *to = (tn_ktab_variable *)(bytes + t->variables_at) + i;
        *to = (tn_ktab_variable){ .name = add_text(strings, &at, from->name),
                                  .flags = from->flags,
                                  .bytes = from->bytes,
                                  .offset = from->offset,
                                  .align = from->align };
        if (from->init) {
            to->init_at = place;
            memcpy(bytes + place, from->init, from->bytes);
            place += from->bytes;
        }
    }
    ck_assert_uint_le(at, strings_room);
    t->strings_bytes = (uint32_t)strings_room;
    t->total_bytes = (uint32_t)place;
    return t;
}
