/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower.c - prepares a device module for the simulators' images: takes it from nvptx64 to the host's layout, links the
 * device library, gives mathematics its implementation, puts variables of all address spaces into one, inlines
 * everything that can be inlined, and simplifies. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/Comdat.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <string.h>

const char *tncc_callee(LLVMValueRef i)
{
    if (!LLVMIsACallInst(i))
        return NULL;
    LLVMValueRef f = LLVMGetCalledValue(i);
    size_t bytes;
    return f && LLVMIsAFunction(f) ? LLVMGetValueName2(f, &bytes) : NULL;
}

void tncc_passes(LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline)
{
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopVectorization(options, 1);
    LLVMPassBuilderOptionsSetLoopInterleaving(options, 1);
    LLVMPassBuilderOptionsSetSLPVectorization(options, 1);
    LLVMPassBuilderOptionsSetLoopUnrolling(options, 1);
#ifdef TNCC_VERIFY_EACH
    LLVMPassBuilderOptionsSetVerifyEach(options, 1);
#endif
    LLVMErrorRef error = LLVMRunPasses(module, pipeline, machine, options);
    if (error)
        tncc_fatal("internal: pass pipeline: %s", LLVMGetErrorMessage(error));
    LLVMDisposePassBuilderOptions(options);
}

static unsigned attribute_kind(const char *name)
{
    return LLVMGetEnumAttributeKindForName(name, strlen(name));
}

static LLVMAttributeRef attribute(LLVMContextRef c, const char *name)
{
    return LLVMCreateEnumAttribute(c, attribute_kind(name), 0);
}

/* ---- functions: from nvptx to the host ---- */
static void clean_function(LLVMContextRef c, LLVMValueRef f)
{
    static const char *const drop[] = {
        "target-cpu",    "target-features",        "tune-cpu", "min-legal-vector-width", "stack-protector-buffer-size",
        "frame-pointer", "uniform-work-group-size"
    };
    for (size_t k = 0; k < sizeof drop / sizeof *drop; k++)
        LLVMRemoveStringAttributeAtIndex(f, LLVMAttributeFunctionIndex, drop[k], (unsigned)strlen(drop[k]));
    if (LLVMIsDeclaration(f))
        return;
    LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute_kind("optnone"));
    LLVMSetComdat(f, NULL);
    LLVMSetFunctionCallConv(f, LLVMCCallConv);
    LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute(c, "nounwind"));
}

/* ---- the device library ---- */
/* llvm.exp.f32 and expf become tnm_expf, where the library has it. */
static const char *library_name(const char *name)
{
    char base[64];
    if (!tncc_starts(name, "llvm."))
        return tncc_format("tnm_%s", name);
    const char *from = name + 5, *dot = strchr(from, '.');
    if (!dot || (size_t)(dot - from) >= sizeof base)
        return NULL;
    memcpy(base, from, (size_t)(dot - from));
    base[dot - from] = 0;
    if (tncc_starts(dot, ".f32"))
        return tncc_format("tnm_%sf", base);
    return tncc_starts(dot, ".f64") ? tncc_format("tnm_%s", base) : NULL;
}

/* What the library defines, declared here under its own name, so that the link takes it over; NULL: it does not. */
static LLVMValueRef declare(LLVMModuleRef module, LLVMModuleRef library, const char *name)
{
    LLVMValueRef there = LLVMGetNamedFunction(library, name), here = LLVMGetNamedFunction(module, name);
    if (!there || LLVMIsDeclaration(there) || here)
        return there ? here : NULL;
    return LLVMAddFunction(module, name, LLVMGlobalGetValueType(there));
}

static void use_library_math(LLVMModuleRef module, LLVMModuleRef library)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module), next; f; f = next) {
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        next = LLVMGetNextFunction(f);
        const char *own = LLVMIsDeclaration(f) && LLVMGetFirstUse(f) ? library_name(name) : NULL;
        LLVMValueRef to = own ? declare(module, library, own) : NULL;
        if (to && LLVMGlobalGetValueType(to) == LLVMGlobalGetValueType(f))
            LLVMReplaceAllUsesWith(f, to);
    }
}

