/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/harness.c - see harness.h. Loads an image with dlopen from a memfd, which is enough for tests on one
 * device; the engine has a loader of its own.
 */
#include "tests/kernels/harness.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "bundle/bundle.h"

enum { STACK = 256 << 10 };
#define GUARD      256
#define GUARD_BYTE 0xa5

struct kt_module {
    tn_bundle *bundle;
    const tn_bundle_view *view;
    void *library;
    uint32_t width;
};

static char printed[1 << 16];
static size_t printed_bytes;
static jmp_buf leave;
static int trap_kind;

_Noreturn static void broken(const char *what, const char *detail)
{
    fprintf(stderr, "harness: %s: %s\n", what, detail);
    exit(1);
}

/* ---- services ---- */
static void put(const char *text, size_t bytes)
{
    if (printed_bytes + bytes >= sizeof printed)
        bytes = sizeof printed - 1 - printed_bytes;
    memcpy(printed + printed_bytes, text, bytes);
    printed_bytes += bytes;
    printed[printed_bytes] = 0;
}

static int32_t print(tn_sim_worker *w, const char *format, const uint64_t *slots, uint32_t count)
{
    uint32_t used = 0;
    (void)w;
    for (const char *f = format; *f;) {
        char one[32], text[256];
        size_t n = 0;
        if (*f != '%') {
            put(f++, 1);
            continue;
        }
        while (f[n] && !strchr("diouxXeEfgGcsp%", f[n ? n : ++n]))
            n++;
        n++;
        if (f[n - 1] == '%') {
            put("%", 1);
            f += n;
            continue;
        }
        if (n >= sizeof one - 4 || used >= count)
            return -1;
        memcpy(one, f, n);
        one[n] = 0;
        uint64_t slot = slots[used++];
        char kind = f[n - 1];
        if (strchr("eEfgG", kind)) {
            double d;
            memcpy(&d, &slot, sizeof d);
            snprintf(text, sizeof text, one, d);
        } else if (kind == 's') {
            snprintf(text, sizeof text, one, (const char *)(uintptr_t)slot);
        } else if (kind == 'p') {
            snprintf(text, sizeof text, one, (void *)(uintptr_t)slot);
        } else if (strstr(one, "l")) {
            snprintf(text, sizeof text, one, (long)slot);
        } else {
            snprintf(text, sizeof text, one, (int)slot);
        }
        put(text, strlen(text));
        f += n;
    }
    return (int32_t)used;
}

static void *heap_alloc(tn_sim_worker *w, uint64_t bytes)
{
    (void)w;
    return bytes > (64u << 20) ? NULL : aligned_alloc(16, (bytes + 31) & ~15ull);
}

static void heap_free(tn_sim_worker *w, void *p)
{
    (void)w;
    free(p);
}

static void assert_fail(tn_sim_worker *w, const char *message, const char *file, uint32_t line, const char *function,
                        const uint32_t thread[3])
{
    char text[600];
    const char *slash = strrchr(file, '/');
    (void)function;
    snprintf(text, sizeof text, "%s:%u: block %llu thread %u,%u,%u: %s", slash ? slash + 1 : file, line,
             (unsigned long long)w->block, thread[0], thread[1], thread[2], message);
    put(text, strlen(text));
    trap_kind = TN_SIM_TRAP_ASSERT;
    longjmp(leave, 1);
}

static void trap(tn_sim_worker *w, uint32_t kind, const char *where, const uint32_t thread[3])
{
    (void)w;
    (void)thread;
    if (where)
        put(where, strlen(where));
    trap_kind = (int)kind;
    longjmp(leave, 1);
}

static uint64_t timer_ns(tn_sim_worker *w)
{
    (void)w;
    return 12345;
}

static void grid_alone(tn_sim_worker *w, uint32_t threads)
{
    (void)threads;
    trap(w, TN_SIM_TRAP_TRAP, "not launched cooperatively", NULL);
}

/* ---- cooperative launches: a fiber for each block ---- */
struct fiber {
    ucontext_t context;
    tn_sim_worker worker;
    tn_sim_entry *entry;
    unsigned char *stack, *dyn, *local, *work;
    uint32_t passed;
    int ended;
};
static ucontext_t scheduler;
static struct fiber *running;

static void grid_wait(tn_sim_worker *w, uint32_t threads)
{
    struct fiber *f = running;
    (void)w;
    if (f->passed == 0)
        swapcontext(&f->context, &scheduler);
    f->passed = f->passed + 1 < threads ? f->passed + 1 : 0;
}

