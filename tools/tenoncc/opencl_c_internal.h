/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_internal.h - what the files of the OpenCL C back end share: the printer's state, its arena and its
 * per-value notes. Only opencl_c*.c includes it.
 */
#ifndef TNCC_OPENCL_C_INTERNAL_H
#define TNCC_OPENCL_C_INTERNAL_H

#include "tools/tenoncc/opencl_c.h"

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

/* Where a pointer points, as inferred; a join lattice with UNKNOWN below and GENERIC above. A generic pointer is a
 * ulong whose top two bits say the space, so that OpenCL 2's generic address space is not needed. */
enum ocl_space { OCL_UNKNOWN, OCL_PRIVATE, OCL_GLOBAL, OCL_LOCAL, OCL_GENERIC };

struct ocl_value {
    LLVMValueRef key;
    unsigned id;
    unsigned char space;
    unsigned char fold;            /* printed inside its only user */
    unsigned char divergent;       /* may differ between the threads of a block */
};

struct ocl_text {
    char *data;
    size_t bytes, room;
};

struct ocl_chunk;

struct ocl {
    LLVMModuleRef module;
    LLVMContextRef context;
    LLVMTargetDataRef layout;
    struct ocl_chunk *arena;
    const char *(*assembly)(LLVMValueRef); /* tncc_opencl_options */

    LLVMValueRef *functions;       /* the kernels, in step with `kernels` */
    tncc_opencl_kernel *kernels;
    size_t kernel_count;
    tncc_opencl_variable *variables;
    LLVMValueRef *globals;         /* in step with `variables` */
    size_t variable_count;
    uint64_t variables_bytes;

    struct ocl_text helpers;       /* functions and types that kernels need, each once */
    const char **helper_names;
    size_t helper_count;

    /* the kernel being printed */
    LLVMValueRef function;
    tncc_opencl_kernel *kernel;
    LLVMValueRef current;          /* the instruction being printed, for refusals */
    jmp_buf refuse;
    struct ocl_value *values;
    size_t value_room, value_count;
    unsigned next_id;
    bool stored_pointers_mixed;    /* a pointer to local or private memory goes through memory or an integer */
    bool uses_int64_atomics;
    bool uses_rounds;              /* meetings that not all threads reach; see opencl_c_meet.c */
    bool uses_warps, uses_votes, uses_lanes;
    bool uses_wide, uses_turns;    /* lanes exchange more than 32 bits; they write to two places in turn */
    unsigned resume_count;
    struct ocl_text body;
    LLVMBasicBlockRef *blocks;
    unsigned block_count;
    unsigned *loop_ends;           /* for each block that begins a printed loop its last block, else 0 */
};

