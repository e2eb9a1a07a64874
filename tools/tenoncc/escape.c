/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape.c - whether an address of a block's local memory may come back to a region by another way than the region's own parameters:
 * out of memory, a slot or another lane. Then those are not all that reaches it, and must not be said to be (noalias). Reads regions.
 */
#include <string.h>

#include "tools/tenoncc/transform.h"

static bool escapes(struct tncc_map *seen, LLVMValueRef address);

/* A call that keeps no address. */
static bool keeps_none(LLVMValueRef call)
{
    static const char *const fine[] = { "llvm.mem",      "llvm.lifetime.",    "llvm.assume",     "llvm.prefetch",
                                        "llvm.dbg.",     "llvm.masked.store", "llvm.masked.load", "llvm.masked.scatter",
                                        "llvm.masked.gather" };
    const char *name = tncc_callee(call);
    for (size_t k = 0; name && k < sizeof fine / sizeof *fine; k++)
        if (tncc_starts(name, fine[k]))
            return true;
    return false;
}

/* What a call stores, or gives where it loads nothing, is its argument of that number. */
static bool passes_on(LLVMValueRef call, LLVMValueRef address)
{
    const char *name = tncc_callee(call);
    bool store = tncc_starts(name, "llvm.masked.s");
    if (!store && !tncc_starts(name, "llvm.masked."))
        return false;
    return LLVMGetOperand(call, store ? 0 : 3) == address;
}

static bool escapes_by(struct tncc_map *seen, LLVMValueRef user, LLVMValueRef address)
{
    switch (LLVMIsAInstruction(user) ? LLVMGetInstructionOpcode(user) : LLVMRet) {
    case LLVMLoad:
    case LLVMICmp:
        return false;
    case LLVMStore:
        return LLVMGetOperand(user, 0) == address;
    case LLVMAtomicRMW:
        return LLVMGetOperand(user, 1) == address;
    case LLVMAtomicCmpXchg:
        return LLVMGetOperand(user, 1) == address || LLVMGetOperand(user, 2) == address;
    case LLVMGetElementPtr:
    case LLVMBitCast:
    case LLVMAddrSpaceCast:
    case LLVMPHI:
    case LLVMSelect:
    case LLVMFreeze:
    case LLVMInsertElement:
    case LLVMExtractElement:
    case LLVMShuffleVector:
        return escapes(seen, user);
    case LLVMCall:
        return !keeps_none(user) || passes_on(user, address);
    default:
        return true;
    }
}

static bool escapes(struct tncc_map *seen, LLVMValueRef address)
{
    if (tncc_get(seen, address))
        return false;
    tncc_put(seen, address, address);
    for (LLVMUseRef u = LLVMGetFirstUse(address); u; u = LLVMGetNextUse(u))
        if (escapes_by(seen, LLVMGetUser(u), address))
            return true;
    return false;
}

bool tncc_local_escapes(const struct transform *t)
{
    unsigned args = t->kernel->arg_count;
    for (int r = 0; r < t->sync_count; r++) {
        struct tncc_map seen = { 0 };
        LLVMValueRef region = t->regions[r] ? t->regions[r] : t->vectors[r]; /* whole warps have these alone */
        bool found = escapes(&seen, LLVMGetParam(region, args + P_DYN));
        for (int k = 0; k < t->shared_count && !found; k++)
            found = escapes(&seen, LLVMGetParam(region, args + P_FIXED + (unsigned)k));
        if (found)
            return true;
    }
    return false;
}
