/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenoncc.h - what the files of tenoncc share: options, a translation unit with its kernels, images, small helpers.
 * Memory comes from one arena that lives as long as the process; a compiler run is short.
 */
#ifndef TNCC_TENONCC_H
#define TNCC_TENONCC_H

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tenon/bundle.h"

/* ---- util.c ---- */
void *tncc_alloc(size_t bytes); /* zeroed; never NULL */
char *tncc_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *tncc_copy(const char *text, size_t bytes);
_Noreturn void tncc_fatal(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* exit 3: not the sources' fault */
void tncc_error(const char *file, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));
extern unsigned tncc_errors;                                            /* how many tncc_error has printed */
void *tncc_read_file(const char *path, size_t *out_bytes);              /* NULL: errno; a zero byte follows */
bool tncc_write_file(const char *path, const void *data, size_t bytes); /* whole or not at all; prints the error */
const char *tncc_temp(const char *name);                                /* a path in this run's temporary directory */
int tncc_run(const char *const *argv, bool verbose);                    /* exit status; 127: could not start */
/* The same with its output and errors going to open files; -1: to ours. A failure to start is told only in the second case. */
int tncc_run_to(const char *const *argv, bool verbose, int out, int errors);
void tncc_meanwhile(void (*work)(void *), void *context); /* once, while the next program runs */
int tncc_memory_file(const char *name);                   /* open for reading and writing, with no path */
void *tncc_read_fd(int fd, size_t *out_bytes);            /* from its beginning; as tncc_read_file */
bool tncc_starts(const char *text, const char *prefix);
bool tncc_ends(const char *text, const char *suffix);

