/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/compile.h - CUDA C++ to a bundle at run time. A library of its own, libtenon-compile, so that libtenon needs no
 * compiler: it starts tenoncc as a program, so a compiler that crashes or hangs is an error here and no more, and keeps what
 * was compiled in a cache on disk. tenon/tenon.h does not include this header. Page: docs/api/compile.md.
 */
#ifndef TENON_COMPILE_H
#define TENON_COMPILE_H

#include <stddef.h>
#include <stdint.h>

#include "tenon/export.h"
#include "tenon/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* tn_compile_options.flags */
enum {
    TN_COMPILE_BITCODE = 1u << 0, /* the source is LLVM bitcode: device code for nvptx64, made with Tenon's headers */
    TN_COMPILE_NO_CACHE = 1u << 1 /* neither look into the cache nor store in it */
};

/* A header that exists in memory alone: #include "name" and <name> find it, before any file. */
typedef struct tn_compile_header {
    const char *name; /* "shapes.h", "lib/shapes.h"; relative, without ".." */
    const void *content;
    uint64_t bytes;
} tn_compile_header;

typedef struct tn_compile_options {
    uint32_t size;    /* sizeof(tn_compile_options); TN_COMPILE_OPTIONS_INIT sets it */
    uint32_t flags;   /* TN_COMPILE_* */
    const void *next; /* NULL */
    const char *name; /* of the source, in diagnostics and in __FILE__; NULL: "kernel.cu" */
    const tn_compile_header *headers;
    const char *const *options;          /* as on tenoncc's command line: "-DN=4", "-I", "dir", "-O2", "--width=32" */
    const char *const *targets;          /* "sim", "opencl-c", "ptx"; none: tenoncc's own choice */
    const char *const *name_expressions; /* "axpy<float>", "&lib::table": instantiated, and named in the result */
    uint32_t header_count, option_count, target_count, name_expression_count;
    uint64_t timeout_ns;   /* for the compiler; 0: a minute, TN_FOREVER: none */
    const char *compiler;  /* path of tenoncc; NULL: $TENON_COMPILER, else ../bin/tenoncc beside the library */
    const char *cache_dir; /* NULL: $TENON_CACHE_DIR, else $XDG_CACHE_HOME/tenon, else $HOME/.cache/tenon */
} tn_compile_options;

#define TN_COMPILE_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(tn_compile_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL                   \
    }

/* tn_compile_result.flags */
enum {
    TN_COMPILE_CACHED = 1u << 0, /* taken from the cache; the log is that of the compilation then */
    TN_COMPILE_STORED = 1u << 1  /* compiled now and put into the cache */
};

/* What came of a compilation. Read-only and complete when tn_compile returns; any thread may read it until it is freed. */
typedef struct tn_compile_result {
    uint32_t size;       /* sizeof(tn_compile_result) of the library */
    uint32_t flags;      /* TN_COMPILE_CACHED, TN_COMPILE_STORED */
    const void *next;    /* NULL */
    tn_status status;    /* the same that tn_compile returned */
    uint32_t name_count; /* that of the name expressions, or 0 after a failure */
    const char *message; /* of a failure, a sentence; else "" */
    const char *log;     /* the compiler's diagnostics, and remarks on the cache; "" when there are none */
    const void *bundle;  /* for tn_module_load; NULL after a failure */
    uint64_t bundle_bytes;
    const char *const *names; /* linkage name for each name expression: for tn_module_kernel, tn_module_variable */
    uint64_t elapsed_ns;
} tn_compile_result;

/// Compiles CUDA C++ (or device bitcode) to a bundle in memory.
///
/// \param source  [in]  text; it need not end with a NUL
/// \param bytes   [in]  its size
/// \param options [in]  [optional] NULL is TN_COMPILE_OPTIONS_INIT
/// \param out     [out] the result, also after a failure, with the message and the log; NULL only with
///                      TN_OUT_OF_HOST_MEMORY and when `out` itself is NULL. Free it with tn_compile_free
/// \return TN_OK; TN_BAD_SOURCE (the log has file, line and reason); TN_INVALID (an option, header or name that is not taken;
///         the message says which); TN_NOT_FOUND (there is no compiler at the place that the message names); TN_TIMEOUT (the
///         compiler was ended); TN_SYSTEM (no temporary directory, a full disk, the compiler killed from outside);
///         TN_INTERNAL (the compiler crashed or wrote no bundle); TN_OUT_OF_HOST_MEMORY
///
/// A cache that can't be used is no failure: the log says why. The detail of a failure is in the result alone; tn_error_take
/// belongs to libtenon and is not touched. Any thread; calls do not wait for each other. Reads the environment. Since 0.1.
TN_CALL tn_status tn_compile(const void *source, size_t bytes, const tn_compile_options *options,
                             const tn_compile_result **out);

/// Frees a result and all that it points to. NULL is fine. Any thread, once. Since 0.1.
TN_API void tn_compile_free(const tn_compile_result *result);

#ifdef __cplusplus
}
#endif
#endif
