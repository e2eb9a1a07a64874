/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - name expressions: "axpy<float>" is written behind the source as the value of a variable, so that the front end
 * instantiates it and tells its linkage name; the variable is then taken out again. Calls LLVM-C.
 */
#include "tools/tenoncc/tenoncc.h"

#include <string.h>

#define PREFIX "__tn_name_"

/* A copy of the source under the source's own name, and the folder where its quoted includes are looked for. */
const char *tncc_names_source(const struct tncc_options *o, const char *source, struct tncc_list *front_args)
{
    struct tncc_text text = { 0 };
    size_t bytes;
    const char *slash = strrchr(source, '/'), *copy = tncc_temp("names.cu");
    const char *content = tncc_read_file(source, &bytes);
    if (!content)
        tncc_fatal("can't read %s", source);
    tncc_push(front_args, tncc_format("-iquote%s", slash ? tncc_copy(source, (size_t)(slash - source) + 1) : "."));
    tncc_add(&text, "# 1 \"%s\"\n", source);
    tncc_add_bytes(&text, content, bytes);
    for (size_t i = 0; i < o->name_expressions.count; i++) {
        const char *expression = o->name_expressions.items[i], *quoted = "";
        for (const char *p = expression; *p; p++)
            quoted = tncc_format(*p == '"' || *p == '\\' ? "%s\\%c" : "%s%c", quoted, *p);
        while (*expression == ' ')
            expression++;
        tncc_add(&text, "\n# 1 \"name expression %s\"\n", quoted);
        tncc_add(&text, "__attribute__((used)) __device__ const auto " PREFIX "%zu = %s(%s);\n", i,
                 *expression == '&' ? "" : "&", expression);
    }
    if (!tncc_write_file(copy, text.data, text.bytes))
        tncc_fatal("the name expressions have no place");
    return copy;
}

/* The list of what must stay, without the variables of ours. */
static void forget(LLVMModuleRef module, const char *list_name)
{
    LLVMValueRef list = LLVMGetNamedGlobal(module, list_name), initial = list ? LLVMGetInitializer(list) : NULL;
    if (!initial || !LLVMIsAConstantArray(initial))
        return;
    int count = LLVMGetNumOperands(initial), kept = 0;
    LLVMValueRef *items = tncc_alloc(((size_t)count + 1) * sizeof *items);
    for (int i = 0; i < count; i++) {
        LLVMValueRef item = LLVMGetOperand(initial, (unsigned)i), global = item;
        size_t bytes;
        while (LLVMIsAConstantExpr(global))
            global = LLVMGetOperand(global, 0);
        if (!strstr(LLVMGetValueName2(global, &bytes), PREFIX))
            items[kept++] = item;
    }
    LLVMTypeRef type = LLVMGetElementType(LLVMTypeOf(initial));
    LLVMDeleteGlobal(list);
    if (!kept)
        return;
    LLVMValueRef values = LLVMConstArray2(type, items, (uint64_t)kept);
    list = LLVMAddGlobal(module, LLVMTypeOf(values), list_name);
    LLVMSetInitializer(list, values);
    LLVMSetLinkage(list, LLVMAppendingLinkage);
    LLVMSetSection(list, "llvm.metadata");
}

/* The variable as the front end names it: a constant is the file's own. */
static LLVMValueRef variable_of(LLVMModuleRef module, size_t index)
{
    const char *name = tncc_format(PREFIX "%zu", index);
    return LLVMGetNamedGlobal(module, tncc_format("_ZL%zu%s", strlen(name), name));
}

/* What a name expression stands for; NULL: not one function or variable. */
static const char *named(LLVMValueRef variable)
{
    LLVMValueRef value = LLVMGetInitializer(variable);
    size_t bytes;
    while (value && LLVMIsAConstantExpr(value) && LLVMGetConstOpcode(value) == LLVMAddrSpaceCast)
        value = LLVMGetOperand(value, 0);
    return value && LLVMIsAGlobalValue(value) ? LLVMGetValueName2(value, &bytes) : NULL;
}

/* Writes the names and takes the variables out, once for each width; the names are the same. */
bool tncc_names_take(const struct tncc_options *o, LLVMModuleRef module)
{
    struct tncc_text text = { 0 };
    bool good = true;
    if (!o->name_expressions.count)
        return true;
    forget(module, "llvm.used");
    forget(module, "llvm.compiler.used");
    for (size_t i = 0; i < o->name_expressions.count; i++) {
        LLVMValueRef variable = variable_of(module, i);
        const char *name = variable ? named(variable) : NULL;
        if (name)
            tncc_add(&text, "%s\n", name);
        else
            tncc_error(NULL, 0, "name expression '%s' names no function or variable",
                       (const char *)o->name_expressions.items[i]);
        good &= name != NULL;
        if (variable)
            LLVMDeleteGlobal(variable);
    }
    return good && (!o->lowered_names || tncc_write_file(o->lowered_names, text.data, text.bytes));
}
