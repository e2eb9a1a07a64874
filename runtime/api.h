/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/api.h - one list of the API's functions. Error details, the record of submissions and the api tap name a
 * function by its number here. Add a new function at the end.
 */
#ifndef RUNTIME_API_H
#define RUNTIME_API_H

#define TN__API_MAP(X)                                                                                         \
    X(open) X(close) X(explain) X(device_count) X(device_get) X(device_get_info) X(device_memory)              \
    X(device_wait) X(device_health) X(device_recover) X(device_native) X(memory_alloc) X(memory_free)          \
    X(memory_find) X(host_alloc) X(host_free) X(copy_to_device) X(copy_to_host) X(copy_on_device)              \
    X(copy_between) X(fill) X(memory_write) X(memory_read) X(stream_create) X(stream_destroy) X(stream_device) \
    X(stream_point) X(stream_wait) X(stream_join) X(stream_abort) X(stream_recover) X(stream_import)           \
    X(stream_native) X(point_wait) X(point_wait_all) X(point_wait_any) X(event_create) X(event_destroy)        \
    X(event_record) X(event_point) X(event_elapsed) X(module_load) X(module_load_file) X(module_unload)        \
    X(module_image) X(module_kernel) X(module_kernel_count) X(module_kernel_at) X(module_variable)             \
    X(kernel_get_info) X(kernel_get_arg) X(kernel_native) X(kernel_launch) X(kernel_launch_packed)

enum tn__api {
    TN__no_api = 0,
#define TN__API_ENUM(name) TN__##name,
    TN__API_MAP(TN__API_ENUM)
#undef TN__API_ENUM
    TN__api_count
};

const char *tn__api_name(enum tn__api api);   /* "tn_copy_to_device"; "" for none */

#endif
