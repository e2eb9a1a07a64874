/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the subcommand, and prints the help that concerns them all. */
#include "tools/tenon/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const command tenon_commands[] = {
    { "info", "list devices, and with --explain why each is used or not", command_info, "--explain --json --sim --drivers --only --help" },
    { "run", "run a program against simulated vendor libraries", command_run, "--sim --print-environment --help" },
    { "cts", "run the conformance suite on the devices of this machine", command_cts, "--sim --drivers --only --filter --bundle --timeout --verbose --json --list --help" },
    { "completion", "print a completion script for a shell", command_completion, "bash zsh fish" },
    { NULL, NULL, NULL, NULL },
};

static void usage(FILE *out)
{
    fputs("Usage: tenon COMMAND [OPTION...]\n\nOne C API for every accelerator.\n\nCommands:\n", out);
    for (const command *c = tenon_commands; c->name; c++)
        fprintf(out, "  %-12s %s\n", c->name, c->summary);
    fputs("\n`tenon COMMAND --help` tells more. Exit codes: 0 done, 1 failed, 2 wrong usage.\n", out);
}

int command_fail(const char *what, tn_status status)
{
    const char *message = tn_error_message();
    fprintf(stderr, "tenon %s: %s: %s\n", what, tn_status_name(status), message[0] ? message : tn_status_sentence(status));
    return EXIT_FAILED;
}

size_t command_prefix(char *out, size_t capacity)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return 0;
    path[n] = '\0';
    for (int up = 0; up < 2; up++) {        /* the program's name, then bin */
        char *slash = strrchr(path, '/');
        if (!slash)
            return 0;
        *slash = '\0';
    }
    size_t length = strlen(path);
    if (length >= capacity)
        return 0;
    memcpy(out, path, length + 1);
    return length;
}

int command_completion(int argc, char **argv)
{
    const char *shell = argc == 2 ? argv[1] : "";
    if (!strcmp(shell, "bash") || !strcmp(shell, "zsh")) {
        if (!strcmp(shell, "zsh"))
            puts("autoload -U +X bashcompinit && bashcompinit");
        puts("_tenon() {\n  local word=${COMP_WORDS[COMP_CWORD]}\n  if [ \"$COMP_CWORD\" = 1 ]; then");
        printf("    COMPREPLY=($(compgen -W '");
        for (const command *c = tenon_commands; c->name; c++)
            printf("%s ", c->name);
        puts("--help --version' -- \"$word\")); return\n  fi\n  case ${COMP_WORDS[1]} in");
        for (const command *c = tenon_commands; c->name; c++)
            printf("    %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n", c->name, c->options);
        puts("  esac\n}\ncomplete -o default -F _tenon tenon");
        return 0;
    }
    if (!strcmp(shell, "fish")) {
        for (const command *c = tenon_commands; c->name; c++) {
            printf("complete -c tenon -n __fish_use_subcommand -a %s -d '%s'\n", c->name, c->summary);
            for (const char *word = c->options; *word; word += strspn(word, " ")) {
                size_t length = strcspn(word, " ");
                bool option = !strncmp(word, "--", 2);
                printf("complete -c tenon -n '__fish_seen_subcommand_from %s' %s %.*s\n", c->name, option ? "-l" : "-a",
                       (int)length - (option ? 2 : 0), word + (option ? 2 : 0));
                word += length;
            }
        }
        return 0;
    }
    fputs("Usage: tenon completion bash|zsh|fish\n", stderr);
    return !strcmp(shell, "--help") ? 0 : EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        usage(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("tenon %s\n", tn_version_text());
        return 0;
    }
    for (const command *c = tenon_commands; c->name; c++) {
        if (!strcmp(argv[1], c->name)) {
            char name[64];
            snprintf(name, sizeof name, "tenon %s", c->name);
            argv[1] = name;
            return c->run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "tenon: there is no command \"%s\"; see tenon --help\n", argv[1]);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int result = dispatch(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return result;
    perror("tenon: standard output");
    return result ? result : EXIT_FAILURE;
}
