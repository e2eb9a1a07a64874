/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - builds one simulator image: lowers the module, turns each kernel into a block function, optimises,
 * generates code, links, and checks that the file keeps what tenon/sim_image.h promises. Calls LLVM-C and link.c.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Linker.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tenon/sim_image.h"
#include "tools/tenoncc/image_check.h"
#include "tools/tenoncc/level.h"
#include "tools/tenoncc/link.h"

void tncc_sim_ahead(const struct tncc_options *o, LLVMContextRef context)
{
    const struct tncc_level *x86 = NULL;
    for (const char *at = o->cpu; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) { /* and that all are known */
        const struct tncc_level *one = tncc_level(tncc_copy(at, strcspn(at, ",")));
        x86 = one->arm ? x86 : one;
    }
    if (!x86)
        return;
    tncc_level_ready(x86);
    tncc_library_ahead(context, tncc_format("%s/device/tenon.bc", o->resources));
}

/* ---- one kernel ---- */
static void use_types(struct transform *t)
{
    t->i1 = LLVMInt1TypeInContext(t->context);
    t->i8 = LLVMInt8TypeInContext(t->context);
    t->i32 = LLVMInt32TypeInContext(t->context);
    t->i64 = LLVMInt64TypeInContext(t->context);
    t->ptr = LLVMPointerTypeInContext(t->context, 0);
    t->none = LLVMVoidTypeInContext(t->context);
}

static bool reaches_global(LLVMValueRef v, LLVMValueRef global)
{
    if (v == global)
        return true;
    if (!LLVMIsAConstant(v) || LLVMIsAGlobalValue(v))
        return false;
    for (int k = 0, n = LLVMGetNumOperands(v); k < n; k++)
        if (reaches_global(LLVMGetOperand(v, (unsigned)k), global))
            return true;
    return false;
}

static bool function_uses(LLVMValueRef f, LLVMValueRef global)
{
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++)
        if (reaches_global(LLVMGetOperand(i, (unsigned)k), global))
            return true;
    return false;
}

/* A function that stays one may use it; which of them a kernel reaches is not looked at. */
static bool outlined_uses(const struct transform *t, LLVMValueRef global)
{
    LLVMValueRef context = LLVMGetNamedFunction(t->module, "__tn_context");
    for (size_t n = 0; n < t->unit->outlined_shared.count; n++)
        if (t->unit->outlined_shared.items[n] == global)
            return context && function_uses(t->function, context);
    return false;
}

static void find_shared(struct transform *t)
{
    size_t count = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(t->module); g; g = LLVMGetNextGlobal(g))
        count++;
    t->shared = tncc_alloc((count + 1) * sizeof *t->shared);
    for (LLVMValueRef g = LLVMGetFirstGlobal(t->module); g; g = LLVMGetNextGlobal(g)) {
        if (tncc_shared_index(t->module, g) < 0 || !(function_uses(t->function, g) || outlined_uses(t, g)))
            continue;
        struct area *a = &t->shared[t->shared_count++];
        LLVMTypeRef type = LLVMGlobalGetValueType(g);
        a->value = g;
        a->size = LLVMIsExternallyInitialized(g) ? 0 : LLVMABISizeOfType(t->layout, type);
        a->align = LLVMGetAlignment(g) ? LLVMGetAlignment(g) : 16;
        if (!a->size)
            t->kernel->flags |= TN_KERNEL_USES_DYNAMIC_LOCAL;
    }
}

/* Loads of the engine's own structures: from the worker, or from what was loaded from it. */
static bool is_service(LLVMValueRef i)
{
    LLVMValueRef p = LLVMGetOperand(i, 0);
    while (LLVMIsAGetElementPtrInst(p) || LLVMIsALoadInst(p))
        p = LLVMGetOperand(p, 0);
    const char *name = tncc_callee(p);
    return name && !strcmp(name, "__tn_worker");
}

static void note_flags(struct transform *t, LLVMValueRef i)
{
    LLVMTypeKind kind = LLVMGetTypeKind(LLVMTypeOf(i));
    uint32_t *flags = &t->kernel->flags;
    if (kind == LLVMDoubleTypeKind)
        *flags |= TN_KERNEL_USES_FP64;
    if (kind == LLVMHalfTypeKind)
        *flags |= TN_KERNEL_USES_FP16;
    if (LLVMIsAAtomicRMWInst(i) && LLVMABISizeOfType(t->layout, LLVMTypeOf(i)) == 8)
        *flags |= TN_KERNEL_USES_ATOMIC_64;
    if (LLVMIsALoadInst(i) && kind == LLVMPointerTypeKind && !is_service(i))
        *flags |= TN_KERNEL_INDIRECT_POINTERS;
}

