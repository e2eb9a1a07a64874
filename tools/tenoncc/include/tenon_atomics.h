/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_atomics.h - CUDA's atomic functions over the compiler's builtins, relaxed as CUDA's are. Part of tenon_cuda.h.
 * The _block and _system forms are the same code: every scope is served by the strongest.
 */
#ifndef TENON_ATOMICS_H
#define TENON_ATOMICS_H

#define TN__ATOMIC1(name, T, body)                                                                                    \
    TN__D T name(T *p, T v) { body }                                                                                  \
    TN__D T name##_block(T *p, T v) { body }                                                                          \
    TN__D T name##_system(T *p, T v) { body }
#define TN__FETCH(name, op, T) TN__ATOMIC1(name, T, return __atomic_fetch_##op(p, v, __ATOMIC_RELAXED);)
#define TN__EXCHANGE(T, W)                                                                                            \
    TN__ATOMIC1(atomicExch, T, return __builtin_bit_cast(T, __atomic_exchange_n((W *)p, __builtin_bit_cast(W, v),     \
                                                                                __ATOMIC_RELAXED));)
#define TN__CAS_NAMED(name, T)                                                                                        \
    TN__D T name(T *p, T compare, T v)                                                                                \
    {                                                                                                                 \
        __atomic_compare_exchange_n(p, &compare, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                       \
        return compare;                                                                                               \
    }
#define TN__CAS(T) TN__CAS_NAMED(atomicCAS, T) TN__CAS_NAMED(atomicCAS_block, T) TN__CAS_NAMED(atomicCAS_system, T)
/* T is the value's type, W an integer of its size */
#define TN__LOOP(name, T, W, expr)                                                                                    \
    TN__ATOMIC1(name, T, W seen = __atomic_load_n((W *)p, __ATOMIC_RELAXED); for (;;) {                               \
        T old = __builtin_bit_cast(T, seen);                                                                          \
        T next = expr;                                                                                                \
        if (__atomic_compare_exchange_n((W *)p, &seen, __builtin_bit_cast(W, next), false, __ATOMIC_RELAXED,          \
                                        __ATOMIC_RELAXED))                                                            \
            return old;                                                                                               \
    })

TN__FETCH(atomicAdd, add, int)
TN__FETCH(atomicAdd, add, unsigned int)
TN__FETCH(atomicAdd, add, unsigned long long)
TN__FETCH(atomicAdd, add, float)
TN__FETCH(atomicAdd, add, double)
TN__FETCH(atomicAdd, add, unsigned long)
TN__FETCH(atomicAdd, add, long long)
TN__FETCH(atomicSub, sub, unsigned long long)
TN__FETCH(atomicSub, sub, int)
TN__FETCH(atomicSub, sub, unsigned int)
#define TN__INTEGERS(M, name, op)                                                                                     \
    M(name, op, int) M(name, op, unsigned int) M(name, op, unsigned long long) M(name, op, long long)
TN__INTEGERS(TN__FETCH, atomicMin, min)
TN__INTEGERS(TN__FETCH, atomicMax, max)
TN__INTEGERS(TN__FETCH, atomicAnd, and)
TN__INTEGERS(TN__FETCH, atomicOr, or)
TN__INTEGERS(TN__FETCH, atomicXor, xor)
TN__EXCHANGE(int, int)
TN__EXCHANGE(unsigned int, unsigned int)
TN__EXCHANGE(unsigned long long, unsigned long long)
TN__EXCHANGE(float, unsigned int)
TN__EXCHANGE(unsigned long, unsigned long)
TN__EXCHANGE(long long, unsigned long long)
TN__EXCHANGE(double, unsigned long long)
TN__CAS(int)
TN__CAS(unsigned int)
TN__CAS(unsigned long long)
TN__CAS(unsigned short)
TN__CAS(long long)
TN__CAS(unsigned long)
TN__LOOP(atomicInc, unsigned int, unsigned int, old >= v ? 0u : old + 1u)
TN__LOOP(atomicDec, unsigned int, unsigned int, old == 0u || old > v ? v : old - 1u)

#undef TN__ATOMIC1
#undef TN__FETCH
#undef TN__EXCHANGE
#undef TN__CAS
#undef TN__CAS_NAMED
#undef TN__LOOP
#undef TN__INTEGERS

#endif
