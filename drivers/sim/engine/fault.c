/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults of kernels: handlers for the processor's own signals, and the signal by which an abort takes a thread out of
 * a kernel that never ends. A handler acts only on a thread that is inside a guarded call; any other signal goes to
 * whoever had it before. It leaves by changing where the interrupted thread goes on (switch.S), so that the kernel of
 * the host restores signal mask, protection keys and alternate stack itself. Owns the process's dispositions.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

void sil__jump(void *saved_sp, int why);

static const int fault_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
enum { FAULT_SIGNALS = sizeof fault_signals / sizeof fault_signals[0] };
static struct sigaction former[FAULT_SIGNALS];
static int interrupt_signal;
static void (*former_interrupt)(int, siginfo_t *, void *);
static pthread_once_t install_once = PTHREAD_ONCE_INIT;
static bool installed;

/* ------------------------------------------------------------------------------------------------------- */
/* Leaving */

static void *counter_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (void *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
    return (void *)(uintptr_t)context->uc_mcontext.pc;
#endif
}

/* Where a kernel is; NULL when the thread is somewhere else just now. */
SIL__PLAIN static const void *place_in_kernel(const sil__runner *runner, const ucontext_t *context)
{
    const void *at = counter_of(context);
    return at >= runner->image_low && at < runner->image_high ? at : NULL;
}

SIL__PLAIN static void send_to_landing(sil__runner *runner, ucontext_t *context, int why)
{
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)runner->frame.saved_sp;
    context->uc_mcontext.gregs[REG_RAX] = why;
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)sil__landing;
#else
    context->uc_mcontext.sp = (uintptr_t)runner->frame.saved_sp;
    context->uc_mcontext.regs[0] = (uint64_t)why;
    context->uc_mcontext.pc = (uintptr_t)sil__landing;
#endif
}

SIL__PLAIN void sil__leave(sil__runner *runner, int why)
{
    sil__jump(runner->frame.saved_sp, why);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The processor's signals */

SIL__PLAIN static void pass_on(int index, int number, siginfo_t *info, void *context)
{
    const struct sigaction *old = &former[index];
    if (old->sa_flags & SA_SIGINFO) {
        old->sa_sigaction(number, info, context);
    } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
        old->sa_handler(number);
    } else if (old->sa_handler == SIG_IGN && info->si_code <= 0) {
        return; /* sent by a process, and ignored before */
    } else {
        /* The same instruction again, or the same signal again, with the default action. */
        struct sigaction plain = { .sa_handler = SIG_DFL };
        sigaction(number, &plain, NULL);
        if (info->si_code <= 0)
            syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
    }
}

/* tenoncc adds to an address what it lacks to be aligned, far above all addresses that there are (tools/tenoncc/aligned.c). */
SIL__PLAIN static bool is_marked(uint64_t *address)
{
    const uint64_t low = *address & ((1ull << 47) - 1), mark = *address - low;
#if defined(__x86_64__)
    for (unsigned zeros = 1; zeros <= 6; zeros++)
        if (mark && mark == low << (64 - zeros)) {
            *address = low;
            return true;
        }
#else
    if (mark && mark >> 48 < 64 && (mark >> 48 & ~low) == 0) {
        *address = low;
        return true;
    }
#endif
    return false;
}

#if defined(SI_KERNEL)
/* The processor refused an access without saying which: an address that no address can be, or one that is not aligned as
 * the instruction, which moves a whole vector, wants it. */
SIL__PLAIN static void refused_access(sil__runner *runner, const ucontext_t *context)
{
    uint64_t address = 0;
    bool known = runner->trap_at && sil__operand_address(context, &address);
    if (known && (is_marked(&address) || (int64_t)(address << 16) >> 16 == (int64_t)address))
        runner->trap = SIL_FAULT_MISALIGNED;
    else
        memcpy(runner->trap_text, "the address has bits that no address has", 41);
    runner->trap_address = address;
}
#endif

