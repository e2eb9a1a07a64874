/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cooperative launches: all blocks of the grid are alive at once, so that they can wait for each other. One thread runs
 * them in turns, each on a stack of its own with its own local memory and scratch; a block that waits for the grid gives
 * the turn to the next. Owns these stacks, which stay with the runner.
 */
#include <string.h>
#include <sys/mman.h>

#include "drivers/sim/engine/internal.h"

enum { GUARD_BYTES = 16 * SIL__PAGE, STACK_LEAST = 256 << 10 };

void sil__swap(void **save_sp, void *to_sp); /* assembly */
void *sil__swap_frame(void *stack_top, void (*fn)(void *), void *arg);

typedef enum state { RUNNING = 0, WAITING, ENDED } state;

typedef struct block {
    tn_sim_worker worker;
    void *sp;
    unsigned char *base; /* guard, stack, local memory, scratch */
    struct sil__together *all;
    state state;
    uint32_t passed; /* threads that have come through the barrier that opened last */
} block;

struct sil__together {
    sil__runner *runner;
    sil__slot *slot;
    unsigned char *memory;
    uint64_t memory_bytes, each, stack_bytes;
    block *blocks;
    uint64_t block_bytes, count;
    void *scheduler_sp;
    block *current;
};

/* ------------------------------------------------------------------------------------------------------- */
/* Waiting */

SIL__PLAIN void sil__grid_wait(tn_sim_worker *worker, uint32_t threads)
{
    sil__runner *runner = worker->engine;
    struct sil__together *all = runner->together;
    block *b = all->current;
    if (b->passed == 0) { /* the first thread of the block; the others find the barrier open */
        b->state = WAITING;
        atomic_store_explicit(&runner->in_service, 1, memory_order_relaxed);
        sil__swap(&b->sp, all->scheduler_sp);
        b->state = RUNNING;
        atomic_store_explicit(&runner->in_service, 0, memory_order_relaxed);
    }
    b->passed = b->passed + 1 < threads ? b->passed + 1 : 0;
}

SIL__PLAIN void sil__grid_alone(tn_sim_worker *worker, uint32_t threads)
{
    static const char text[] = "the grid can't be synchronised: the kernel was not launched cooperatively";
    (void)threads;
    worker->launch->services->trap(worker, TN_SIM_TRAP_TRAP, text, NULL);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Turns */

SIL__PLAIN static void run_block(void *argument)
{
    block *b = argument;
    struct sil__together *all = b->all;
    all->slot->kernel->entry(&all->slot->run.launch, &b->worker, b->worker.block, 1);
    b->state = ENDED;
    sil__swap(&b->sp, all->scheduler_sp);
}

SIL__PLAIN static void take_turn(struct sil__together *all, block *b)
{
    sil__runner *runner = all->runner;
    all->current = b;
    runner->worker.block = (uint64_t)(b - all->blocks);
    runner->guard = b->base;
    atomic_store_explicit(&runner->in_service, 0, memory_order_relaxed);
    sil__swap(&all->scheduler_sp, b->sp);
    atomic_store_explicit(&runner->in_service, 1, memory_order_relaxed);
}

/* Each block once to its next wait, until all have ended. Blocks that have ended are not waited for. */
SIL__PLAIN static void take_turns(void *a, void *b, uint64_t first, uint64_t count)
{
    struct sil__together *all = a;
    (void)b, (void)first;
    atomic_store_explicit(&all->runner->in_service, 1, memory_order_relaxed);
    for (uint64_t left = count; left;) {
        left = 0;
        for (uint64_t i = 0; i < count; i++) {
            if (atomic_load_explicit(&all->runner->leave, memory_order_relaxed)) {
                all->runner->trap_at = NULL;
                sil__leave(all->runner, SIL__LEAVE_ABORT);
            }
            if (all->blocks[i].state == ENDED)
                continue;
            take_turn(all, &all->blocks[i]);
            left += all->blocks[i].state != ENDED;
        }
    }
    atomic_store_explicit(&all->runner->in_service, 0, memory_order_relaxed);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Memory */

static uint64_t page_round(uint64_t bytes)
{
    return (bytes + SIL__PAGE - 1) / SIL__PAGE * SIL__PAGE;
}

static bool grow(void *buffer, uint64_t *have, uint64_t want)
{
    void **at = buffer;
    if (want <= *have)
        return true;
    if (*at)
        munmap(*at, *have);
    *have = 0;
    if (!(*at = sil__pages(want)))
        return false;
    *have = want;
    return true;
}

static struct sil__together *get(sil__runner *runner, uint64_t count, uint64_t stack_bytes, uint64_t data_bytes)
{
    if (!runner->together && !(runner->together = sil__pages(page_round(sizeof *runner->together))))
        return NULL;
    struct sil__together *all = runner->together;
    const uint64_t each = GUARD_BYTES + stack_bytes + data_bytes;
    const bool same = each == all->each && stack_bytes == all->stack_bytes && count * each <= all->memory_bytes;
    all->runner = runner;
    all->count = count;
    if (!grow(&all->blocks, &all->block_bytes, page_round(count * sizeof *all->blocks)))
        return NULL;
    if (!same) { /* guards lie elsewhere: new pages have none */
        if (all->memory)
            munmap(all->memory, all->memory_bytes);
        all->memory = NULL;
        all->memory_bytes = 0;
        all->each = each;
        all->stack_bytes = stack_bytes;
        if (!grow(&all->memory, &all->memory_bytes, count * each))
            return NULL;
        for (uint64_t i = 0; i < count; i++)
            if (mprotect(all->memory + i * each, GUARD_BYTES, PROT_NONE))
                return NULL;
    }
    return all;
}

bool sil__together_run(sil__runner *runner, sil__slot *slot, uint64_t count, int *left)
{
    const sil_kernel *kernel = slot->kernel;
    const tn_sim_launch *launch = &slot->run.launch;
    const uint64_t threads = (uint64_t)launch->block[0] * launch->block[1] * launch->block[2];
    const uint64_t fixed = (kernel->static_local_bytes + 255u) & ~255ull;
    const uint64_t local = (fixed + launch->dynamic_local_bytes + 64 + 255u) & ~255ull;
    const uint64_t scratch = kernel->scratch_per_block + threads * kernel->scratch_per_thread + 64;
    const uint64_t stack = page_round(kernel->stack_bytes > STACK_LEAST ? kernel->stack_bytes : STACK_LEAST);
    struct sil__together *all = get(runner, count, stack, page_round(local + scratch));
    if (!all)
        return false;
    all->slot = slot;
    for (uint64_t i = 0; i < count; i++) {
        block *b = &all->blocks[i];
        unsigned char *data = all->memory + i * all->each + GUARD_BYTES + stack;
        *b = (block){ .base = all->memory + i * all->each, .all = all };
        b->worker = (tn_sim_worker){ .dynamic_local = data + fixed,
                                     .static_local = data,
                                     .scratch = data + local,
                                     .scratch_bytes = scratch,
                                     .launch = launch,
                                     .block = i,
                                     .unit = (uint32_t)(i % kernel->units),
                                     .engine = runner };
        b->sp = sil__swap_frame(data, run_block, b);
    }
    const unsigned char *guard = runner->guard;
    sil__call call = { take_turns, all, NULL, 0, count };
    *left = sil__guarded(runner, &call);
    runner->guard = guard;
    return true;
}
