/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_flow.c - blocks as labels and gotos, loops as do-while where they are in one piece, phis as copies on the edges,
 * declarations.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <string.h>

static unsigned number(struct ocl *o, LLVMBasicBlockRef b)
{
    return ocl_note(o, LLVMBasicBlockAsValue(b))->id;
}

static void print_store(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef x = LLVMGetOperand(i, 0), p = LLVMGetOperand(i, 1);
    const char *value = ocl_value(o, x);
    if (ocl_is_pointer(x))
        value = ocl_format(o, "(ulong)%s", ocl_pointer_as(o, x, o->stored_pointers_mixed ? OCL_GENERIC : OCL_GLOBAL));
    bool vol = LLVMGetVolatile(i) || LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic;
    ocl_text_add(&o->body, "    %s\n", ocl_store(o, p, LLVMTypeOf(x), LLVMGetAlignment(i), vol, value));
}

static void print_insert(struct ocl *o, LLVMValueRef i)
{
    LLVMValueRef at = LLVMGetOperand(i, 2), base = LLVMGetOperand(i, 0);
    unsigned id = ocl_note(o, i)->id;
    if (!LLVMIsAConstantInt(at))
        ocl_refuse(o, "replaces an element of a vector by a computed number");
    if (!LLVMIsUndef(base))
        ocl_text_add(&o->body, "    v%u = %s;\n", id, ocl_value(o, base));
    ocl_text_add(&o->body, "    v%u.s%llx = %s;\n", id, LLVMConstIntGetZExtValue(at),
                 ocl_value(o, LLVMGetOperand(i, 1)));
}

static void print_shuffle(struct ocl *o, LLVMValueRef i)
{
    unsigned width = LLVMGetVectorSize(LLVMTypeOf(LLVMGetOperand(i, 0)));
    const char *s = ocl_format(o, "(%s)(", ocl_value_type(o, i));
    for (unsigned k = 0; k < LLVMGetNumMaskElements(i); k++) {
        int m = LLVMGetMaskValue(i, k);
        unsigned at = m < 0 ? 0 : (unsigned)m;
        s = ocl_format(o, "%s%s%s.s%x", s, k ? ", " : "", ocl_value(o, LLVMGetOperand(i, at >= width)),
                       at >= width ? at - width : at);
    }
    ocl_text_add(&o->body, "    v%u = %s);\n", ocl_note(o, i)->id, s);
}

static bool has_variable(struct ocl *o, LLVMValueRef i)
{
    return LLVMGetTypeKind(LLVMTypeOf(i)) != LLVMVoidTypeKind && LLVMGetFirstUse(i) && !ocl_note(o, i)->fold
           && !LLVMIsAAllocaInst(i);
}

static void print_statement(struct ocl *o, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    if (op == LLVMPHI || op == LLVMAlloca || LLVMIsATerminatorInst(i) || ocl_note(o, i)->fold)
        return;
    o->current = i;
    if (ocl_is_meeting(i)) {
        ocl_print_meeting(o, i);
    } else if (op == LLVMStore) {
        print_store(o, i);
    } else if (op == LLVMInsertElement) {
        print_insert(o, i);
    } else if (op == LLVMShuffleVector) {
        print_shuffle(o, i);
    } else {
        const char *text = ocl_expression(o, i);
        if (!*text)
            return;
        if (has_variable(o, i))
            ocl_text_add(&o->body, "    v%u = %s;\n", ocl_note(o, i)->id, text);
        else if (op == LLVMCall || op == LLVMAtomicRMW || op == LLVMAtomicCmpXchg || op == LLVMFence
                 || (op == LLVMLoad && LLVMGetVolatile(i)))
            ocl_text_add(&o->body, "    %s%s%s\n", *text == '(' ? "(void)" : "", text, *text == '{' ? "" : ";");
    }
}

/* Each phi has a copy p, written on the edges: parallel by construction. */
static void print_edge(struct ocl *o, LLVMBasicBlockRef from, LLVMBasicBlockRef to)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(to); i && LLVMIsAPHINode(i); i = LLVMGetNextInstruction(i)) {
        for (unsigned k = 0; has_variable(o, i) && k < LLVMCountIncoming(i); k++) {
            LLVMValueRef x = LLVMGetIncomingValue(i, k);
            if (LLVMGetIncomingBlock(i, k) != from)
                continue;
            if (!LLVMIsUndef(x))
                ocl_text_add(&o->body, "    p%u = %s;\n", ocl_note(o, i)->id,
                             ocl_is_pointer(x) ? ocl_pointer_as(o, x, ocl_space_of(o, i)) : ocl_value(o, x));
            break;
        }
    }
}

/* Without the parentheses around the whole: clang warns of "if ((a == b))". */
static const char *bare(struct ocl *o, const char *s)
{
    size_t n = strlen(s);
    int depth = 0;
    for (size_t i = 0; i < n; i++) {
        depth += (s[i] == '(') - (s[i] == ')');
        if (depth == 0 && i + 1 < n)
            return s;
    }
    return n > 2 && *s == '(' ? ocl_format(o, "%.*s", (int)n - 2, s + 1) : s;
}

