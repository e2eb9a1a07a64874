/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.h - the model that tests/fuzz/api.c keeps of a runtime: what exists, what each byte of device memory must hold,
 * and what a call may therefore answer. A world belongs to one thread; what several threads use stands on the board.
 */
#ifndef TESTS_FUZZ_API_H
#define TESTS_FUZZ_API_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tenon/tenon.h"

enum { DEVICES = 8, STREAMS = 6, BUFFERS = 10, EVENTS = 4, COPIES = 16, GRAVES = 48, BOARD = 12, MOST_BYTES = 1 << 16 };

typedef struct fuzz_device {
    tn_device handle;
    tn_device_info info;
    tn_module module;            /* 0 where the device takes no image of the suite's */
    tn_kernel iota, add, step, forever, poke;
} fuzz_device;

typedef struct fuzz_stream {
    tn_stream handle;
    unsigned device;
    uint64_t value;              /* of the last point that a call gave */
} fuzz_stream;

/* Device memory, and what it must hold once everything submitted to `home` has ended. */
typedef struct fuzz_buffer {
    tn_address at;
    uint32_t bytes;
    unsigned device;
    int home;                    /* stream of its last use, -1: no work uses it */
    unsigned char *shadow;
} fuzz_buffer;

typedef struct fuzz_event {
    tn_event handle;
    unsigned device;
    bool recorded;
} fuzz_event;

/* Host memory that a copy uses until its point has passed. */
typedef struct fuzz_copy {
    unsigned char *host, *expected;   /* expected: NULL for a copy to the device */
    uint32_t bytes;
    tn_point point;
} fuzz_copy;

/* What all threads share in one round. */
typedef struct fuzz_round {
    tn_runtime runtime;
    atomic_bool closing;         /* somebody is about to close it */
    atomic_bool closed, left;    /* tn_close came back; with TN_TIMEOUT, so work may still use host memory */
    struct { _Atomic(uint64_t) stream, event, module; tn_address words; } board[BOARD];
} fuzz_round;

typedef struct fuzz_world {
    unsigned thread;
    uint64_t random, seed;
    uint64_t step;
    fuzz_round *round;           /* NULL: the runtime is this thread's own */
    bool gone;                   /* closed by another thread */
    bool exact;                  /* each submission waits, so none may run for ever */
    tn_runtime runtime;
    unsigned device_count;
    fuzz_device devices[DEVICES];
    fuzz_stream streams[STREAMS];
    fuzz_buffer buffers[BUFFERS];
    fuzz_event events[EVENTS];
    fuzz_copy copies[COPIES];
    uint64_t graves[GRAVES];     /* handles of objects that were destroyed */
    unsigned grave;
} fuzz_world;

extern const void *fuzz_bundle;
extern size_t fuzz_bundle_bytes;

/* A set of statuses that a call may answer. */
#define ANY_OF(status) (1ull << (status))

/* The call answered what it may: true when that is TN_OK. Ends the program with the seed when it did not. */
bool fuzz_answer(fuzz_world *w, const char *file, int line, const char *call, tn_status status, uint64_t allowed);
_Noreturn void fuzz_wrong(fuzz_world *w, const char *file, int line, const char *format, ...) TN_PRINTF(4, 5);
#define OK(call) fuzz_answer(w, __FILE__, __LINE__, #call, (call), ANY_OF(TN_OK))
#define IS(status, call) ((void)fuzz_answer(w, __FILE__, __LINE__, #call, (call), ANY_OF(status)))
#define ONE_OF(set, call) fuzz_answer(w, __FILE__, __LINE__, #call, (call), (set))
#define MUST(condition, ...) do { if (!(condition)) fuzz_wrong(w, __FILE__, __LINE__, __VA_ARGS__); } while (0)

uint32_t fuzz_random(fuzz_world *w, uint32_t below);
void fuzz_bury(fuzz_world *w, uint64_t bits);

/* A world over a runtime that was opened, and its end. `close`: by tn_close with work in flight, else piece by piece first. */
void fuzz_enter(fuzz_world *w);
void fuzz_leave(fuzz_world *w, bool orderly);
void fuzz_forget(fuzz_world *w);                   /* frees the host's side; nothing uses it any more */

fuzz_stream *fuzz_stream_of(fuzz_world *w, unsigned device);    /* makes one when there is none; NULL when gone */
fuzz_buffer *fuzz_some_buffer(fuzz_world *w);                   /* makes one when there is none; NULL when gone */
bool fuzz_move(fuzz_world *w, fuzz_buffer *b, fuzz_stream *s);  /* what follows in s is ordered behind b's last use */
void fuzz_check_point(fuzz_world *w, fuzz_stream *s, tn_point p);
fuzz_copy *fuzz_copy_slot(fuzz_world *w, uint32_t bytes);       /* waits for the copy that has the slot */
void fuzz_finish_copy(fuzz_world *w, fuzz_copy *c);
void fuzz_drop_stream(fuzz_world *w, fuzz_stream *s);
void fuzz_drop_buffer(fuzz_world *w, fuzz_buffer *b);
void fuzz_drop_event(fuzz_world *w, fuzz_event *e);
void fuzz_load(fuzz_world *w, fuzz_device *d);

#endif