/* frem would become a call of the C library's fmod. */
static void replace_remainders(LLVMModuleRef module, LLVMModuleRef library)
{
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(LLVMGetModuleContext(module));
    struct tncc_list found = { 0 };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    if (LLVMGetInstructionOpcode(i) == LLVMFRem)
        tncc_push(&found, i);
    for (size_t n = 0; n < found.count; n++) {
        LLVMValueRef i = found.items[n], args[2] = { LLVMGetOperand(i, 0), LLVMGetOperand(i, 1) };
        bool single = LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMFloatTypeKind;
        LLVMValueRef f = declare(module, library, single ? "tnm_fmodf" : "tnm_fmod");
        if (!f || LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMVectorTypeKind)
            continue;
        LLVMPositionBuilderBefore(builder, i);
        LLVMReplaceAllUsesWith(i, LLVMBuildCall2(builder, LLVMGlobalGetValueType(f), f, args, 2, ""));
        LLVMInstructionEraseFromParent(i);
    }
    LLVMDisposeBuilder(builder);
}

/* Its own calls of mathematics are its own functions. */
static LLVMModuleRef read_library(LLVMContextRef context, const char *path)
{
    LLVMModuleRef library;
    size_t bytes;
    const void *data = tncc_read_file(path, &bytes);
    if (!data)
        tncc_fatal("the device library is missing: %s", path);
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(data, bytes, path, 0);
    if (LLVMParseBitcodeInContext2(context, buffer, &library))
        tncc_fatal("the device library %s does not parse", path);
    LLVMDisposeMemoryBuffer(buffer);
    LLVMAttributeRef service = LLVMCreateStringAttribute(context, TNCC_SERVICE_CALL, strlen(TNCC_SERVICE_CALL), "", 0);
    for (LLVMValueRef f = LLVMGetFirstFunction(library); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    if (LLVMIsACallInst(i) && !LLVMIsAFunction(LLVMGetCalledValue(i)))
        LLVMAddCallSiteAttribute(i, LLVMAttributeFunctionIndex, service);
    replace_remainders(library, library);
    use_library_math(library, library);
    return library;
}

/* Read while the front end runs; the first who wants it takes it. */
static struct {
    LLVMContextRef context;
    LLVMModuleRef library;
    const char *path;
} ahead;

void tncc_library_ahead(LLVMContextRef context, const char *path)
{
    ahead.context = context;
    ahead.library = read_library(context, path);
    ahead.path = path;
}

static LLVMModuleRef take_library(LLVMContextRef context, const char *path)
{
    LLVMModuleRef library = ahead.library;
    if (!library || ahead.context != context || strcmp(ahead.path, path))
        return read_library(context, path);
    ahead.library = NULL;
    return library;
}

/* The schedule, which is made later, calls the library for reductions at barriers and for warps. */
static bool schedule_calls(LLVMModuleRef module)
{
    static const char *const names[] = { "__tn_barrier_",   "__tn_warp_sync", "__tn_shfl_", "__tn_ballot",
                                         "__tn_activemask", "__tn_match",     "__tn_ptx_",  "__tn_mma",
                                         "__tn_ldmatrix",   "__tn_stmatrix" };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        for (size_t k = 0; k < sizeof names / sizeof *names && LLVMGetFirstUse(f); k++)
            if (tncc_starts(name, names[k]))
                return true;
    }
    return false;
}

/* Takes over what the module needs: a definition of that linkage is left out where nothing asks for it. */
static void link_needed(LLVMModuleRef module, LLVMModuleRef library)
{
    const bool schedule = schedule_calls(module);
    for (LLVMValueRef f = LLVMGetFirstFunction(library); f; f = LLVMGetNextFunction(f)) {
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        if (!LLVMIsDeclaration(f) && LLVMGetLinkage(f) == LLVMExternalLinkage &&
            (!schedule || !tncc_starts(name, "tn_rt_")))
            LLVMSetLinkage(f, LLVMLinkOnceODRLinkage);
    }
    LLVMSetTarget(library, LLVMGetTarget(module));
    LLVMSetDataLayout(library, LLVMGetDataLayoutStr(module));
    if (LLVMLinkModules2(module, library))
        tncc_fatal("the device library does not link");
}

void tncc_device_library(LLVMModuleRef module, const char *path)
{
    LLVMModuleRef library = take_library(LLVMGetModuleContext(module), path);
    replace_remainders(module, library);
    use_library_math(module, library);
    link_needed(module, library);
}

/* ---- variables: one address space ---- */
static bool is_unit_variable(const struct tncc_unit *u, const char *name)
{
    for (size_t i = 0; i < u->variable_count; i++)
        if (!strcmp(u->variables[i].name, name))
            return true;
    return false;
}

