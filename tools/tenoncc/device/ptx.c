/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/ptx.c - what device code calls (tools/tenoncc/README.md), for NVIDIA: compiled for nvptx64 and linked into the
 * PTX image. Printing is not here: its argument format differs.
 */
typedef unsigned int u32;
typedef unsigned long long u64;
#define INLINE __attribute__((always_inline, nothrow))
#define ID(name, builtin) INLINE u32 __tn_##name(void) { return (u32)builtin(); }

ID(tid_x, __nvvm_read_ptx_sreg_tid_x) ID(tid_y, __nvvm_read_ptx_sreg_tid_y) ID(tid_z, __nvvm_read_ptx_sreg_tid_z)
ID(ctaid_x, __nvvm_read_ptx_sreg_ctaid_x) ID(ctaid_y, __nvvm_read_ptx_sreg_ctaid_y) ID(ctaid_z, __nvvm_read_ptx_sreg_ctaid_z)
ID(ntid_x, __nvvm_read_ptx_sreg_ntid_x) ID(ntid_y, __nvvm_read_ptx_sreg_ntid_y) ID(ntid_z, __nvvm_read_ptx_sreg_ntid_z)
ID(nctaid_x, __nvvm_read_ptx_sreg_nctaid_x) ID(nctaid_y, __nvvm_read_ptx_sreg_nctaid_y)
ID(nctaid_z, __nvvm_read_ptx_sreg_nctaid_z) ID(lane, __nvvm_read_ptx_sreg_laneid)

INLINE u32 __tn_width(void) { return 32; }
INLINE void __tn_barrier(void) { __nvvm_bar_sync(0); }
INLINE int __tn_barrier_count(int p) { return __nvvm_bar0_popc(p); }
INLINE int __tn_barrier_and(int p) { return __nvvm_bar0_and(p); }
INLINE int __tn_barrier_or(int p) { return __nvvm_bar0_or(p); }
INLINE void __tn_warp_sync(u64 mask) { __nvvm_bar_warp_sync((u32)mask); }
INLINE u32 __tn_shfl_32(u64 mask, u32 v, u32 from) { return (u32)__nvvm_shfl_sync_idx_i32((u32)mask, (int)v, (int)from, 31); }
INLINE u64 __tn_shfl_64(u64 mask, u64 v, u32 from)
{
    return __tn_shfl_32(mask, (u32)v, from) | (u64)__tn_shfl_32(mask, (u32)(v >> 32), from) << 32;
}
INLINE u64 __tn_ballot(u64 mask, int p) { return (u32)__nvvm_vote_ballot_sync((u32)mask, p != 0); }
INLINE u64 __tn_activemask(void)
{
    u32 mask;
    __asm__ volatile("activemask.b32 %0;" : "=r"(mask));
    return mask;
}
INLINE u64 __tn_match(u64 mask, u64 v) { return (u32)__nvvm_match_any_sync_i64((u32)mask, (long)v); }
INLINE void __tn_fence(u32 scope)
{
    if (scope == 0)
        __nvvm_membar_cta();
    else if (scope == 1)
        __nvvm_membar_gl();
    else
        __nvvm_membar_sys();
}

/* A barrier of the grid, between two of the block: thread 0 waits for the other blocks, all of which run in a cooperative
 * launch. One such launch of a module at a time. */
static volatile u32 grid_came, grid_round;
INLINE void __tn_grid_wait(u32 threads)
{
    (void)threads;
    if (__tn_tid_x() | __tn_tid_y() | __tn_tid_z())
        return;
    u32 round = grid_round, blocks = __tn_nctaid_x() * __tn_nctaid_y() * __tn_nctaid_z();
    __nvvm_membar_gl();
    if (__atomic_fetch_add(&grid_came, 1, __ATOMIC_RELAXED) + 1 == blocks) {
        grid_came = 0;
        __nvvm_membar_gl();
        grid_round = round + 1;
    } else {
        while (grid_round == round) {
        }
    }
    __nvvm_membar_gl();
}
INLINE int __tn_grid_whole(void) { return 1; }

#define LOCAL __attribute__((address_space(3)))
INLINE u32 __tn_local_offset(const void *p) { return (u32)(u64)(LOCAL const char *)p; }
INLINE u64 __tn_local_address(u32 offset) { return (u64)(void *)(LOCAL char *)(u64)offset; }

extern void *malloc(u64 bytes);
extern void free(void *address);
extern void __assertfail(const char *text, const char *file, u32 line, const char *function, u64 bytes);
INLINE void *__tn_malloc(u64 bytes) { return malloc(bytes); }
INLINE void __tn_free(void *address) { free(address); }
INLINE void __tn_assert(const char *text, const char *file, u32 line, const char *function)
{
    __assertfail(text, file, line, function, 1);
    __builtin_trap();
}
INLINE void __tn_trap(u32 kind, const char *where)
{
    (void)kind;
    (void)where;
    __builtin_trap();
}
INLINE u64 __tn_timer(void)
{
    u64 t;
    __asm__ volatile("mov.u64 %0, %%globaltimer;" : "=l"(t));
    return t;
}
INLINE u64 __tn_clock(void) { return (u64)__nvvm_read_ptx_sreg_clock64(); }
void *_Znwm(u64 bytes) { return malloc(bytes); }
void *_Znam(u64 bytes) { return malloc(bytes); }
void _ZdlPv(void *p) { free(p); }
void _ZdaPv(void *p) { free(p); }
void _ZdlPvm(void *p, u64 bytes) { (void)bytes; free(p); }
void _ZdaPvm(void *p, u64 bytes) { (void)bytes; free(p); }
