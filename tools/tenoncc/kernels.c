/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels.c - finds the kernels and variables of a device module, and makes each kernel's argument table: sizes and
 * alignments from the IR, names and types from its debug information. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char *__cxa_demangle(const char *name, char *buffer, size_t *bytes, int *status);

/* DINode operands by position; LLVM-C has no names for them. */
enum { DI_NAME = 2, DI_BASE = 3, DI_SUBPROGRAM_TYPE = 4, DI_SUBPROGRAM_RETAINED = 7 };

struct finder {
    LLVMContextRef context;
    LLVMTargetDataRef layout;
};

static LLVMValueRef node_operand(const struct finder *f, LLVMMetadataRef node, unsigned index)
{
    LLVMValueRef v = LLVMMetadataAsValue(f->context, node);
    unsigned count = LLVMGetMDNodeNumOperands(v);
    if (index >= count)
        return NULL;
    LLVMValueRef *operands = tncc_alloc(count * sizeof *operands);
    LLVMGetMDNodeOperands(v, operands);
    return operands[index];
}

static LLVMMetadataRef node_child(const struct finder *f, LLVMMetadataRef node, unsigned index)
{
    LLVMValueRef v = node_operand(f, node, index);
    return v ? LLVMValueAsMetadata(v) : NULL;
}

/* A C spelling of a debug type: "const float *", "Params". Enough for people and for a generated header. */
static const char *type_name(const struct finder *f, LLVMMetadataRef type)
{
    if (!type)
        return "void";
    LLVMMetadataKind kind = LLVMGetMetadataKind(type);
    size_t bytes = 0;
    const char *name = LLVMDITypeGetName(type, &bytes);
    if (kind == LLVMDIDerivedTypeMetadataKind && !bytes) {
        const char *base = type_name(f, node_child(f, type, DI_BASE));
        LLVMMetadataRef inner = node_child(f, type, DI_BASE);
        char *printed = LLVMPrintValueToString(LLVMMetadataAsValue(f->context, type));
        const char *spelled = base;
        if (strstr(printed, "DW_TAG_pointer_type"))
            spelled = tncc_format(tncc_ends(base, "*") ? "%s*" : "%s *", base);
        else if (strstr(printed, "DW_TAG_const_type"))
            spelled =
                inner && tncc_ends(base, "*") ? tncc_format("%s const", base) : tncc_format("const %s", base);
        else if (strstr(printed, "DW_TAG_volatile_type"))
            spelled = tncc_format("volatile %s", base);
        else if (strstr(printed, "DW_TAG_reference_type"))
            spelled = tncc_format("%s &", base);
        LLVMDisposeMessage(printed);
        return spelled;
    }
    return bytes ? tncc_copy(name, bytes) : "";
}

static uint32_t next_power(uint32_t v)
{
    uint32_t p = 1;
    while (p < v)
        p *= 2;
    return p;
}

/* Names and types of arguments, in order, from the subprogram. */
static void name_args(const struct finder *f, struct tncc_kernel *k, LLVMMetadataRef subprogram)
{
    LLVMMetadataRef signature = node_child(f, subprogram, DI_SUBPROGRAM_TYPE);
    LLVMMetadataRef types = signature ? node_child(f, signature, DI_BASE) : NULL;
    for (unsigned i = 0; i < k->arg_count; i++) {
        LLVMMetadataRef type = types ? node_child(f, types, i + 1) : NULL;
        size_t bytes;
        const char *name = LLVMGetValueName2(LLVMGetParam(k->function, i), &bytes);
        k->args[i].name = bytes ? tncc_copy(name, bytes) : "";
        k->args[i].type_name = type ? type_name(f, type) : "";
    }
}

