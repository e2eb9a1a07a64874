/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.h - what is known of vendors, chips, their device nodes and libraries, as data. Each row has a mark that says how
 * sure it is: H a public header or source, D public vendor documentation, P several independent public projects,
 * S secondary text, X measured, K general knowledge that nobody has verified.
 */
#ifndef TN_DISCOVER_IDS_H
#define TN_DISCOVER_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A PCI id. `rejected` has the reason why this id is no accelerator, although its vendor and class say so. */
struct chip_id {
    uint16_t vendor, device;
    const char *mark;
    const char *name;
    const char *rejected;
};

enum node_need {
    NODE_OPTIONAL = 0,
    NODE_REQUIRED = 1,      /* without it the vendor's library can't work */
    NODE_CONTROL = 2        /* one for all devices; or-ed to the above */
};

/* `pattern` is a path below /dev where # stands for a number. */
struct node_id {
    const char *pattern;
    unsigned need;
};

enum vendor_match {
    MATCH_LISTED,           /* device ids of the table only */
    MATCH_CLASS             /* any device of an accelerator class; the table gives names */
};

struct vendor_id {
    uint16_t vendors[5];    /* the first is the vendor's own */
    const char *mark;
    const char *name;
    enum vendor_match match;
    const char *family;     /* driver plugin, NULL: Tenon has none */
    const char *module;     /* kernel module, NULL: not known */
    const char *library;    /* sonames separated by ':', the usual one first; NULL: not known */
    const char *directories;/* where its installer puts the library, separated by ':' */
    const char *install;    /* what brings the library, for the hint */
    struct node_id nodes[6];
    bool own_directory_only;/* another vendor's library has the same name: the system's directories don't count */
};

const struct vendor_id *vendor_find(uint16_t vendor);
const struct vendor_id *vendor_at(size_t index);    /* NULL behind the last */
const struct chip_id *chip_find(uint16_t vendor, uint16_t device);

/* The classes (0xCCSS) in which accelerators have been seen; a class alone never decides. */
bool class_is_accelerator(uint32_t class_code);

/* The pattern that a path below /dev fits, or NULL. */
const struct node_id *vendor_node(const struct vendor_id *vendor, const char *path);

#endif
