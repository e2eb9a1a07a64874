/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/tap/tap.c - who listens to the API. Owns one pointer. May call nothing. */
#include "runtime/tap/tap.h"

#include <stddef.h>

const struct tn__tap *_Atomic tn__api_tap;

const struct tn__tap *tn__tap_set(const struct tn__tap *tap)
{
    return atomic_exchange(&tn__api_tap, tap);
}

void tn__tap_enter(enum tn__api api, uint64_t object)
{
    const struct tn__tap *tap = atomic_load_explicit(&tn__api_tap, memory_order_acquire);
    if (tap)
        tap->enter(tap->context, api, object);
}
