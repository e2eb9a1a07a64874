/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock of two instructions when nobody else is there, for what is held during a few instructions or one call of a vendor at most
 * and taken at each launch or dependency. 0 is unlocked. Any thread; not recursive. Calls libc alone.
 */
#ifndef DRIVERS_COMMON_SPIN_H
#define DRIVERS_COMMON_SPIN_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

static inline void tn_spin_lock(_Atomic uint32_t *lock)
{
    for (unsigned spins = 0; atomic_exchange_explicit(lock, 1, memory_order_acquire); spins++)
        if (spins > 64)
            sched_yield();
}

static inline void tn_spin_unlock(_Atomic uint32_t *lock)
{
    atomic_store_explicit(lock, 0, memory_order_release);
}

#endif
