/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protection keys: device memory is closed to the host by one key of the process, and opened by the engine around the
 * work that it runs. Where processor or system have no keys this is told, not emulated: there device memory can be
 * touched by the host. Owns the key.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "drivers/sim/engine/internal.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key = -1;
static char sentence[160];

#if defined(__x86_64__)
static inline uint32_t rights_read(void)
{
    uint32_t low, high;
    __asm__ volatile(".byte 0x0f, 0x01, 0xee" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static inline void rights_write(uint32_t value)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xef" : : "a"(value), "c"(0), "d"(0) : "memory");
}
#endif

static void probe(void)
{
#if defined(__x86_64__)
    int got = pkey_alloc(0, PKEY_DISABLE_ACCESS);
    if (got >= 0) {
        key = got;
        snprintf(sentence, sizeof sentence, "device memory is closed to the host by protection key %d", key);
    } else {
        snprintf(sentence, sizeof sentence, "device memory is open to the host: %s",
                 errno == ENOSPC ? "the processor has no protection keys, or all are taken"
                                 : "the system has no protection keys");
    }
#else
    snprintf(sentence, sizeof sentence, "device memory is open to the host: this processor has no protection keys");
#endif
}

int sil__key(void)
{
    pthread_once(&once, probe);
    return key;
}

const char *sil__key_sentence(void)
{
    pthread_once(&once, probe);
    return sentence;
}

void sil__rights_open(void)
{
#if defined(__x86_64__)
    if (__builtin_expect(key >= 0, 0))
        rights_write(rights_read() & ~(3u << 2 * key));
#endif
}

void sil__rights_close(void)
{
#if defined(__x86_64__)
    if (__builtin_expect(key >= 0, 0))
        rights_write(rights_read() | 1u << 2 * key);
#endif
}
