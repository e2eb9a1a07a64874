/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_atomics.h - CUDA's atomic functions over the compiler's builtins, relaxed as CUDA's are. Part of tenon_cuda.h.
 * The _block and _system forms are the same code: every scope is served by the strongest.
 */
#ifndef TENON_ATOMICS_H
#define TENON_ATOMICS_H

#define TN__ATOMIC1(name, __T, __body)                                                                                \
    TN__D __T name(__T *__p, __T __v) { __body }                                                                      \
    TN__D __T name##_block(__T *__p, __T __v) { __body }                                                              \
    TN__D __T name##_system(__T *__p, __T __v) { __body }
#define TN__FETCH(name, op, __T) TN__ATOMIC1(name, __T, return __atomic_fetch_##op(__p, __v, __ATOMIC_RELAXED);)
#define TN__EXCHANGE(__T, __W)                                                                                        \
    TN__ATOMIC1(atomicExch, __T, return __builtin_bit_cast(__T, __atomic_exchange_n((__W *)__p, __builtin_bit_cast(__W, __v), \
                                                                                __ATOMIC_RELAXED));)
#define TN__CAS_NAMED(name, __T)                                                                                      \
    TN__D __T name(__T *__p, __T __compare, __T __v)                                                                  \
    {                                                                                                                 \
        __atomic_compare_exchange_n(__p, &__compare, __v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                 \
        return __compare;                                                                                             \
    }
#define TN__CAS(__T) TN__CAS_NAMED(atomicCAS, __T) TN__CAS_NAMED(atomicCAS_block, __T) TN__CAS_NAMED(atomicCAS_system, __T)
/* T is the value's type, W an integer of its size */
#define TN__LOOP(name, __T, __W, expr)                                                                                \
    TN__ATOMIC1(name, __T, __W __seen = __atomic_load_n((__W *)__p, __ATOMIC_RELAXED); for (;;) {                     \
        __T __old = __builtin_bit_cast(__T, __seen);                                                                  \
        __T __next = expr;                                                                                            \
        if (__atomic_compare_exchange_n((__W *)__p, &__seen, __builtin_bit_cast(__W, __next), false, __ATOMIC_RELAXED, \
                                        __ATOMIC_RELAXED))                                                            \
            return __old;                                                                                             \
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
#define TN__INTEGERS(__M, name, op)                                                                                   \
    __M(name, op, int) __M(name, op, unsigned int) __M(name, op, unsigned long long) __M(name, op, long long)
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
TN__LOOP(atomicInc, unsigned int, unsigned int, __old >= __v ? 0u : __old + 1u)
TN__LOOP(atomicDec, unsigned int, unsigned int, __old == 0u || __old > __v ? __v : __old - 1u)

#undef TN__ATOMIC1
#undef TN__FETCH
#undef TN__EXCHANGE
#undef TN__CAS
#undef TN__CAS_NAMED
#undef TN__LOOP
#undef TN__INTEGERS

#endif
