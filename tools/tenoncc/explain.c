/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c - --explain-vector: for each region of each kernel how its threads run, one by one or several at once, why, what was
 * weighed, and which lines of the source it has; as text on standard error or as JSON on standard output. Calls LLVM-C, jansson.
 */
#include "tools/tenoncc/explain.h"

#include <jansson.h>
#include <llvm-c/DebugInfo.h>
#include <stdio.h>
#include <string.h>

static const struct transform *now; /* the kernel that was spoken of last */
static json_t *all;

struct lines {
    const char *file;
    unsigned first, last;
};

/* The lines of the kernel itself that the function's instructions come from; what was inlined counts where it was called. */
static struct lines lines_of(const struct transform *t, LLVMValueRef f)
{
    struct lines found = { t->kernel->file ? t->kernel->file : "?", 0, 0 };
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    {
        LLVMMetadataRef at = LLVMInstructionGetDebugLoc(i), outer;
        while (at && (outer = LLVMDILocationGetInlinedAt(at)) && (!t->debug || LLVMDILocationGetInlinedAt(outer)))
            at = outer; /* with -g the outermost place is that of the function that was made */
        unsigned line = at ? LLVMDILocationGetLine(at) : 0;
        if (!line)
            continue;
        found.first = !found.first || line < found.first ? line : found.first;
        found.last = line > found.last ? line : found.last;
    }
    return found;
}

static bool left_to_llvm(const struct tncc_choice *c)
{
    return c->why && strstr(c->why, "LLVM's vectoriser");
}

static void say_text(const struct transform *t, const struct tncc_choice *c, struct lines l)
{
    const char *where =
        l.first == l.last ? tncc_format("line %u", l.first) : tncc_format("lines %u to %u", l.first, l.last);
    if (now != t)
        fprintf(stderr, "%s:%u: kernel %s%s\n", l.file, t->kernel->line, t->kernel->display,
                t->width ? tncc_format(", warps of %u", t->width) : "");
    fprintf(stderr, "  region %d, %s: ", c->region, l.first ? where : "no lines of its own");
    if (c->lanes)
        fprintf(stderr, "%u threads at once", c->lanes);
    else
        fprintf(stderr, "%s: %s", left_to_llvm(c) ? "a loop over its threads" : "threads one by one", c->why);
    if (c->cost_one > 0)
        fprintf(stderr, " (cost %.0f one by one, %.0f at once)", c->cost_one, c->cost_all);
    fputc('\n', stderr);
}

static void say_json(const struct transform *t, const struct tncc_choice *c, struct lines l)
{
    if (!all)
        all = json_array();
    if (now != t)
        json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:i,s:i,s:[]}", "kernel", t->kernel->name, "display",
                                             t->kernel->display, "file", l.file, "line", (int)t->kernel->line, "width",
                                             (int)t->width, "regions"));
    json_t *regions = json_object_get(json_array_get(all, json_array_size(all) - 1), "regions");
    json_t *one = json_pack("{s:i,s:i,s:i,s:i}", "region", c->region, "first_line", (int)l.first, "last_line",
                            (int)l.last, "lanes", c->lanes ? (int)c->lanes : 1);
    json_object_set_new(one, "mode", json_string(c->lanes ? "at once" : left_to_llvm(c) ? "loop" : "one by one"));
    if (c->why && !c->lanes)
        json_object_set_new(one, "why", json_string(c->why));
    if (c->cost_one > 0) {
        json_object_set_new(one, "cost_one_by_one", json_real(c->cost_one));
        json_object_set_new(one, "cost_at_once", json_real(c->cost_all));
    }
    json_array_append_new(regions, one);
}

void tncc_explain(const struct transform *t, LLVMValueRef region, const struct tncc_choice *choice)
{
    if (!t->options->explain)
        return;
    struct lines l = lines_of(t, region);
    if (t->options->json)
        say_json(t, choice, l);
    else
        say_text(t, choice, l);
    now = t;
}

void tncc_explain_end(const struct tncc_options *o)
{
    if (!o->explain || !o->json)
        return;
    json_dumpf(all ? all : (all = json_array()), stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
    all = NULL;
    now = NULL;
}
