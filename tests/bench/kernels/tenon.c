/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the CUDA kernels through the public API on a simulated device. May include the public headers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tenon/tenon.h"
#include "tests/bench/kernels/suite.h"

typedef struct tenon {
    const char *bundles;
    bool owner; /* of the runtime, which all variants share */
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_kernel kernels[MAX_LAUNCHES];
    tn_address buffers[MAX_BUFFERS];
} tenon;

static bool failed(peer *self, tn_status status, const char *what)
{
    if (status == TN_OK)
        return false;
    snprintf(self->why, sizeof self->why, "%.300s: %s: %.180s", what, tn_status_name(status), tn_error_message());
    return true;
}

/* Where nobody waits for an answer. */
static void report_failed(tn_status status, const char *what)
{
    if (status != TN_OK)
        fprintf(stderr, "bench-kernels: %s: %s: %s\n", what, tn_status_name(status), tn_error_message());
}

static void tenon_close(peer *self, const problem *p)
{
    tenon *t = self->state;
    for (unsigned i = 0; i < p->buffers; i++)
        if (t->buffers[i])
            report_failed(tn_memory_free(t->device, t->buffers[i]), "freeing a buffer");
    memset(t->buffers, 0, sizeof t->buffers);
    report_failed(tn_module_unload(t->module), "unloading a module");
}

static bool tenon_open(peer *self, const struct family *family, const problem *p)
{
    tenon *t = self->state;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.tnb", t->bundles, family->name);
    if (failed(self, tn_module_load_file(t->device, path, NULL, &t->module), path))
        return false;
    for (unsigned i = 0; i < p->launches; i++) {
        const char *entry = p->kernel->launches[i].entry;
        if (failed(self, tn_module_kernel(t->module, entry, &t->kernels[i]), entry))
            goto fail;
    }
    for (unsigned i = 0; i < p->buffers; i++) {
        if (failed(self, tn_memory_alloc(t->device, p->bytes[i], &t->buffers[i]), "memory") ||
            failed(self, tn_memory_write(t->stream, t->buffers[i], p->work.at[i], p->bytes[i]), "writing a buffer"))
            goto fail;
    }
    return true;
fail:
    tenon_close(self, p);
    return false;
}

static bool tenon_reset(peer *self, const problem *p)
{
    tenon *t = self->state;
    for (unsigned i = 0; i < p->buffers; i++)
        if (needs_reset(&p->kernel->buffers[i]) &&
            failed(self, tn_memory_write(t->stream, t->buffers[i], p->work.at[i], p->bytes[i]), "writing a buffer"))
            return false;
    return true;
}

static tn_arg arg_of(tenon *t, const work *w, const uint32_t *p, const uint32_t *q, char letter)
{
    switch (letter) {
    case 'n':
        return (tn_arg)TN_ARG(w->n);
    case 'm':
        return (tn_arg)TN_ARG(w->m);
    case 'k':
        return (tn_arg)TN_ARG(w->k);
    case 'f':
        return (tn_arg)TN_ARG(w->f);
    case 'g':
        return (tn_arg)TN_ARG(w->g);
    case 'p':
        return (tn_arg){ p, sizeof *p };
    case 'q':
        return (tn_arg){ q, sizeof *q };
    default:
        return (tn_arg)TN_ARG(t->buffers[letter - 'A']);
    }
}

static bool launch_all(peer *self, const problem *pr, uint32_t p, uint32_t q)
{
    tenon *t = self->state;
    const work *w = &pr->work;
    for (unsigned i = 0; i < pr->launches; i++) {
        const launch *l = &pr->kernel->launches[i];
        tn_arg args[MAX_ARGS];
        uint32_t count = 0;
        for (const char *letter = l->args; *letter; letter++)
            args[count++] = arg_of(t, w, &p, &q, *letter);
        tn_launch shape = tn_launch_shape(
            (tn_dim3){ extent_value(&l->grid[0], w), extent_value(&l->grid[1], w), extent_value(&l->grid[2], w) },
            (tn_dim3){ l->block[0], l->block[1] ? l->block[1] : 1, l->block[2] ? l->block[2] : 1 }, 0);
        if (failed(self, tn_kernel_launch(t->stream, t->kernels[i], &shape, args, count, NULL), l->entry))
            return false;
    }
    return true;
}

static bool tenon_run(peer *self, const problem *pr)
{
    tenon *t = self->state;
    uint32_t p = 0, q = 0;
    if (!pr->kernel->step) {
        if (!launch_all(self, pr, 0, 0))
            return false;
    } else {
        for (uint32_t i = 0; pr->kernel->step(&pr->work, i, &p, &q); i++)
            if (!launch_all(self, pr, p, q))
                return false;
    }
    return !failed(self, tn_stream_wait(t->stream, TN_FOREVER), "waiting");
}

static bool tenon_read(peer *self, const problem *p, unsigned i, void *to)
{
    tenon *t = self->state;
    return !failed(self, tn_memory_read(t->stream, to, t->buffers[i], p->bytes[i]), "reading a buffer");
}

static void tenon_stop(peer *self)
{
    tenon *t = self->state;
    if (t->owner)
        report_failed(tn_close(t->runtime, TN_FOREVER), "closing the runtime");
}

peer *tenon_start(const char *device, const char *name, const char *bundles)
{
    static tenon states[MAX_VARIANTS + 1];
    static peer peers[MAX_VARIANTS + 1];
    static char about[MAX_VARIANTS + 1][160];
    static unsigned count;
    tenon *state = &states[count];
    peer *self = &peers[count];
    *self = (peer){ .name = name,
                    .open = tenon_open,
                    .reset = tenon_reset,
                    .run = tenon_run,
                    .read = tenon_read,
                    .close = tenon_close,
                    .stop = tenon_stop,
                    .state = state };
    tn_options options = TN_OPTIONS_INIT;
    options.simulate = device;
    options.flags = TN_OPTION_NO_HARDWARE;
    *state = (tenon){ .bundles = bundles, .owner = !count, .runtime = states[0].runtime };
    if ((state->owner && failed(self, tn_open(&options, &state->runtime), "opening the runtime")) ||
        failed(self, tn_device_get(state->runtime, 0, &state->device), device) ||
        failed(self, tn_stream_create(state->device, NULL, &state->stream), "making a stream")) {
        fprintf(stderr, "bench-kernels: %s\n", self->why);
        return NULL;
    }
    snprintf(about[count], sizeof about[count], "CUDA C++ by tenoncc %s on a simulated %s%s%.80s", tn_version_text(),
             device, count ? ", bundles of " : "", count ? bundles : "");
    self->about = about[count++];
    return self;
}