/* What may stand in a kernel, or in a function that it calls, once everything is inlined. */
static bool check_instruction(struct transform *t, LLVMValueRef f, LLVMValueRef i)
{
    note_flags(t, i);
    if (LLVMIsACallInst(i) && LLVMIsAInlineAsm(LLVMGetCalledValue(i))) {
        tncc_refuse(t->kernel, i, "%s", tncc_asm_reason(LLVMGetCalledValue(i)));
        return false;
    }
    if (f != t->function && tncc_is_sync(i)) {
        tncc_refuse(t->kernel, i,
                    "a barrier or warp operation in a function that calls itself or is called by pointer");
        return false;
    }
    const char *name = tncc_callee(i);
    if (!name || !LLVMIsDeclaration(LLVMGetCalledValue(i)) || tncc_starts(name, "llvm.") || tncc_starts(name, "__tn_"))
        return true;
    tncc_refuse(t->kernel, i, "it calls %s, which none of the sources defines", name);
    return false;
}

static bool check_calls(struct transform *t)
{
    struct tncc_list functions = { 0 };
    tncc_reachable(t->unit, t->function, &functions);
    for (size_t n = 0; n < functions.count; n++)
        EACH_BLOCK(functions.items[n], b)
    EACH_INSTRUCTION(b, i)
    if (!check_instruction(t, functions.items[n], i))
        return false;
    return true;
}

/* Private arrays live in scratch memory, one after another for each thread, when the kernel has several regions. */
static bool find_areas(struct transform *t)
{
    struct tncc_list found = { 0 };
    EACH_BLOCK(t->function, b)
    EACH_INSTRUCTION(b, i)
    {
        if (!LLVMIsAAllocaInst(i))
            continue;
        if (!LLVMIsAConstantInt(LLVMGetOperand(i, 0)) || b != LLVMGetEntryBasicBlock(t->function)) {
            tncc_refuse(t->kernel, i, "alloca of a size that is not known together with barriers or warp operations");
            return false;
        }
        tncc_push(&found, i);
    }
    t->areas = tncc_alloc((found.count + 1) * sizeof *t->areas);
    for (size_t n = 0; n < found.count; n++) {
        LLVMValueRef i = found.items[n];
        struct area *a = &t->areas[t->area_count++];
        uint64_t count = LLVMConstIntGetZExtValue(LLVMGetOperand(i, 0));
        a->value = i;
        a->align = LLVMGetAlignment(i) ? LLVMGetAlignment(i) : 16;
        a->size = (LLVMABISizeOfType(t->layout, LLVMGetAllocatedType(i)) * count + a->align - 1) / a->align * a->align;
        if (!a->size)
            a->size = 1;
        a->element = (uint32_t)(uintptr_t)tncc_get(&t->interleaved, i);
    }
    return true;
}

#define MOST_MEMORY (16u << 20) /* private of a thread, or static local of a block: far above what any device has */

static bool check_sizes(struct transform *t)
{
    uint64_t own = 0, local = 0;
    EACH_BLOCK(t->function, b)
    EACH_INSTRUCTION(b, i)
    if (LLVMIsAAllocaInst(i) && LLVMIsAConstantInt(LLVMGetOperand(i, 0))) {
        const uint64_t each = LLVMABISizeOfType(t->layout, LLVMGetAllocatedType(i));
        const uint64_t count = LLVMConstIntGetZExtValue(LLVMGetOperand(i, 0));
        if (each && count > MOST_MEMORY / each)
            own = UINT64_MAX / 2;
        else
            own += each * count;
        if (own > MOST_MEMORY) {
            tncc_refuse(t->kernel, i, "it takes more than %u MiB of private memory a thread", MOST_MEMORY >> 20);
            return false;
        }
    }
    for (int n = 0; n < t->shared_count; n++)
        local += t->shared[n].size;
    if (local > MOST_MEMORY)
        tncc_refuse(t->kernel, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(t->function)),
                    "it takes %llu bytes of __shared__ memory, more than %u MiB", (unsigned long long)local,
                    MOST_MEMORY >> 20);
    return local <= MOST_MEMORY;
}