SIL__PLAIN static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno, index = 0;
    sil__runner *runner = sil__here;
    while (fault_signals[index] != number)
        index++;
    if (!runner || !atomic_load_explicit(&runner->active, memory_order_relaxed) || info->si_code <= 0 ||
        atomic_load_explicit(&runner->in_service, memory_order_relaxed) > 1) {
        pass_on(index, number, info, context);
        errno = saved_errno;
        return;
    }
    const unsigned char *at = info->si_addr;
    runner->trap_address = (uint64_t)(uintptr_t)at;
    runner->trap_at = place_in_kernel(runner, context);
    runner->trap_text[0] = 0;
    memset(runner->trap_thread, 0xff, sizeof runner->trap_thread);
    switch (number) {
    case SIGSEGV:
    case SIGBUS:
        runner->trap = SIL_FAULT_ILLEGAL_ADDRESS;
        if (at >= runner->guard && at < runner->guard + 16 * SIL__PAGE)
            runner->trap = SIL_FAULT_STACK;
        if ((number == SIGBUS && info->si_code == BUS_ADRALN) || is_marked(&runner->trap_address))
            runner->trap = SIL_FAULT_MISALIGNED;
#if defined(SI_KERNEL)
        if (info->si_code == SI_KERNEL)
            refused_access(runner, context);
#endif
        break;
    case SIGILL:
        runner->trap = SIL_FAULT_ILLEGAL_INSTRUCTION;
        runner->trap_address = 0;
        break;
    default:
        runner->trap = SIL_FAULT_TRAP;
        runner->trap_address = 0;
        memcpy(runner->trap_text, "integer division by zero", 25);
        break;
    }
    send_to_landing(runner, context, SIL__LEAVE_FAULT);
    errno = saved_errno;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Aborts. A process may hold several copies of the engine, one in each stand-in. Each looks for a signal of its own, and
 * when two look at the same time they find the same one: so the signal names the runner that it is for, and goes on to
 * the handler before this one when it is for another. */

SIL__PLAIN static void on_interrupt(int number, siginfo_t *info, void *context)
{
    sil__runner *runner = sil__here;
    if (!runner || info->si_code != SI_QUEUE || info->si_ptr != runner) {
        if (former_interrupt)
            former_interrupt(number, info, context);
        return;
    }
    if (!atomic_load_explicit(&runner->active, memory_order_relaxed))
        return;
    sil_stream *stream = atomic_load_explicit(&runner->stream, memory_order_relaxed);
    if (!stream || atomic_load_explicit(&stream->abort_to, memory_order_relaxed) <
                       atomic_load_explicit(&runner->value, memory_order_relaxed))
        return; /* it was meant for work that has ended meanwhile */
    runner->worker.stop = 1;
    const void *at = place_in_kernel(runner, context);
    if (!atomic_load_explicit(&runner->in_service, memory_order_relaxed) && at) {
        runner->trap_at = at;
        send_to_landing(runner, context, SIL__LEAVE_ABORT);
    } else {
        atomic_store_explicit(&runner->leave, 1, memory_order_relaxed);
    }
}

void sil__interrupt(const sil__runner *runner)
{
    int tid = atomic_load(&((sil__runner *)runner)->tid);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = interrupt_signal;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_ptr = (void *)runner;
    if (tid)
        syscall(SYS_rt_tgsigqueueinfo, info.si_pid, tid, interrupt_signal, &info);
}

bool sil__interrupt_blocked(const sigset_t *mask)
{
    return sigismember(mask, interrupt_signal) == 1;
}

void sil__interrupt_allow(sigset_t *mask)
{
    sigdelset(mask, interrupt_signal);
}

/* ------------------------------------------------------------------------------------------------------- */

/* ThreadSanitizer puts signals off until the thread calls into libc, which a hung kernel never does: there the
 * handler is given to the system directly. */
static int interrupt_action(int number)
{
    struct sigaction action = { .sa_sigaction = on_interrupt, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    sigfillset(&action.sa_mask);
#if defined(TN_SAN_thread) && defined(__x86_64__)
    struct {
        void (*handler)(int, siginfo_t *, void *);
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask;
    } raw = { on_interrupt, 0x04000000ul | SA_SIGINFO | SA_ONSTACK | SA_RESTART, sil__sigreturn, ~0ul }, old = { 0 };
    int result = (int)syscall(SYS_rt_sigaction, number, &raw, &old, 8);
    if (result == 0 && old.flags & SA_SIGINFO)
        former_interrupt = old.handler;
#else
    struct sigaction old = { 0 };
    int result = sigaction(number, &action, &old);
    if (result == 0 && old.sa_flags & SA_SIGINFO)
        former_interrupt = old.sa_sigaction;
#endif
    return result;
}

static void install(void)
{
    for (int number = SIGRTMAX - 1; number > SIGRTMIN + 1; number--) {
        struct sigaction now;
        if (sigaction(number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL) {
            interrupt_signal = number;
            break;
        }
    }
    if (!interrupt_signal || interrupt_action(interrupt_signal) != 0)
        return;
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, interrupt_signal);
    for (int i = 0; i < FAULT_SIGNALS; i++) {
        if (sigaction(fault_signals[i], &action, &former[i]) != 0)
            return;
    }
    installed = true;
}

sil_status sil__faults_install(void)
{
    pthread_once(&install_once, install);
    return installed ? SIL_OK : sil__fail(SIL_UNSUPPORTED, "no signal is free for the engine, or handlers are refused");
}
