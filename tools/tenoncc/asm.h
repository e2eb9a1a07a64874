/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asm.h - between asm.c, which reads inline PTX, asm_operand.c, which has its operands, and asm_table.c, asm_warp.c and asm_more.c, which know the instructions.
 */
#ifndef TNCC_ASM_H
#define TNCC_ASM_H

#include "tools/tenoncc/transform.h"

enum { PTX_MAX_PARTS = 12, PTX_MAX_OPERANDS = 12, PTX_MAX_REGISTERS = 128, PTX_MAX_WORD = 96, PTX_MAX_BOUND = 64 };

struct ptx_type {
    char kind; /* b u s f, p for predicates */
    unsigned bits;
};

struct ptx_register {
    char name[PTX_MAX_WORD];
    LLVMValueRef value; /* an integer; NULL before the first write */
    unsigned bits;
};

struct ptx_statement {
    const char *text; /* the instruction's name with its modifiers */
    const char *parts[PTX_MAX_PARTS];
    unsigned part_count, operand_count;
    char operands[PTX_MAX_OPERANDS][PTX_MAX_WORD];
    LLVMValueRef guard; /* of @p, or NULL */
};

struct ptx {
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMContextRef context;
    unsigned width; /* of the warp */
    struct ptx_register registers[PTX_MAX_REGISTERS];
    unsigned register_count;
    LLVMValueRef operands[PTX_MAX_BOUND]; /* $0 ... */
    LLVMTypeRef output_types[PTX_MAX_BOUND];
    unsigned operand_count, output_count;
    LLVMValueRef carry; /* of .cc; NULL before the first in this assembly */
    const char *why; /* what can't be done, NULL: nothing */
};

/* asm_operand.c */
bool ptx_type(const char *word, struct ptx_type *out);
bool ptx_has(const struct ptx_statement *s, const char *word);
void ptx_fail(struct ptx *p, const char *why);
LLVMValueRef ptx_resize(struct ptx *p, LLVMValueRef v, LLVMTypeRef to, bool is_signed);
LLVMValueRef ptx_call(struct ptx *p, const char *name, struct ptx_type result, LLVMValueRef *args, unsigned count);
LLVMValueRef ptx_intrinsic(struct ptx *p, const char *name, LLVMTypeRef type, LLVMValueRef *args, unsigned count);
LLVMValueRef ptx_named(struct ptx *p, const char *word, struct ptx_type t); /* by its word */
LLVMValueRef ptx_operand(struct ptx *p, const struct ptx_statement *s, unsigned n, struct ptx_type t);
LLVMValueRef ptx_address(struct ptx *p, const struct ptx_statement *s, unsigned n);
void ptx_write(struct ptx *p, const struct ptx_statement *s, LLVMValueRef v, bool is_signed);
void ptx_move(struct ptx *p, const struct ptx_statement *s, struct ptx_type t);
void ptx_memory(struct ptx *p, const struct ptx_statement *s, struct ptx_type t);

void ptx_write_at(struct ptx *p, const struct ptx_statement *s, unsigned n, LLVMValueRef v, bool is_signed);
/* Operands in braces, or one without: as 32-bit words in memory of the function; and from memory to operands. */
LLVMValueRef ptx_words(struct ptx *p, const struct ptx_statement *s, unsigned n, unsigned bits, unsigned words);
LLVMValueRef ptx_room(struct ptx *p, unsigned words);
void ptx_write_words(struct ptx *p, const struct ptx_statement *s, unsigned n, LLVMValueRef room, unsigned bits);
unsigned ptx_operand_words(const struct ptx_statement *s, unsigned n);

/* asm_warp.c, asm_more.c: true when it was one of theirs */
bool ptx_together(struct ptx *p, const struct ptx_statement *s);
bool ptx_more(struct ptx *p, const struct ptx_statement *s);

/* asm_table.c */
void ptx_instruction(struct ptx *p, const struct ptx_statement *s);

#endif
