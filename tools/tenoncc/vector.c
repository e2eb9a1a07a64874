/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector.c - the vectoriser's driver: copies the regions that may gain, brings the copies into normal form, and makes of
 * each that can be had and that pays a function for several threads at once. Calls LLVM-C.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

#include "tools/tenoncc/explain.h"

/* Ends with what the vectoriser counts on: two-way branches, reducible loops of one latch, one return, loop-closed SSA. */
static const char normal_form[] = "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,loop-"
                                  "mssa(loop-rotate,licm),simplifycfg,"
                                  "instcombine<no-verify-fixpoint>,early-cse<memssa>,adce,simplifycfg,lower-switch,fix-"
                                  "irreducible,mergereturn,loop-simplify,"
                                  "lcssa)";

static bool branches(LLVMValueRef f)
{
    EACH_BLOCK(f, b)
    if (LLVMGetNumSuccessors(LLVMGetBasicBlockTerminator(b)) > 1)
        return true;
    return false;
}

/* A loop over threads without branches is LLVM's, unless it is one of several, or one of the rows of a block: there the
 * number of threads is small, and rows have much in common. */
bool vector_is_simple(const struct transform *t, LLVMValueRef region)
{
    return t->sync_count == 1 && !LLVMGetFirstUse(LLVMGetParam(region, t->kernel->arg_count + P_TY));
}

static LLVMAttributeRef attribute(LLVMContextRef c, const char *name)
{
    return LLVMCreateEnumAttribute(c, LLVMGetEnumAttributeKindForName(name, strlen(name)), 0);
}

/* ---- passes over some functions: they leave those alone that are marked so ---- */
struct marked {
    LLVMValueRef function;
    bool inlined, kept;
};

static bool take_attribute(LLVMValueRef f, const char *name)
{
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    bool had = LLVMGetEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, kind) != NULL;
    if (had)
        LLVMRemoveEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, kind);
    return had;
}

void tncc_passes_on(LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline,
                    const struct tncc_map *functions)
{
    LLVMContextRef c = LLVMGetModuleContext(module);
    struct tncc_list others = { 0 };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f) || tncc_get(functions, f))
            continue;
        struct marked *m = tncc_alloc(sizeof *m);
        *m = (struct marked){ f, take_attribute(f, "alwaysinline"), take_attribute(f, "noinline") };
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute(c, "optnone"));
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex, attribute(c, "noinline"));
        tncc_push(&others, m);
    }
    tncc_passes(module, machine, pipeline);
    for (size_t n = 0; n < others.count; n++) {
        const struct marked *m = others.items[n];
        take_attribute(m->function, "optnone");
        take_attribute(m->function, "noinline");
        if (m->inlined)
            LLVMAddAttributeAtIndex(m->function, LLVMAttributeFunctionIndex, attribute(c, "alwaysinline"));
        if (m->kept)
            LLVMAddAttributeAtIndex(m->function, LLVMAttributeFunctionIndex, attribute(c, "noinline"));
    }
}

/* ---- one region ---- */
static struct vector new_vector(struct transform *t, LLVMValueRef source)
{
    struct vector v = { .t = t,
                        .module = t->module,
                        .context = t->context,
                        .layout = t->layout,
                        .i1 = t->i1,
                        .i8 = t->i8,
                        .i32 = t->i32,
                        .i64 = t->i64,
                        .ptr = t->ptr,
                        .f64 = LLVMDoubleTypeInContext(t->context),
                        .source = source,
                        .lanes = t->lanes,
                        .wide = t->wide,
                        .rest = -1 };
    v.lane_params[0] = t->kernel->arg_count + P_TX;
    v.lane_params[1] = t->kernel->arg_count + P_LIN;
    return v;
}

static bool finish_vector(struct vector *v, bool good)
{
    if (good) {
        vector_plan(v);
        good = !v->why && vector_emit(v);
    }
    if (!good && v->made)
        LLVMDeleteFunction(v->made);
    return good;
}

static void find_all(struct vector *v)
{
    vector_private(v);
    vector_shapes(v);
    vector_groups(v);
}

/* The form that begins with all lanes, and has no masks up to where they part; `first` is the one with masks. Not with
 * lines (-g): they belong to one function. */
static LLVMValueRef full_region(struct vector *first, int region)
{
    struct vector v = new_vector(first->t, first->source);
    enum vector_agreement *agreed = tncc_alloc((size_t)first->block_count * sizeof *agreed);
    bool usual = first->lanes == first->t->lanes;
    v.lanes = first->lanes;
    if (first->t->wide || first->t->debug ||
        !(vector_find_agreed(first, agreed) || (usual && tncc_may_jam(first->t, region))) || !vector_graph(&v) ||
        !vector_check(&v))
        return NULL;
    v.masked = first->made;
    for (int n = 0; n < v.block_count; n++)
        v.blocks[n].agreed = agreed[n];
    find_all(&v);
    if (usual && tncc_may_jam(first->t, region) && !LLVMGetFirstUse(LLVMGetParam(v.source, v.t->kernel->arg_count + P_TY)))
        first->t->apart[region] = vector_rounds_apart(&v);
    if (usual && tncc_rests_count(first->t, region))
        vector_find_rest(&v);
    if (!finish_vector(&v, vector_check_shapes(&v)))
        return NULL;
    if (usual)
        first->t->rests[region] = v.rest >= 0;
    return v.made;
}

