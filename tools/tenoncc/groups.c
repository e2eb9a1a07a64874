/* SPDX-License-Identifier: Apache-2.0 */
/*
 * groups.c - optimises and generates code of an image's kernels in groups, each in a process of its own, so that a file of a thousand
 * kernels takes as little memory as one of eight, and as many processors as -j allows. The groups do not depend on -j, so neither
 * do the bytes. Calls LLVM-C and jobs.c.
 */
#include <string.h>

#include "tools/tenoncc/transform.h"

#define GROUP 8 /* kernels */

struct work {
    struct tncc_unit *unit;
    LLVMTargetMachineRef machine;
    const char *pipeline;
    size_t groups;
};

static size_t count_kernels(const struct tncc_unit *u)
{
    size_t count = 0;
    for (size_t n = 0; n < u->kernel_count; n++)
        count += !u->kernels[n].refusal;
    return count;
}

/* What kernels share and change must be there once. Functions that stay functions may be compared by address: then there is one
 * group. */
static void share_variables(LLVMModuleRef module)
{
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g; g = LLVMGetNextGlobal(g)) {
        const LLVMLinkage linkage = LLVMGetLinkage(g);
        if (LLVMIsDeclaration(g) || LLVMIsGlobalConstant(g) || tncc_shared_index(module, g) >= 0 ||
            (linkage != LLVMInternalLinkage && linkage != LLVMPrivateLinkage))
            continue;
        LLVMSetLinkage(g, LLVMExternalLinkage);
        LLVMSetVisibility(g, LLVMHiddenVisibility);
    }
}

/* The first group has the variables and tables. */
static void leave_variables_out(LLVMModuleRef module)
{
    for (LLVMValueRef g = LLVMGetFirstGlobal(module), next; g; g = next) {
        next = LLVMGetNextGlobal(g);
        if (LLVMIsDeclaration(g) || LLVMGetLinkage(g) != LLVMExternalLinkage)
            continue;
        if (!LLVMGetFirstUse(g)) {
            LLVMDeleteGlobal(g);
            continue;
        }
        LLVMSetInitializer(g, NULL);
        LLVMSetVisibility(g, LLVMHiddenVisibility); /* here: not through a table of addresses */
    }
}

static void keep_group(const struct tncc_unit *u, size_t group)
{
    size_t number = 0;
    for (size_t n = 0; n < u->kernel_count; n++) {
        if (u->kernels[n].refusal || number++ / GROUP == group)
            continue;
        LLVMValueRef f = LLVMGetNamedFunction(u->module, u->kernels[n].name);
        if (f && LLVMGetFirstUse(f))
            LLVMSetLinkage(f, LLVMInternalLinkage);
        else if (f)
            LLVMDeleteFunction(f);
    }
    if (group)
        leave_variables_out(u->module);
}

static int make_group(void *context, size_t index, struct tncc_text *out)
{
    const struct work *w = context;
    LLVMMemoryBufferRef object;
    char *why = NULL;
    if (w->groups > 1)
        keep_group(w->unit, index);
    tncc_passes(w->unit->module, w->machine, w->pipeline);
    tncc_phase("sim: code");
    if (LLVMTargetMachineEmitToMemoryBuffer(w->machine, w->unit->module, LLVMObjectFile, &why, &object))
        tncc_fatal("code generation: %s", why);
    tncc_add_bytes(out, LLVMGetBufferStart(object), LLVMGetBufferSize(object));
    LLVMDisposeMemoryBuffer(object);
    return 0;
}

bool tncc_code(const struct tncc_options *o, struct tncc_unit *u, LLVMTargetMachineRef machine, const char *pipeline,
               struct tncc_text **out_objects, size_t *out_count)
{
    const size_t kernels = count_kernels(u);
    const bool one = o->after || o->save_temps || u->outlined.count || kernels < 2 * GROUP;
    struct work w = { u, machine, pipeline, one ? 1 : (kernels + GROUP - 1) / GROUP };
    struct tncc_text *objects = tncc_alloc(w.groups * sizeof *objects);
    if (w.groups > 1)
        share_variables(u->module);
    int status = w.groups > 1 ? tncc_jobs_apart(o->jobs ? o->jobs : 1, w.groups, make_group, &w, objects)
                              : make_group(&w, 0, objects);
    *out_objects = objects;
    *out_count = w.groups;
    return !status;
}
