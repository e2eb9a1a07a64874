/* SPDX-License-Identifier: Apache-2.0 */
/*
 * util.c - memory, text, files, programs and small containers for the rest of tenoncc. Owns the arena and the
 * temporary directory, which it removes at exit. Calls libc alone.
 */
#include "tools/tenoncc/tenoncc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

unsigned tncc_errors;

/* ---- the arena: chunks that stay reachable until the process ends ---- */
struct chunk {
    struct chunk *next;
    size_t used, room;
    _Alignas(16) char data[];
};
static struct chunk *chunks;

void *tncc_alloc(size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (!chunks || chunks->room - chunks->used < bytes) {
        size_t room = bytes > 1 << 18 ? bytes : 1 << 18;
        struct chunk *c = calloc(1, sizeof *c + room);
        if (!c)
            tncc_fatal("out of memory");
        c->room = room;
        c->next = chunks;
        chunks = c;
    }
    void *p = chunks->data + chunks->used;
    chunks->used += bytes;
    return p;
}

static char *format_list(const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int bytes = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = tncc_alloc((size_t)bytes + 1);
    vsnprintf(text, (size_t)bytes + 1, format, list);
    return text;
}

char *tncc_format(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = format_list(format, list);
    va_end(list);
    return text;
}

char *tncc_copy(const char *text, size_t bytes)
{
    char *copy = tncc_alloc(bytes + 1);
    memcpy(copy, text, bytes);
    return copy;
}

