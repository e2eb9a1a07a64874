/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - starts a program with a deadline and takes what it prints. The program gets a process group of its own, so that
 * the deadline ends whatever it started too, and no file of ours besides its output. Calls libc alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/compile/internal.h"

#define MOST_OUTPUT (1u << 20) /* bytes of the log that are kept */

extern char **environ;

/* Our environment with another TMPDIR, so that whatever the compiler leaves behind is removed with the workspace. */
static char **environment(const char *temp_dir, char *variable, size_t room)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **list = malloc((count + 2) * sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "TMPDIR=", 7))
            list[kept++] = environ[i];
    snprintf(variable, room, "TMPDIR=%s", temp_dir);
    list[kept++] = variable;
    list[kept] = NULL;
    return list;
}

static int start(const char *const *argv, char *const *env, int output, pid_t *out_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    int failed = posix_spawn_file_actions_init(&files);
    if (failed)
        return failed;
    if ((failed = posix_spawnattr_init(&attributes))) {
        posix_spawn_file_actions_destroy(&files);
        return failed;
    }
    failed = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&files, output, 1);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&files, output, 2);
    failed = failed ? failed : posix_spawn_file_actions_addclosefrom_np(&files, 3);
    failed = failed ? failed : posix_spawnattr_setpgroup(&attributes, 0);
    failed = failed ? failed : posix_spawnattr_setsigmask(&attributes, &none);
    failed = failed ? failed : posix_spawnattr_setsigdefault(&attributes, &all);
    failed = failed ? failed
                    : posix_spawnattr_setflags(&attributes,
                                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    failed = failed ? failed : posix_spawn(out_pid, argv[0], &files, &attributes, (char *const *)(uintptr_t)argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* Takes what is there; false at the end of the output. */
static bool take_output(int fd, struct tnj_text *output, size_t first)
{
    char buffer[16384];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    size_t have = output->bytes - first;
    if (have <= MOST_OUTPUT && (size_t)n > MOST_OUTPUT - have) {
        tnj_add_bytes(output, buffer, MOST_OUTPUT - have);
        tnj_add(output, "\n... the rest is left out\n");
    } else if (have <= MOST_OUTPUT)
        tnj_add_bytes(output, buffer, (size_t)n);
    return n > 0;
}

static bool reap(pid_t pid, struct tnj_end *end)
{
    int status;
    pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return false;
    if (got < 0)
        end->unknown = true;
    else if (WIFEXITED(status))
        end->code = WEXITSTATUS(status);
    else
        end->signal = WTERMSIG(status);
    return true;
}

static int milliseconds_left(uint64_t deadline)
{
    uint64_t now = tnj_now();
    if (deadline == TNJ_FOREVER)
        return -1;
    return deadline <= now ? 0 : deadline - now > 1000000000000u ? 1000000 : (int)((deadline - now + 999999) / 1000000);
}

/* Until the program has ended. What it started and left behind may hold the output open: it is not waited for. */
static void attend(pid_t pid, int fd, uint64_t deadline, struct tnj_text *output, struct tnj_end *end)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    size_t first = output->bytes;
    bool open = true, ended = false;
    while (!ended) {
        struct pollfd wait[2] = { { open ? fd : -1, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
        int left = milliseconds_left(deadline);
        if (pidfd < 0 && (left < 0 || left > 5))
            left = 5;
        int ready = poll(wait, 2, left);
        if (ready > 0 && wait[0].revents)
            open = take_output(fd, output, first);
        if (pidfd < 0 || wait[1].revents || !open)
            ended = reap(pid, end);
        if (!ended && milliseconds_left(deadline) == 0) {
            end->timed_out = true;
            kill(-pid, SIGKILL);
            while (!reap(pid, end))
                poll(NULL, 0, 1);
            ended = true;
        }
    }
    struct pollfd rest = { fd, POLLIN, 0 };
    for (int i = 0; i < 8 && open && poll(&rest, 1, 0) > 0;
         i++) /* what a pipe holds, not what is still being written */
        open = take_output(fd, output, first);
    if (open)
        kill(-pid, SIGKILL); /* something still runs in the group, so its number is still ours */
    if (pidfd >= 0)
        close(pidfd);
}

int tnj_run(const char *const *argv, const char *temp_dir, uint64_t timeout_ns, struct tnj_text *output,
            struct tnj_end *out_end)
{
    char variable[640];
    int ends[2], failed;
    pid_t pid;
    uint64_t now = tnj_now(), deadline = timeout_ns >= TNJ_FOREVER - now ? TNJ_FOREVER : now + timeout_ns;
    *out_end = (struct tnj_end){ .code = -1 };
    if (pipe2(ends, O_CLOEXEC))
        return errno;
    if (ends[1] < 3) { /* a program without standard files: the number is needed for those */
        int higher = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
        close(ends[1]);
        if (higher < 0) {
            failed = errno;
            close(ends[0]);
            return failed;
        }
        ends[1] = higher;
    }
    char **env = environment(temp_dir, variable, sizeof variable);
    failed = env ? start(argv, env, ends[1], &pid) : ENOMEM;
    free(env);
    close(ends[1]);
    if (!failed)
        attend(pid, ends[0], deadline, output, out_end);
    close(ends[0]);
    return failed;
}
