/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/warp.c - warp operations and reductions at barriers, linked into every image that needs them. The arrays are
 * those of one warp (tn_rt_reduce: of the block); sync kinds as in tools/tenoncc/transform.h.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

enum {
    BARRIER = 1,
    BARRIER_REDUCE = 2,
    WARP = 3,
    SHFL_32 = 4,
    SHFL_64 = 5,
    BALLOT = 6,
    ACTIVE = 7,
    MATCH = 8,
    FULL = 0x80
};
enum { ENDED = -1, PARTED = -2, RESUME = 1 << 30 };
#define INLINE __attribute__((always_inline))

/* ---- all lanes at once ---- */
INLINE void tn_rt_shfl_32(u32 *restrict result, const u32 *restrict value, const u32 *restrict source, u32 n)
{
    for (u32 l = 0; l < n; l++)
        result[l] = value[source[l] < n ? source[l] : l];
}

INLINE void tn_rt_shfl_64(u64 *restrict result, const u64 *restrict value, const u32 *restrict source, u32 n)
{
    for (u32 l = 0; l < n; l++)
        result[l] = value[source[l] < n ? source[l] : l];
}

INLINE void tn_rt_ballot(u64 *restrict result, const u32 *restrict predicate, u32 n)
{
    u64 bits = 0;
    for (u32 l = 0; l < n; l++)
        bits |= (u64)(predicate[l] != 0) << l;
    for (u32 l = 0; l < n; l++)
        result[l] = bits;
}

void tn_rt_match(u64 *restrict result, const u64 *restrict value, u32 n)
{
    for (u32 l = 0; l < n; l++) {
        u64 bits = 0;
        for (u32 k = 0; k < n; k++)
            bits |= (u64)(value[k] == value[l]) << k;
        result[l] = bits;
    }
}

INLINE void tn_rt_fill(u32 *states, u32 state, u32 n)
{
    for (u32 l = 0; l < n; l++)
        states[l] = state;
}

/* ---- a barrier with a reduction: over all threads that wait at one ---- */
void tn_rt_reduce(const u8 *kinds, const u32 *states, const u32 *predicate, u32 n, u32 *result)
{
    u32 count = 0, waiting = 0;
    for (u32 t = 0; t < n; t++) {
        u32 here = states[t] != (u32)ENDED && (kinds[states[t]] & ~FULL) == BARRIER_REDUCE;
        waiting += here;
        count += here && predicate[t];
    }
    result[0] = count;
    result[1] = count == waiting;
    result[2] = count != 0;
}

/* ---- lanes that have parted ---- */
struct lanes {
    const u8 *kinds;
    u32 *states;
    u32 n;
    u64 *mask;
    u32 *v32;
    u64 *v64;
    u32 *source;
    u32 *r32;
    u64 *r64;
};

static u32 kind_of(const struct lanes *w, u32 lane)
{
    return w->states[lane] == (u32)ENDED ? 0 : w->kinds[w->states[lane]] & (FULL - 1);
}

static u64 mask_of(const struct lanes *w, u32 lane)
{
    return w->kinds[w->states[lane]] & FULL ? ~0ull : w->mask[lane];
}

static void perform(const struct lanes *w, u64 group)
{
    u32 kind = kind_of(w, (u32)__builtin_ctzll(group));
    u64 bits = 0;
    for (u64 m = group; m; m &= m - 1) {
        u32 l = (u32)__builtin_ctzll(m);
        if (kind == BALLOT && w->v32[l])
            bits |= 1ull << l;
    }
    for (u64 m = group; m; m &= m - 1) {
        u32 l = (u32)__builtin_ctzll(m), from = w->source[l];
        int there = from < w->n && (group >> from & 1);
        switch (kind) {
        case SHFL_32:
            w->r32[l] = w->v32[there ? from : l];
            break;
        case SHFL_64:
            w->r64[l] = w->v64[there ? from : l];
            break;
        case BALLOT:
            w->r64[l] = bits;
            break;
        case ACTIVE:
            w->r64[l] = group;
            break;
        case MATCH: {
            u64 same = 0;
            for (u64 k = group; k; k &= k - 1)
                same |= (u64)(w->v64[__builtin_ctzll(k)] == w->v64[l]) << __builtin_ctzll(k);
            w->r64[l] = same;
            break;
        }
        default:
            break;
        }
    }
}

/* Groups that are complete: every lane that lives and that the mask names waits at the same kind of operation with
 * the same mask. */
static u64 complete_groups(const struct lanes *w, u64 alive, u64 waiting)
{
    u64 released = 0, seen = 0;
    for (u64 m = waiting; m; m &= m - 1) {
        u32 l = (u32)__builtin_ctzll(m), kind = kind_of(w, l);
        if ((seen >> l & 1) || kind == ACTIVE)
            continue;
        u64 mask = mask_of(w, l), group = mask & alive;
        int complete = group >> l & 1;
        for (u64 k = group; k && complete; k &= k - 1) {
            u32 o = (u32)__builtin_ctzll(k);
            complete = (waiting >> o & 1) && kind_of(w, o) == kind && mask_of(w, o) == mask;
        }
        if (!complete)
            continue;
        seen |= group;
        perform(w, group);
        released |= group;
    }
    return released;
}

/* No group is complete: lanes that ask who is active go on first, since others may be named by those that wait, and of them
 * those at the first place in the code, since they may come to where the others ask; then, as code that names lanes which never
 * come counts on, the lowest lane. With it go those that wait at the same place. */
static u64 lowest_group(const struct lanes *w, u64 waiting)
{
    u64 group = 0;
    if (!waiting)
        return 0;
    u32 l = (u32)__builtin_ctzll(waiting);
    for (u64 m = waiting; m; m &= m - 1) {
        u32 o = (u32)__builtin_ctzll(m);
        if (kind_of(w, o) == ACTIVE && (kind_of(w, l) != ACTIVE || w->states[o] < w->states[l]))
            l = o;
    }
    for (u64 m = waiting; m; m &= m - 1) {
        u32 o = (u32)__builtin_ctzll(m);
        if (w->states[o] == w->states[l] && (kind_of(w, l) == ACTIVE || mask_of(w, o) == mask_of(w, l)))
            group |= 1ull << o;
    }
    perform(w, group);
    return group;
}

/* Which lanes run next. *verdict is 0 then; else the whole warp stops: at a block barrier, ENDED, PARTED, or it goes on
 * together (RESUME). `freed`: the block barrier has just opened. */
u64 tn_rt_resolve(const u8 *kinds, u32 *states, u32 n, u32 width, u32 freed, u64 *mask, u32 *v32, u64 *v64, u32 *source,
                  u32 *r32, u64 *r64, u32 *verdict)
{
    struct lanes w = { kinds, states, n, mask, v32, v64, source, r32, r64 };
    u64 alive = 0, waiting = 0, go = 0;
    int same = 1;
    (void)width;
    for (u32 l = 0; l < n; l++) {
        u32 kind = kind_of(&w, l);
        same &= states[l] == states[0];
        alive |= (u64)(states[l] != (u32)ENDED) << l;
        waiting |= (u64)(kind >= WARP) << l;
        go |= (u64)(kind == BARRIER || kind == BARRIER_REDUCE) << l;
    }
    if (!freed) {
        go = complete_groups(&w, alive, waiting);
        if (!go)
            go = lowest_group(&w, waiting);
    }
    *verdict = 0;
    if (!go)
        *verdict = same ? states[0] : (u32)PARTED;
    else if (same && go == (n == 64 ? ~0ull : (1ull << n) - 1))
        *verdict = RESUME | states[0];
    return go;
}
