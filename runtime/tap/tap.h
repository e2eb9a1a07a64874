/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/tap/tap.h - the api tap: one place in every function of the API where a listener inside the library can hear
 * of the call. Off, it costs a load and a branch that is never taken. Validation, tracing and recording listen here.
 */
#ifndef RUNTIME_TAP_TAP_H
#define RUNTIME_TAP_TAP_H

#include <stdatomic.h>
#include <stdint.h>

#include "runtime/api.h"

/* A listener: hears the function and the handle that it was called with, on the calling thread, before anything is
 * checked. */
struct tn__tap {
    void (*enter)(void *context, enum tn__api api, uint64_t object);
    void *context;
};

extern const struct tn__tap *_Atomic tn__api_tap;   /* NULL: nobody listens */

/* Puts a listener in place of the one before, which is returned. It must live as long as calls may be under way. */
const struct tn__tap *tn__tap_set(const struct tn__tap *tap);
void tn__tap_enter(enum tn__api api, uint64_t object);

#define TN__TAP(api, object)                                                                                   \
    do {                                                                                                       \
        if (__builtin_expect(atomic_load_explicit(&tn__api_tap, memory_order_relaxed) != NULL, 0))             \
            tn__tap_enter((api), (object));                                                                    \
    } while (0)

#endif
