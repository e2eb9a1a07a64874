/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/random/interpret_internal.h - shared by interpret_decode.c (LLVM's instructions to an array of codes), interpret.c
 * (which runs them) and interpret_values.c (what they make of numbers). Every value is a row of 64-bit elements: one for a number, one for each part of a vector or structure.
 */
#ifndef TESTS_RANDOM_INTERPRET_INTERNAL_H
#define TESTS_RANDOM_INTERPRET_INTERNAL_H

#include <llvm-c/Target.h>
#include <stdbool.h>

#include "tests/kernels/random/interpret.h"

/* Beside LLVM's opcodes, which end below these. */
enum { OP_IDENTITY = 100, OP_SYNC, OP_INTRINSIC, OP_COPY, OP_SET, OP_NOTHING, OP_UNKNOWN };
enum { SYNC_BARRIER = 1, SYNC_COUNT, SYNC_AND, SYNC_OR, SYNC_WARP, SYNC_SHUFFLE, SYNC_BALLOT, SYNC_MATCH, SYNC_ACTIVE };
enum { ID_TID, ID_CTAID = 3, ID_NTID = 6, ID_NCTAID = 9, ID_WIDTH = 12, ID_LANE };
enum intrinsic {
    I_CTPOP,
    I_CTLZ,
    I_CTTZ,
    I_BITREVERSE,
    I_BSWAP,
    I_FSHL,
    I_FSHR,
    I_ABS,
    I_SMIN,
    I_SMAX,
    I_UMIN,
    I_UMAX,
    I_FABS,
    I_FLOOR,
    I_CEIL,
    I_TRUNC,
    I_RINT,
    I_SQRT,
    I_FMA,
    I_MINNUM,
    I_MAXNUM,
    I_COPYSIGN,
    I_COUNT
};

struct leaf { /* one element of a value in memory */
    uint32_t offset, bytes;
};
struct term { /* of an address: element * scale */
    int32_t operand;
    unsigned bits;
    int64_t scale;
};
struct edge { /* a phi's value from one block */
    int32_t block, operand;
};
struct phi {
    int32_t out;
    uint32_t lanes;
    unsigned count;
    struct edge *edges;
};
struct code {
    uint8_t op, sub, bits,
        from;             /* sub: predicate, operation; bits of an element of the result and of the first operand */
    bool real;            /* elements are floating-point numbers */
    uint32_t lanes;       /* of the result, or of what is stored */
    int32_t out, a, b, c; /* operands: elements of the frame, or ~element of the constants */
    int64_t number;
    void *more;
    LLVMValueRef from_ir;
};
struct block {
    uint32_t first;
    struct phi *phis;
    unsigned phi_count;
};
struct function {
    LLVMValueRef value;
    struct code *codes;
    struct block *blocks;
    uint32_t slots, param_count;
    struct function *next;
};
struct call {
    struct function *to;
    unsigned count;
    int32_t args[];
};

struct variable {
    LLVMValueRef value;
    char *data;
};
struct ir_program {
    LLVMModuleRef module;
    LLVMTargetDataRef layout;
    struct function *functions;
    uint64_t *constants;
    size_t constant_count, constant_room;
    struct variable *variables;
    size_t variable_count;
    struct thread *threads;
    size_t thread_count;
    char why[400];
};

struct function *ir_function(ir_program *p, LLVMValueRef f); /* decoded when first asked for */
void ir_decode_variables(ir_program *p);
unsigned ir_lanes(LLVMTypeRef t);
/* The elements of a type in memory; returns how many. `out` may be NULL. */
unsigned ir_leaves(const ir_program *p, LLVMTypeRef t, uint32_t offset, struct leaf *out);
void *ir_alloc(size_t bytes); /* cleared; lives until the process ends, as programs are few and processes short */

/* ---- interpret_values.c: `bits` are those of an element; real numbers travel as their bits ---- */
uint64_t ir_cut(uint64_t v, unsigned bits);
int64_t ir_sign(uint64_t v, unsigned bits);
uint64_t ir_arithmetic(unsigned op, uint64_t a, uint64_t b, unsigned bits);
uint64_t ir_real_arithmetic(unsigned op, uint64_t a, uint64_t b, unsigned bits);
bool ir_compare(unsigned predicate, uint64_t a, uint64_t b, unsigned bits);
bool ir_compare_real(unsigned predicate, uint64_t a, uint64_t b, unsigned bits);
uint64_t ir_convert(const struct code *c, uint64_t v);
uint64_t ir_intrinsic(unsigned which, unsigned bits, uint64_t a, uint64_t b, uint64_t c);
uint64_t ir_update(unsigned how, uint64_t old, uint64_t v, unsigned bits);

#endif
