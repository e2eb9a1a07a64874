/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amdgcn.c - the AMDGPU code objects: takes the front end's module from nvptx64 to amdgcn, links the device library for
 * AMD, optimises with LLVM's AMDGPU back end, links with ld.lld-19 and checks the file (amdgcn_check.c). Code object
 * version 4, which ROCm since 4.1 and Hygon's DTK load; no hidden arguments. Nothing that this makes has run on a chip.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Comdat.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tenoncc/amdgcn.h"

enum { SPACE_GLOBAL = 1, SPACE_LOCAL = 3, SPACE_CONSTANT = 4, LOCAL_MAX = 65536 };

/* Chips with waves of 64 lanes and flat addresses that LLVM 19 knows. */
static const char *const chips[] = { "gfx906", "gfx908", "gfx90a", "gfx942" };

bool tncc_amdgcn_chip(const char *name)
{
    for (size_t k = 0; k < sizeof chips / sizeof *chips; k++)
        if (!strcmp(name, chips[k]))
            return true;
    return false;
}

const char *tncc_amdgcn_chips(void)
{
    struct tncc_text t = { 0 };
    for (size_t k = 0; k < sizeof chips / sizeof *chips; k++)
        tncc_add(&t, "%s%s", k ? ", " : "", chips[k]);
    return t.data;
}

static unsigned attribute_kind(const char *name)
{
    return LLVMGetEnumAttributeKindForName(name, strlen(name));
}

static void add_attribute(LLVMValueRef f, unsigned index, const char *name, uint64_t value)
{
    LLVMContextRef c = LLVMGetModuleContext(LLVMGetGlobalParent(f));
    LLVMAddAttributeAtIndex(f, index, LLVMCreateEnumAttribute(c, attribute_kind(name), value));
}

static void add_text_attribute(LLVMValueRef f, const char *name, const char *value)
{
    LLVMContextRef c = LLVMGetModuleContext(LLVMGetGlobalParent(f));
    LLVMAddAttributeAtIndex(
        f, LLVMAttributeFunctionIndex,
        LLVMCreateStringAttribute(c, name, (unsigned)strlen(name), value, (unsigned)strlen(value)));
}

