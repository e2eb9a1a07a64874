/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_help.c - what is printed of the table of options: --help, --version, the architectures, the shells' completions. Each ends
 * the program.
 */
#include "tools/tenoncc/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "usage: tenoncc [--bundle] FILE.cu... -o OUT.tnb     kernels for several targets in one file\n"
    "       tenoncc -c FILE.cu...                         one bundle for each file, FILE.tnb\n"
    "       tenoncc -ptx FILE.cu                          PTX as text, FILE.ptx\n"
    "       tenoncc -fatbin FILE.cu... -o OUT.fatbin      for cuModuleLoadData (simulated CUDA devices)\n"
    "       tenoncc --genco FILE.cu... -o OUT.co          for hipModuleLoadData (simulated HIP devices, or chips)\n"
    "       tenoncc --ascend FILE.cu... -o OUT.o          for aclrtBinaryLoad (simulated Ascend devices)\n"
    "       tenoncc --embed FILE.cu... -o OUT.o --header OUT.h   a bundle that a C program links\n"
    "       tenoncc --dump [--json] FILE.tnb              print what is in a bundle\n"
    "       tenoncc -E | -M | -MM FILE.cu                 preprocess, or print the dependencies\n";
static const char tail[] = "\n"
                           "Files that end in .bc are device bitcode, made by clang with these headers for one warp "
                           "width. @FILE takes options from a file.\n"
                           "nvcc's names of these options are taken too; so are its options for host code, which have "
                           "no effect: device code alone is compiled.\n"
                           "\n"
                           "exit codes: 0 done, 1 an error in the sources or in writing, 2 a wrong command line, 3 the "
                           "compiler itself failed\n";

void tncc_usage(void)
{
    fputs(head, stderr);
    fputs("       tenoncc --help                                for the options\n", stderr);
}

void tncc_take_help(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self, (void)value;
    fputs(head, stdout);
    for (size_t k = 0; k < tncc_option_count; k++) {
        const struct option *p = &tncc_option_table[k];
        if (!p->name) {
            printf("\n%s\n", p->text);
            continue;
        }
        if (!p->text || p->take == tncc_take_refused || p->take == tncc_take_without_effect)
            continue;
        const char *title = tncc_format("  %s%s%s%s%s", p->other ? p->other : p->name, p->value ? " " : "",
                                        p->value ? p->value : "", p->other ? ", " : "", p->other ? p->name : "");
        if (!p->other && p->value)
            title = tncc_format("  %s=%s", p->name, p->value);
        printf(strlen(title) < 44 ? "%-44s%s\n" : "%s\n%44s%s\n", title, strlen(title) < 44 ? p->text : "", p->text);
    }
    fputs("  -W..., -f..., -pedantic                   as clang's\n", stdout);
    fputs(tail, stdout);
    exit(fflush(stdout) || ferror(stdout));
}

void tncc_take_version(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self, (void)value;
    printf("tenoncc %s (LLVM 19, bundle version %u)\n", TN_VERSION_STRING, TN_BUNDLE_VERSION);
    exit(fflush(stdout) || ferror(stdout));
}

void tncc_list_arch(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)value;
    for (size_t k = 0; tncc_known_archs[k]; k++)
        printf("%s%u\n", self->at ? "sm_" : "compute_", tncc_known_archs[k]);
    exit(fflush(stdout) || ferror(stdout));
}

static void print_names(const char *separator)
{
    for (size_t k = 0; k < tncc_option_count; k++)
        if (tncc_option_table[k].name && tncc_option_table[k].take != tncc_take_refused)
            printf("%s%s%s%s", tncc_option_table[k].name, separator,
                   tncc_option_table[k].other ? tncc_option_table[k].other : "",
                   tncc_option_table[k].other ? separator : "");
}

void tncc_take_completion(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    if (!strcmp(value, "fish")) {
        for (size_t k = 0; k < tncc_option_count; k++)
            for (int i = 0; tncc_option_table[k].name && i < 2; i++) {
                const char *name = i ? tncc_option_table[k].other : tncc_option_table[k].name,
                           *text = tncc_option_table[k].text;
                if (!name || tncc_option_table[k].take == tncc_take_refused)
                    continue;
                const char *bare = name + strspn(name, "-"), *form = name[1] == '-' ? "-l" : bare[1] ? "-o" : "-s";
                printf("complete -c tenoncc %s %s%s", form, bare, tncc_option_table[k].value ? " -r" : "");
                if (text && !strchr(text, '\''))
                    printf(" -d '%s'", text);
                putchar('\n');
            }
    } else if (!strcmp(value, "bash") || !strcmp(value, "zsh")) {
        if (*value == 'z')
            puts("autoload -U +X bashcompinit && bashcompinit");
        puts("_tenoncc()\n{\n    local now=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n    [ "
             "\"$before\" = = ] && "
             "before=\"${COMP_WORDS[COMP_CWORD-2]}\"\n    case \"$before\" in\n"
             "    --target) COMPREPLY=($(compgen -W 'sim opencl-c ptx amdgcn:gfx906 amdgcn:gfx908 amdgcn:gfx90a "
             "amdgcn:gfx942' -- \"${now#=}\")); return ;;\n"
             "    --vector) COMPREPLY=($(compgen -W 'auto off all' -- \"${now#=}\")); return ;;\n"
             "    --cpu) COMPREPLY=($(compgen -W 'native x86-64-v4 x86-64-v3 x86-64-v2 aarch64' -- \"${now#=}\")); "
             "return ;;\n"
             "    --width) COMPREPLY=($(compgen -W '1 32 64' -- \"${now#=}\")); return ;;\n"
             "    esac\n    case \"$now\" in");
        fputs("    -*) COMPREPLY=($(compgen -W '", stdout);
        print_names(" ");
        puts("' -- \"$now\")) ;;\n    *) COMPREPLY=($(compgen -f -- \"$now\")) ;;\n    esac\n}\ncomplete -o filenames "
             "-F _tenoncc tenoncc");
    } else
        tncc_wrong("--completion=%s: it is bash, zsh or fish", value);
    exit(fflush(stdout) || ferror(stdout));
}
