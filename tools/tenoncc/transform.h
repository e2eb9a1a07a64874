/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h - what the files of the block-function transform share. A kernel, with everything inlined, is split
 * at its synchronisation points into regions; each region becomes a function of one thread, and the schedule runs
 * the threads of a block through them. docs/compiler.md tells the whole.
 */
#ifndef TNCC_TRANSFORM_H
#define TNCC_TRANSFORM_H

#include "tools/tenoncc/tenoncc.h"

/* What a thread waits for at the entry of a region. The numbers are known to device/warp.c. */
enum sync_kind {
    SYNC_ENTRY = 0, /* nothing: the kernel's entry */
    SYNC_BARRIER = 1,
    SYNC_BARRIER_REDUCE = 2,
    SYNC_WARP = 3,
    SYNC_SHFL_32 = 4,
    SYNC_SHFL_64 = 5,
    SYNC_BALLOT = 6,
    SYNC_ACTIVE = 7,
    SYNC_MATCH = 8,
    FULL_MASK = 0x80 /* or-ed to a kind in the table for device/warp.c: the mask names every lane */
};

/* warp_form.c: base + stride * lane, where the base is the same in all lanes of a warp and a multiple of 2^zeros */
struct warp_form {
    bool good;
    int64_t stride;
    unsigned zeros;
};
struct warp_forms {
    unsigned width;
    bool (*leaf)(void *data, LLVMValueRef v, struct warp_form *form); /* what is known of v itself */
    bool (*is_same)(void *data, LLVMValueRef v);                      /* in all lanes of a warp, for another reason */
    void *data;
};

struct sync_point { /* number r of these is the entry of region r */
    enum sync_kind kind;
    unsigned reduce;     /* SYNC_BARRIER_REDUCE: 0 count, 1 and, 2 or */
    LLVMValueRef call;   /* NULL for region 0 */
    LLVMValueRef result; /* what reads the value that it gives, or NULL */
    int block;         /* where the region begins */
    bool full_mask;    /* names every lane, known at compile time */
    bool exact;        /* warp operations: surely names just the lanes of a warp that come here together */
};

struct cfg_block {
    LLVMBasicBlockRef block;
    int *succ;
    int succ_count;
    int sync;       /* the sync point that ends this block, 0: none */
    bool divergent; /* its branch may go different ways in different threads */
    bool reaches_sync;
    bool exit, reaches_exit; /* of the graph of blocks that reach a sync point (or, for the others, of the function) */
    uint64_t *post;          /* post-dominators within the blocks that reach a sync point */
    uint64_t *next;          /* sync points that may come next from here; bit 0: the end */
    uint64_t *live, *gen, *kill; /* over slots */
};

struct slot { /* a value that lives across blocks, as an alloca of the split kernel */
    LLVMValueRef place;
    LLVMTypeRef type;
    bool uniform;
    bool crosses;                 /* live into some region */
    uint32_t size, align, offset; /* uniform: place in the uniform area; else bytes a thread */
};

struct area { /* an alloca or a __shared__ variable of the kernel */
    LLVMValueRef value;
    uint64_t size;
    uint32_t align;
    uint32_t element; /* bytes; of a private array that may lie interleaved by threads, else 0 */
};

enum { MAX_SYNC = 1000, TNCC_REST_DONE = -3 };

struct tncc_jammed { /* of a region: so many groups of threads at once */
    LLVMValueRef function;
    unsigned copies;
    bool rows; /* below each other; else neighbours in a row */
};

struct tncc_wider { /* of a region: so many groups of threads as one; function NULL: not */
    LLVMValueRef function;
    unsigned groups;
};

struct transform {
    const struct tncc_options *options;
    struct tncc_unit *unit;
    struct tncc_kernel *kernel;
    LLVMModuleRef module;
    LLVMContextRef context;
    LLVMBuilderRef builder;
    LLVMTargetDataRef layout;
    LLVMTypeRef i1, i8, i32, i64, ptr, none;
    unsigned width; /* of the image, 0: any */
    LLVMValueRef function;