/* opencl_c_text.c: arena, text, notes */
void *ocl_alloc(struct ocl *o, size_t bytes);                    /* zeroed; lives until the result is released */
char *ocl_format(struct ocl *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ocl_text_add(struct ocl_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ocl_text_clear(struct ocl_text *t);
void ocl_arena_free(struct ocl_chunk *arena);
struct ocl_value *ocl_note(struct ocl *o, LLVMValueRef v);
void ocl_notes_clear(struct ocl *o);
_Noreturn void ocl_refuse(struct ocl *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a helper once; `text` is printed as it is. Returns the name. */
const char *ocl_helper(struct ocl *o, const char *name, const char *text);
bool ocl_starts(const char *s, const char *prefix);
const char *ocl_name(LLVMValueRef v);

/* opencl_c_prepare.c: from the front end's module to one that can be printed */
const char *ocl_prepare(struct ocl *o);                          /* NULL or a sentence */
bool ocl_tells_block(const char *name);                          /* a call that gives a number of the block or the grid */

/* opencl_c_variables.c: the hidden buffer */
void ocl_layout_variables(struct ocl *o);                 /* NULL or a sentence */
uint64_t ocl_variable_offset(struct ocl *o, LLVMValueRef global);
const char *ocl_constant_string(LLVMValueRef pointer, size_t *out_bytes);  /* bytes of a constant string or NULL */

/* opencl_c_space.c */
void ocl_infer_spaces(struct ocl *o);
enum ocl_space ocl_space_of(struct ocl *o, LLVMValueRef v);
bool ocl_is_pointer(LLVMValueRef v);
bool ocl_is_dynamic_local(LLVMValueRef v);
bool ocl_is_static_local(LLVMValueRef v);

/* opencl_c_uniform.c */
bool ocl_meetings_diverge(struct ocl *o);

/* opencl_c_meet.c: barriers and warp operations */
bool ocl_is_meeting(LLVMValueRef i);
bool ocl_is_warp_result(LLVMValueRef i);
void ocl_print_meeting(struct ocl *o, LLVMValueRef i);
void ocl_print_leave(struct ocl *o);
void ocl_print_meeting_head(struct ocl *o);                      /* behind the declarations */
void ocl_print_meeting_place(struct ocl *o);                     /* behind the last block */

/* opencl_c_loops.c */
void ocl_keep_loops(struct ocl *o, LLVMValueRef function);       /* those that are not to be unrolled */
void ocl_order_blocks(struct ocl *o, LLVMValueRef function);     /* a loop's blocks in one piece */
void ocl_find_printed_loops(struct ocl *o);                      /* fills o->loop_ends */

/* opencl_c_types.c */
extern const char *const ocl_space_names[];                      /* "__global" ..., by enum ocl_space */
unsigned ocl_int_bits(LLVMTypeRef t);                            /* 0 if not an integer */
unsigned ocl_container_bits(unsigned bits);
const char *ocl_type(struct ocl *o, LLVMTypeRef t, bool is_unsigned);
const char *ocl_memory_type(struct ocl *o, LLVMTypeRef t);       /* may alias anything */
const char *ocl_value_type(struct ocl *o, LLVMValueRef v);
const char *ocl_constant(struct ocl *o, LLVMValueRef v);         /* numbers, vectors of them, zero, undef */
const char *ocl_storage(struct ocl *o, const char *qualifier, const char *name, LLVMTypeRef t, unsigned align);
LLVMTypeRef ocl_storage_element(LLVMTypeRef t);
bool ocl_is_half(LLVMTypeRef t);                                 /* half or bfloat: kept as ushort */
unsigned ocl_half_bits(double d);
uint64_t ocl_size(struct ocl *o, LLVMTypeRef t);

/* opencl_c_expr.c */
const char *ocl_value(struct ocl *o, LLVMValueRef v);
const char *ocl_unsigned(struct ocl *o, LLVMValueRef v);
const char *ocl_pointer_as(struct ocl *o, LLVMValueRef v, enum ocl_space space);
const char *ocl_normalise(struct ocl *o, LLVMTypeRef t, const char *text);
const char *ocl_expression(struct ocl *o, LLVMValueRef i);
const char *ocl_to_float(struct ocl *o, LLVMTypeRef t, const char *text);
const char *ocl_from_float(struct ocl *o, LLVMTypeRef t, const char *text);
void ocl_mark_folds(struct ocl *o);
bool ocl_gives_structure(LLVMValueRef call);                     /* an intrinsic whose fields are printed one by one */

/* opencl_c_memory.c */
const char *ocl_gep(struct ocl *o, LLVMValueRef gep);
const char *ocl_load(struct ocl *o, LLVMValueRef pointer, LLVMTypeRef t, unsigned align, bool is_volatile);
const char *ocl_store(struct ocl *o, LLVMValueRef pointer, LLVMTypeRef t, unsigned align, bool is_volatile,
                      const char *value);
const char *ocl_transfer(struct ocl *o, LLVMValueRef call, bool is_set);   /* memcpy, memmove, memset: a statement */

/* opencl_c_atomic.c */
const char *ocl_atomic_rmw(struct ocl *o, LLVMValueRef i);
const char *ocl_atomic_exchange_if(struct ocl *o, LLVMValueRef i);

/* opencl_c_builtins.c */
const char *ocl_call(struct ocl *o, LLVMValueRef i);             /* "" for a call that is nothing */
const char *ocl_thread_number(struct ocl *o, LLVMValueRef call); /* "get_local_id(0)" ... of OpenCL's size_t, else NULL */

/* opencl_c_flow.c */
void ocl_print_blocks(struct ocl *o);

#endif
