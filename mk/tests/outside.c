/* SPDX-License-Identifier: Apache-2.0 */
/* A program outside the repository: includes the installed headers, links the installed library, and compares the
 * version of both with that of the package. */
#include <stdio.h>
#include <string.h>

#include <tenon/tenon.h>

int main(int argc, char **argv)
{
    const char *version = tn_version_string();
    if (argc != 2 || strcmp(version, argv[1]) != 0) {
        fprintf(stderr, "the library is %s, the package %s\n", version, argc == 2 ? argv[1] : "?");
        return 1;
    }
    printf("tenon %s\n", version);
    return 0;
}
