/* SPDX-License-Identifier: Apache-2.0 */
/* Runs hand-written code: the peer, and threads that wait for pieces of work. Owns the threads. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/kernels/hand.h"

typedef struct piece {
    const work *w;
    void (*body)(const work *w, size_t from, size_t to, unsigned part);
    size_t from, to;
} piece;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t go, done;
    piece pieces[MAX_PARTS];
    unsigned parts, left;
    uint64_t round;
} pool = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER };

unsigned spread_parts(void)
{
    return pool.parts;
}

static void *worker(void *context)
{
    unsigned part = (unsigned)(uintptr_t)context;
    uint64_t seen = 0;
    for (;;) {
        pthread_mutex_lock(&pool.lock);
        while (pool.round == seen)
            pthread_cond_wait(&pool.go, &pool.lock);
        seen = pool.round;
        piece mine = pool.pieces[part];
        pthread_mutex_unlock(&pool.lock);
        if (mine.from < mine.to)
            mine.body(mine.w, mine.from, mine.to, part);
        pthread_mutex_lock(&pool.lock);
        if (--pool.left == 0)
            pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
    }
    return NULL;
}

void spread(const work *w, size_t count, size_t grain,
            void (*body)(const work *w, size_t from, size_t to, unsigned part))
{
    size_t grains = (count + grain - 1) / grain;
    pthread_mutex_lock(&pool.lock);
    for (unsigned i = 0; i < pool.parts; i++) {
        size_t from = grains * i / pool.parts * grain, to = grains * (i + 1) / pool.parts * grain;
        pool.pieces[i] = (piece){ w, body, from, to < count ? to : count };
    }
    pool.left = pool.parts - 1;
    pool.round++;
    pthread_cond_broadcast(&pool.go);
    piece mine = pool.pieces[0];
    pthread_mutex_unlock(&pool.lock);
    if (mine.from < mine.to)
        body(w, mine.from, mine.to, 0);
    pthread_mutex_lock(&pool.lock);
    while (pool.left)
        pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The peer */

static bool hand_open(peer *self, const struct family *family, const problem *p)
{
    work *w = self->state;
    (void)family;
    if (!p->kernel->hand) {
        snprintf(self->why, sizeof self->why, "there is no hand-written code");
        return false;
    }
    *w = p->work;
    for (unsigned i = 0; i < p->buffers; i++)
        if (p->kernel->buffers[i].role != IN)
            w->at[i] = buffer_alloc(p->bytes[i]);
    return true;
}

static bool hand_reset(peer *self, const problem *p)
{
    work *w = self->state;
    for (unsigned i = 0; i < p->buffers; i++)
        if (needs_reset(&p->kernel->buffers[i]))
            memcpy(w->at[i], p->work.at[i], p->bytes[i]);
    return true;
}

static bool hand_run(peer *self, const problem *p)
{
    p->kernel->hand(self->state);
    return true;
}

static bool hand_read(peer *self, const problem *p, unsigned i, void *to)
{
    work *w = self->state;
    memcpy(to, w->at[i], p->bytes[i]);
    return true;
}

static void hand_close(peer *self, const problem *p)
{
    work *w = self->state;
    for (unsigned i = 0; i < p->buffers; i++)
        if (p->kernel->buffers[i].role != IN)
            free(w->at[i]);
}

static void hand_stop(peer *self)
{
    (void)self; /* the threads wait, and end with the process */
}

peer *hand_start(void)
{
    static work state;
    static peer hand = { .name = "hand",
                         .open = hand_open,
                         .reset = hand_reset,
                         .run = hand_run,
                         .read = hand_read,
                         .close = hand_close,
                         .stop = hand_stop,
                         .state = &state };
    static char about[64];
    cpu_set_t cpus;
    unsigned count = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
    pool.parts = count < MAX_PARTS ? count : MAX_PARTS;
    for (unsigned i = 1; i < pool.parts; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, worker, (void *)(uintptr_t)i)) {
            pool.parts = i;
            break;
        }
        pthread_detach(thread);
    }
    snprintf(about, sizeof about, "C, -O3 -march=native -ffast-math, %u threads", pool.parts);
    hand.about = about;
    return &hand;
}