static void run_fiber(void)
{
    struct fiber *f = running;
    f->entry(f->worker.launch, &f->worker, f->worker.block, 1);
    f->ended = 1;
}

#define SERVICES                                                                                                       \
    .bytes = sizeof(tn_sim_services), .print = print, .heap_alloc = heap_alloc, .heap_free = heap_free,                \
    .assert_fail = assert_fail, .trap = trap, .timer_ns = timer_ns
static const tn_sim_services services = { SERVICES, .grid_wait = grid_alone };
static const tn_sim_services services_together = { SERVICES, .grid_wait = grid_wait, .together = 1 };

/* ---- modules ---- */
static kt_module *load(const char *path, tn_bundle *bundle, uint32_t width)
{
    char name[64];
    static int number;
    const tn_bundle_view *found = NULL;
    for (uint32_t i = 0; i < tn_bundle_image_count(bundle); i++) {
        const tn_bundle_view *v = tn_bundle_image_at(bundle, i);
        if (v->kind == TN_IMAGE_SIM && (!v->width || v->width == width))
            found = v;
    }
    if (!found) {
        tn_bundle_close(bundle);
        return NULL;
    }
    kt_module *m = calloc(1, sizeof *m);
    m->bundle = bundle;
    m->view = found;
    m->width = width;
    /* A name of its own for each: dlopen knows a file by its device and inode. */
    snprintf(name, sizeof name, "kt-%d", number++);
    int fd = memfd_create(name, 0);
    if (fd < 0 || write(fd, found->data, found->bytes) != (ssize_t)found->bytes)
        broken("memfd", path);
    snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)getpid(), fd);
    m->library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!m->library)
        broken("dlopen", dlerror());
    uint32_t *abi = dlsym(m->library, TN_SIM_IMAGE_ABI_SYMBOL);
    if (!abi || *abi != TN_SIM_IMAGE_ABI)
        broken(path, "wrong image ABI");
    kt_current_width = width;
    return m;
}

kt_module *kt_open(const char *path, uint32_t width)
{
    char why[300];
    tn_bundle *bundle;
    if (tn_bundle_open_file(path, &bundle, why, sizeof why))
        broken(path, why);
    return load(path, bundle, width);
}

kt_module *kt_open_memory(const void *data, size_t bytes, uint32_t width)
{
    char why[300];
    tn_bundle *bundle;
    if (tn_bundle_open_memory(data, bytes, &bundle, why, sizeof why))
        broken("bundle", why);
    return load("bundle", bundle, width);
}

void kt_close(kt_module *m)
{
    dlclose(m->library);
    tn_bundle_close(m->bundle);
    free(m);
}

double kt_bound(double ulps)
{
    return ulps;
}

bool kt_takes(uint32_t width)
{
    return width == 1 || width == 32 || width == 64;
}

void kt_test(void (*test)(kt_module *), kt_module *m)
{
    test(m);
}

uint32_t kt_width(const kt_module *m)
{
    return m->width;
}

const tn_ktab *kt_table(kt_module *m)
{
    return m->view->kernels;
}

int kt_has(kt_module *m, const char *kernel)
{
    return tn_ktab_find_kernel(m->view->kernels, kernel) >= 0;
}

void *kt_variable(kt_module *m, const char *name, size_t bytes)
{
    int64_t i = tn_ktab_find_variable(m->view->kernels, name);
    if (i < 0 || tn_ktab_variable_at(m->view->kernels, (uint32_t)i)->bytes != bytes)
        broken("no such variable, or of another size", name);
    return dlsym(m->library, name);
}

const char *kt_printed(void)
{
    static char copy[sizeof printed];
    memcpy(copy, printed, printed_bytes + 1);
    printed_bytes = 0;
    printed[0] = 0;
    return copy;
}

/* ---- launches ---- */
static unsigned char *guarded(size_t bytes, size_t align)
{
    unsigned char *p = aligned_alloc(align, (GUARD + bytes + GUARD + align - 1) / align * align);
    memset(p, GUARD_BYTE, GUARD + bytes + GUARD);
    return p + GUARD;
}

