/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runner is a thread's place to run kernels: a stack with a guard page, buffers for local memory and scratch, and
 * the state of its faults. Any thread that drains a stream gets one, and a later thread gets it again. Owns all
 * runners, which live as long as the process, so that an abort may look at them at any time.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

enum { STACK_BYTES = 1 << 20, ALT_STACK_BYTES = 64 << 10 };

__thread sil__runner *sil__here __attribute__((tls_model("initial-exec")));

static _Atomic(sil__runner *) all;
static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;
static sil__runner *free_list;
static pthread_key_t leave_key;
static pthread_once_t leave_once = PTHREAD_ONCE_INIT;

static void thread_ends(void *value)
{
    sil__runner *runner = value;
    if (runner->set_alt_stack) {
        stack_t off = { .ss_flags = SS_DISABLE };
        sigaltstack(&off, NULL);
        runner->set_alt_stack = false;
    }
    sil__here = NULL;
    atomic_store(&runner->tid, 0);
    pthread_mutex_lock(&free_lock);
    runner->next_free = free_list;
    free_list = runner;
    pthread_mutex_unlock(&free_lock);
}

static void make_key(void)
{
    pthread_key_create(&leave_key, thread_ends);
}

sil__runner *sil__runner_all(void)
{
    return atomic_load_explicit(&all, memory_order_acquire);
}

static uint64_t page_round(uint64_t bytes)
{
    return (bytes + SIL__PAGE - 1) / SIL__PAGE * SIL__PAGE;
}

/* A stack of `bytes` behind a guard that a frame of some kilobytes can't jump over. */
static bool new_stack(sil__runner *runner, uint64_t bytes)
{
    uint64_t guard = 16 * SIL__PAGE;
    unsigned char *at = sil__pages(bytes + guard);
    if (!at || mprotect(at, guard, PROT_NONE) != 0)
        return false;
    if (runner->stack)
        munmap(runner->stack, runner->stack_bytes + guard);
    runner->stack = at;
    runner->guard = at;
    runner->stack_bytes = bytes;
    runner->frame.stack_top = at + guard + bytes;
    return true;
}

static sil__runner *new_runner(void)
{
    uint64_t bytes = page_round(sizeof(sil__runner)) + SIL__PRINT_BYTES + ALT_STACK_BYTES;
    unsigned char *at = sil__pages(bytes);
    if (!at)
        return NULL;
    sil__runner *runner = (sil__runner *)at;
    runner->print = (char *)at + page_round(sizeof *runner);
    runner->alt_stack = runner->print + SIL__PRINT_BYTES;
    if (!new_stack(runner, STACK_BYTES)) {
        munmap(at, bytes);
        return NULL;
    }
    sil__runner *head = atomic_load(&all);
    static _Atomic(uint32_t) made;
    runner->id = atomic_fetch_add(&made, 1);
    do
        runner->next = head;
    while (!atomic_compare_exchange_weak(&all, &head, runner));
    return runner;
}

/* A handler can only take this thread out of a kernel if the signals get through. */
static bool signals_pass(void)
{
    sigset_t mask;
    if (pthread_sigmask(SIG_BLOCK, NULL, &mask) != 0)
        return false;
    return !sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGBUS) && !sigismember(&mask, SIGILL) &&
           !sigismember(&mask, SIGFPE) && !sil__interrupt_blocked(&mask);
}

sil__runner *sil__runner_attach(void)
{
    if (sil__faults_install() != SIL_OK || !signals_pass())
        return NULL;
    pthread_once(&leave_once, make_key);
    pthread_mutex_lock(&free_lock);
    sil__runner *runner = free_list;
    if (runner)
        free_list = runner->next_free;
    pthread_mutex_unlock(&free_lock);
    if (!runner && !(runner = new_runner()))
        return NULL;
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE)) {
        stack_t ours = { .ss_sp = runner->alt_stack, .ss_size = ALT_STACK_BYTES };
        runner->set_alt_stack = sigaltstack(&ours, NULL) == 0;
    }
    runner->is_worker = false;
    atomic_store(&runner->active, 0);
    atomic_store(&runner->stream, NULL);
    atomic_store(&runner->tid, (int)syscall(SYS_gettid));
    pthread_setspecific(leave_key, runner);
    sil__here = runner;
    return runner;
}

static bool grow(unsigned char **buffer, uint64_t *have, uint64_t want)
{
    want = page_round(want + want / 2);
    unsigned char *at = sil__pages(want);
    if (!at)
        return false;
    if (*buffer)
        munmap(*buffer, *have);
    *buffer = at;
    *have = want;
    return true;
}

bool sil__runner_prepare(sil__runner *runner, uint64_t stack_bytes, uint64_t local_bytes, uint64_t scratch_bytes)
{
    if (stack_bytes > runner->stack_bytes && !new_stack(runner, page_round(stack_bytes)))
        return false;
    if (local_bytes > runner->local_bytes && !grow(&runner->local, &runner->local_bytes, local_bytes))
        return false;
    return scratch_bytes <= runner->scratch_bytes || grow(&runner->scratch, &runner->scratch_bytes, scratch_bytes);
}

int sil__guarded(sil__runner *runner, const sil__call *call)
{
    atomic_store_explicit(&runner->leave, 0, memory_order_relaxed);
    atomic_store_explicit(&runner->active, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    int left = sil__switch(&runner->frame, call);
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&runner->active, 0, memory_order_relaxed);
    if (__builtin_expect(left, 0))
        atomic_store(&runner->in_service, 0);
    return left;
}