static void describe_arg(const struct finder *f, struct tncc_kernel *k, unsigned i)
{
    struct tncc_arg *a = &k->args[i];
    LLVMValueRef param = LLVMGetParam(k->function, i);
    LLVMTypeRef type = LLVMTypeOf(param);
    unsigned byval = LLVMGetEnumAttributeKindForName("byval", 5),
             noalias = LLVMGetEnumAttributeKindForName("noalias", 7);
    LLVMAttributeRef attribute = LLVMGetEnumAttributeAtIndex(k->function, i + 1, byval);
    (void)noalias;
    if (attribute) {
        type = LLVMGetTypeAttributeValue(attribute);
        LLVMAttributeRef align =
            LLVMGetEnumAttributeAtIndex(k->function, i + 1, LLVMGetEnumAttributeKindForName("align", 5));
        a->by_address = true;
        a->align = align ? (uint32_t)LLVMGetEnumAttributeValue(align) : LLVMABIAlignmentOfType(f->layout, type);
    } else {
        a->align = LLVMABIAlignmentOfType(f->layout, type);
        if (LLVMGetTypeKind(type) == LLVMPointerTypeKind) {
            a->kind = TN_ARG_POINTER;
            a->space = TN_SPACE_GLOBAL;
        }
    }
    a->size = (uint32_t)LLVMABISizeOfType(f->layout, type);
    if (!a->size)
        a->size = 1; /* an empty class takes a byte in a C++ argument list */
    a->align = next_power(a->align);
    a->offset = (k->args_bytes + a->align - 1) & ~(a->align - 1);
    k->args_bytes = a->offset + a->size;
    if (a->align > k->args_align)
        k->args_align = a->align;
}

static const char *display_name(const struct tncc_kernel *k)
{
    int status = 0;
    char *plain = __cxa_demangle(k->name, NULL, NULL, &status);
    if (!plain || status) {
        struct tncc_text t = { 0 };
        tncc_add(&t, "%s(", k->name);
        for (unsigned i = 0; i < k->arg_count; i++)
            tncc_add(&t, "%s%s", i ? ", " : "", k->args[i].type_name);
        tncc_add(&t, ")");
        return t.data;
    }
    /* templates come with their return type: "void axpy<float>(float)" */
    const char *from = tncc_starts(plain, "void ") ? plain + 5 : plain;
    char *copy = tncc_copy(from, strlen(from));
    free(plain);
    return copy;
}

static void describe_kernel(const struct finder *f, struct tncc_kernel *k)
{
    size_t bytes;
    const char *name = LLVMGetValueName2(k->function, &bytes);
    LLVMMetadataRef subprogram = LLVMGetSubprogram(k->function);
    k->name = tncc_copy(name, bytes);
    k->args_align = 1;
    k->arg_count = LLVMCountParams(k->function);
    k->args = tncc_alloc((k->arg_count + 1) * sizeof *k->args);
    for (unsigned i = 0; i < k->arg_count; i++) {
        describe_arg(f, k, i);
        k->args[i].name = k->args[i].type_name = "";
    }
    if (subprogram) {
        unsigned length = 0;
        LLVMMetadataRef file = LLVMDIScopeGetFile(subprogram);
        const char *path = file ? LLVMDIFileGetFilename(file, &length) : NULL;
        k->file = path ? tncc_copy(path, length) : NULL;
        k->line = LLVMDISubprogramGetLine(subprogram);
        name_args(f, k, subprogram);
    }
    k->display = display_name(k);
}

static bool is_text(LLVMValueRef v, const char *text)
{
    unsigned bytes = 0;
    const char *s = LLVMIsAMDString(v) ? LLVMGetMDString(v, &bytes) : NULL;
    return s && bytes == strlen(text) && !memcmp(s, text, bytes);
}

static struct tncc_kernel *kernel_of(struct tncc_unit *u, LLVMValueRef function)
{
    for (size_t i = 0; i < u->kernel_count; i++)
        if (u->kernels[i].function == function)
            return &u->kernels[i];
    return NULL;
}

/* !nvvm.annotations: {function, "kernel", 1}, {function, "maxntidx", n} ... */
static void read_annotations(struct tncc_unit *u)
{
    unsigned count = LLVMGetNamedMetadataNumOperands(u->module, "nvvm.annotations");
    LLVMValueRef *nodes = tncc_alloc((count + 1) * sizeof *nodes);
    LLVMGetNamedMetadataOperands(u->module, "nvvm.annotations", nodes);
    u->kernels = tncc_alloc((count + 1) * sizeof *u->kernels);
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < count; i++) {
            LLVMValueRef operand[3];
            if (LLVMGetMDNodeNumOperands(nodes[i]) != 3)
                continue;
            LLVMGetMDNodeOperands(nodes[i], operand);
            if (!operand[0] || !LLVMIsAFunction(operand[0]) || LLVMIsDeclaration(operand[0]))
                continue;
            struct tncc_kernel *k = kernel_of(u, operand[0]);
            if (!pass && is_text(operand[1], "kernel") && !k)
                u->kernels[u->kernel_count++].function = operand[0];
            else if (pass && k &&
                     (is_text(operand[1], "maxntidx") || is_text(operand[1], "maxntidy") ||
                      is_text(operand[1], "maxntidz")) &&
                     LLVMIsAConstantInt(operand[2])) {
                uint32_t n = (uint32_t)LLVMConstIntGetZExtValue(operand[2]);
                k->max_threads = k->max_threads ? k->max_threads * n : n;
            }
        }
}