    struct sync_point *sync;
    int sync_count; /* region 0 included */
    struct cfg_block *blocks;
    int block_count;
    struct tncc_map block_index, varying, slot_of_place, slot_of_value;
    struct slot *slots;
    int slot_count, slot_room;
    struct area *areas; /* private arrays that live across regions */
    int area_count;
    struct tncc_map interleaved; /* private arrays that may be, with the size of an element */
    bool rows;                   /* they are, since a vector of threads wants it */
    struct area *shared;
    int shared_count;
    bool warps;                    /* has warp operations: warps run one after another */
    bool rows_lie_side_by_side;    /* one region in vectors without loops, that accesses nothing but neighbours */
    bool reduces;                  /* has barriers with a reduction */
    bool orders_threads;           /* has atomics, fences or calls: loads may differ between threads */
    bool aligned;                  /* all threads that go on always meet the same sync point */
    bool wide;                     /* the kernel for whole warps: their operations don't split it */
    bool warp_level;               /* what varies within a warp is asked for, not within a block */
    bool warps_meet;               /* all lanes of a warp that go on always meet the same warp operation, */
    bool warps_whole;              /* and none ends before the last */
    struct transform *whole_warps; /* the same kernel, wide; or NULL */
    uint32_t uniform_bytes;
    LLVMValueRef *regions;
    LLVMValueRef *vectors;    /* the same for `lanes` neighbouring threads at once, or NULL; gives a vector of places */
    LLVMValueRef *full;       /* a form of that which begins with all lanes and expects them to agree, or NULL */
    unsigned *apart;          /* of that form: vector_rounds_apart, if groups of it may run in step */
    bool *rests;              /* that form gives TNCC_REST_DONE when nothing is left to be done in the row */
    unsigned lanes;           /* 0: no vectors */
    struct tncc_wider *wider; /* a second one for more threads */
    struct tncc_jammed *jams; /* several groups of `lanes` threads at once; function NULL: not */
    struct tncc_jammed *fewer; /* the same for blocks that are not whole, perhaps of fewer rows */
    unsigned words;           /* wide: elements of 32 bits that a register of the machine has */
    struct tncc_debug *debug; /* NULL without -g */
};

/* A region function's parameters: the kernel's, then these, then one pointer for each of: shared, areas, crossing
 * per-thread slots, and the exchange arrays. */
enum region_param {
    P_BX,
    P_BY,
    P_BZ,
    P_GX,
    P_GY,
    P_GZ,
    P_CX,
    P_CY,
    P_CZ,
    P_TX,
    P_TY,
    P_TZ,
    P_LIN,
    P_WIDTH, /* i32 */
    P_WORKER,
    P_DYN,
    P_UIN,
    P_UOUT,
    P_RED, /* ptr */
    P_ROW, /* i64: elements in a row of an interleaved private array; 1: they lie thread by thread */
    P_FIXED
};
enum exchange { X_MASK, X_V32, X_V64, X_SRC, X_R32, X_R64, X_PRED, X_COUNT };
extern const uint32_t exchange_bytes[X_COUNT];
bool exchange_used(const struct transform *t, enum exchange x);

/* escape.c: an address of local memory may come out of memory, too */
bool tncc_local_escapes(const struct transform *t);

/* debug.c: line tables of the functions made here, with -g */
struct tncc_debug;
struct tncc_debug *tncc_debug_open(const struct tncc_unit *unit);
void tncc_debug_copied(struct tncc_debug *d, LLVMValueRef region, const struct tncc_kernel *kernel);
void tncc_debug_schedule(struct tncc_debug *d, LLVMModuleRef module, const struct tncc_kernel *kernel);
LLVMMetadataRef tncc_debug_function(struct tncc_debug *d, LLVMValueRef function, const struct tncc_kernel *kernel);
void tncc_debug_close(struct tncc_debug *d);