static void replace_casts(LLVMValueRef old, LLVMValueRef now)
{
    for (bool again = true; again;) {
        again = false;
        for (LLVMUseRef u = LLVMGetFirstUse(old); u && !again; u = LLVMGetNextUse(u)) {
            LLVMValueRef user = LLVMGetUser(u);
            bool cast = (LLVMIsAConstantExpr(user) && LLVMGetConstOpcode(user) == LLVMAddrSpaceCast) ||
                        LLVMIsAAddrSpaceCastInst(user);
            if (cast && LLVMTypeOf(user) == LLVMTypeOf(now) && LLVMGetFirstUse(user)) {
                LLVMReplaceAllUsesWith(user, now);
                again = true;
            }
        }
    }
    if (LLVMGetFirstUse(old))
        LLVMReplaceAllUsesWith(old, LLVMConstAddrSpaceCast(now, LLVMTypeOf(old)));
}

/* Local memory of structures is bytes: the schedule is written as text, which knows no named types. */
static LLVMTypeRef plain_type(struct tncc_unit *u, LLVMValueRef variable)
{
    LLVMTypeRef type = LLVMGlobalGetValueType(variable), inner = type;
    while (LLVMGetTypeKind(inner) == LLVMArrayTypeKind)
        inner = LLVMGetElementType(inner);
    if (LLVMGetTypeKind(inner) != LLVMStructTypeKind)
        return type;
    LLVMTargetDataRef layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(u->module));
    uint64_t size = LLVMABISizeOfType(layout, type);
    LLVMDisposeTargetData(layout);
    return LLVMArrayType2(LLVMInt8TypeInContext(LLVMGetModuleContext(u->module)), size);
}

/* Arrays of bytes are often read as something wider. Local memory without a size may be anything. */
static unsigned good_align(const struct tncc_unit *u, LLVMTypeRef type, unsigned given)
{
    LLVMTargetDataRef layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(u->module));
    uint64_t size = LLVMABISizeOfType(layout, type);
    unsigned own = LLVMABIAlignmentOfType(layout, type), align = size == 0 || size >= 16 ? 16 : size >= 8 ? 8 : 1;
    LLVMDisposeTargetData(layout);
    align = align > own ? align : own;
    return align > given ? align : given;
}

static void move_variable(struct tncc_unit *u, LLVMValueRef old)
{
    size_t bytes;
    const char *given = LLVMGetValueName2(old, &bytes), *name = tncc_copy(given, bytes);
    unsigned space = LLVMGetPointerAddressSpace(LLVMTypeOf(old));
    LLVMValueRef initial = LLVMIsDeclaration(old) ? NULL : LLVMGetInitializer(old);
    bool constant = LLVMIsGlobalConstant(old), exported = is_unit_variable(u, name) && space != 3;
    unsigned align = LLVMGetAlignment(old);
    LLVMTypeRef type = space == 3 ? plain_type(u, old) : LLVMGlobalGetValueType(old);
    LLVMSetValueName2(old, "", 0);
    LLVMValueRef now = LLVMAddGlobal(u->module, type, space == 3 ? tncc_format("%s.shared", name) : name);
    if (space == 3) {
        LLVMSetInitializer(now, LLVMIsDeclaration(old) ? LLVMConstNull(type) : LLVMGetUndef(type));
        LLVMSetLinkage(now, LLVMInternalLinkage);
        if (LLVMIsDeclaration(old)) {
            LLVMSetExternallyInitialized(now, 1); /* marks the extern one: dynamic local memory */
            LLVMSetLinkage(now, LLVMWeakAnyLinkage); /* its size is not the type's: nothing would reach into 0 bytes */
        }
    } else if (initial) {
        LLVMSetInitializer(now, initial);
        LLVMSetGlobalConstant(now, constant && !exported);
        LLVMSetLinkage(now, exported ? LLVMExternalLinkage : LLVMInternalLinkage);
        if (exported)
            LLVMSetVisibility(now, LLVMProtectedVisibility);
    }
    LLVMSetAlignment(now, good_align(u, type, align));
    replace_casts(old, now);
    LLVMDeleteGlobal(old);
}

void tncc_drop_used_lists(LLVMModuleRef module)
{
    static const char *const lists[] = { "llvm.compiler.used", "llvm.used" };
    for (int k = 0; k < 2; k++) {
        LLVMValueRef g = LLVMGetNamedGlobal(module, lists[k]);
        if (g)
            LLVMDeleteGlobal(g);
    }
}

