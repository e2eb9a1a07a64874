/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - reads the command line against the table of options: words, response files, names and values; and what does not go
 * together. Calls libc alone.
 */
#include "tools/tenoncc/options.h"

#include "tools/tenoncc/add_image.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tncc_wrong(const char *format, ...)
{
    va_list list;
    fputs("tenoncc: error: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputs(" (see tenoncc --help)\n", stderr);
    exit(2);
}

/* ---- words ---- */
struct words {
    struct tncc_list list;
    size_t next;
    int depth; /* of response files */
};

/* As a shell would: blanks separate, quotes and backslashes keep. */
static void split(const char *path, const char *text, struct tncc_list *out)
{
    for (const char *p = text; *p;) {
        struct tncc_text word = { 0 };
        while (isspace((unsigned char)*p))
            p++;
        if (*p == '#') {
            p += strcspn(p, "\n");
            continue;
        }
        if (!*p)
            break;
        char quote = 0;
        tncc_add_bytes(&word, "", 0);
        for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
            if (*p == '\\' && p[1] && quote != '\'')
                tncc_add_bytes(&word, ++p, 1);
            else if (quote ? *p == quote : *p == '"' || *p == '\'')
                quote = quote ? 0 : *p;
            else
                tncc_add_bytes(&word, p, 1);
        }
        if (quote)
            tncc_wrong("%s: a quote is not closed", path);
        tncc_push(out, word.data);
    }
}

static void add_words(struct words *w, const char *path)
{
    size_t bytes;
    const char *text = tncc_read_file(path, &bytes);
    struct tncc_list more = { 0 };
    if (!text)
        tncc_wrong("can't read the options in %s", path);
    if (strlen(text) != bytes)
        tncc_wrong("%s holds no text", path);
    if (++w->depth > 64)
        tncc_wrong("%s: files of options name each other without end", path);
    split(path, text, &more);
    for (; w->next < w->list.count; w->next++)
        tncc_push(&more, w->list.items[w->next]);
    w->list = more;
    w->next = 0;
}

static struct words *reading; /* of the command line that is being read */

void tncc_take_file(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    add_words(reading, value);
}

/* Whether `arg` is this name, and where its value begins: "" when it is the next word. */
static bool fits(const struct option *p, const char *name, const char *arg, const char **out_value)
{
    size_t length = name ? strlen(name) : 0;
    *out_value = NULL;
    if (!name || strncmp(arg, name, length))
        return false;
    if (!arg[length])
        return true;
    if (!p->value)
        return false;
    if (arg[length] == '=' && length > 2)
        return (*out_value = arg + length + 1), true;
    if (length != 2 || name[1] == '-' || strchr("oem", name[1])) /* -DX, -O2, -j8; but -odir is another one */
        return false;
    return (*out_value = arg + 2 + (arg[2] == '=')), true;
}

static bool table_option(struct tncc_options *o, struct words *w, const char *arg)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t k = 0; k < tncc_option_count; k++)
            for (int i = 0; tncc_option_table[k].name && i < 2; i++) {
                const char *value, *name = i ? tncc_option_table[k].other : tncc_option_table[k].name;
                if (!fits(&tncc_option_table[k], name, arg, &value) || (exact && strcmp(name, arg)))
                    continue;
                if (tncc_option_table[k].value && !value) {
                    if (w->next == w->list.count)
                        tncc_wrong("option %s wants a value", arg);
                    value = w->list.items[w->next++];
                }
                tncc_option_said = arg;
                tncc_option_table[k].take(o, &tncc_option_table[k], value);
                return true;
            }
    return false;
}

static void take_word(struct tncc_options *o, struct words *w, const char *arg)
{
    static const char *const kinds[] = {
        "all-warnings",          "cross-execution-space-call", "reorder",
        "default-stream-launch", "missing-launch-bounds",      "deprecated-declarations"
    };
    if (*arg == '@' && arg[1] && access(arg, F_OK)) {
        add_words(w, arg + 1);
        return;
    }
    if (*arg != '-' || !arg[1]) {
        tncc_push(tncc_ends(arg, ".tnb") ? &o->bundles : &o->inputs, (void *)(uintptr_t)arg);
        return;
    }
    if (table_option(o, w, arg)) {
        for (size_t k = 0; !strcmp(arg, "-Werror") && w->next < w->list.count && k < sizeof kinds / sizeof *kinds; k++)
            if (!strcmp(w->list.items[w->next], kinds[k])) { /* nvcc's -Werror all-warnings */
                w->next++;
                break;
            }
        return;
    }
    if (tncc_starts(arg, "-W") || tncc_starts(arg, "-f") || !strcmp(arg, "-pedantic"))
        tncc_push(&o->front_args, (void *)(uintptr_t)arg);
    else
        tncc_wrong("unknown option %s", arg);
}

/* ---- what goes together ---- */
static void choose_resources(struct tncc_options *o)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (o->resources || n <= 0)
        return;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    o->resources = tncc_format("%s/../lib/tenon", self);
}

