/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs.c - several pieces of work at once, each in a process of its own that began as a copy of this one. What they print and what
 * they make comes back through files in memory and is taken in order, so it does not depend on who was quicker. Calls libc alone.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/tenoncc/tenoncc.h"

struct child {
    pid_t pid;
    int said, made; /* files in memory */
    int status;
};

static int status_of(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static _Noreturn void be_child(const struct child *c, tncc_job *job, void *context, size_t index, pid_t parent)
{
    struct tncc_text out = { 0 };
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    dup2(c->said, 2);
    tncc_forked();
    int status = job(context, index, &out);
    for (size_t at = 0; at < out.bytes;) {
        ssize_t n = write(c->made, out.data + at, out.bytes - at);
        if (n < 0 && errno != EINTR)
            tncc_fatal("no memory for a result: %s", strerror(errno));
        at += n > 0 ? (size_t)n : 0;
    }
    exit(status);
}

static void start(struct child *c, tncc_job *job, void *context, size_t index)
{
    const pid_t parent = getpid();
    c->said = tncc_memory_file("messages");
    c->made = tncc_memory_file("result");
    fflush(NULL);
    c->pid = fork();
    if (c->pid < 0)
        tncc_fatal("can't start another process: %s", strerror(errno));
    if (!c->pid)
        be_child(c, job, context, index, parent);
}

/* Waits for any of them. */
static void reap(struct child *children, size_t count)
{
    int status;
    pid_t pid = tncc_wait_copy(&status);
    for (size_t i = 0; i < count; i++)
        if (children[i].pid == pid) {
            children[i].pid = 0;
            children[i].status = status_of(status);
        }
}

static int take(struct child *c, struct tncc_text *result)
{
    size_t bytes;
    const char *said = tncc_read_fd(c->said, &bytes);
    if (said && bytes)
        fwrite(said, 1, bytes, stderr);
    const char *made = tncc_read_fd(c->made, &bytes);
    if (made)
        tncc_add_bytes(result, made, bytes);
    close(c->said);
    close(c->made);
    if (c->status >= 128) {
        tncc_error(NULL, 0, "the compiler crashed (signal %d, %s)", c->status - 128, strsignal(c->status - 128));
        return 3;
    }
    tncc_errors += c->status != 0;
    return c->status;
}

int tncc_jobs_apart(unsigned most, size_t count, tncc_job *job, void *context, struct tncc_text *results)
{
    struct child *children = tncc_alloc(count * sizeof *children);
    size_t started = 0, running = 0, taken = 0;
    int worst = 0;
    while (taken < count) {
        if (started < count && running < most) {
            start(&children[started], job, context, started);
            started++;
            running++;
            continue;
        }
        reap(children, started);
        running = 0;
        for (size_t i = taken; i < started; i++)
            running += children[i].pid != 0;
        for (; taken < started && !children[taken].pid; taken++) {
            int status = take(&children[taken], &results[taken]);
            worst = status > worst ? status : worst;
        }
    }
    return worst;
}

int tncc_jobs(unsigned most, size_t count, tncc_job *job, void *context, struct tncc_text *results)
{
    int worst = 0;
    if (most > 1 && count > 1)
        return tncc_jobs_apart(most, count, job, context, results);
    for (size_t i = 0; i < count; i++) {
        int status = job(context, i, &results[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}
