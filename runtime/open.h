/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/open.h - what the files that open a runtime share: runtime.c, settings.c, device.c, discover.c. */
#ifndef RUNTIME_OPEN_H
#define RUNTIME_OPEN_H

#include "runtime/internal.h"

/* Options and environment, put together. Texts belong to the caller or the environment. */
struct tn__settings {
    bool exact, validate, no_hardware;
    const char *simulate, *simulate_source;   /* source: what to name in messages */
    const char *drivers, *drivers_source;
    const char *visible, *visible_source;
    const char *only;
    const char *libraries;
};

struct tn__found {
    struct tn__instance *instance;
    uint32_t index;
    tn_device_info info;
};

/* A runtime on its way to being open. */
struct tn__opening {
    struct tn__runtime *runtime;
    struct tn__settings settings;
    struct tn__entry *entries;
    uint32_t entry_count;
    struct tn__plugin **plugins;
    uint32_t plugin_count;
    struct tn__found *found;
    uint32_t found_count;
    char trouble[320];            /* what drivers said that could not be opened */
};

tn_status tn__settings_read(const tn_options *options, struct tn__settings *out);
/* Which of the found devices are shown, in which order; *out is to be freed. */
tn_status tn__visible_devices(const struct tn__opening *opening, uint32_t **out, uint32_t *out_count);

struct tn__device *tn__device_new(struct tn__runtime *runtime, struct tn__instance *instance, uint32_t index,
                                  const tn_device_info *info);
void tn__device_publish(struct tn__device *device);
/* Takes the handle and those of all that is on the device; what is under way goes on. */
void tn__device_shut(struct tn__device *device);
/* Frees everything on the device. False: something could not be ended, and was left alone. */
bool tn__device_end(struct tn__device *device, uint64_t deadline);
/* Gives back the device itself, once all of the runtime have ended; not one that was left alone. */
void tn__device_free(struct tn__device *device);

/* Adds what the discovery plugin finds to the runtime's lines, once; without the plugin it says so. */
void tn__discover(struct tn__runtime *runtime);

#endif