static void find_variables(const struct finder *f, struct tncc_unit *u)
{
    size_t count = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module); g; g = LLVMGetNextGlobal(g))
        count++;
    u->variables = tncc_alloc((count + 1) * sizeof *u->variables);
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module); g; g = LLVMGetNextGlobal(g)) {
        unsigned space = LLVMGetPointerAddressSpace(LLVMTypeOf(g));
        LLVMLinkage linkage = LLVMGetLinkage(g);
        size_t bytes;
        const char *name = LLVMGetValueName2(g, &bytes);
        if ((space != 1 && space != 4) || LLVMIsDeclaration(g) || linkage == LLVMPrivateLinkage ||
            tncc_starts(name, "llvm.") || tncc_starts(name, "_ZTV") || tncc_starts(name, "_ZTS") ||
            tncc_starts(name, "_ZTI"))
            continue;
        struct tncc_variable *v = &u->variables[u->variable_count++];
        LLVMTypeRef type = LLVMGlobalGetValueType(g);
        v->name = tncc_copy(name, bytes);
        v->flags = (space == 4 ? TN_VARIABLE_CONSTANT : 0) | (linkage == LLVMInternalLinkage ? TN_VARIABLE_HIDDEN : 0);
        v->bytes = LLVMABISizeOfType(f->layout, type);
        v->align = LLVMGetAlignment(g) ? LLVMGetAlignment(g) : LLVMABIAlignmentOfType(f->layout, type);
    }
}

/* ---- what kernels call; those that wait for the whole grid must be launched cooperatively, and say so ---- */
static bool calls(LLVMValueRef function, LLVMValueRef wanted, struct tncc_map *seen)
{
    if (tncc_get(seen, function))
        return false;
    tncc_put(seen, function, function);
    EACH_BLOCK(function, b)
    EACH_INSTRUCTION(b, i)
    {
        LLVMValueRef called = LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
        if (called == wanted || (called && LLVMIsAFunction(called) && calls(called, wanted, seen)))
            return true;
    }
    return false;
}

bool tncc_kernel_calls(const struct tncc_unit *u, const struct tncc_kernel *k, const char *name)
{
    LLVMValueRef wanted = LLVMGetNamedFunction(u->module, name);
    struct tncc_map seen = { 0 };
    return wanted && calls(k->function, wanted, &seen);
}

static void note_grids(struct tncc_unit *u)
{
    for (size_t n = 0; n < u->kernel_count; n++)
        if (tncc_kernel_calls(u, &u->kernels[n], "__tn_grid_wait"))
            u->kernels[n].flags |= TN_KERNEL_COOPERATIVE;
}

/* ---- __managed__: the header leaves an annotation ---- */
static struct tncc_variable *variable_of(struct tncc_unit *u, LLVMValueRef global)
{
    size_t bytes;
    const char *name = LLVMGetValueName2(global, &bytes);
    for (size_t i = 0; i < u->variable_count; i++)
        if (!strcmp(u->variables[i].name, name))
            return &u->variables[i];
    return NULL;
}