/* ---- what this target does not have ---- */
static const char *feature_of(const char *callee)
{
    static const struct {
        const char *callee, *feature;
    } known[] = {
        { "__tn_print", "printf" },         { "__tn_malloc", "malloc" },   { "__tn_free", "free" },
        { "__tn_assert", "assert" },        { "__tn_timer", "the timer in nanoseconds" },
        { "__tn_grid_wait", "the barrier of the grid" },
        { "__tn_local_offset", "an address of local memory in 32 bits" },
        { "__tn_local_address", "an address of local memory in 32 bits" },
        { "__tn_local_or_any", "an address of local memory in 32 bits" },
        { "__tn_carry", "a carry in inline PTX" },
        { "__tn_set_carry", "a carry in inline PTX" },
        { "_Znwm", "operator new" },        { "_Znam", "operator new[]" }, { "_ZdlPv", "operator delete" },
        { "_ZdaPv", "operator delete[]" },  { "_ZdlPvm", "operator delete" }, { "_ZdaPvm", "operator delete[]" },
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (!strcmp(callee, known[k].callee))
            return known[k].feature;
    return tncc_starts(callee, "__tn_") ? callee : NULL;
}

static void check_call(struct tncc_kernel *k, LLVMValueRef i)
{
    if (LLVMIsAInlineAsm(LLVMGetCalledValue(i))) {
        tncc_refuse(k, i, "%s", tncc_asm_reason(LLVMGetCalledValue(i)));
        return;
    }
    const char *name = tncc_callee(i);
    if (!name)
        return;
    if (tncc_starts(name, "__tn_barrier"))
        k->flags |= TN_KERNEL_USES_BARRIER;
    if (!strcmp(name, "__tn_width") || !strcmp(name, "__tn_lane") || tncc_starts(name, "__tn_shfl") ||
        !strcmp(name, "__tn_ballot") || !strcmp(name, "__tn_activemask") || !strcmp(name, "__tn_match"))
        k->flags |= TN_KERNEL_USES_WARP;
    if (!LLVMIsDeclaration(LLVMGetCalledValue(i)) || (tncc_starts(name, "llvm.") && !tncc_starts(name, "llvm.nvvm.")))
        return;
    if (feature_of(name))
        tncc_refuse(k, i, "%s is not supported on this target", feature_of(name));
    else
        tncc_refuse(k, i, "it calls %s, which none of the sources defines", name);
}

/* What a kernel has in local memory; too much would be an error of the back end without a line. */
static void note_local(struct tncc_kernel *k, LLVMValueRef i, LLVMTargetDataRef layout, struct tncc_map *seen)
{
    for (int n = 0; n < LLVMGetNumOperands(i); n++) {
        LLVMValueRef g = LLVMGetOperand(i, (unsigned)n);
        while (LLVMIsAConstantExpr(g))
            g = LLVMGetOperand(g, 0);
        if (!LLVMIsAGlobalVariable(g) || LLVMGetPointerAddressSpace(LLVMTypeOf(g)) != SPACE_LOCAL || tncc_get(seen, g))
            continue;
        tncc_put(seen, g, g);
        if (LLVMIsDeclaration(g))
            k->flags |= TN_KERNEL_USES_DYNAMIC_LOCAL;
        else
            k->static_local += (uint32_t)LLVMABISizeOfType(layout, LLVMGlobalGetValueType(g));
        if (k->static_local > LOCAL_MAX)
            tncc_refuse(k, i, "it has %u bytes of local memory at least; these chips have %d", k->static_local,
                        LOCAL_MAX);
    }
}

static void note_flags(struct tncc_kernel *k, LLVMValueRef i)
{
    LLVMTypeRef type = LLVMTypeOf(i);
    if (LLVMGetTypeKind(type) == LLVMDoubleTypeKind)
        k->flags |= TN_KERNEL_USES_FP64;
    if (LLVMGetTypeKind(type) == LLVMHalfTypeKind)
        k->flags |= TN_KERNEL_USES_FP16;
    if (LLVMIsAAtomicRMWInst(i) && LLVMGetTypeKind(type) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(type) == 64)
        k->flags |= TN_KERNEL_USES_ATOMIC_64;
}

static void check_kernel(struct tncc_unit *u, struct tncc_kernel *k, LLVMTargetDataRef layout)
{
    struct tncc_list functions = { 0 };
    struct tncc_map seen = { 0 };
    tncc_reachable(u, k->function, &functions);
    for (size_t n = 0; n < functions.count; n++) {
        size_t bytes;
        if (tncc_starts(LLVMGetValueName2(functions.items[n], &bytes), "tnm_"))
            continue;
        EACH_BLOCK(functions.items[n], b)
        EACH_INSTRUCTION(b, i)
        {
            note_flags(k, i);
            note_local(k, i, layout, &seen);
            if (LLVMIsACallInst(i))
                check_call(k, i);
        }
    }
}

/* ---- functions ---- */
/* A structure by value is the address of one; the callee copies it. */
static void lower_byval(LLVMValueRef f, LLVMBuilderRef builder, LLVMTargetDataRef layout)
{
    LLVMContextRef c = LLVMGetModuleContext(LLVMGetGlobalParent(f));
    for (unsigned k = 0; k < LLVMCountParams(f); k++) {
        LLVMAttributeRef byval = LLVMGetEnumAttributeAtIndex(f, k + 1, attribute_kind("byval"));
        if (!byval)
            continue;
        LLVMTypeRef type = LLVMGetTypeAttributeValue(byval);
        LLVMAttributeRef aligned = LLVMGetEnumAttributeAtIndex(f, k + 1, attribute_kind("align"));
        unsigned align = aligned ? (unsigned)LLVMGetEnumAttributeValue(aligned) : LLVMABIAlignmentOfType(layout, type);
        LLVMRemoveEnumAttributeAtIndex(f, k + 1, attribute_kind("byval"));
        if (LLVMIsDeclaration(f))
            continue;
        LLVMValueRef param = LLVMGetParam(f, k);
        LLVMPositionBuilderBefore(builder, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(f)));
        LLVMValueRef copy = LLVMBuildAlloca(builder, type, "");
        LLVMSetAlignment(copy, align);
        LLVMValueRef generic = LLVMBuildAddrSpaceCast(builder, copy, LLVMTypeOf(param), "");
        LLVMReplaceAllUsesWith(param, generic);
        LLVMBuildMemCpy(builder, generic, align, param, align,
                        LLVMConstInt(LLVMInt64TypeInContext(c), LLVMABISizeOfType(layout, type), 0));
    }
}

