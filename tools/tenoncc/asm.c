/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asm.c - inline PTX on targets that are not NVIDIA's: the text is read and each instruction becomes LLVM IR. What the
 * table below lacks stays inline assembly, and the reason is kept for the refusal. Straight-line code only. Calls LLVM-C.
 */
#include "tools/tenoncc/asm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_REGISTERS = PTX_MAX_REGISTERS,
    MAX_PARTS = PTX_MAX_PARTS,
    MAX_OPERANDS = PTX_MAX_OPERANDS,
    MAX_WORD = PTX_MAX_WORD
};

static struct tncc_map reasons; /* inline assembly to why it was not taken */

const char *tncc_asm_reason(LLVMValueRef assembly)
{
    const char *why = tncc_get(&reasons, assembly);
    return why ? why : "inline assembly is not supported on this target";
}

static const char *skip(const char *s)
{
    for (;;) {
        if (isspace((unsigned char)*s))
            s++;
        else if (s[0] == '/' && s[1] == '/')
            s += strcspn(s, "\n");
        else if (s[0] == '/' && s[1] == '*')
            s = strstr(s, "*/") ? strstr(s, "*/") + 2 : s + strlen(s);
        else
            return s;
    }
}

static void declare(struct ptx *p, const struct ptx_statement *s, const char *rest)
{
    struct ptx_type t;
    char name[MAX_WORD];
    if (s->part_count < 2 || !ptx_type(s->parts[1], &t)) {
        ptx_fail(p, tncc_format("the declaration '%s'", s->text));
        return;
    }
    for (rest = skip(rest); *rest && !p->why; rest = skip(rest)) {
        size_t n = strcspn(rest, ", \t\n<");
        if (rest[n] == '<' || n >= sizeof name || p->register_count == MAX_REGISTERS) {
            ptx_fail(p, "a declaration of many registers");
            return;
        }
        memcpy(name, rest, n);
        name[n] = 0;
        struct ptx_register *r = &p->registers[p->register_count++];
        memset(r, 0, sizeof *r);
        memcpy(r->name, name, n + 1);
        r->bits = t.bits;
        rest = skip(rest + n);
        rest += *rest == ',';
    }
}

static void split_operands(struct ptx *p, struct ptx_statement *s, const char *rest)
{
    for (rest = skip(rest); *rest && !p->why;) {
        size_t n = 0;
        int depth = 0;
        char *out = s->operands[s->operand_count];
        for (; *rest && (*rest != ',' || depth); rest++) {
            depth += (*rest == '{' || *rest == '[') - (*rest == '}' || *rest == ']');
            if (*rest == '|' && !depth) /* a second result follows */
                break;
            if (!isspace((unsigned char)*rest) && n + 1 < MAX_WORD)
                out[n++] = *rest;
        }
        out[n] = 0;
        if (++s->operand_count == MAX_OPERANDS)
            ptx_fail(p, tncc_format("%s with many operands", s->text));
        rest = skip(rest + (*rest != 0));
    }
}

static void statement(struct ptx *p, const char *text)
{
    struct ptx_statement s = { 0 };
    char *copy = tncc_copy(text, strlen(text));
    const char *at = skip(copy);
    if (*at == '@') {
        char guard[MAX_WORD];
        size_t n = strcspn(++at, " \t\n");
        struct ptx_type predicate = { 'p', 1 };
        bool inverted = *at == '!';
        if (n >= sizeof guard)
            n = sizeof guard - 1;
        memcpy(guard, at + inverted, n - inverted);
        guard[n - inverted] = 0;
        s.guard = ptx_resize(p, ptx_named(p, guard, predicate), LLVMIntTypeInContext(p->context, 1), false);
        if (inverted)
            s.guard = LLVMBuildNot(p->builder, s.guard, "");
        at = skip(at + n);
    }
    size_t size = strcspn(at, " \t\n");
    if (!size)
        return;
    s.text = tncc_copy(at, size);
    char *words = tncc_copy(at, size), *save = NULL;
    if (*words == '.') {
        s.parts[s.part_count++] = "";
    }
    for (char *w = strtok_r(words, ".", &save); w && s.part_count < MAX_PARTS; w = strtok_r(NULL, ".", &save))
        s.parts[s.part_count++] = w;
    if (*at == '.') {
        if (s.part_count > 1 && !strcmp(s.parts[1], "reg")) {
            const char *rest = skip(at + size);
            size_t more = *rest == '.' ? strcspn(rest, " \t\n") : 0;
            if (more && s.part_count == 2) {
                s.parts[1] = tncc_copy(rest + 1, more - 1);
                rest += more;
            } else if (s.part_count > 2) {
                s.parts[1] = s.parts[2];
            }
            declare(p, &s, rest);
        } else {
            ptx_fail(p, tncc_format("the directive '%s'", s.text));
        }
        return;
    }
    split_operands(p, &s, at + size);
    if (!p->why)
        ptx_instruction(p, &s);
}