/* The end of a loop that is printed as such. */
static bool print_loop_end(struct ocl *o, unsigned at)
{
    LLVMBasicBlockRef b = o->blocks[at];
    LLVMValueRef end = LLVMGetBasicBlockTerminator(b);
    unsigned count = LLVMGetNumSuccessors(end), head = o->block_count;
    for (unsigned k = 0; k < count; k++)
        if (number(o, LLVMGetSuccessor(end, k)) <= at && o->loop_ends[number(o, LLVMGetSuccessor(end, k))] == at)
            head = number(o, LLVMGetSuccessor(end, k));
    if (head == o->block_count)
        return false;
    const char *condition = count > 1 ? ocl_value(o, LLVMGetCondition(end)) : "true";
    print_edge(o, b, o->blocks[head]);
    LLVMBasicBlockRef out = NULL;
    if (count > 1) {
        bool first = LLVMGetSuccessor(end, 0) == o->blocks[head];
        out = LLVMGetSuccessor(end, first);
        print_edge(o, b, out);
        condition = first ? bare(o, condition) : ocl_format(o, "!(%s)", condition);
    }
    ocl_text_add(&o->body, "    } while (%s);\n", condition);
    if (out && number(o, out) != at + 1)
        ocl_text_add(&o->body, "    goto L%u;\n", number(o, out));
    return true;
}

static void print_end(struct ocl *o, unsigned at)
{
    LLVMBasicBlockRef b = o->blocks[at];
    LLVMValueRef end = LLVMGetBasicBlockTerminator(b);
    unsigned count = LLVMGetNumSuccessors(end);
    o->current = end;
    if (print_loop_end(o, at))
        return;
    if (count > 2 || LLVMIsASwitchInst(end))
        ocl_refuse(o, "has a computed jump");
    if (count == 0) {
        ocl_print_leave(o);
        return;
    }
    LLVMBasicBlockRef first = LLVMGetSuccessor(end, 0), second = count > 1 ? LLVMGetSuccessor(end, 1) : first;
    const char *condition = count > 1 ? ocl_value(o, LLVMGetCondition(end)) : NULL;
    print_edge(o, b, first);
    if (second != first)
        print_edge(o, b, second);
    if (second == first) {
        if (number(o, first) != at + 1)
            ocl_text_add(&o->body, "    goto L%u;\n", number(o, first));
    } else if (number(o, first) == at + 1) {
        ocl_text_add(&o->body, "    if (!(%s))\n        goto L%u;\n", condition, number(o, second));
    } else {
        ocl_text_add(&o->body, "    if (%s)\n        goto L%u;\n", bare(o, condition), number(o, first));
        if (number(o, second) != at + 1)
            ocl_text_add(&o->body, "    goto L%u;\n", number(o, second));
    }
}

/* What fences stand around may differ between threads though its address does not, and is kept for each: PoCL and Intel's
 * compiler take a load from one address as one value for the whole block. */
static bool has_fences(struct ocl *o)
{
    for (unsigned b = 0; b < o->block_count; b++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[b]); i; i = LLVMGetNextInstruction(i))
            if (LLVMIsACallInst(i) && LLVMIsAFunction(LLVMGetCalledValue(i)) &&
                !strcmp(ocl_name(LLVMGetCalledValue(i)), "__tn_fence"))
                return true;
    return false;
}

static void declare(struct ocl *o)
{
    bool fences = has_fences(o);
    for (unsigned b = 0; b < o->block_count; b++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[b]); i; i = LLVMGetNextInstruction(i)) {
            unsigned id = ocl_note(o, i)->id;
            o->current = i;
            if (LLVMIsAAllocaInst(i)) {
                if (!LLVMIsAConstantInt(LLVMGetOperand(i, 0)) || LLVMConstIntGetZExtValue(LLVMGetOperand(i, 0)) != 1)
                    ocl_refuse(o, "has an array whose length is known only at run time");
                ocl_text_add(&o->body, "    %s\n", ocl_storage(o, "__private", ocl_format(o, "m%u", id),
                                                              LLVMGetAllocatedType(i), LLVMGetAlignment(i)));
                continue;
            }
            if (!has_variable(o, i) || (LLVMIsACallInst(i) && ocl_gives_structure(i)))
                continue;
            if (LLVMIsAAtomicCmpXchgInst(i)) {
                ocl_text_add(&o->body, "    %s v%u;\n", ocl_type(o, LLVMTypeOf(LLVMGetOperand(i, 1)), false), id);
                continue;
            }
            const char *type = ocl_value_type(o, i);
            ocl_text_add(&o->body, "    %s%s v%u;\n", fences && LLVMIsALoadInst(i) ? "volatile " : "", type, id);
            if (LLVMIsAPHINode(i))
                ocl_text_add(&o->body, "    %s p%u;\n", type, id);
        }
}

/* Called with o->blocks filled; prints declarations and code to o->body. */
void ocl_print_blocks(struct ocl *o)
{
    o->uses_rounds = ocl_meetings_diverge(o);
    ocl_find_printed_loops(o);
    declare(o);
    ocl_print_meeting_head(o);
    for (unsigned b = 0; b < o->block_count; b++) {
        if (b)
            ocl_text_add(&o->body, "L%u:;\n", b);
        if (o->loop_ends[b])
            ocl_text_add(&o->body, "    do {\n");
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[b]); i && LLVMIsAPHINode(i);
             i = LLVMGetNextInstruction(i))
            if (has_variable(o, i))
                ocl_text_add(&o->body, "    v%u = p%u;\n", ocl_note(o, i)->id, ocl_note(o, i)->id);
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[b]); i; i = LLVMGetNextInstruction(i))
            print_statement(o, i);
        print_end(o, b);
    }
    ocl_print_meeting_place(o);
}