/* nvptx64 has private memory at generic addresses; here it has a space of its own. */
static void lower_body(LLVMValueRef f, LLVMBuilderRef builder)
{
    struct tncc_list allocas = { 0 }, lifetimes = { 0 };
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    {
        const char *name = tncc_callee(i);
        if (LLVMIsAAllocaInst(i) && !LLVMGetPointerAddressSpace(LLVMTypeOf(i)))
            tncc_push(&allocas, i);
        else if (name && tncc_starts(name, "llvm.lifetime."))
            tncc_push(&lifetimes, i);
        else if (LLVMIsACallInst(i))
            for (unsigned k = 0; k < LLVMGetNumArgOperands(i); k++)
                LLVMRemoveCallSiteEnumAttribute(i, k + 1, attribute_kind("byval"));
    }
    for (size_t n = 0; n < lifetimes.count; n++)
        LLVMInstructionEraseFromParent(lifetimes.items[n]);
    for (size_t n = 0; n < allocas.count; n++) {
        LLVMValueRef old = allocas.items[n];
        LLVMPositionBuilderBefore(builder, old);
        LLVMValueRef now = LLVMBuildArrayAlloca(builder, LLVMGetAllocatedType(old), LLVMGetOperand(old, 0), "");
        LLVMSetAlignment(now, LLVMGetAlignment(old));
        LLVMReplaceAllUsesWith(old, LLVMBuildAddrSpaceCast(builder, now, LLVMTypeOf(old), ""));
        LLVMInstructionEraseFromParent(old);
    }
}

static void clean_function(LLVMValueRef f, const char *chip)
{
    static const char *const drop[] = { "target-cpu",          "target-features",         "tune-cpu",
                                        "amdgpu-waves-per-eu", "uniform-work-group-size", "stack-protector-buffer-size" };
    for (size_t k = 0; k < sizeof drop / sizeof *drop; k++)
        LLVMRemoveStringAttributeAtIndex(f, LLVMAttributeFunctionIndex, drop[k], (unsigned)strlen(drop[k]));
    if (LLVMIsDeclaration(f))
        return;
    LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute_kind("optnone"));
    LLVMSetComdat(f, NULL);
    LLVMSetLinkage(f, LLVMInternalLinkage);
    LLVMSetVisibility(f, LLVMDefaultVisibility);
    LLVMSetFunctionCallConv(f, LLVMCCallConv);
    add_attribute(f, LLVMAttributeFunctionIndex, "nounwind", 0);
    add_text_attribute(f, "target-cpu", chip);
}

/* ---- variables: none may be at generic addresses ---- */
static void move_variable(LLVMModuleRef module, LLVMValueRef old)
{
    size_t bytes;
    const char *given = LLVMGetValueName2(old, &bytes), *name = tncc_copy(given, bytes);
    LLVMSetValueName2(old, "", 0);
    LLVMValueRef now = LLVMAddGlobalInAddressSpace(module, LLVMGlobalGetValueType(old), name,
                                                   LLVMIsGlobalConstant(old) ? SPACE_CONSTANT : SPACE_GLOBAL);
    if (!LLVMIsDeclaration(old))
        LLVMSetInitializer(now, LLVMGetInitializer(old));
    LLVMSetGlobalConstant(now, LLVMIsGlobalConstant(old));
    LLVMSetLinkage(now, LLVMIsDeclaration(old) ? LLVMExternalLinkage : LLVMInternalLinkage);
    LLVMSetAlignment(now, LLVMGetAlignment(old));
    LLVMReplaceAllUsesWith(old, LLVMConstAddrSpaceCast(now, LLVMTypeOf(old)));
    LLVMDeleteGlobal(old);
}