void tncc_fatal(const char *format, ...)
{
    va_list list;
    fputs("tenoncc: error: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    exit(3);
}

void tncc_error(const char *file, unsigned line, const char *format, ...)
{
    va_list list;
    tncc_errors++;
    if (file && line)
        fprintf(stderr, "%s:%u: error: ", file, line);
    else if (file)
        fprintf(stderr, "%s: error: ", file);
    else
        fputs("tenoncc: error: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

bool tncc_starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

bool tncc_ends(const char *text, const char *suffix)
{
    size_t t = strlen(text), s = strlen(suffix);
    return t >= s && !strcmp(text + t - s, suffix);
}

void *tncc_read_fd(int fd, size_t *out_bytes)
{
    struct stat info;
    size_t have = 0;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
        errno = EINVAL;
        return NULL;
    }
    char *data = tncc_alloc((size_t)info.st_size + 1);
    while (have < (size_t)info.st_size) {
        ssize_t n = pread(fd, data + have, (size_t)info.st_size - have, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    *out_bytes = have;
    return data;
}

void *tncc_read_file(const char *path, size_t *out_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    void *data = fd < 0 ? NULL : tncc_read_fd(fd, out_bytes);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return data;
}

/* What must not stay when this process ends early; looked at by a signal's handler. */
static const char *volatile partial;
static volatile pid_t child; /* the program that runs; 0: none, or it has ended */
static int child_status;     /* then */

static bool put_all(int fd, const char *data, size_t bytes)
{
    while (bytes) {
        ssize_t n = write(fd, data, bytes);
        if (n < 0 && errno != EINTR)
            return false;
        data += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Through a link to what it names; a pipe or a device is written as it is. */
bool tncc_write_file(const char *path, const void *data, size_t bytes)
{
    struct stat info;
    char whole[PATH_MAX];
    const bool there = !stat(path, &info), plain = !there || S_ISREG(info.st_mode);
    const char *to = there && plain && realpath(path, whole) ? whole : path;
    const char *name = plain ? tncc_format("%s.%ld.partial", to, (long)getpid()) : to;
    if (there && plain && access(to, W_OK)) { /* a rename would replace it all the same */
        tncc_error(NULL, 0, "can't write %s: %s", path, strerror(errno));
        return false;
    }
    partial = plain ? name : NULL;
    int fd = open(name, O_WRONLY | O_CLOEXEC | (plain ? O_CREAT | O_TRUNC : 0), 0666);
    bool good = fd >= 0 && put_all(fd, data, bytes);
    int why = errno;
    if (fd >= 0 && close(fd) && good) {
        why = errno;
        good = false;
    }
    if (good && plain && rename(name, to)) {
        why = errno;
        good = false;
    }
    if (!good && plain)
        unlink(name);
    partial = NULL;
    if (!good)
        tncc_error(NULL, 0, "can't write %s: %s", path, strerror(why));
    return good;
}

/* ---- the temporary directory ---- */
static char *temp_dir;
static struct tncc_list temp_files;

static void remove_temps(void)
{
    for (size_t i = 0; i < temp_files.count; i++)
        unlink(temp_files.items[i]);
    if (temp_dir)
        rmdir(temp_dir);
}

const char *tncc_temp(const char *name)
{
    static bool registered;
    if (!temp_dir) {
        const char *root = getenv("TMPDIR");
        char *dir = tncc_format("%s/tenoncc-XXXXXX", root && *root ? root : "/tmp");
        if (!mkdtemp(dir))
            tncc_fatal("can't make a temporary directory %s: %s", dir, strerror(errno));
        temp_dir = dir;
        if (!registered)
            atexit(remove_temps);
        registered = true;
    }
    char *path = tncc_format("%s/%s", temp_dir, name);
    tncc_push(&temp_files, path);
    return path;
}

void tncc_forked(void)
{
    temp_dir = NULL;
    temp_files = (struct tncc_list){ 0 };
    partial = NULL;
    child = 0;
}

/* ---- signals ---- */
static void on_signal(int signal)
{
    static const char text[] = "tenoncc: error: internal: the compiler crashed\n";
    const bool crash =
        signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGABRT;
    if (partial)
        unlink(partial);
    remove_temps();
    if (child > 0)
        kill(child, SIGTERM);
    if (crash) {
        ssize_t n = write(2, text, sizeof text - 1);
        (void)n;
        _exit(3);
    }
    raise(signal); /* SA_RESETHAND: it ends the process now */
}

void tncc_watch_signals(void)
{
    static const int list[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    static char space[65536];
    stack_t stack = { .ss_sp = space, .ss_size = sizeof space };
    struct sigaction now = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER };
    struct sigaction before;
    sigaltstack(&stack, NULL); /* for a stack that overflowed */
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!sigaction(list[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(list[i], &now, NULL);
    signal(SIGXFSZ, SIG_IGN); /* then writing too much is an error of write */
    signal(SIGCHLD, SIG_DFL); /* where whoever started us ignores it, the kernel would forget how a program ended */
}

/* ---- programs ---- */
static void (*meanwhile)(void *);
static void *meanwhile_context;

void tncc_meanwhile(void (*work)(void *), void *context)
{
    meanwhile = work;
    meanwhile_context = context;
}

static void say_command(const char *const *argv)
{
    for (const char *const *a = argv; *a; a++)
        fprintf(stderr, " %s%s", *a, a[1] ? "" : "\n");
}

int tncc_run_to(const char *const *argv, bool verbose, int out, int errors)
{
    posix_spawn_file_actions_t files;
    pid_t pid;
    if (verbose)
        say_command(argv);
    fflush(stderr);
    posix_spawn_file_actions_init(&files);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&files, out, 1);
    if (errors >= 0)
        posix_spawn_file_actions_adddup2(&files, errors, 2);
    int failed = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed) {
        if (errors < 0)
            tncc_error(NULL, 0, "can't start %s: %s", argv[0], strerror(failed));
        return 127;
    }
    child = pid;
    if (meanwhile) { /* once: the program's start is time to use */
        void (*work)(void *) = meanwhile;
        meanwhile = NULL;
        work(meanwhile_context);
        tncc_phase("waiting for clang");
    }
    while (child && waitpid(pid, &child_status, 0) < 0)
        if (errno != EINTR)
            tncc_fatal("how %s ended is not known: %s", argv[0], strerror(errno));
    child = 0;
    return WIFEXITED(child_status) ? WEXITSTATUS(child_status) : 128 + WTERMSIG(child_status);
}

pid_t tncc_wait_copy(int *out_status)
{
    for (;;) {
        pid_t pid = waitpid(-1, out_status, 0);
        if (pid > 0 && pid == child) { /* it ended while the copies ran */
            child_status = *out_status;
            child = 0;
        } else if (pid > 0)
            return pid;
        else if (errno != EINTR)
            tncc_fatal("how a copy of this process ended is not known: %s", strerror(errno));
    }
}

int tncc_run(const char *const *argv, bool verbose)
{
    return tncc_run_to(argv, verbose, -1, -1);
}

int tncc_memory_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0)
        tncc_fatal("no memory for %s: %s", name, strerror(errno));
    return fd;
}

/* ---- time ---- */
struct tncc_list tncc_phases; /* of struct tncc_phase */

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void tncc_phase(const char *name)
{
    struct tncc_phase *p = tncc_alloc(sizeof *p);
    *p = (struct tncc_phase){ name, clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_PROCESS_CPUTIME_ID) };
    tncc_push(&tncc_phases, p);
}

/* ---- containers ---- */
void tncc_add_bytes(struct tncc_text *t, const void *data, size_t bytes)
{
    if (t->bytes + bytes + 1 > t->room) {
        size_t room = (t->bytes + bytes + 1) * 2 + 1024;
        char *bigger = tncc_alloc(room);
        if (t->bytes)
            memcpy(bigger, t->data, t->bytes);
        t->data = bigger;
        t->room = room;
    }
    if (bytes)
        memcpy(t->data + t->bytes, data, bytes);
    t->bytes += bytes;
    t->data[t->bytes] = 0;
}

void tncc_add(struct tncc_text *t, const char *format, ...)
{
    char small[512];
    va_list list;
    va_start(list, format);
    int bytes = vsnprintf(small, sizeof small, format, list);
    va_end(list);
    if ((size_t)bytes < sizeof small) {
        tncc_add_bytes(t, small, (size_t)bytes);
        return;
    }
    char *large = tncc_alloc((size_t)bytes + 1);
    va_start(list, format);
    vsnprintf(large, (size_t)bytes + 1, format, list);
    va_end(list);
    tncc_add_bytes(t, large, (size_t)bytes);
}

static size_t map_place(const struct tncc_map *m, const void *key)
{
    size_t h = (((uintptr_t)key >> 4) * 0x9e3779b97f4a7c15ull >> 20) & (m->room - 1);
    while (m->keys[h] && m->keys[h] != key)
        h = (h + 1) & (m->room - 1);
    return h;
}

void tncc_put(struct tncc_map *m, const void *key, void *value)
{
    if (m->count * 2 >= m->room) {
        struct tncc_map old = *m;
        m->room = old.room ? old.room * 2 : 64;
        m->keys = tncc_alloc(m->room * sizeof *m->keys);
        m->values = tncc_alloc(m->room * sizeof *m->values);
        m->count = 0;
        for (size_t i = 0; i < old.room; i++)
            if (old.keys[i])
                tncc_put(m, old.keys[i], old.values[i]);
    }
    size_t h = map_place(m, key);
    if (!m->keys[h])
        m->count++;
    m->keys[h] = key;
    m->values[h] = value;
}

void *tncc_get(const struct tncc_map *m, const void *key)
{
    if (!m->room)
        return NULL;
    size_t h = map_place(m, key);
    return m->keys[h] ? m->values[h] : NULL;
}

void tncc_push(struct tncc_list *l, void *item)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 16;
        void **bigger = tncc_alloc(room * sizeof *bigger);
        if (l->count)
            memcpy(bigger, l->items, l->count * sizeof *bigger);
        l->items = bigger;
        l->room = room;
    }
    l->items[l->count++] = item;
}
