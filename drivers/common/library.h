/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a vendor's library by a spec: where to look, which symbols, under which names. A vendor of a known ABI family adds
 * a row, not code. Owns nothing but the dlopen handle it returns; vendor libraries are never closed, since their threads
 * and exit handlers outlive any plugin.
 */
#ifndef DRIVERS_COMMON_LIBRARY_H
#define DRIVERS_COMMON_LIBRARY_H

#include "tenon/driver.h"

enum { TN_LIBRARY_PATHS = 8, TN_LIBRARY_PATH_BYTES = 256 };

/* tn_library_spec.quirks, shared by all families; a family adds its own from bit 16. */
enum {
    TN_LIBRARY_DEEP_BIND = 1u << 0   /* its own symbols come first, whatever the process exports */
};

typedef struct tn_library_spec {
    const char *name;        /* "nvidia"; the key of library_override */
    const char *vendor;      /* for people */
    const char *prefix;      /* replaces '@' in symbol names: "cu", "mu", "hip"; NULL = names have none */
    const char *paths[TN_LIBRARY_PATHS];  /* sonames or absolute paths, best first, NULL-ended when fewer */
    const char *directories[4];           /* where else a soname may lie, NULL-ended when fewer */
    const char *stand_in;    /* soname of the simulator in options->library_dir, NULL = there is none */
    uint32_t quirks;
    const char *source;      /* where these facts come from, and how sure they are */
} tn_library_spec;

typedef struct tn_library {
    void *handle;            /* of dlopen */
    const tn_library_spec *spec;
    bool simulated;          /* it exports tenon_sim_marker */
    void (*release)(void);   /* of a stand-in that took options->simulate; tn_library_release */
    char path[TN_LIBRARY_PATH_BYTES];   /* absolute */
} tn_library;

/* One symbol: its names, best first, separated by '|', with '@' for the spec's prefix; where its address goes. */
typedef struct tn_symbol {
    const char *names;
    uint32_t offset;         /* of a function pointer in the table that tn_library_bind fills */
    bool required;
} tn_symbol;

/// Opens the vendor's own library. Every place that was looked at is told to host->explain.
/// \return TN_OK; TN_NO_DRIVER when none is there, which is no error of a machine without the chip
tn_status tn_library_open(const tn_host *host, const char *driver, const tn_library_spec *spec,
                          const tn_driver_options *options, tn_library *out);

/// Opens the stand-in that simulates the spec's chips and configures it with options->simulate. Its devices are the process's:
/// until tn_library_release, it refuses a text that gives other devices of its family.
///
/// A stand-in exports `const char *tenon_sim_marker(void)`, which makes it one; `int tenon_sim_configure(const char *)`, 0: taken,
/// -1: names no device of this family, else refused; `const char *tenon_sim_message(void)`, why, on the calling thread; where
/// the vendor's calls give no words, `const char *tenon_sim_fault(const void *stream)`, what failed in the stream's context; and
/// `void tenon_sim_release(void)`, once for each text that was taken.
/// \return TN_OK; TN_NO_DRIVER when nothing of its family is to be simulated or the spec has no stand-in; TN_INVALID when the
///         stand-in refuses the text; TN_BAD_DRIVER when its file is missing or damaged
tn_status tn_library_open_stand_in(const tn_host *host, const char *driver, const tn_library_spec *spec,
                                   const tn_driver_options *options, tn_library *out);

/// What a stand-in said of the calling thread's last text or device that it did not take; vendors' ABIs have no room for it.
const char *tn_library_message(const tn_library *library);

/// Lets go of the devices that a stand-in was configured with. Any library, any number of times.
void tn_library_release(tn_library *library);

/// Looks up `count` symbols and stores their addresses into `table`; optional ones that are missing become NULL.
/// \return TN_OK; TN_BAD_DRIVER naming the required symbols that are missing
tn_status tn_library_bind(const tn_host *host, const char *driver, const tn_library *library, const tn_symbol *symbols,
                          size_t count, void *table);

#endif