static void lower_variables(struct tncc_unit *u)
{
    struct tncc_list generic = { 0 };
    tncc_drop_used_lists(u->module);
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module); g; g = LLVMGetNextGlobal(g)) {
        LLVMSetComdat(g, NULL);
        if (!LLVMGetPointerAddressSpace(LLVMTypeOf(g)))
            tncc_push(&generic, g);
        else if (!LLVMIsDeclaration(g)) { /* the host finds those of the table by name, and nothing else */
            LLVMSetVisibility(g, LLVMDefaultVisibility);
            LLVMSetLinkage(g, LLVMInternalLinkage);
        }
    }
    for (size_t n = 0; n < u->variable_count; n++) {
        LLVMValueRef g = LLVMGetNamedGlobal(u->module, u->variables[n].name);
        if (!g || u->variables[n].flags & TN_VARIABLE_HIDDEN)
            continue;
        LLVMSetLinkage(g, LLVMExternalLinkage);
        LLVMSetVisibility(g, LLVMProtectedVisibility);
        LLVMSetExternallyInitialized(g, 1);
    }
    for (size_t n = 0; n < generic.count; n++)
        move_variable(u->module, generic.items[n]);
}

/* ---- kernels: an entry in the kernel calling convention around the function ---- */
static LLVMTypeRef *entry_types(const struct tncc_kernel *k)
{
    LLVMContextRef c = LLVMGetModuleContext(LLVMGetGlobalParent(k->function));
    LLVMTypeRef *types = tncc_alloc((k->arg_count + 1) * sizeof *types);
    for (unsigned i = 0; i < k->arg_count; i++) {
        types[i] = LLVMTypeOf(LLVMGetParam(k->function, i));
        if (LLVMGetTypeKind(types[i]) == LLVMPointerTypeKind)
            types[i] = LLVMPointerTypeInContext(c, k->args[i].by_address ? SPACE_CONSTANT : SPACE_GLOBAL);
    }
    return types;
}

static void entry_attributes(LLVMValueRef entry, const struct tncc_kernel *k, LLVMTypeRef *by_value, const char *chip)
{
    static const char *const keep[] = { "noalias", "zeroext", "signext" };
    LLVMContextRef c = LLVMGetModuleContext(LLVMGetGlobalParent(entry));
    LLVMSetFunctionCallConv(entry, LLVMAMDGPUKERNELCallConv);
    LLVMSetVisibility(entry, LLVMProtectedVisibility);
    add_attribute(entry, LLVMAttributeFunctionIndex, "nounwind", 0);
    add_attribute(entry, LLVMAttributeFunctionIndex, "convergent", 0);
    add_attribute(entry, LLVMAttributeFunctionIndex, "norecurse", 0);
    add_text_attribute(entry, "target-cpu", chip);
    add_text_attribute(entry, "uniform-work-group-size", "true");
    add_text_attribute(entry, "amdgpu-implicitarg-num-bytes", "0");
    add_text_attribute(entry, "amdgpu-flat-work-group-size",
                       tncc_format("1,%u", k->max_threads ? k->max_threads : 1024));
    for (unsigned i = 0; i < k->arg_count; i++) {
        for (size_t n = 0; n < sizeof keep / sizeof *keep; n++)
            if (!by_value[i] && LLVMGetEnumAttributeAtIndex(k->function, i + 1, attribute_kind(keep[n])))
                add_attribute(entry, i + 1, keep[n], 0);
        if (!by_value[i])
            continue;
        LLVMAddAttributeAtIndex(entry, i + 1, LLVMCreateTypeAttribute(c, attribute_kind("byref"), by_value[i]));
        add_attribute(entry, i + 1, "align", k->args[i].align);
    }
}