static void move_variables(struct tncc_unit *u)
{
    struct tncc_list old = { 0 };
    tncc_drop_used_lists(u->module);
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module); g; g = LLVMGetNextGlobal(g))
        if (LLVMGetPointerAddressSpace(LLVMTypeOf(g)))
            tncc_push(&old, g);
    for (size_t n = 0; n < old.count; n++)
        move_variable(u, old.items[n]);
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module); g; g = LLVMGetNextGlobal(g))
        LLVMSetComdat(g, NULL);
}

/* ---- structures by value: the function reads them from the argument block; a copy keeps writes to itself ---- */
static void lower_byval(struct tncc_unit *u, LLVMBuilderRef builder)
{
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    for (size_t n = 0; n < u->kernel_count; n++) {
        LLVMValueRef f = u->kernels[n].function;
        for (unsigned k = 0; k < u->kernels[n].arg_count; k++) {
            LLVMAttributeRef byval = LLVMGetEnumAttributeAtIndex(f, k + 1, attribute_kind("byval"));
            const struct tncc_arg *a = &u->kernels[n].args[k];
            if (!byval)
                continue;
            LLVMTypeRef type = LLVMGetTypeAttributeValue(byval);
            LLVMValueRef param = LLVMGetParam(f, k);
            LLVMRemoveEnumAttributeAtIndex(f, k + 1, attribute_kind("byval"));
            LLVMPositionBuilderBefore(builder, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(f)));
            LLVMValueRef copy = LLVMBuildAlloca(builder, type, "");
            LLVMSetAlignment(copy, a->align);
            LLVMReplaceAllUsesWith(param, copy);
            LLVMBuildMemCpy(builder, copy, a->align, param, a->align,
                            LLVMConstInt(LLVMInt64TypeInContext(c), a->size, 0));
            LLVMAddAttributeAtIndex(f, k + 1, attribute(c, "noalias"));
            LLVMAddAttributeAtIndex(f, k + 1, attribute(c, "readonly"));
            LLVMAddAttributeAtIndex(f, k + 1, LLVMCreateStringAttribute(c, "tncc-args", 9, "", 0));
        }
    }
}

/* ---- inlining ---- */
static bool reaches(LLVMValueRef from, LLVMValueRef to, struct tncc_map *seen)
{
    EACH_BLOCK(from, b)
    EACH_INSTRUCTION(b, i)
    {
        LLVMValueRef f = LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
        if (!f || !LLVMIsAFunction(f) || LLVMIsDeclaration(f))
            continue;
        if (f == to)
            return true;
        if (tncc_get(seen, f))
            continue;
        tncc_put(seen, f, f);
        if (reaches(f, to, seen))
            return true;
    }
    return false;
}

static void choose_inlining(struct tncc_unit *u)
{
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f)) {
        bool kernel = false;
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        if (LLVMIsDeclaration(f))
            continue;
        for (size_t n = 0; n < u->kernel_count; n++)
            kernel |= u->kernels[n].function == f;
        struct tncc_map seen = { 0 };
        if (kernel) {
            LLVMSetLinkage(f, LLVMExternalLinkage);
            continue;
        }
        bool library = tncc_starts(name, "tnm_") || tncc_starts(name, "tn_rt_");
        if (!tncc_starts(name, "tn_rt_"))
            LLVMSetLinkage(f, LLVMInternalLinkage);
        if (library || reaches(f, f, &seen)) /* the library says itself what is to be inlined */
            continue;
        LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute_kind("noinline"));
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute(c, "alwaysinline"));
    }
}

/* An image for warps of one width knows it, and an index in a block is small: loops over lanes unroll, divisions become
 * shifts. */
static void fix_width(LLVMModuleRef module, unsigned width)
{
    static const char *const indices[] = { "__tn_tid_x", "__tn_tid_y", "__tn_tid_z" };
    LLVMContextRef c = LLVMGetModuleContext(module);
    LLVMTypeRef i32 = LLVMInt32TypeInContext(c);
    LLVMValueRef f = LLVMGetNamedFunction(module, "__tn_width");
    for (LLVMUseRef u = f && width > 1 ? LLVMGetFirstUse(f) : NULL, next; u; u = next) {
        LLVMValueRef call = LLVMGetUser(u);
        next = LLVMGetNextUse(u);
        if (!LLVMIsACallInst(call) || LLVMGetCalledValue(call) != f)
            continue;
        LLVMReplaceAllUsesWith(call, LLVMConstInt(i32, width, 0));
        LLVMInstructionEraseFromParent(call);
    }
    LLVMMetadataRef bounds[2] = { LLVMValueAsMetadata(LLVMConstNull(i32)),
                                  LLVMValueAsMetadata(LLVMConstInt(i32, 1u << 16, 0)) };
    LLVMValueRef range = LLVMMetadataAsValue(c, LLVMMDNodeInContext2(c, bounds, 2));
    for (size_t k = 0; k < sizeof indices / sizeof *indices; k++) {
        f = LLVMGetNamedFunction(module, indices[k]);
        for (LLVMUseRef u = f ? LLVMGetFirstUse(f) : NULL; u; u = LLVMGetNextUse(u))
            if (LLVMIsACallInst(LLVMGetUser(u)) && LLVMGetCalledValue(LLVMGetUser(u)) == f)
                LLVMSetMetadata(LLVMGetUser(u), LLVMGetMDKindIDInContext(c, "range", 5), range);
    }
}

