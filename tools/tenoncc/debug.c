/* SPDX-License-Identifier: Apache-2.0 */
/*
 * debug.c - line tables for the functions that the transform makes (-g). Each gets a subprogram of its own, and the
 * places of the kernel's instructions stand in it as if inlined. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

struct tncc_debug {
    LLVMContextRef context;
    LLVMDIBuilderRef builder;
    LLVMMetadataRef unit, type;
    struct tncc_map files; /* kernel -> its source as the front end names it: one name for one file */
};

struct tncc_debug *tncc_debug_open(const struct tncc_unit *u)
{
    struct tncc_debug *d = tncc_alloc(sizeof *d);
    d->context = LLVMGetModuleContext(u->module);
    d->builder = LLVMCreateDIBuilder(u->module);
    const char *file = u->kernel_count && u->kernels[0].file ? u->kernels[0].file : "kernels.cu";
    LLVMMetadataRef f = LLVMDIBuilderCreateFile(d->builder, file, strlen(file), ".", 1);
    d->unit = LLVMDIBuilderCreateCompileUnit(d->builder, LLVMDWARFSourceLanguageC_plus_plus_14, f, "tenoncc", 7, 1, "",
                                             0, 0, "", 0, LLVMDWARFEmissionLineTablesOnly, 0, 0, 0, "", 0, "", 0);
    d->type = LLVMDIBuilderCreateSubroutineType(d->builder, f, NULL, 0, LLVMDIFlagZero);
    for (size_t n = 0; n < u->kernel_count; n++) {
        LLVMMetadataRef program = u->kernels[n].function ? LLVMGetSubprogram(u->kernels[n].function) : NULL;
        if (program && LLVMDIScopeGetFile(program))
            tncc_put(&d->files, &u->kernels[n], LLVMDIScopeGetFile(program));
    }
    return d;
}

void tncc_debug_close(struct tncc_debug *d)
{
    LLVMDIBuilderFinalize(d->builder);
    LLVMDisposeDIBuilder(d->builder);
}

/* Makes a function one with lines; returns the place "the kernel itself" in it. */
LLVMMetadataRef tncc_debug_function(struct tncc_debug *d, LLVMValueRef f, const struct tncc_kernel *k)
{
    size_t bytes;
    const char *name = LLVMGetValueName2(f, &bytes), *file = k->file ? k->file : "kernels.cu";
    LLVMMetadataRef in = tncc_get(&d->files, k);
    if (!in)
        in = LLVMDIBuilderCreateFile(d->builder, file, strlen(file), ".", 1);
    LLVMMetadataRef sub = LLVMDIBuilderCreateFunction(d->builder, in, name, bytes, name, bytes, in, k->line, d->type, 1,
                                                      1, k->line, LLVMDIFlagZero, 1);
    LLVMSetSubprogram(f, sub);
    return LLVMDIBuilderCreateDebugLocation(d->context, k->line, 0, sub, NULL);
}

/* A place of the source, as inlined at `at`. */
static LLVMMetadataRef place(struct tncc_debug *d, LLVMMetadataRef old, LLVMMetadataRef at, struct tncc_map *done)
{
    LLVMMetadataRef made = tncc_get(done, old);
    if (made)
        return made;
    LLVMMetadataRef outer = LLVMDILocationGetInlinedAt(old);
    made = LLVMDIBuilderCreateDebugLocation(d->context, LLVMDILocationGetLine(old), LLVMDILocationGetColumn(old),
                                            LLVMDILocationGetScope(old), outer ? place(d, outer, at, done) : at);
    tncc_put(done, old, made);
    return made;
}

/* Moves the places of all instructions of a function that was copied from a kernel. */
void tncc_debug_copied(struct tncc_debug *d, LLVMValueRef f, const struct tncc_kernel *k)
{
    struct tncc_map done = { 0 };
    LLVMMetadataRef at = tncc_debug_function(d, f, k);
    unsigned loop = LLVMGetMDKindIDInContext(d->context, "llvm.loop", 9);
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    {
        LLVMMetadataRef old = LLVMInstructionGetDebugLoc(i);
        if (LLVMIsATerminatorInst(i))
            LLVMSetMetadata(i, loop, NULL); /* it names places of the kernel, too */
        if (old)
            LLVMInstructionSetDebugLoc(i, place(d, old, at, &done));
        else if (LLVMIsACallInst(i))
            LLVMInstructionSetDebugLoc(i, at);
    }
}

static bool place_calls(struct tncc_debug *d, LLVMValueRef f, const struct tncc_kernel *k)
{
    if (!f || LLVMIsDeclaration(f))
        return false;
    LLVMMetadataRef at = tncc_debug_function(d, f, k);
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    if (LLVMIsACallInst(i))
        LLVMInstructionSetDebugLoc(i, at);
    return true;
}

/* The functions of the schedule: their calls stand at the kernel's line. */
void tncc_debug_schedule(struct tncc_debug *d, LLVMModuleRef module, const struct tncc_kernel *k)
{
    static const char *const parts[] = { "blocks", "whole", "slow", "wide.blocks" };
    static const char *const rows[] = { "rows", "whole.rows", "wide.rows" };
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        place_calls(d, LLVMGetNamedFunction(module, tncc_format("%s.%s", k->name, parts[p])), k);
    for (size_t p = 0; p < sizeof rows / sizeof *rows; p++)
        for (int r = 0; place_calls(d, LLVMGetNamedFunction(module, tncc_format("%s.%s.%d", k->name, rows[p], r)), k);)
            r++;
}