static void wrap_kernel(struct tncc_unit *u, struct tncc_kernel *k, LLVMTypeRef *by_value, LLVMBuilderRef builder,
                        const char *chip)
{
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    LLVMValueRef body = k->function, *args = tncc_alloc((k->arg_count + 1) * sizeof *args);
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(c), entry_types(k), k->arg_count, 0);
    LLVMSetValueName2(body, tncc_format("%s.body", k->name), strlen(k->name) + 5);
    LLVMRemoveEnumAttributeAtIndex(body, LLVMAttributeFunctionIndex, attribute_kind("noinline"));
    add_attribute(body, LLVMAttributeFunctionIndex, "alwaysinline", 0);
    LLVMValueRef entry = LLVMAddFunction(u->module, k->name, type);
    entry_attributes(entry, k, by_value, chip);
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(c, entry, "entry"));
    for (unsigned i = 0; i < k->arg_count; i++) {
        size_t bytes;
        const char *name = LLVMGetValueName2(LLVMGetParam(body, i), &bytes);
        args[i] = LLVMGetParam(entry, i);
        LLVMSetValueName2(args[i], tncc_copy(name, bytes), bytes);
        if (LLVMGetTypeKind(LLVMTypeOf(args[i])) == LLVMPointerTypeKind)
            args[i] = LLVMBuildAddrSpaceCast(builder, args[i], LLVMTypeOf(LLVMGetParam(body, i)), "");
    }
    LLVMBuildCall2(builder, LLVMGlobalGetValueType(body), body, args, k->arg_count, "");
    LLVMBuildRetVoid(builder);
    k->function = entry;
}

static void lower_kernels(struct tncc_unit *u, LLVMBuilderRef builder, LLVMTargetDataRef layout, const char *chip)
{
    LLVMTypeRef **by_value = tncc_alloc((u->kernel_count + 1) * sizeof *by_value);
    for (size_t n = 0; n < u->kernel_count; n++) {
        struct tncc_kernel *k = &u->kernels[n];
        by_value[n] = tncc_alloc((k->arg_count + 1) * sizeof *by_value[n]);
        for (unsigned i = 0; i < k->arg_count && !k->refusal; i++) {
            LLVMAttributeRef byval = LLVMGetEnumAttributeAtIndex(k->function, i + 1, attribute_kind("byval"));
            by_value[n][i] = byval ? LLVMGetTypeAttributeValue(byval) : NULL;
        }
    }
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f)) {
        lower_byval(f, builder, layout);
        lower_body(f, builder);
    }
    for (size_t n = 0; n < u->kernel_count; n++)
        if (!u->kernels[n].refusal)
            wrap_kernel(u, &u->kernels[n], by_value[n], builder, chip);
}

/* ---- the code object ---- */
static LLVMTargetMachineRef make_machine(const char *chip)
{
    LLVMTargetRef target;
    char *why = NULL;
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTarget();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUAsmPrinter();
    if (LLVMGetTargetFromTriple("amdgcn-amd-amdhsa", &target, &why))
        tncc_fatal("no AMDGPU code generator: %s", why);
    return LLVMCreateTargetMachine(target, "amdgcn-amd-amdhsa", chip, "", LLVMCodeGenLevelAggressive, LLVMRelocPIC,
                                   LLVMCodeModelDefault);
}

/* The back end's complaints, too much local memory for one. */
static void take_diagnostic(LLVMDiagnosticInfoRef info, void *chip)
{
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
        return;
    char *text = LLVMGetDiagInfoDescription(info);
    tncc_error(NULL, 0, "target amdgcn:%s: %s", (const char *)chip, text);
    LLVMDisposeMessage(text);
}

