/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptx.c - the PTX image, for sm_70 and newer: the front end's module with the device library for NVIDIA, optimised and
 * printed by LLVM's own NVPTX back end. What the driver's assembler makes of it is tested only where CUDA is present.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/DebugInfo.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <string.h>

/* What a kernel reaches that this target does not have. */
static void check_kernel(struct tncc_unit *u, struct tncc_kernel *k)
{
    struct tncc_list functions = { 0 };
    tncc_reachable(u, k->function, &functions);
    for (size_t n = 0; n < functions.count; n++)
        EACH_BLOCK(functions.items[n], b)
    EACH_INSTRUCTION(b, i)
    {
        const char *name = tncc_callee(i);
        if (!name || !LLVMIsDeclaration(LLVMGetCalledValue(i)) || tncc_starts(name, "llvm."))
            continue;
        if (!strcmp(name, "__tn_print"))
            tncc_refuse(k, i, "printf is not supported on this target");
        else if (strcmp(name, "malloc") && strcmp(name, "free") && strcmp(name, "__assertfail"))
            tncc_refuse(k, i, "it calls %s, which none of the sources defines", name);
    }
}

/* The first version of PTX that knows the chip. */
static const char *ptx_version(unsigned arch)
{
    return arch < 80 ? "+ptx63" : arch < 86 ? "+ptx70" : arch < 87 ? "+ptx71" : arch < 89 ? "+ptx74" : "+ptx78";
}

static LLVMTargetMachineRef make_machine(unsigned arch)
{
    LLVMTargetRef target;
    char *why = NULL;
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    if (LLVMGetTargetFromTriple("nvptx64-nvidia-cuda", &target, &why))
        tncc_fatal("no PTX code generator: %s", why);
    return LLVMCreateTargetMachine(target, "nvptx64-nvidia-cuda", tncc_format("sm_%u", arch), ptx_version(arch),
                                   LLVMCodeGenLevelAggressive, LLVMRelocDefault, LLVMCodeModelDefault);
}

/* -ftz, -prec-div, -prec-sqrt: attributes of functions, an option of the code generator's, another intrinsic. */
static void choose_precision(const struct tncc_options *o, struct tncc_unit *u)
{
    static const char *const argv[] = { "tenoncc", "-nvptx-prec-divf32=1" };
    static bool told;
    LLVMValueRef exact = LLVMGetNamedFunction(u->module, "llvm.sqrt.f32");
    if (o->fast_div && !told)
        LLVMParseCommandLineOptions(2, argv, NULL);
    told = true;
    if (o->fast_sqrt && exact)
        LLVMReplaceAllUsesWith(
            exact, LLVMAddFunction(u->module, o->ftz ? "llvm.nvvm.sqrt.approx.ftz.f" : "llvm.nvvm.sqrt.approx.f",
                                   LLVMGlobalGetValueType(exact)));
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); o->ftz && f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMAddTargetDependentFunctionAttr(f, "denormal-fp-math-f32", "preserve-sign,preserve-sign");
}

/* LLVM 19 writes loads and stores of memory in order without that order only: fences stand around them instead. */
static void order_accesses(struct tncc_unit *u, LLVMBuilderRef b)
{
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(LLVMGetModuleContext(u->module)), NULL, 0, 0);
    LLVMValueRef fence = NULL;
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, block)
    EACH_INSTRUCTION(block, i)
    {
        const bool load = LLVMIsALoadInst(i), store = LLVMIsAStoreInst(i);
        LLVMAtomicOrdering order = load || store ? LLVMGetOrdering(i) : LLVMAtomicOrderingNotAtomic;
        if (order <= LLVMAtomicOrderingMonotonic)
            continue;
        if (!fence && !(fence = LLVMGetNamedFunction(u->module, "llvm.nvvm.membar.sys")))
            fence = LLVMAddFunction(u->module, "llvm.nvvm.membar.sys", type);
        LLVMSetOrdering(i, LLVMAtomicOrderingMonotonic);
        LLVMPositionBuilderBefore(b, i);
        if (store || order == LLVMAtomicOrderingSequentiallyConsistent)
            LLVMBuildCall2(b, type, fence, NULL, 0, "");
        LLVMPositionBuilderBefore(b, LLVMGetNextInstruction(i));
        if (load || order == LLVMAtomicOrderingSequentiallyConsistent)
            LLVMBuildCall2(b, type, fence, NULL, 0, "");
    }
}

static void keep_refused_out(struct tncc_unit *u)
{
    for (size_t n = 0; n < u->kernel_count; n++)
        if (u->kernels[n].refusal) {
            LLVMReplaceAllUsesWith(u->kernels[n].function, LLVMGetPoison(LLVMTypeOf(u->kernels[n].function)));
            LLVMDeleteFunction(u->kernels[n].function);
        }
}

bool tncc_ptx_image(const struct tncc_options *o, struct tncc_unit *u, struct tncc_image *image)
{
    LLVMTargetMachineRef machine = make_machine(o->arch ? o->arch : 70);
    LLVMMemoryBufferRef text;
    char *why = NULL;
    tncc_device_library(u->module, tncc_format("%s/device/tenon-ptx.bc", o->resources));
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f)) {
        bool kernel = false;
        for (size_t n = 0; n < u->kernel_count; n++)
            kernel |= u->kernels[n].function == f;
        if (!kernel && !LLVMIsDeclaration(f))
            LLVMSetLinkage(f, LLVMInternalLinkage);
    }
    for (size_t n = 0; n < u->kernel_count; n++)
        check_kernel(u, &u->kernels[n]);
    if (tncc_report_refusals(o, u, "ptx") && !o->keep_going)
        return false;
    keep_refused_out(u);
    if (!o->debug_info)
        LLVMStripModuleDebugInfo(u->module);
    choose_precision(o, u);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(LLVMGetModuleContext(u->module));
    order_accesses(u, builder);
    LLVMDisposeBuilder(builder);
    tncc_passes(u->module, machine, "always-inline,default<O3>");
    if (LLVMTargetMachineEmitToMemoryBuffer(machine, u->module, LLVMAssemblyFile, &why, &text))
        tncc_fatal("PTX: %s", why);
    image->kind = TN_IMAGE_PTX;
    image->width = 32;
    image->target = tncc_format("sm_%u", o->arch ? o->arch : 70);
    image->features = "";
    image->bytes = LLVMGetBufferSize(text) + 1;
    image->data = tncc_copy(LLVMGetBufferStart(text), image->bytes - 1);
    tncc_ktab(u, &image->ktab, &image->ktab_bytes);
    LLVMDisposeMemoryBuffer(text);
    LLVMDisposeTargetMachine(machine);
    return true;
}