/* lower.c */
/* Nothing is kept any more because a list of used variables names it. */
void tncc_drop_used_lists(LLVMModuleRef module);
bool tncc_lower(const struct tncc_options *o, struct tncc_unit *unit, LLVMTargetMachineRef machine, unsigned width);
/* Links a device library and gives mathematics its implementation there. */
void tncc_device_library(LLVMModuleRef module, const char *path);
/* groups.c: objects of the image's code, from a module that is ready. False after errors were printed. */
bool tncc_code(const struct tncc_options *o, struct tncc_unit *u, LLVMTargetMachineRef machine, const char *pipeline,
               struct tncc_text **out_objects, size_t *out_count);
void tncc_library_ahead(LLVMContextRef context, const char *path); /* reads it now for the next who wants it */
void tncc_passes(LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline);
const char *tncc_callee(LLVMValueRef instruction); /* name of the called function, or NULL */

/* How often a branch goes its ways, and whether one of them is as good as never taken. */
void tncc_expect(LLVMValueRef branch, unsigned first, unsigned second);
bool tncc_is_unexpected(LLVMValueRef branch, unsigned successor);

/* asm.c: inline PTX becomes IR; what can't stays, with the reason */
void tncc_lower_assembly(LLVMModuleRef module, unsigned width);
const char *tncc_asm_reason(LLVMValueRef assembly);

/* defined.c: division by zero and conversions as CUDA's hardware does them */
void tncc_define_operations(LLVMModuleRef module);
void tncc_round_halves(LLVMModuleRef module);
void tncc_trap_divisions(LLVMModuleRef module); /* division by zero ends the kernel instead */
/* aligned.c: accesses at misaligned addresses fault */
void tncc_mark_misaligned(LLVMModuleRef module);
bool tncc_makes_mark(LLVMValueRef instruction); /* what that takes: a beginning's, computed once, costs nothing */
unsigned tncc_zeros_of(LLVMValueRef v, int depth); /* how many low bits of an integer are surely zero; depth: 0 */
/* outline.c: functions that stay functions get the thread's context as a first parameter */
#define TNCC_SERVICE_CALL "tncc-service"
void tncc_outline(struct tncc_unit *unit);
/* The context for a region's thread; `part` gives numbers 0 ... P_WORKER - 1, then worker, dynamic local memory, and the
 * module's shared variables by tncc_shared_index. It may return NULL. */
LLVMValueRef tncc_build_context(LLVMBuilderRef builder, LLVMModuleRef module, LLVMValueRef (*part)(void *, int),
                                void *data);
int tncc_shared_count(LLVMModuleRef module);
int tncc_shared_index(LLVMModuleRef module, LLVMValueRef v); /* -1: not one */
/* The kernel and every function with a body that it may call. */
void tncc_reachable(const struct tncc_unit *unit, LLVMValueRef kernel, struct tncc_list *out);
/* regions.c: "tid_x" to P_TX ..., -1: not one of them */
int tncc_identity_param(const char *name);