static void check_guard(unsigned char *p, size_t bytes, const char *what, const char *kernel)
{
    for (int i = 0; i < GUARD; i++)
        if (p[-1 - i] != GUARD_BYTE || p[bytes + (size_t)i] != GUARD_BYTE) {
            kt_fail(__FILE__, __LINE__, "kernel %s wrote outside its %s", kernel, what);
            break;
        }
    free(p - GUARD);
}

static void take_turns(struct fiber *fibers, uint64_t all)
{
    for (uint64_t left = all; left;) {
        left = 0;
        for (uint64_t b = 0; b < all; b++)
            if (!fibers[b].ended) {
                running = &fibers[b];
                swapcontext(&scheduler, &fibers[b].context);
                left += !fibers[b].ended;
            }
    }
}

static void run_together(const tn_sim_launch *launch, const tn_ktab_kernel *k, tn_sim_entry *entry, size_t scratch,
                         const char *kernel)
{
    uint64_t all = (uint64_t)launch->grid[0] * launch->grid[1] * launch->grid[2];
    struct fiber *fibers = calloc(all, sizeof *fibers);
    for (uint64_t b = 0; b < all; b++) {
        struct fiber *f = &fibers[b];
        f->stack = malloc(STACK + k->stack_bytes);
        f->dyn = guarded(launch->dynamic_local_bytes, 256);
        f->local = guarded(k->static_local_bytes, 256);
        f->work = guarded(scratch, 256);
        f->entry = entry;
        f->worker = (tn_sim_worker){ .dynamic_local = f->dyn, .static_local = f->local, .scratch = f->work,
                                     .scratch_bytes = scratch, .launch = launch, .block = b };
        getcontext(&f->context);
        f->context.uc_stack.ss_sp = f->stack;
        f->context.uc_stack.ss_size = STACK + k->stack_bytes;
        f->context.uc_link = &scheduler;
        makecontext(&f->context, run_fiber, 0);
    }
    if (!setjmp(leave))
        take_turns(fibers, all);
    for (uint64_t b = 0; b < all; b++) {
        check_guard(fibers[b].dyn, launch->dynamic_local_bytes, "dynamic local memory", kernel);
        check_guard(fibers[b].local, k->static_local_bytes, "static local memory", kernel);
        check_guard(fibers[b].work, scratch, "scratch", kernel);
        free(fibers[b].stack);
    }
    free(fibers);
}

int kt_run(kt_module *m, const char *kernel, kt_launch l, const void *args, size_t bytes)
{
    int64_t index = tn_ktab_find_kernel(m->view->kernels, kernel);
    if (index < 0)
        broken("no such kernel", kernel);
    const tn_ktab_kernel *k = tn_ktab_kernel_at(m->view->kernels, (uint32_t)index);
    size_t threads = (size_t)l.block[0] * l.block[1] * l.block[2];
    size_t scratch = k->scratch_per_block + threads * k->scratch_per_thread;
    if (k->args_bytes > bytes)
        broken("the argument block is too small", kernel);
    tn_sim_entry *entry = (tn_sim_entry *)(uintptr_t)dlsym(m->library, tn_ktab_entry(m->view->kernels, k));
    if (!entry)
        broken("no entry", kernel);
    unsigned char *packed = guarded(k->args_bytes, 256), *dyn = guarded(l.dynamic_local, 256);
    unsigned char *local = guarded(k->static_local_bytes, 256), *work = guarded(scratch, 256);
    memcpy(packed, args, k->args_bytes);
    tn_sim_launch launch = { .grid = { l.grid[0], l.grid[1], l.grid[2] },
                             .block = { l.block[0], l.block[1], l.block[2] },
                             .dynamic_local_bytes = l.dynamic_local,
                             .width = m->width,
                             .args = packed,
                             .services = l.together ? &services_together : &services };
    tn_sim_worker worker = {
        .dynamic_local = dyn, .static_local = local, .scratch = work, .scratch_bytes = scratch, .launch = &launch
    };
    uint64_t all = (uint64_t)l.grid[0] * l.grid[1] * l.grid[2];
    trap_kind = 0;
    if (l.together)
        run_together(&launch, k, entry, scratch, kernel);
    else if (!setjmp(leave))
        entry(&launch, &worker, l.first, l.count ? l.count : all);
    check_guard(packed, k->args_bytes, "arguments", kernel);
    check_guard(dyn, l.dynamic_local, "dynamic local memory", kernel);
    check_guard(local, k->static_local_bytes, "static local memory", kernel);
    check_guard(work, scratch, "scratch", kernel);
    return trap_kind;
}