static const char simplify[] =
    "always-inline,globaldce,function(sroa,early-cse,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm),simplifycfg,instcombine<no-verify-fixpoint>,loop(indvars,loop-deletion,loop-unroll-"
    "full),"
    "sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,adce,loop-simplify,"
    "simplifycfg<no-switch-to-lookup>,loop-simplify),cgscc(function-attrs)";

/* What makes numbers of local memory's addresses, or the reverse. */
static const char *const local_by_number[] = { "__tn_local_offset", "__tn_local_address", "__tn_local_or_any" };

bool tncc_lower(const struct tncc_options *o, struct tncc_unit *u, LLVMTargetMachineRef machine, unsigned width)
{
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(c);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
    char *triple = LLVMGetTargetMachineTriple(machine), *text = LLVMCopyStringRepOfTargetData(layout);
    LLVMSetTarget(u->module, triple);
    LLVMSetDataLayout(u->module, text);
    LLVMDisposeMessage(text);
    LLVMDisposeMessage(triple);
    LLVMDisposeTargetData(layout);
    tncc_lower_assembly(u->module, width);
    for (size_t n = 0; n < u->kernel_count; n++)
        for (size_t k = 0; k < sizeof local_by_number / sizeof *local_by_number; k++)
            u->kernels[n].local_addressed |= tncc_kernel_calls(u, &u->kernels[n], local_by_number[k]);
    if (o->trap_division)
        tncc_trap_divisions(u->module);
    const bool arm = tncc_starts(LLVMGetTarget(u->module), "aarch64");
    tncc_device_library(u->module, tncc_format("%s/device/tenon%s.bc", o->resources, arm ? "-aarch64" : ""));
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f))
        clean_function(c, f);
    move_variables(u);
    lower_byval(u, builder);
    fix_width(u->module, width);
    tncc_define_operations(u->module);
    tncc_keep_dots(u->module);
    tncc_round_halves(u->module);
    choose_inlining(u);
    LLVMDisposeBuilder(builder);
    tncc_passes(u->module, machine, simplify);
    tncc_mark_misaligned(u->module);
    tncc_outline(u);
    return true;
}

void tncc_expect(LLVMValueRef branch, unsigned first, unsigned second)
{
    LLVMContextRef c = LLVMGetTypeContext(LLVMTypeOf(LLVMGetCondition(branch)));
    LLVMTypeRef type = LLVMInt32TypeInContext(c);
    LLVMMetadataRef parts[3] = { LLVMMDStringInContext2(c, "branch_weights", 14),
                                 LLVMValueAsMetadata(LLVMConstInt(type, first, 0)),
                                 LLVMValueAsMetadata(LLVMConstInt(type, second, 0)) };
    LLVMSetMetadata(branch, LLVMGetMDKindIDInContext(c, "prof", 4),
                    LLVMMetadataAsValue(c, LLVMMDNodeInContext2(c, parts, 3)));
}

bool tncc_is_unexpected(LLVMValueRef branch, unsigned successor)
{
    LLVMContextRef c = LLVMGetTypeContext(LLVMTypeOf(LLVMGetCondition(branch)));
    LLVMValueRef prof = LLVMGetMetadata(branch, LLVMGetMDKindIDInContext(c, "prof", 4)), parts[3];
    if (!prof || LLVMGetMDNodeNumOperands(prof) != 3)
        return false;
    LLVMGetMDNodeOperands(prof, parts);
    uint64_t one = LLVMConstIntGetZExtValue(parts[1 + successor]),
             other = LLVMConstIntGetZExtValue(parts[2 - successor]);
    return one * 100 < other;
}