/* How pointers are used, as LLVM found it out. */
static void note_access(struct tncc_kernel *k)
{
    unsigned reads = LLVMGetEnumAttributeKindForName("readonly", 8),
             writes = LLVMGetEnumAttributeKindForName("writeonly", 9);
    for (unsigned i = 0; i < k->arg_count; i++)
        if (k->args[i].kind == TN_ARG_POINTER)
            k->args[i].access = LLVMGetEnumAttributeAtIndex(k->function, i + 1, reads)    ? TN_ACCESS_READ
                                : LLVMGetEnumAttributeAtIndex(k->function, i + 1, writes) ? TN_ACCESS_WRITE
                                                                                          : TN_ACCESS_UNKNOWN;
}

static struct transform *new_transform(const struct tncc_options *o, struct tncc_unit *u, struct tncc_kernel *k,
                                       unsigned width, struct tncc_debug *debug)
{
    struct transform *t = tncc_alloc(sizeof *t);
    *t = (struct transform){ .options = o,
                             .unit = u,
                             .kernel = k,
                             .module = u->module,
                             .width = width,
                             .context = LLVMGetModuleContext(u->module),
                             .function = k->function,
                             .debug = debug };
    t->builder = LLVMCreateBuilderInContext(t->context);
    t->layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(u->module));
    use_types(t);
    return t;
}

/* False: refused. */
static bool make_regions(struct transform *t)
{
    if (!check_calls(t) || !tncc_split(t) || (t->sync_count > 1 && !find_areas(t)))
        return false;
    find_shared(t);
    if (!check_sizes(t))
        return false;
    if (t->sync_count > 1)
        tncc_demote(t);
    else
        for (int b = 0; b < t->block_count; b++)
            t->blocks[b].gen = t->blocks[b].kill = t->blocks[b].live = tncc_alloc(8);
    tncc_regions(t);
    return !t->kernel->refusal;
}

/* The kernel once more, for blocks of whole warps, where their lanes meet at every warp operation. */
static void add_whole_warps(struct transform *t, LLVMValueRef copy)
{
    struct tncc_kernel *k = tncc_alloc(sizeof *k);
    *k = *t->kernel;
    k->name = tncc_format("%s.wide", t->kernel->name);
    k->display = tncc_format("%s, whole warps", t->kernel->display);
    k->function = copy;
    struct transform *w = new_transform(t->options, t->unit, k, t->width, t->debug);
    w->wide = true;
    w->warps_whole = t->warps_whole;
    w->lanes = t->width;
    w->words = t->lanes;
    if (make_regions(w) && w->aligned)
        t->whole_warps = w;
    else
        tncc_drop_regions(w);
}

/* NULL: refused. */
static struct transform *transform_kernel(const struct tncc_options *o, struct tncc_unit *u, struct tncc_kernel *k,
                                          unsigned width, unsigned lanes, struct tncc_debug *debug)
{
    struct transform *t = new_transform(o, u, k, width, debug);
    LLVMValueRef copy = NULL;
    LLVMSetValueName2(k->function, tncc_format("%s.source", k->name), strlen(k->name) + 7);
    note_access(k);
    if (lanes && width > 1 && tncc_has_warp_operations(k->function))
        copy = tncc_copy_function(k->function, tncc_format("%s.wide.source", k->name));
    t->lanes = lanes;
    bool good = make_regions(t);
    if (good && copy && t->warps_meet)
        add_whole_warps(t, copy);
    if (copy && !t->whole_warps)
        LLVMDeleteFunction(copy);
    return good ? t : NULL;
}

static void finish_transform(struct transform *t, struct tncc_text *text)
{
    for (int r = 0; r < t->sync_count; r++)
        if (t->regions[r])
            tncc_plain_atomics(t, t->regions[r]);
    tncc_schedule(t, text);
    LLVMDisposeTargetData(t->layout);
    LLVMDisposeBuilder(t->builder);
}

/* The engine gives memory for either form. */
static void finish_whole_warps(struct transform *t, struct tncc_text *text)
{
    struct transform *w = t->whole_warps;
    const struct tncc_kernel *k = w->kernel;
    finish_transform(w, text);
    if (k->scratch_thread > t->kernel->scratch_thread)
        t->kernel->scratch_thread = k->scratch_thread;
    if (k->scratch_block > t->kernel->scratch_block)
        t->kernel->scratch_block = k->scratch_block;
    if (k->stack > t->kernel->stack)
        t->kernel->stack = k->stack;
    LLVMDeleteFunction(w->function);
}

