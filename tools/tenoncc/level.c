/* SPDX-License-Identifier: Apache-2.0 */
/* level.c - the processors that simulator images are built for, and their code generators. Calls LLVM-C. */
#include "tools/tenoncc/level.h"

#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

static const struct tncc_level levels[] = {
    { "x86-64-v4", "avx512f,avx512bw,avx512cd,avx512dq,avx512vl", 16, 16, false },
    { "x86-64-v3", "avx2,fma,bmi2,f16c", 8, 8, false },
    { "x86-64-v2", "sse4.2,popcnt", 0, 0, false },
    { "aarch64", "neon", 0, 4, true },
};
#if defined(__aarch64__)
enum { FIRST_LEVEL = 3, LEVELS = 4, NATIVE_END = 4 };
#else
enum { FIRST_LEVEL = 0, LEVELS = 4, NATIVE_END = 3 };
#endif

static bool host_has(const char *wanted)
{
    char *have = LLVMGetHostCPUFeatures();
    bool all = true;
    char *list = tncc_copy(wanted, strlen(wanted)), *save = NULL;
    for (char *f = strtok_r(list, ",", &save); f && all; f = strtok_r(NULL, ",", &save))
        all = strstr(have, tncc_format("+%s,", f)) != NULL;
    LLVMDisposeMessage(have);
    return all;
}

/* --cpu=native is the highest level that this machine has; anything else is one of the levels by name. */
const struct tncc_level *tncc_level(const char *cpu)
{
    for (int i = FIRST_LEVEL; i < NATIVE_END && !strcmp(cpu, "native"); i++)
        if (i == NATIVE_END - 1 || host_has(levels[i].features))
            return &levels[i];
    for (int i = 0; i < LEVELS; i++)
        if (!strcmp(cpu, levels[i].cpu))
            return &levels[i];
    tncc_error(NULL, 0, "unknown --cpu=%s; it is native, x86-64-v4, x86-64-v3, x86-64-v2 or aarch64", cpu);
    exit(2);
}

static void use_aarch64(void)
{
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
}

static void use_x86(void)
{
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
}

void tncc_level_ready(const struct tncc_level *level)
{
    if (level->arm)
        use_aarch64();
    else
        use_x86();
}

LLVMTargetMachineRef tncc_level_machine(const struct tncc_level *level, bool quick)
{
    LLVMTargetRef target;
    char *why = NULL;
    const char *triple = level->arm ? "aarch64-unknown-linux-gnu" : "x86_64-unknown-linux-gnu";
    tncc_level_ready(level);
    if (LLVMGetTargetFromTriple(triple, &target, &why))
        tncc_fatal("no code generator for %s: %s", triple, why);
    return LLVMCreateTargetMachine(target, triple, level->arm ? "generic" : level->cpu, "",
                                   quick ? LLVMCodeGenLevelNone : LLVMCodeGenLevelAggressive, LLVMRelocPIC,
                                   LLVMCodeModelDefault);
}