/* split.c: the sync points, the flow graph, what is uniform */
bool tncc_split(struct transform *t); /* false: refused */
bool tncc_is_sync(LLVMValueRef instruction);
bool tncc_is_warp_operation(LLVMValueRef instruction);
bool tncc_has_warp_operations(LLVMValueRef f);
int tncc_post_dominator(const struct transform *t, int block); /* the immediate one, or -1 */
void tncc_reach(const struct transform *t, int from, const int stops[2], bool only_sync, uint64_t *seen);
bool tncc_is_varying(const struct transform *t, LLVMValueRef v);
/* warp_form.c */
struct warp_form tncc_warp_form(const struct warp_forms *w, LLVMValueRef v);
bool tncc_warp_same(const struct warp_forms *w, LLVMValueRef i); /* in all lanes, though its operands may differ */
bool tncc_warp_first(const struct warp_forms *w, LLVMValueRef condition, unsigned *count);
/* warp_masks.c: sets `exact` of the sync points; what varies within a warp is known */
void tncc_exact_masks(struct transform *t, const struct warp_forms *forms);
bool tncc_below(LLVMValueRef v, uint64_t limit); /* surely, as an unsigned number */
/* warp_wide.c: the kernel once more, for whole warps, where it has warp operations that their lanes meet at */
LLVMValueRef tncc_copy_function(LLVMValueRef f, const char *name);
void tncc_drop_regions(struct transform *t);
bool tncc_keep_whole_warps(struct transform *t); /* false: some region can't be had; nothing is left of it then */
/* dot.c: __dp4a stays a call, until what the vectoriser has left of it becomes plain; of vectors, `words` to a register */
void tncc_keep_dots(LLVMModuleRef module);
bool tncc_is_dot(LLVMValueRef call);
LLVMValueRef tncc_dot(LLVMModuleRef module, LLVMBuilderRef b, LLVMValueRef call, const LLVMValueRef *of, unsigned words);
void tncc_plain_dots(LLVMModuleRef module);
/* private.c: private arrays that may lie interleaved. Of those that live across regions the addresses go from row to row. */
void tncc_private_arrays(struct transform *t);
/* The size of its elements, 0: it may not; `derived` gets the addresses within it. */
unsigned tncc_private_element(LLVMTargetDataRef layout, LLVMValueRef alloca, struct tncc_map *derived);
/* The bytes by which a getelementptr goes on: `at[n]` times `scale[n]`, and a constant. False: too many. */
struct tncc_steps {
    LLVMValueRef at[8];
    int64_t scale[8], constant;
    unsigned count;
};
bool tncc_address_steps(LLVMTargetDataRef layout, LLVMValueRef gep, struct tncc_steps *s);
/* demote.c: values across blocks to slots, with what is cheap computed anew; then what is live where */
void tncc_demote(struct transform *t);
/* regions.c: one function for each region */
void tncc_regions(struct transform *t);
LLVMValueRef tncc_region(struct transform *t, int number, const char *name); /* NAME.region.<name>.<number> */
/* vector.c: regions for several threads at once, where that pays; all kernels of a module together */
void tncc_vectorise(struct transform **list, size_t count, LLVMTargetMachineRef machine);
/* local_atomics.c: is the address surely in memory that only the running block has? `function` is a region. */
bool tncc_own_memory(const struct transform *t, LLVMValueRef function, LLVMValueRef pointer);
/* Builds what an atomic does as plain code, and gives its result; NULL: an operation that is not known. */
LLVMValueRef tncc_plain_atomic(LLVMBuilderRef b, LLVMValueRef atomic);
void tncc_plain_atomics(struct transform *t, LLVMValueRef region); /* all that may be so */
/* Runs passes over the functions that are keys of the map alone. */
void tncc_passes_on(LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline,
                    const struct tncc_map *functions);
/* jam.c: vectorised regions for several groups of threads at once, where these have much in common */
void tncc_jam(struct transform **list, size_t count, LLVMTargetMachineRef machine);
bool tncc_could_jam(const struct transform *t); /* some region of it, by all that is known of the kernel */
bool tncc_may_jam(const struct transform *t, int region);
/* schedule.c: text IR of the block function; for a wide kernel that of whole warps, which the other calls */
bool tncc_is_dynamic(const struct transform *t, int region); /* may its threads go on differently? */
bool tncc_rests_count(const struct transform *t, int region); /* nobody asks where its threads go on: the form above may tell more */
void tncc_schedule(struct transform *t, struct tncc_text *out);

/* bit sets */
static inline size_t bit_words(int bits)
{
    return ((size_t)bits + 63) / 64 + 1;
}
static inline bool bit_test(const uint64_t *set, int i)
{
    return set[i >> 6] >> (i & 63) & 1;
}
static inline void bit_set(uint64_t *set, int i)
{
    set[i >> 6] |= 1ull << (i & 63);
}

/* An instruction keeps its own place in the source: a builder would give it that of where it was put before something. */
static inline void tncc_insert(LLVMBuilderRef builder, LLVMValueRef instruction)
{
    LLVMSetCurrentDebugLocation2(builder, NULL);
    LLVMInsertIntoBuilder(builder, instruction);
}

#define EACH_BLOCK(f, b)       for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
#define EACH_INSTRUCTION(b, i) for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))

#endif