/* The same for twice as many threads. */
static LLVMValueRef doubled_region(struct transform *t, LLVMValueRef source)
{
    struct vector v = new_vector(t, source);
    v.lanes = 2 * t->lanes;
    if (t->debug || !vector_graph(&v) || !vector_check(&v))
        return NULL;
    find_all(&v);
    return finish_vector(&v, vector_check_shapes(&v) && vector_waits(&v)) ? v.made : NULL;
}

enum { BYTES = 4 /* in an element of 32 bits */ };

/* The same for as many threads as a register holds bytes. */
static LLVMValueRef bytes_region(struct transform *t, LLVMValueRef source, int region)
{
    struct vector v = new_vector(t, source);
    v.lanes = BYTES * t->lanes;
    if (t->debug || !vector_graph(&v) || !vector_check(&v))
        return NULL;
    find_all(&v);
    if (!finish_vector(&v, vector_check_shapes(&v) && vector_is_of_bytes(&v)))
        return NULL;
    LLVMValueRef full = full_region(&v, region);
    return full ? full : v.made;
}

/* A second function for more threads at once. */
static void widen_region(struct transform *t, LLVMValueRef source, int region)
{
    if (t->wide || t->reduces || tncc_is_dynamic(t, region) || t->lanes > VECTOR_MAX_LANES / 4)
        return;
    t->wider[region] = (struct tncc_wider){ bytes_region(t, source, region), BYTES };
    if (!t->wider[region].function)
        t->wider[region] = (struct tncc_wider){ doubled_region(t, source), 2 };
}

static void vectorise_region(struct transform *t, int region)
{
    LLVMValueRef source = t->vectors[region];
    struct vector v = new_vector(t, source);
    vector_half_memory(&v);
    bool good = vector_graph(&v) && vector_check(&v);
    if (good)
        find_all(&v);
    good = good && vector_check_shapes(&v) && (t->options->vector == TNCC_VECTOR_ALL || vector_pays(&v));
    t->rows_lie_side_by_side = good && t->sync_count == 1 && !t->wide && !t->warps && !t->orders_threads &&
                               !t->shared_count && vector_walks_rows(&v);
    good = finish_vector(&v, good);
    t->vectors[region] = good ? v.made : NULL;
    t->full[region] = good ? full_region(&v, region) : NULL;
    if (good)
        widen_region(t, source, region);
    tncc_explain(t, t->regions[region],
                 &(struct tncc_choice){ region, good ? v.lanes : 0, v.why, v.cost_one, v.cost_all });
}

static const char *left_alone(const struct transform *t)
{
    return t->lanes ? "it has no branches, and is left to LLVM's vectoriser"
                    : "the vectoriser is off, or the processor has no masks";
}

/* Private arrays lie interleaved where a vector of threads uses them. */
static bool wants_rows(const struct transform *t)
{
    unsigned first = t->kernel->arg_count + P_FIXED + (unsigned)t->shared_count;
    for (int r = 0; r < t->sync_count; r++)
        for (int k = 0; k < t->area_count; k++)
            if (t->vectors[r] && t->areas[k].element &&
                LLVMGetFirstUse(LLVMGetParam(t->vectors[r], first + (unsigned)k)))
                return true;
    return false;
}

void tncc_vectorise(struct transform **list, size_t count, LLVMTargetMachineRef machine)
{
    struct tncc_map copies = { 0 };
    for (size_t n = 0; n < count; n++) {
        struct transform *t = list[n];
        t->vectors = tncc_alloc((size_t)t->sync_count * sizeof *t->vectors);
        t->full = tncc_alloc((size_t)t->sync_count * sizeof *t->full);
        t->rests = tncc_alloc((size_t)t->sync_count * sizeof *t->rests);
        t->apart = tncc_alloc((size_t)t->sync_count * sizeof *t->apart);
        t->wider = tncc_alloc((size_t)t->sync_count * sizeof *t->wider);
        for (int r = 0; r < t->sync_count && t->lanes; r++)
            if (t->wide || t->options->vector == TNCC_VECTOR_ALL || branches(t->regions[r]) ||
                !vector_is_simple(t, t->regions[r])) {
                t->vectors[r] = tncc_region(t, r, "lanes");
                tncc_put(&copies, t->vectors[r], t);
            }
    }
    if (copies.count)
        tncc_passes_on(list[0]->module, machine, normal_form, &copies);
    for (size_t n = 0; n < count; n++)
        for (int r = 0; r < list[n]->sync_count; r++) {
            LLVMValueRef copy = list[n]->vectors[r];
            if (!copy) {
                tncc_explain(list[n], list[n]->regions[r], &(struct tncc_choice){ r, 0, left_alone(list[n]), 0, 0 });
                continue;
            }
            vectorise_region(list[n], r);
            LLVMDeleteFunction(copy);
        }
    for (size_t n = 0; n < count; n++)
        list[n]->rows = wants_rows(list[n]);
}