static void check_together(struct tncc_options *o)
{
    const bool printed =
        o->output == TNCC_PREPROCESS || o->output == TNCC_DEPENDENCIES || o->output == TNCC_OWN_DEPENDENCIES;
    if (!o->inputs.count && !o->added.count && !o->bundles.count)
        tncc_wrong("no input files");
    for (size_t i = 0; i < o->added.count; i++)
        if (!((struct tncc_added *)o->added.items[i])->table)
            tncc_wrong("--add-image of %s wants --args=TABLE behind it",
                       ((struct tncc_added *)o->added.items[i])->file);
    if ((o->added.count || o->bundles.count) && (o->per_file || (o->output != TNCC_BUNDLE && o->output != TNCC_EMBED)))
        tncc_wrong("images are added to one bundle, with -o FILE.tnb or --embed");
    if (o->json && !o->explain)
        tncc_wrong("--json goes with --dump and --explain-vector");
    o->per_file |= o->output == TNCC_PTX && !o->out;
    if (!o->out && !o->per_file && !printed)
        tncc_wrong("no output: -o FILE is missing");
    if (o->per_file && o->out && o->inputs.count > 1)
        tncc_wrong("-c with -o takes one file");
    if (o->out_dir && o->out)
        tncc_wrong("-odir goes without -o");
    if (o->name_expressions.count && tncc_front_has_bitcode(o))
        tncc_wrong("--name-expression goes with sources, not with bitcode");
    for (size_t i = 0; o->output == TNCC_DEVICE_OBJECT && i < o->inputs.count; i++)
        if (tncc_ends(o->inputs.items[i], ".bc") || tncc_ends(o->inputs.items[i], ".o"))
            tncc_wrong("-dc goes with sources");
    if (o->output == TNCC_EMBED && !o->header)
        tncc_wrong("--embed wants --header FILE.h");
    if (o->lowered_names && o->per_file && o->inputs.count > 1)
        tncc_wrong("--lowered-names goes with one output");
    if (o->header && o->output != TNCC_EMBED)
        tncc_wrong("--header goes with --embed");
    if (printed && tncc_front_has_bitcode(o))
        tncc_wrong("-E and -M go with sources, not with bitcode");
    for (size_t i = 0; o->out && i < o->inputs.count; i++)
        if (!strcmp(o->out, o->inputs.items[i]))
            tncc_wrong("the output %s is an input", o->out);
    for (size_t i = 0; o->out && i < o->bundles.count; i++)
        if (!strcmp(o->out, o->bundles.items[i]))
            tncc_wrong("the output %s is an input", o->out);
}

/* What goes into a file of one form; what it can't hold is an error where it was asked for by name. */
static void choose_targets(struct tncc_options *o)
{
    static const struct {
        const char *name, *holds;
        bool sim, ptx, chips;
    } forms[] = { [TNCC_PTX] = { "-ptx", "PTX", .ptx = true },
                  [TNCC_FATBIN] = { "-fatbin", "images for the simulators", .sim = true },
                  [TNCC_GENCO] = { "--genco", "images for the simulators and code objects", .sim = true, .chips = true },
                  [TNCC_ASCEND] = { "--ascend", "images for the simulators", .sim = true } };
    if (o->output >= sizeof forms / sizeof *forms || !forms[o->output].name)
        return;
    const bool sim = forms[o->output].sim, ptx = forms[o->output].ptx, chips = forms[o->output].chips;
    if (o->targets &&
        (o->want_opencl || (o->want_sim && !sim) || (o->want_ptx && !ptx) || (o->chips.count && !chips)))
        tncc_wrong("--target=%s: a file of %s holds %s alone", o->targets, forms[o->output].name,
                   forms[o->output].holds);
    if (!chips)
        o->chips.count = 0;
    o->want_opencl = false;
    o->want_ptx = ptx;
    o->want_sim = sim && (o->want_sim || !o->chips.count);
}

static void note_exact(struct tncc_options *o)
{
    const char *what = o->ftz         ? "-ftz=true"
                       : o->fast_div  ? "-prec-div=false"
                       : o->fast_sqrt ? "-prec-sqrt=false"
                                      : NULL;
    if (what && !o->fast_math && (!o->want_ptx || o->want_sim || o->want_opencl || o->chips.count))
        tncc_push(
            &o->notes,
            tncc_format("%s has no effect on targets but ptx: they keep subnormal numbers, and exact quotients and "
                        "roots",
                        what));
}

static void choose_form(struct tncc_options *o)
{
    static const struct {
        const char *ending;
        enum tncc_output output;
    } forms[] = { { ".fatbin", TNCC_FATBIN }, { ".ptx", TNCC_PTX } };
    for (size_t k = 0; o->out && o->output == TNCC_BUNDLE && k < sizeof forms / sizeof *forms; k++)
        if (tncc_ends(o->out, forms[k].ending))
            o->output = forms[k].output;
}

void tncc_parse(int argc, char **argv, struct tncc_options *o)
{
    struct words w = { 0 };
    if (argc < 2) {
        tncc_usage();
        exit(2);
    }
    for (int i = 1; i < argc; i++)
        tncc_push(&w.list, argv[i]);
    reading = &w;
    while (w.next < w.list.count)
        take_word(o, &w, w.list.items[w.next++]);
    reading = NULL;
    choose_resources(o);
    choose_form(o);
    if (o->output == TNCC_DUMP && o->inputs.count + o->bundles.count != 1)
        tncc_wrong("--dump wants one bundle");
    if (o->output != TNCC_DUMP && o->output != TNCC_PCH) {
        check_together(o);
        choose_targets(o);
        note_exact(o);
    }
    if (!o->arch)
        o->archs[o->arch_count++] = o->arch = 70;
    o->explain |= o->verbose;
    if (o->explain) /* in one process, so that it comes in order */
        o->jobs = 1;
    for (size_t i = 0; i < o->notes.count && !o->quiet; i++)
        if (!strstr(o->notes.items[i], tncc_for_host) || o->verbose)
            fprintf(stderr, "tenoncc: note: %s\n", (const char *)o->notes.items[i]);
}
