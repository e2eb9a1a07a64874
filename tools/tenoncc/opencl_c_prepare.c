/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_prepare.c - makes the front end's module printable: kernels found, printf made variadic again, all calls
 * inlined, vectors taken apart, switches lowered. Changes the module; owns nothing afterwards.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <string.h>

/* Everything is inlined first: OpenCL C has no generic pointers to pass. infer-address-spaces wants a target machine
 * to know which space is the flat one. Between the two halves loops are looked at. Those with a known small trip are unrolled here
 * because the source's unroll pragmas do not survive in the text, and PoCL is up to four times as fast; not those that decide
 * something in each round. lower-switch comes late because simplifycfg makes switches again. What lies together is read
 * together at the end: PoCL takes a float2 five times as fast as its two halves. */
static const char first_passes[] =
    "always-inline,globaldce,"
    "function(lower-expect,sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-simplify,lcssa,loop(loop-rotate),sroa,loop(indvars,loop-deletion))";
static const char last_passes[] =
    "function(loop(loop-unroll-full),sroa,correlated-propagation,"
    "early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,infer-address-spaces,lower-constant-intrinsics,"
    "scalarizer,early-cse<memssa>,sroa,instcombine<no-verify-fixpoint>,simplifycfg,"
    "lower-switch,instcombine<no-verify-fixpoint>,load-store-vectorizer,adce),globaldce";

static LLVMTargetMachineRef nvptx_machine(char **message)
{
    LLVMTargetRef target;
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    if (LLVMGetTargetFromTriple("nvptx64-nvidia-cuda", &target, message))
        return NULL;
    return LLVMCreateTargetMachine(target, "nvptx64-nvidia-cuda", "sm_70", "", LLVMCodeGenLevelDefault,
                                   LLVMRelocDefault, LLVMCodeModelDefault);
}

static bool is_kernel(struct ocl *o, LLVMValueRef f)
{
    for (size_t i = 0; i < o->kernel_count; i++)
        if (o->functions[i] == f)
            return true;
    return false;
}

static const char *entry_name(struct ocl *o, const char *name)
{
    /* A mangled name is no word of OpenCL C; any other may be ("kernel", "clamp", "transpose"). */
    char *s = ocl_format(o, "%s%s", ocl_starts(name, "_Z") ? "" : "entry_", name);
    for (char *c = s; *c; c++)
        if (*c == '.' || *c == '$' || *c == '-')
            *c = '_';
    return s;
}

static void find_kernels(struct ocl *o)
{
    unsigned count = LLVMGetNamedMetadataNumOperands(o->module, "nvvm.annotations");
    LLVMValueRef *nodes = ocl_alloc(o, (count + 1) * sizeof *nodes);
    LLVMGetNamedMetadataOperands(o->module, "nvvm.annotations", nodes);
    o->functions = ocl_alloc(o, (count + 1) * sizeof *o->functions);
    o->kernels = ocl_alloc(o, (count + 1) * sizeof *o->kernels);
    for (unsigned n = 0; n < count; n++) {
        unsigned operands = LLVMGetMDNodeNumOperands(nodes[n]), bytes = 0;
        if (operands < 3)
            continue;
        LLVMValueRef *ops = ocl_alloc(o, operands * sizeof *ops);
        LLVMGetMDNodeOperands(nodes[n], ops);
        if (!ops[0] || !LLVMIsAFunction(ops[0]) || LLVMIsDeclaration(ops[0]) || is_kernel(o, ops[0]))
            continue;
        bool kernel = false;
        for (unsigned k = 1; k + 1 < operands; k += 2) {
            const char *key = LLVMGetMDString(ops[k], &bytes);
            kernel |= key && bytes == 6 && !memcmp(key, "kernel", 6);
        }
        if (!kernel)
            continue;
        tncc_opencl_kernel *k = &o->kernels[o->kernel_count];
        k->name = ocl_format(o, "%s", ocl_name(ops[0]));
        k->entry = entry_name(o, k->name);
        o->functions[o->kernel_count++] = ops[0];
    }
}

/* The headers' printf writes its arguments to an array of 64-bit slots and calls __tn_print(format, slots, count). The
 * slots are loaded again in front of a variadic call; sroa then removes the array and the values show through. */
static void unpack_printf(struct ocl *o)
{
    LLVMValueRef packed = LLVMGetNamedFunction(o->module, "__tn_print");
    if (!packed)
        return;
    LLVMTypeRef pointer = LLVMPointerTypeInContext(o->context, 0), slot = LLVMInt64TypeInContext(o->context);
    LLVMTypeRef type = LLVMFunctionType(LLVMInt32TypeInContext(o->context), &pointer, 1, true);
    LLVMValueRef variadic = LLVMAddFunction(o->module, "tncc.printf", type);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(o->context);
    for (LLVMUseRef use = LLVMGetFirstUse(packed), next; use; use = next) {
        next = LLVMGetNextUse(use);
        LLVMValueRef call = LLVMGetUser(use), list[33];
        if (!LLVMIsACallInst(call) || LLVMGetCalledValue(call) != packed ||
            !LLVMIsAConstantInt(LLVMGetOperand(call, 2)))
            continue;
        unsigned count = (unsigned)LLVMConstIntGetZExtValue(LLVMGetOperand(call, 2));
        if (count > 32)
            continue;
        LLVMPositionBuilderBefore(b, call);
        list[0] = LLVMGetOperand(call, 0);
        for (unsigned k = 0; k < count; k++) {
            LLVMValueRef at = LLVMConstInt(slot, k, false);
            list[k + 1] = LLVMBuildLoad2(b, slot, LLVMBuildGEP2(b, slot, LLVMGetOperand(call, 1), &at, 1, ""), "");
        }
        LLVMReplaceAllUsesWith(call, LLVMBuildCall2(b, type, variadic, list, count + 1, ""));
        LLVMInstructionEraseFromParent(call);
    }
    LLVMDisposeBuilder(b);
}