/* All kernels that are not refused, and the text of what runs them. */
static void transform_kernels(const struct tncc_options *o, struct tncc_unit *u, LLVMTargetMachineRef machine,
                              unsigned width, unsigned lanes, struct tncc_debug *debug, struct tncc_text *text)
{
    struct transform **list = tncc_alloc((2 * u->kernel_count + 1) * sizeof *list);
    size_t count = 0, wide = 0;
    for (size_t n = 0; n < u->kernel_count; n++) {
        list[count] = transform_kernel(o, u, &u->kernels[n], width, lanes, debug);
        count += list[count] != NULL;
    }
    for (size_t n = 0; n < count; n++)
        if (list[n]->whole_warps)
            list[count + wide++] = list[n]->whole_warps;
    tncc_vectorise(list, count + wide, machine);
    tncc_jam(list, count + wide, machine);
    for (size_t n = 0; n < count; n++) {
        struct transform *t = list[n], *w = t->whole_warps;
        if (w && !tncc_keep_whole_warps(w)) {
            LLVMDeleteFunction(w->function);
            t->whole_warps = NULL;
        }
        finish_transform(t, text);
        if (t->whole_warps)
            finish_whole_warps(t, text);
    }
}

/* ---- the module ---- */
static const char text_head[] =
    "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
    "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)\n"
    "declare i32 @llvm.umin.i32(i32, i32)\n"
    "declare i32 @llvm.smax.i32(i32, i32)\n"
    "declare i32 @llvm.vector.reduce.or.v32i32(<32 x i32>)\n"
    "declare i32 @llvm.vector.reduce.and.v32i32(<32 x i32>)\n"
    "declare i32 @llvm.vector.reduce.smax.v32i32(<32 x i32>)\n"
    "declare i32 @llvm.vector.reduce.smax.v64i32(<64 x i32>)\n"
    "declare i64 @llvm.ctpop.i64(i64)\n"
    "declare i32 @llvm.vector.reduce.or.v8i32(<8 x i32>)\n"
    "declare i32 @llvm.vector.reduce.and.v8i32(<8 x i32>)\n"
    "declare i32 @llvm.vector.reduce.or.v16i32(<16 x i32>)\n"
    "declare i32 @llvm.vector.reduce.and.v16i32(<16 x i32>)\n"
    "declare void @llvm.masked.store.v8i32.p0(<8 x i32>, ptr, i32, <8 x i1>)\n"
    "declare void @llvm.masked.store.v16i32.p0(<16 x i32>, ptr, i32, <16 x i1>)\n"
    "declare i64 @llvm.cttz.i64(i64, i1)\n"
    "declare void @tn_rt_shfl_32(ptr, ptr, ptr, i32)\n"
    "declare void @tn_rt_shfl_64(ptr, ptr, ptr, i32)\n"
    "declare void @tn_rt_ballot(ptr, ptr, i32)\n"
    "declare void @tn_rt_match(ptr, ptr, i32)\n"
    "declare void @tn_rt_fill(ptr, i32, i32)\n"
    "declare void @tn_rt_reduce(ptr, ptr, ptr, i32, ptr)\n"
    "declare i64 @tn_rt_resolve(ptr, ptr, i32, i32, i32, ptr, ptr, ptr, ptr, ptr, ptr, ptr)\n"
    "attributes #0 = { nounwind \"prefer-vector-width\"=\"512\" \"no-trapping-math\"=\"true\" }\n"
    "attributes #1 = { nounwind alwaysinline }\n"
    "attributes #2 = { nounwind noinline }\n"
    "!0 = distinct !{!0, !1}\n"
    "!1 = !{!\"llvm.loop.vectorize.enable\", i1 false}\n";

static void link_text(struct tncc_unit *u, const struct tncc_text *text)
{
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(text->data, text->bytes, "schedule");
    LLVMModuleRef module;
    char *why = NULL;
    if (LLVMParseIRInContext(LLVMGetModuleContext(u->module), buffer, &module, &why))
        tncc_fatal("internal: schedule: %s", why);
    LLVMSetTarget(module, LLVMGetTarget(u->module));
    LLVMSetDataLayout(module, LLVMGetDataLayoutStr(u->module));
    if (LLVMLinkModules2(u->module, module))
        tncc_fatal("internal: the schedule does not link");
}