static bool link_object(const struct tncc_options *o, const char *chip, const char *object, struct tncc_image *image)
{
    const char *out = tncc_temp(tncc_format("%s.hsaco", chip));
    const char *const argv[] = { getenv("TENONCC_LLD") ? getenv("TENONCC_LLD") : "ld.lld-19",
                                 "-shared",
                                 "-o",
                                 out,
                                 object,
                                 "--no-undefined",
                                 "--build-id=none",
                                 o->debug_info ? "-O1" : "--strip-debug",
                                 NULL };
    if (tncc_run(argv, o->verbose)) {
        tncc_error(NULL, 0, "the code object for %s does not link", chip);
        return false;
    }
    image->data = tncc_read_file(out, &image->bytes);
    if (!image->data)
        tncc_fatal("can't read %s", out);
    return true;
}

static bool emit(const struct tncc_options *o, struct tncc_unit *u, LLVMTargetMachineRef machine, const char *chip,
                 struct tncc_image *image)
{
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    LLVMDiagnosticHandler handler = LLVMContextGetDiagnosticHandler(c);
    void *handler_data = LLVMContextGetDiagnosticContext(c);
    const char *object = tncc_temp(tncc_format("%s.o", chip));
    const unsigned before = tncc_errors;
    char *why = NULL;
    if (LLVMVerifyModule(u->module, LLVMReturnStatusAction, &why))
        tncc_fatal("internal: the module for %s is wrong: %s", chip, why);
    LLVMContextSetDiagnosticHandler(c, take_diagnostic, (void *)(uintptr_t)chip);
    tncc_passes(u->module, machine, "always-inline,globaldce,default<O3>");
    if (o->save_temps && o->out)
        LLVMPrintModuleToFile(u->module, tncc_format("%s.%s.ll", o->out, chip), &why);
    bool failed = LLVMTargetMachineEmitToFile(machine, u->module, object, LLVMObjectFile, &why);
    LLVMContextSetDiagnosticHandler(c, handler, handler_data);
    if (tncc_errors != before)
        return false;
    if (failed)
        tncc_fatal("code for %s: %s", chip, why);
    return link_object(o, chip, object, image);
}

bool tncc_amdgcn_image(const struct tncc_options *o, struct tncc_unit *u, struct tncc_image *image)
{
    const char *chip = o->chip, *why;
    LLVMTargetMachineRef machine = make_machine(chip);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(LLVMGetModuleContext(u->module));
    char *text = LLVMCopyStringRepOfTargetData(layout);
    bool good = false;
    image->kind = TN_IMAGE_AMDGPU;
    image->width = 64;
    image->target = chip;
    image->features = "";
    tncc_passes(u->module, NULL, "always-inline"); /* so that what is refused stands in the source's line */
    LLVMSetTarget(u->module, "amdgcn-amd-amdhsa");
    LLVMSetDataLayout(u->module, text);
    LLVMDisposeMessage(text);
    tncc_lower_assembly(u->module, 64);
    tncc_define_operations(u->module);
    tncc_device_library(u->module, tncc_format("%s/device/tenon-amdgcn.bc", o->resources));
    for (size_t n = 0; n < u->kernel_count; n++)
        check_kernel(u, &u->kernels[n], layout);
    const unsigned refused = tncc_report_refusals(o, u, tncc_format("amdgcn:%s", chip));
    if (!refused || o->keep_going) {
        for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f))
            clean_function(f, chip);
        lower_variables(u);
        if (o->debug_info)
            tncc_passes(u->module, machine, "strip-nonlinetable-debuginfo");
        else
            LLVMStripModuleDebugInfo(u->module);
        lower_kernels(u, builder, layout, chip);
        good = refused == u->kernel_count || emit(o, u, machine, chip, image);
    }
    if (good && refused != u->kernel_count && (why = tncc_amdgcn_check(u, image->data, image->bytes)))
        tncc_fatal("internal: the code object for %s: %s", chip, why);
    if (good)
        tncc_ktab(u, &image->ktab, &image->ktab_bytes);
    LLVMDisposeBuilder(builder);
    LLVMDisposeTargetData(layout);
    LLVMDisposeTargetMachine(machine);
    return good;
}