struct tncc_text { /* text that grows */
    char *data;
    size_t bytes, room;
};
void tncc_add(struct tncc_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tncc_add_bytes(struct tncc_text *t, const void *data, size_t bytes);

struct tncc_map { /* pointer to pointer */
    const void **keys;
    void **values;
    size_t count, room;
};
void tncc_put(struct tncc_map *m, const void *key, void *value);
void *tncc_get(const struct tncc_map *m, const void *key);

struct tncc_list { /* of pointers */
    void **items;
    size_t count, room;
};
void tncc_push(struct tncc_list *l, void *item);

void tncc_forked(void); /* in a copy of the process: temporary files and the program that runs are the original's */
pid_t tncc_wait_copy(int *out_status); /* for any copy to end; the program that tncc_run_to started stays its own */
void tncc_watch_signals(
    void); /* a process that is ended leaves nothing behind; one that crashes says so and ends with 3 */
/* For --time: what begins now. NULL: nothing that counts. The name is kept. */
struct tncc_phase {
    const char *name;
    uint64_t wall_ns, own_ns; /* own: this process's time, without the programs it starts */
};
void tncc_phase(const char *name);
extern struct tncc_list tncc_phases;

/* ---- options, options.c ---- */
enum tncc_output {
    TNCC_BUNDLE,
    TNCC_FATBIN,
    TNCC_GENCO,
    TNCC_ASCEND,
    TNCC_EMBED,
    TNCC_PTX,
    TNCC_DEVICE_OBJECT,
    TNCC_PREPROCESS,
    TNCC_DEPENDENCIES,
    TNCC_OWN_DEPENDENCIES,
    TNCC_DUMP,
    TNCC_PCH
};

enum { TNCC_MOST_ARCHS = 8 };
enum tncc_vector { TNCC_VECTOR_AUTO, TNCC_VECTOR_OFF, TNCC_VECTOR_ALL };

/* LLVM's optimiser, what cleans up before it, or only what makes code of the transform; the last two are for tests. */
enum tncc_after { TNCC_AFTER_ALL, TNCC_AFTER_CLEAN, TNCC_AFTER_LEAST };

struct tncc_options {
    enum tncc_output output;
    const char *out, *out_dir, *keep_dir, *header, *cpu, *standard, *dep_file, *dep_target;
    struct tncc_list inputs, front_args; /* of const char * */
    struct tncc_list added;              /* of struct tncc_added *: images built elsewhere */
    struct tncc_list bundles;            /* of const char *: whose images are taken over */
    struct tncc_list name_expressions;   /* of const char *; they belong to the last input */
    struct tncc_list notes;              /* of const char *: what the command line asked for and will not get */
    const char *split_debug;             /* folder for what debuggers read; NULL: it stays in the image */
    const char *lowered_names;           /* file for their linkage names, one a line */
    const char *targets;                 /* as they were asked for; NULL: the usual ones */
    bool want_sim, want_opencl, want_ptx;
    struct tncc_list chips; /* of const char *: amdgcn's, one code object each */
    const char *chip;       /* the one that is being built */
    bool verbose, quiet, time, dry_run, save_temps, keep_going, json, debug_info, make_deps, own_deps_only, phony_deps,
        compress, per_file, resource_usage, trap_division, explain;
    bool ftz, fast_div, fast_sqrt, fast_math; /* ptx: the first three as nvcc's; fast_math asked for them */
    unsigned width;                           /* only this warp width, 0: all */
    unsigned optimise;                        /* 0 to 3 */
    enum tncc_after after;                    /* sim: what follows the transform */
    unsigned block[3];                        /* sim: the only shape of block that the image is for; 0: any (tests) */
    unsigned arch;                            /* 80: sm_80; the lowest, or the one that is being built; 0: sm_70 */
    unsigned archs[TNCC_MOST_ARCHS], arch_count; /* those asked for */
    unsigned jobs;                               /* how many processes may build at once */
    enum tncc_vector vector;                     /* regions for several threads at once: where it pays, never, always */
    const char *resources;                       /* lib/tenon: holds include/ and device/ */
};

/* Fills the options, whose defaults are there; ends the program with 2 after an error, with 0 after --help and its like. */
void tncc_parse(int argc, char **argv, struct tncc_options *o);

/* ---- jobs.c ---- */
/* Does the work for 0 to count - 1, with up to `most` at once in processes of their own; what they print comes in order. A work's
 * result is what it adds to `out`, at most UINT32_MAX bytes. Returns the highest exit status; 3 for one that crashed. */
typedef int tncc_job(void *context, size_t index, struct tncc_text *out);
int tncc_jobs(unsigned most, size_t count, tncc_job *job, void *context, struct tncc_text *results);
int tncc_jobs_apart(unsigned most, size_t count, tncc_job *job, void *context,
                    struct tncc_text *results); /* also one by one */

/* ---- a translation unit ---- */
struct tncc_arg {
    const char *name, *type_name;
    uint32_t offset, size, align;
    uint8_t kind, space, access;
    bool by_address; /* byval in the IR: the function takes its address */
};

struct tncc_kernel {
    const char *name, *display, *file;
    LLVMValueRef function;
    unsigned line;
    uint32_t flags, max_threads, args_bytes, args_align;
    struct tncc_arg *args;
    unsigned arg_count;
    const char *refusal; /* why this target can't have it, NULL: it can */
    const char *refusal_file;
    unsigned refusal_line;
    /* filled by the image that is being built */
    const char *entry;
    uint32_t static_local, local_align, scratch_block, scratch_thread, stack;
    bool local_addressed; /* local memory is also reached by 32-bit addresses: it lies where the worker says */
};

struct tncc_variable {
    const char *name;
    uint32_t flags, align;
    uint64_t bytes, offset;
    const unsigned char *init; /* opencl-c only */
};

struct tncc_unit {
    LLVMModuleRef module;
    struct tncc_kernel *kernels;
    size_t kernel_count;
    struct tncc_variable *variables;
    size_t variable_count;
    unsigned width;                             /* TENON_WARP it was compiled with */
    struct tncc_list outlined, outlined_shared; /* functions that stay functions, and the shared variables they use */
};

/* kernels.c: whether the kernel, or a function that it calls by name, calls this one */
bool tncc_kernel_calls(const struct tncc_unit *u, const struct tncc_kernel *k, const char *name);

/* asm.c: inline PTX that makes a difference between warp widths */
bool tncc_assembly_uses_warps(LLVMModuleRef module);
bool tncc_uses_warps(LLVMModuleRef module); /* an operation of warps anywhere, or assembly that has one */
bool tncc_all_use_warps(LLVMModuleRef module); /* each kernel does: nothing would be left for chips without */

/* front.c: runs clang over every input and links the results. NULL after errors were printed. */
/* -dc: writes the one source's device code, for both widths of warps, to o->out. */
bool tncc_front_object(const struct tncc_options *o);
bool tncc_write_device_object(const char *path, const char *const data[2], const size_t bytes[2]);
const char *tncc_read_device_object(const char *path, unsigned width, size_t *out_bytes); /* NULL: it is none */
LLVMModuleRef tncc_front(const struct tncc_options *o, LLVMContextRef context, unsigned width, bool for_ptx);
/* The driver's command line but for the user's options, source and output. */
void tncc_front_arguments(const struct tncc_options *o, unsigned width, struct tncc_list *args);
bool tncc_source_readable(const char *source); /* false after an error was printed */
/* An input is bitcode, which was compiled for one warp width. */
bool tncc_front_has_bitcode(const struct tncc_options *o);

/* pch.c: the same without the driver and with our headers precompiled, where they are and `user` allows it; the bitcode goes to
 * the open file `out`. False: nothing was printed and nothing made. */
bool tncc_front_short(const struct tncc_options *o, const struct tncc_list *user, const char *source, int out,
                      unsigned width);
bool tncc_make_pch(const struct tncc_options *o);

/* Preprocesses or prints dependencies of all sources, as o->output says. Exit status. */
int tncc_front_only(const struct tncc_options *o);
/* Prints what would be run. */
void tncc_front_dry(const struct tncc_options *o);

/* names.c: a source with its name expressions behind it, and their linkage names from what became of it. */
const char *tncc_names_source(const struct tncc_options *o, const char *source, struct tncc_list *front_args);
bool tncc_names_take(const struct tncc_options *o, LLVMModuleRef module);

/* kernels.c: finds the kernels of a module and makes their argument tables from its debug information. */
void tncc_find_kernels(struct tncc_unit *unit);
void tncc_refuse(struct tncc_kernel *k, LLVMValueRef at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- images ---- */
struct tncc_image {
    tn_image_kind kind;
    uint32_t width;
    const char *target, *features;
    const void *data;
    size_t bytes;
    const void *ktab;
    size_t ktab_bytes;
};

/* image.c: one simulator image. False after errors were printed. Kernels that are refused are left out. */
bool tncc_sim_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out);
void tncc_sim_ahead(const struct tncc_options *o, LLVMContextRef context); /* what needs no source, while clang runs */
/* ptx.c */
bool tncc_ptx_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out);
/* opencl_image.c */
bool tncc_opencl_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out);

/* ktab_write.c: the kernel table of the kernels that are not refused. */
void tncc_ktab(const struct tncc_unit *unit, const void **out_data, size_t *out_bytes);
/* Prints refusals for one target; returns how many there were. */
unsigned tncc_report_refusals(const struct tncc_options *o, const struct tncc_unit *unit, const char *target);

/* bundle_write.c */
bool tncc_write_bundle(const char *path, const struct tncc_image *images, size_t count, bool compress);
bool tncc_bundle_bytes(const struct tncc_image *images, size_t count, bool compress, void **out, size_t *out_bytes);
/* dump.c */
int tncc_dump(const char *path, bool json);
/* resources.c: what each kernel of each image takes, for --resource-usage */
void tncc_print_resources(const struct tncc_image *images, size_t count);
/* embed.c: an object and a header from a finished bundle. */
bool tncc_embed(const struct tncc_options *o, const struct tncc_image *images, size_t count);

#endif
