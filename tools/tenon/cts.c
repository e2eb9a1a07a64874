/* SPDX-License-Identifier: Apache-2.0 */
/* `tenon cts`: hands over to the conformance suite, a program of its own so that vendors can rebuild it alone. */
#include "tools/tenon/command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int command_cts(int argc, char **argv)
{
    char prefix[PATH_MAX], program[PATH_MAX + 32];
    (void)argc;
    if (!command_prefix(prefix, sizeof prefix)) {
        fputs("tenon cts: cannot tell where this program lies (/proc is not mounted?)\n", stderr);
        return EXIT_FAILED;
    }
    snprintf(program, sizeof program, "%s/bin/tenon-cts", prefix);
    execv(program, argv);
    fprintf(stderr, "tenon cts: %s: %s; build or install Tenon whole\n", program, strerror(errno));
    return EXIT_FAILED;
}