/* Statements end in semicolons; braces that open a scope stand at a statement's beginning. */
static void statements(struct ptx *p, const char *text)
{
    for (text = skip(text); *text && !p->why; text = skip(text)) {
        if (*text == '{' || *text == '}' || *text == ';') {
            text++;
            continue;
        }
        size_t n = strcspn(text, ";");
        statement(p, tncc_copy(text, n));
        text += n + (text[n] == ';');
    }
}

bool tncc_assembly_uses_warps(LLVMModuleRef module)
{
    static const char *const words[] = { "activemask", "lanemask", "vote.",  "bar.warp", "shfl.",
                                         "match.",     "redux.",   "elect.", "mma.",     "matrix" };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    if (LLVMIsACallInst(i) && LLVMIsAInlineAsm(LLVMGetCalledValue(i))) {
        size_t bytes;
        const char *text = LLVMGetInlineAsmAsmString(LLVMGetCalledValue(i), &bytes);
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (strstr(text, words[k]))
                return true;
    }
    return false;
}

/* ---- one call ---- */
/* Outputs come first, then inputs; an input that names an output begins with a digit. */
static void bind_operands(struct ptx *p, LLVMValueRef call, const char *constraints)
{
    LLVMTypeRef result = LLVMTypeOf(call);
    bool many = LLVMGetTypeKind(result) == LLVMStructTypeKind;
    unsigned input = 0;
    for (const char *c = constraints; *c && !p->why; c += strcspn(c, ","), c += *c == ',') {
        if (*c == '~')
            continue;
        if (p->operand_count == PTX_MAX_BOUND) {
            ptx_fail(p, "many operands");
        } else if (*c == '=') {
            if (c[1] == '*')
                ptx_fail(p, "an output in memory");
            p->output_types[p->output_count] = many ? LLVMStructGetTypeAtIndex(result, p->output_count) : result;
            p->operands[p->operand_count++] = NULL;
            p->output_count++;
        } else {
            LLVMValueRef v = LLVMGetOperand(call, input++);
            if (isdigit((unsigned char)*c))
                p->operands[atoi(c)] = v;
            p->operands[p->operand_count++] = v;
        }
    }
}

static void replace(struct ptx *p, LLVMValueRef call)
{
    if (p->output_count == 1) {
        LLVMReplaceAllUsesWith(call, p->operands[0]);
    } else if (p->output_count) {
        LLVMValueRef all = LLVMGetUndef(LLVMTypeOf(call));
        for (unsigned k = 0; k < p->output_count; k++)
            all = LLVMBuildInsertValue(p->builder, all, p->operands[k], k, "");
        LLVMReplaceAllUsesWith(call, all);
    }
    LLVMInstructionEraseFromParent(call);
}

static void lower_call(LLVMModuleRef module, LLVMBuilderRef builder, LLVMValueRef call, unsigned width)
{
    struct ptx p = { .module = module, .builder = builder, .context = LLVMGetModuleContext(module), .width = width };
    LLVMValueRef assembly = LLVMGetCalledValue(call);
    size_t bytes;
    const char *text = LLVMGetInlineAsmAsmString(assembly, &bytes);
    char *code = tncc_copy(text, bytes);
    const char *constraints = LLVMGetInlineAsmConstraintString(assembly, &bytes);
    constraints = tncc_copy(constraints, bytes);
    LLVMValueRef before = LLVMGetPreviousInstruction(call);
    LLVMPositionBuilderBefore(builder, call);
    bind_operands(&p, call, constraints);
    statements(&p, code);
    for (unsigned k = 0; k < p.output_count && !p.why; k++) {
        if (!p.operands[k])
            p.operands[k] = LLVMGetUndef(p.output_types[k]);
        p.operands[k] = ptx_resize(&p, p.operands[k], p.output_types[k], false);
    }
    if (!p.why) {
        replace(&p, call);
        return;
    }
    tncc_put(&reasons, assembly, tncc_format("inline assembly: %s is not supported on this target", p.why));
    for (LLVMValueRef i = LLVMGetPreviousInstruction(call), next; i && i != before; i = next) {
        next = LLVMGetPreviousInstruction(i);
        if (LLVMGetFirstUse(i))
            LLVMReplaceAllUsesWith(i, LLVMGetUndef(LLVMTypeOf(i)));
        LLVMInstructionEraseFromParent(i);
    }
}

void tncc_lower_assembly(LLVMModuleRef module, unsigned width)
{
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(LLVMGetModuleContext(module));
    struct tncc_list calls = { 0 };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    if (LLVMIsACallInst(i) && LLVMIsAInlineAsm(LLVMGetCalledValue(i)))
        tncc_push(&calls, i);
    for (size_t n = 0; n < calls.count; n++)
        lower_call(module, builder, calls.items[n], width);
    LLVMDisposeBuilder(builder);
}
