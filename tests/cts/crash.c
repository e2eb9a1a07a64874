/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test's process says when a signal ends it: the signal, the address, and in whose code it was, innermost first. A
 * driver that gives a wrong address shows in no other way. Owns the handlers of these signals and their stack.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/cts/cts.h"

enum { FRAMES = 24, STACK_BYTES = 128 * 1024 };

static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_place(void *at)
{
    Dl_info place;
    if (dladdr(at, &place) && place.dli_fname)
        printf("        %s+0x%zx %s\n", file_name(place.dli_fname), (size_t)((char *)at - (char *)place.dli_fbase),
               place.dli_sname ? place.dli_sname : "");
}

/* Where the processor was, and whence it had come if that is no code at all. */
static void *interrupted(const ucontext_t *c, void **out_from)
{
#if defined(__x86_64__)
    *out_from = *(void **)c->uc_mcontext.gregs[REG_RSP];
    return (void *)c->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    *out_from = (void *)c->uc_mcontext.regs[30];
    return (void *)c->uc_mcontext.pc;
#else
    *out_from = NULL;
    return NULL;
#endif
}

static void print_places(const ucontext_t *context)
{
    void *frames[FRAMES], *from, *at = interrupted(context, &from);
    Dl_info place;
    if (at && !dladdr(at, &place)) { /* the unwinder would read there */
        printf("        no code at %p, called from\n", at);
        print_place(from);
        return;
    }
    int count = backtrace(frames, FRAMES), first = 0;
    for (int i = 0; i < count; i++) /* those before it are the handler's */
        first = frames[i] == at ? i : first;
    for (int i = first; i < count; i++)
        print_place(frames[i]);
}

/* The process is lost, so what is used here need not be safe in a handler; a second signal ends it. */
static void tell(int number, siginfo_t *info, void *context)
{
    printf("signal %d (%s)", number, strsignal(number));
    if (number != SIGABRT)
        printf(" at address %p", info->si_addr);
    fputs("; where, innermost first:\n", stdout);
    fflush(stdout);
    print_places(context);
    fflush(stdout);
    raise(number); /* SA_RESETHAND: ends the process once this returns */
}

void cts_watch_crashes(void)
{
    static char memory[STACK_BYTES];
    stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory };
    void *frame;
    backtrace(&frame, 1); /* loads what it needs now, and not in the handler */
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        struct sigaction now,
            action = { .sa_sigaction = tell, .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND) };
        if (sigaction(deadly[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL) /* a sanitizer tells more */
            sigaction(deadly[i], &action, NULL);
    }
}
