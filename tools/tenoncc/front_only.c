/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front_only.c - what ends with the front end: -E, -M, -MM, and the commands of --dryrun. Runs clang++-19.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/tenoncc/tenoncc.h"

static void push(struct tncc_list *l, const char *arg)
{
    tncc_push(l, (void *)(uintptr_t)arg);
}

static void arguments(const struct tncc_options *o, unsigned width, struct tncc_list *args)
{
    tncc_front_arguments(o, width, args);
    for (size_t i = 0; i < o->front_args.count; i++)
        tncc_push(args, o->front_args.items[i]);
}

/* The rule's target when none is named: what -c would write. */
static const char *target_of(const struct tncc_options *o, const char *source)
{
    const char *slash = strrchr(source, '/'), *base = slash ? slash + 1 : source, *dot = strrchr(base, '.');
    return o->dep_target ? o->dep_target : tncc_format("%.*s.tnb", (int)(dot ? dot - base : (long)strlen(base)), base);
}

int tncc_front_only(const struct tncc_options *o)
{
    const char *path = o->out ? o->out : o->output != TNCC_PREPROCESS ? o->dep_file : NULL;
    struct tncc_text all = { 0 };
    for (size_t i = 0; i < o->inputs.count; i++) {
        const char *source = o->inputs.items[i];
        struct tncc_list args = { 0 };
        size_t bytes;
        arguments(o, 32, &args);
        push(&args, "-Wno-unused-command-line-argument");
        push(&args, o->output == TNCC_PREPROCESS ? "-E" : o->output == TNCC_DEPENDENCIES ? "-M" : "-MM");
        if (o->output != TNCC_PREPROCESS) {
            push(&args, "-MT");
            push(&args, target_of(o, source));
            if (o->phony_deps)
                push(&args, "-MP");
        }
        push(&args, "-o");
        push(&args, "-");
        push(&args, source);
        tncc_push(&args, NULL);
        const int out = tncc_memory_file("text");
        if (!tncc_source_readable(source) || tncc_run_to((const char *const *)args.items, o->verbose, out, -1))
            return 1;
        const char *text = tncc_read_fd(out, &bytes);
        if (!text)
            tncc_fatal("no memory for the text of %s", source);
        tncc_add_bytes(&all, text, bytes);
        close(out);
    }
    if (path)
        return !tncc_write_file(path, all.data, all.bytes);
    fwrite(all.data, 1, all.bytes, stdout);
    if (fflush(stdout) || ferror(stdout)) {
        tncc_error(NULL, 0, "can't write to standard output");
        return 1;
    }
    return 0;
}

/* Words as a shell takes them. */
static void print_command(const struct tncc_list *args)
{
    fputs("#$", stderr);
    for (size_t i = 0; i < args->count; i++) {
        const char *word = args->items[i];
        if (*word && !word[strcspn(word, " \t\n'\"\\$&;|<>()*?[]#~`!{}")]) {
            fprintf(stderr, " %s", word);
            continue;
        }
        fputs(" '", stderr);
        for (; *word; word++)
            fprintf(stderr, *word == '\'' ? "'\\''" : "%c", *word);
        fputs("'", stderr);
    }
    fputc('\n', stderr);
}

void tncc_front_dry(const struct tncc_options *o)
{
    for (size_t i = 0; i < o->inputs.count; i++) {
        struct tncc_list args = { 0 };
        if (tncc_ends(o->inputs.items[i], ".bc"))
            continue;
        arguments(o, 32, &args);
        push(&args, "-o");
        push(&args, "-");
        push(&args, o->inputs.items[i]);
        print_command(&args);
    }
    fprintf(stderr, "#$ in tenoncc:%s%s%s%s -> %s\n", o->want_sim ? " sim" : "", o->want_opencl ? " opencl-c" : "",
            o->want_ptx ? " ptx" : "", o->chips.count ? " amdgcn" : "", o->out ? o->out : "an output for each file");
}