static void add_data(struct tncc_unit *u, const char *name, const char *section, LLVMValueRef value, unsigned align)
{
    LLVMValueRef g = LLVMAddGlobal(u->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(g, value);
    LLVMSetGlobalConstant(g, 1);
    LLVMSetVisibility(g, LLVMProtectedVisibility);
    LLVMSetAlignment(g, align);
    if (section)
        LLVMSetSection(g, section);
}

static void add_tables(struct tncc_unit *u, struct tncc_image *image)
{
    LLVMContextRef c = LLVMGetModuleContext(u->module);
    tncc_ktab(u, &image->ktab, &image->ktab_bytes);
    add_data(u, "tn_sim_kernels", ".tenon.kernels",
             LLVMConstStringInContext(c, image->ktab, (unsigned)image->ktab_bytes, 1), 8);
    add_data(u, TN_SIM_IMAGE_ABI_SYMBOL, NULL, LLVMConstInt(LLVMInt32TypeInContext(c), TN_SIM_IMAGE_ABI, 0), 4);
    add_data(u, TN_SIM_IMAGE_WIDTH_SYMBOL, NULL, LLVMConstInt(LLVMInt32TypeInContext(c), image->width, 0), 4);
    add_data(u, TN_SIM_IMAGE_FEATURES_SYMBOL, NULL,
             LLVMConstStringInContext(c, image->features, (unsigned)strlen(image->features), 0), 1);
}

/* Everything but kernels and variables belongs to the image alone. */
static void close_module(struct tncc_unit *u)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module), next; f; f = next) {
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        bool kernel = false;
        next = LLVMGetNextFunction(f);
        for (size_t n = 0; n < u->kernel_count; n++)
            kernel |= !u->kernels[n].refusal && !strcmp(u->kernels[n].name, name);
        if (LLVMIsDeclaration(f))
            continue;
        if (kernel)
            LLVMSetVisibility(f, LLVMProtectedVisibility);
        else
            LLVMSetLinkage(f, LLVMInternalLinkage);
    }
    for (LLVMValueRef g = LLVMGetFirstGlobal(u->module); g; g = LLVMGetNextGlobal(g))
        if (tncc_shared_index(u->module, g) >= 0) /* local memory: regions have it as parameters */
            LLVMSetLinkage(g, LLVMInternalLinkage);
}

static void drop_sources(struct tncc_unit *u)
{
    for (size_t n = 0; n < u->kernel_count; n++) {
        LLVMValueRef f = u->kernels[n].function;
        if (!f)
            continue;
        LLVMReplaceAllUsesWith(f, LLVMGetPoison(LLVMTypeOf(f)));
        LLVMDeleteFunction(f);
        u->kernels[n].function = NULL;
    }
}

/* Where debuggers look by number: DIR/.build-id/ab/cdef....debug */
static bool write_apart(const char *dir, const struct tncc_linked *linked)
{
    const char *hex = "", *folder;
    for (size_t i = 0; i < sizeof linked->id; i++)
        hex = tncc_format("%s%02x", hex, linked->id[i]);
    folder = tncc_format("%s/.build-id", dir);
    (void)mkdir(dir, 0777), (void)mkdir(folder, 0777); /* what fails is told by the file's own error */
    folder = tncc_format("%s/%.2s", folder, hex);
    (void)mkdir(folder, 0777);
    return tncc_write_file(tncc_format("%s/%s.debug", folder, hex + 2), linked->whole, linked->whole_bytes);
}

static bool link_image(const struct tncc_options *o, const struct tncc_text *code, size_t count,
                       struct tncc_image *image)
{
    const char *library =
        tncc_format("%s/device/freestanding%s.o", o->resources, tncc_level(o->cpu)->arm ? "-aarch64" : "");
    struct tncc_object *objects = tncc_alloc((count + 1) * sizeof *objects);
    char why[300];
    for (size_t i = 0; i < count; i++)
        objects[i] = (struct tncc_object){ code[i].data, code[i].bytes };
    objects[count].data = tncc_read_file(library, &objects[count].bytes);
    if (!objects[count].data)
        tncc_fatal("the device library is missing: %s", library);
    struct tncc_linked linked;
    if (!tncc_link(objects, count + 1, o->debug_info, &linked)) {
        tncc_error(NULL, 0, "the image does not link");
        return false;
    }
    image->data = linked.whole && !o->split_debug ? linked.whole : linked.data;
    image->bytes = linked.whole && !o->split_debug ? linked.whole_bytes : linked.bytes;
    if (o->split_debug && !write_apart(o->split_debug, &linked))
        return false;
    if (tncc_image_check(image->data, image->bytes, why, sizeof why)) {
        tncc_error(NULL, 0, "internal: the image is not as it must be: %s", why);
        return false;
    }
    return true;
}

