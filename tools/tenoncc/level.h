/* SPDX-License-Identifier: Apache-2.0 */
/* level.h - the processors that simulator images are built for. */
#ifndef TNCC_LEVEL_H
#define TNCC_LEVEL_H

#include "tools/tenoncc/tenoncc.h"

struct tncc_level {
    const char *cpu, *features;
    unsigned lanes;   /* threads that the vectoriser runs at once; 0: no masks there */
    unsigned at_most; /* the same where the rule is skipped */
    bool arm;
};

/* --cpu=native is the highest level that this machine has; anything else is one of the levels by name. Ends the program with 2
 * when there is none. */
const struct tncc_level *tncc_level(const char *cpu);
LLVMTargetMachineRef tncc_level_machine(const struct tncc_level *level, bool quick);
void tncc_level_ready(
    const struct tncc_level *level); /* its code generator, for who reads code of it before a machine is made */

#endif
