/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles of the stand-in: a void * that is never dereferenced but says kind, generation and slot, so that a stale or
 * invented one is found out by one load and compare. Objects are type-stable: a slot keeps its memory for ever, and a
 * late reader sees an object of the same type. Owns the objects' memory. Any thread.
 */
#ifndef DRIVERS_SIM_ASCEND_HANDLE_H
#define DRIVERS_SIM_ASCEND_HANDLE_H

#include <stddef.h>
#include <stdint.h>

typedef enum handle_kind {
    HANDLE_CONTEXT = 1,
    HANDLE_STREAM,
    HANDLE_EVENT,
    HANDLE_BINARY,
    HANDLE_LOADED,
    HANDLE_FUNCTION,
    HANDLE_ARGS,
    HANDLE_PARAM,
    HANDLE_POOL,
    HANDLE_NOTIFY,
    HANDLE_MODEL,
    HANDLE_KINDS
} handle_kind;

/* A zeroed object of the kind's size and its handle; NULL when host memory or slots are used up. */
void *handle_new(handle_kind kind, size_t bytes, void **out_handle);
/* The object, or NULL when the handle is not one of this kind's live ones. */
void *handle_get(handle_kind kind, const void *handle);
/* Ends the handle's life; the object's memory stays. False when another thread was first. */
int handle_free(handle_kind kind, const void *handle);
/* Number from 0, unique among the live handles of a kind. */
uint32_t handle_index(const void *handle);
/* Calls fn for each live object of a kind; fn may free it. */
void handle_each(handle_kind kind, void (*fn)(void *object, void *handle, void *context), void *context);

#endif
