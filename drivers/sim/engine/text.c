/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a thread, made at first use and freed when the thread ends. Not thread-local arrays: a library that is
 * opened late gets its thread-local storage out of about 1.5 KiB that all such libraries of a process share.
 */
#include <pthread.h>
#include <stdlib.h>

#include "drivers/sim/engine/engine.h"

typedef struct text_node {
    struct text_node *next;
    char **slot;
    char text[];
} text_node;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int have_key;

static void free_all(void *first)
{
    for (text_node *node = first, *next; node; node = next) {
        next = node->next;
        *node->slot = NULL; /* a later destructor of the thread may want a text again */
        free(node);
    }
}

static void make_key(void)
{
    have_key = pthread_key_create(&key, free_all) == 0;
}

char *sil_thread_text(char **slot, size_t bytes)
{
    char *text = *slot;
    if (text)
        return text;
    pthread_once(&once, make_key);
    text_node *node = have_key ? calloc(1, sizeof *node + bytes) : NULL;
    if (!node)
        return NULL;
    node->next = pthread_getspecific(key);
    node->slot = slot;
    pthread_setspecific(key, node);
    *slot = node->text;
    return node->text;
}