/* Warps have 32 threads here, so that index computations fold. */
static void fix_width(struct ocl *o)
{
    LLVMValueRef width = LLVMGetNamedFunction(o->module, "__tn_width");
    LLVMValueRef fixed = LLVMConstInt(LLVMInt32TypeInContext(o->context), 32, false);
    for (LLVMUseRef use = width ? LLVMGetFirstUse(width) : NULL, next; use; use = next) {
        next = LLVMGetNextUse(use);
        LLVMValueRef call = LLVMGetUser(use);
        if (!LLVMIsACallInst(call) || LLVMGetCalledValue(call) != width)
            continue;
        LLVMReplaceAllUsesWith(call, fixed);
        LLVMInstructionEraseFromParent(call);
    }
}

/* What is one number for the whole block. It is printed wherever it is used: a variable that is set once and used in a loop
 * made Intel's compiler three times slower. */
bool ocl_tells_block(const char *name)
{
    return ocl_starts(name, "__tn_ctaid_") || ocl_starts(name, "__tn_ntid_") || ocl_starts(name, "__tn_nctaid_");
}

/* A thread's place and the shape around it never change: asked for once, and not where branches happen to need it. */
static void never_changes(struct ocl *o, LLVMValueRef f)
{
    static const char *const pure[] = { "memory", "nounwind", "willreturn", "speculatable", "nosync" };
    unsigned convergent = LLVMGetEnumAttributeKindForName("convergent", 10);
    LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, convergent);
    for (size_t k = 0; k < sizeof pure / sizeof *pure; k++) {
        unsigned kind = LLVMGetEnumAttributeKindForName(pure[k], strlen(pure[k]));
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(o->context, kind, 0));
    }
    LLVMTypeRef i32 = LLVMInt32TypeInContext(o->context);
    LLVMMetadataRef bounds[2] = { LLVMValueAsMetadata(LLVMConstNull(i32)),
                                  LLVMValueAsMetadata(LLVMConstInt(i32, 1u << 16, 0)) };
    LLVMValueRef range = LLVMMetadataAsValue(o->context, LLVMMDNodeInContext2(o->context, bounds, 2));
    for (LLVMUseRef use = LLVMGetFirstUse(f); use; use = LLVMGetNextUse(use)) {
        if (!LLVMIsACallInst(LLVMGetUser(use)))
            continue;
        LLVMRemoveCallSiteEnumAttribute(LLVMGetUser(use), LLVMAttributeFunctionIndex, convergent);
        if (!ocl_tells_block(ocl_name(f)))
            LLVMSetMetadata(LLVMGetUser(use), LLVMGetMDKindIDInContext(o->context, "range", 5), range);
    }
}

static void set_attributes(struct ocl *o)
{
    unsigned noinline_ = LLVMGetEnumAttributeKindForName("noinline", 8);
    unsigned optnone = LLVMGetEnumAttributeKindForName("optnone", 7);
    unsigned always = LLVMGetEnumAttributeKindForName("alwaysinline", 12);
    for (LLVMValueRef f = LLVMGetFirstFunction(o->module); f; f = LLVMGetNextFunction(f)) {
        LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, noinline_);
        LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, optnone);
        const char *name = ocl_name(f);
        if (ocl_tells_block(name) || ocl_starts(name, "__tn_tid_") || !strcmp(name, "__tn_lane"))
            never_changes(o, f);
        if (LLVMIsDeclaration(f) || is_kernel(o, f))
            continue;
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(o->context, always, 0));
        LLVMSetLinkage(f, LLVMInternalLinkage);
        LLVMSetVisibility(f, LLVMDefaultVisibility);
    }
    /* Calls marked noinline at the call site stay calls otherwise. And CUDA programs pun types through pointers; nvcc
     * lets them, so nothing may be concluded from the types of two accesses. */
    unsigned tbaa = LLVMGetMDKindIDInContext(o->context, "tbaa", 4);
    for (LLVMValueRef f = LLVMGetFirstFunction(o->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
                LLVMSetMetadata(i, tbaa, NULL);
                if (LLVMIsACallInst(i))
                    LLVMRemoveCallSiteEnumAttribute(i, LLVMAttributeFunctionIndex, noinline_);
            }
}

const char *ocl_prepare(struct ocl *o)
{
    char *message = NULL;
    LLVMTargetMachineRef machine = nvptx_machine(&message);
    if (!machine)
        return ocl_format(o, "LLVM has no NVPTX target, whose address spaces the OpenCL C printer needs: %s",
                          message ? message : "no reason given");
    LLVMSetTarget(o->module, "nvptx64-nvidia-cuda");
    find_kernels(o);
    unpack_printf(o);
    fix_width(o);
    set_attributes(o);
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failed = LLVMRunPasses(o->module, first_passes, machine, options);
    for (size_t k = 0; !failed && k < o->kernel_count; k++)
        ocl_keep_loops(o, o->functions[k]);
    if (!failed)
        failed = LLVMRunPasses(o->module, last_passes, machine, options);
    LLVMDisposePassBuilderOptions(options);
    LLVMDisposeTargetMachine(machine);
    if (failed) {
        char *text = LLVMGetErrorMessage(failed);
        const char *sentence = ocl_format(o, "LLVM's passes failed: %s", text);
        LLVMDisposeErrorMessage(text);
        return sentence;
    }
    for (size_t k = 0; k < o->kernel_count; k++)
        ocl_order_blocks(o, o->functions[k]);
    o->layout = LLVMGetModuleDataLayout(o->module);
    return NULL;
}