static void finish_debug(struct tncc_unit *u, struct tncc_debug *debug)
{
    for (size_t n = 0; n < u->kernel_count; n++)
        if (!u->kernels[n].refusal)
            tncc_debug_schedule(debug, u->module, &u->kernels[n]);
    tncc_debug_close(debug);
}

static void save_text(const struct tncc_options *o, struct tncc_unit *u, const char *stage, unsigned width)
{
    if (!o->save_temps)
        return;
    const char *slash = strrchr(o->out, '/'), *base = o->keep_dir && slash ? slash + 1 : o->out;
    const char *path =
        tncc_format("%s%s%s.w%u.%s.ll", o->keep_dir ? o->keep_dir : "", o->keep_dir ? "/" : "", base, width, stage);
    char *why = NULL;
    if (LLVMPrintModuleToFile(u->module, path, &why))
        tncc_error(NULL, 0, "can't save %s: %s", path, why);
}

/* Slots go before functions are inlined: in a loop over threads a slot that not every way writes would keep what the thread
 * before left there, which is nothing to anybody but a register that lives all around the loop. */
static const char clean[] =
    "function(sroa),always-inline,globaldce,function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-"
    "verify-fixpoint>,jump-threading,"
    "simplifycfg)";

static const char least[] = "always-inline,globaldce,function(sroa,early-cse,simplifycfg)";
static const char only_one_shape[] = "ipsccp,globaldce,";

static const char *pipeline_of(const struct tncc_options *o)
{
    if (o->after == TNCC_AFTER_ALL)
        return tncc_format("%s,default<O%u>", clean, o->optimise ? o->optimise : 1);
    return tncc_format("%s%s", o->block[0] ? only_one_shape : "", o->after == TNCC_AFTER_CLEAN ? clean : least);
}

bool tncc_sim_image(const struct tncc_options *o, struct tncc_unit *u, struct tncc_image *image)
{
    const struct tncc_level *level = tncc_level(o->cpu);
    unsigned width = image->width;
    LLVMTargetMachineRef machine = tncc_level_machine(level, o->after != TNCC_AFTER_ALL);
    struct tncc_text text = { 0 };
    char *why = NULL;
    bool good = false;
    image->kind = TN_IMAGE_SIM;
    image->target = level->cpu;
    image->features = level->features;
    tncc_phase("sim: lowering");
    if (!tncc_lower(o, u, machine, width))
        goto end;
    tncc_phase("sim: regions");
    save_text(o, u, "lowered", width);
    struct tncc_debug *debug = o->debug_info ? tncc_debug_open(u) : NULL;
    tncc_add(&text, "%s", text_head);
    bool vectors = o->vector == TNCC_VECTOR_ALL || (o->vector == TNCC_VECTOR_AUTO && o->optimise > 1);
    transform_kernels(o, u, machine, width, vectors ? o->vector == TNCC_VECTOR_ALL ? level->at_most : level->lanes : 0,
                      debug, &text);
    tncc_plain_dots(u->module);
    /* beside the images for warps, the one for chips without is what is left of it */
    if ((width != 1 || o->width == 1) && tncc_report_refusals(o, u, "sim") && !o->keep_going)
        goto end;
    if (!debug)
        LLVMStripModuleDebugInfo(u->module);
    drop_sources(u);
    link_text(u, &text);
    if (debug)
        finish_debug(u, debug);
    add_tables(u, image);
    close_module(u);
    save_text(o, u, "regions", width);
    if (LLVMVerifyModule(u->module, LLVMReturnStatusAction, &why))
        tncc_fatal("internal: the transformed module is wrong: %s", why);
    tncc_phase("sim: optimisation");
    struct tncc_text *objects;
    size_t count;
    if (!tncc_code(o, u, machine, pipeline_of(o), &objects, &count))
        goto end;
    save_text(o, u, "final", width);
    tncc_phase("sim: link");
    good = link_image(o, objects, count, image);
    tncc_phase(NULL);
end:
    LLVMDisposeTargetMachine(machine);
    return good;
}
