/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/amdgcn.c - what device code calls (tools/tenoncc/README.md), for AMD's chips with waves of 64 lanes: compiled
 * for amdgcn and linked into the code objects. Printing, the heap, assert and nanoseconds are not here: they are refused.
 *
 * Sizes come from the dispatch packet, which is the same in every version of the code object format, so kernels have
 * no hidden arguments. The lanes of a wave run together: lanes that a mask names must come to an operation together.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
#define INLINE __attribute__((always_inline, nothrow))
#define ID(name, value) INLINE u32 __tn_##name(void) { return value; }

/* hsa_kernel_dispatch_packet_t: three 16-bit sizes of the block at 4, three 32-bit numbers of threads at 12. */
#define PACKET(type, at) (*(const __attribute__((address_space(4))) type *)((const __attribute__((address_space(4))) u8 *) \
                                                                            __builtin_amdgcn_dispatch_ptr() + (at)))
#define BLOCK(axis) ((u32)PACKET(u16, 4 + 2 * (axis)))
#define GRID(axis) (PACKET(u32, 12 + 4 * (axis)) / BLOCK(axis))

ID(tid_x, __builtin_amdgcn_workitem_id_x()) ID(tid_y, __builtin_amdgcn_workitem_id_y()) ID(tid_z, __builtin_amdgcn_workitem_id_z())
ID(ctaid_x, __builtin_amdgcn_workgroup_id_x()) ID(ctaid_y, __builtin_amdgcn_workgroup_id_y())
ID(ctaid_z, __builtin_amdgcn_workgroup_id_z())
ID(ntid_x, BLOCK(0)) ID(ntid_y, BLOCK(1)) ID(ntid_z, BLOCK(2))
ID(nctaid_x, GRID(0)) ID(nctaid_y, GRID(1)) ID(nctaid_z, GRID(2))
ID(lane, (u32)__builtin_amdgcn_mbcnt_hi(~0u, __builtin_amdgcn_mbcnt_lo(~0u, 0)))
ID(width, 64)

INLINE static u64 live(void) { return __builtin_amdgcn_ballot_w64(1); }

/* ---- block barriers ---- */
INLINE void __tn_barrier(void)
{
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

static __attribute__((address_space(3), loader_uninitialized)) u32 tn_block_sum;

/* The sum over the block; each wave adds once. Every thread clears the word, since any may have ended. */
INLINE static u32 block_sum(int p)
{
    u64 yes = __builtin_amdgcn_ballot_w64(p != 0);
    __tn_barrier();
    *(volatile __attribute__((address_space(3))) u32 *)&tn_block_sum = 0;
    __tn_barrier();
    if (__tn_lane() == (u32)__builtin_ctzll(live()))
        __scoped_atomic_fetch_add(&tn_block_sum, (u32)__builtin_popcountll(yes), __ATOMIC_RELAXED, __MEMORY_SCOPE_WRKGRP);
    __tn_barrier();
    return *(volatile __attribute__((address_space(3))) u32 *)&tn_block_sum;
}
INLINE int __tn_barrier_count(int p) { return (int)block_sum(p); }
INLINE int __tn_barrier_or(int p) { return block_sum(p) != 0; }
INLINE int __tn_barrier_and(int p) { return block_sum(!p) == 0; }

/* ---- waves ---- */
INLINE void __tn_warp_sync(u64 mask)
{
    (void)mask;
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
    __builtin_amdgcn_wave_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}
/* From a lane that takes no part comes the own value. */
INLINE u32 __tn_shfl_32(u64 mask, u32 v, u32 from)
{
    u64 there = live() & mask;
    u32 got = (u32)__builtin_amdgcn_ds_bpermute((int)(from << 2), (int)v);
    return from < 64 && there >> from & 1 ? got : v;
}
INLINE u64 __tn_shfl_64(u64 mask, u64 v, u32 from)
{
    return __tn_shfl_32(mask, (u32)v, from) | (u64)__tn_shfl_32(mask, (u32)(v >> 32), from) << 32;
}
INLINE u64 __tn_ballot(u64 mask, int p) { return __builtin_amdgcn_ballot_w64(p != 0) & mask; }
INLINE u64 __tn_activemask(void) { return live(); }
/* One round for each different value; all lanes go through all rounds. */
INLINE u64 __tn_match(u64 mask, u64 v)
{
    u64 result = 0;
    for (u64 left = live(); left;) {
        int first = __builtin_ctzll(left);
        u32 low = (u32)__builtin_amdgcn_readlane((int)(u32)v, first);
        u32 high = (u32)__builtin_amdgcn_readlane((int)(u32)(v >> 32), first);
        int same = v == ((u64)high << 32 | low);
        u64 who = __builtin_amdgcn_ballot_w64(same);
        result = same ? who & mask : result;
        left &= ~who;
    }
    return result;
}

/* ---- memory and services ---- */
INLINE void __tn_fence(u32 scope)
{
    if (scope == 0)
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
    else if (scope == 1)
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "agent");
    else
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "");
}
INLINE void __tn_trap(u32 kind, const char *where)
{
    (void)kind;
    (void)where;
    __builtin_trap();
}
INLINE u64 __tn_clock(void) { return (u64)__builtin_amdgcn_s_memtime(); }