static void note_managed(struct tncc_unit *u)
{
    LLVMValueRef list = LLVMGetNamedGlobal(u->module, "llvm.global.annotations");
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    LLVMValueRef rows = list ? LLVMGetInitializer(list) : NULL;
    for (int i = 0; rows && i < LLVMGetNumOperands(rows); i++) {
        LLVMValueRef row = LLVMGetOperand(rows, (unsigned)i), global = LLVMGetOperand(row, 0), text = LLVMGetOperand(row, 1);
        while (!LLVMIsAGlobalVariable(text) && LLVMGetNumOperands(text))
            text = LLVMGetOperand(text, 0);
        while (!LLVMIsAGlobalValue(global) && LLVMGetNumOperands(global))
            global = LLVMGetOperand(global, 0);
        size_t bytes = 0;
        LLVMValueRef words = LLVMIsAGlobalVariable(text) ? LLVMGetInitializer(text) : NULL;
        const char *what = words && LLVMIsConstantString(words) ? LLVMGetAsString(words, &bytes) : "";
        struct tncc_variable *v = bytes > 13 && !strncmp(what, "tenon.managed", 13) ? variable_of(u, global) : NULL;
        if (!v)
            continue;
        v->flags |= TN_VARIABLE_MANAGED;
        LLVMMetadataRef words_for_ptx[3] = { LLVMValueAsMetadata(global), LLVMMDStringInContext2(c, "managed", 7),
                                             LLVMValueAsMetadata(LLVMConstInt(LLVMInt32TypeInContext(c), 1, 0)) };
        LLVMAddNamedMetadataOperand(u->module, "nvvm.annotations",
                                    LLVMMetadataAsValue(c, LLVMMDNodeInContext2(c, words_for_ptx, 3)));
    }
    if (!list)
        return;
    LLVMDeleteGlobal(list);
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module), next; g; g = next) { /* and its texts */
        const char *section = LLVMGetSection(g);
        next = LLVMGetNextGlobal(g);
        if (section && !strcmp(section, "llvm.metadata") && !LLVMGetFirstUse(g))
            LLVMDeleteGlobal(g);
    }
}

void tncc_find_kernels(struct tncc_unit *u)
{
    struct finder f = { LLVMGetModuleContext(u->module), LLVMCreateTargetData(LLVMGetDataLayoutStr(u->module)) };
    read_annotations(u);
    for (size_t i = 0; i < u->kernel_count; i++)
        describe_kernel(&f, &u->kernels[i]);
    find_variables(&f, u);
    note_managed(u);
    note_grids(u);
    LLVMDisposeTargetData(f.layout);
}

void tncc_refuse(struct tncc_kernel *k, LLVMValueRef at, const char *format, ...)
{
    va_list list;
    char why[600];
    if (k->refusal)
        return;
    va_start(list, format);
    vsnprintf(why, sizeof why, format, list);
    va_end(list);
    k->refusal = tncc_copy(why, strlen(why));
    k->refusal_file = k->file;
    k->refusal_line = k->line;
    if (at && LLVMIsAInstruction(at) && LLVMGetDebugLocLine(at)) {
        unsigned bytes = 0;
        const char *file = LLVMGetDebugLocFilename(at, &bytes);
        k->refusal_line = LLVMGetDebugLocLine(at);
        if (file)
            k->refusal_file = tncc_copy(file, bytes);
    }
}

unsigned tncc_report_refusals(const struct tncc_options *o, const struct tncc_unit *u, const char *target)
{
    unsigned count = 0;
    for (size_t i = 0; i < u->kernel_count; i++) {
        const struct tncc_kernel *k = &u->kernels[i];
        if (!k->refusal)
            continue;
        count++;
        if (o->keep_going)
            fprintf(stderr, "%s:%u: warning: kernel %s is left out of target %s: %s\n",
                    k->refusal_file ? k->refusal_file : "?", k->refusal_line, k->display, target, k->refusal);
        else
            tncc_error(k->refusal_file, k->refusal_line, "kernel %s can't be built for target %s: %s", k->display,
                       target, k->refusal);
    }
    return count;
}

/* ---- warps ---- */
static const char *const warp_names[] = { "__tn_warp_sync", "__tn_shfl_32",    "__tn_shfl_64",
                                          "__tn_ballot",    "__tn_activemask", "__tn_match" };

bool tncc_uses_warps(LLVMModuleRef module)
{
    for (size_t k = 0; k < sizeof warp_names / sizeof *warp_names; k++) {
        LLVMValueRef f = LLVMGetNamedFunction(module, warp_names[k]);
        if (f && LLVMGetFirstUse(f))
            return true;
    }
    return tncc_assembly_uses_warps(module);
}

/* Nothing would be left for chips without warps. */
bool tncc_all_use_warps(LLVMModuleRef module)
{
    struct tncc_unit unit = { .module = module, .width = 32 };
    tncc_find_kernels(&unit);
    for (size_t n = 0; n < unit.kernel_count; n++) {
        bool some = false;
        for (size_t k = 0; k < sizeof warp_names / sizeof *warp_names && !some; k++)
            some = tncc_kernel_calls(&unit, &unit.kernels[n], warp_names[k]);
        if (!some)
            return false;
    }
    return unit.kernel_count > 0;
}
