/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front.c - runs clang++-19 over the sources and reads the device bitcode that it writes. The device is nvptx64
 * whatever the target: it has CUDA's address spaces, passes structures whole and knows inline PTX. Passes are
 * disabled; the back ends choose their own.
 */
#include "tools/tenoncc/tenoncc.h"

#include <errno.h>
#include <fcntl.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const common_args[] = {
    "-x",
    "cuda",
    "--cuda-device-only",
    "-nocudainc",
    "-nocudalib",
    "-O3",
    "-Wno-unknown-cuda-version",
    "-fno-crash-diagnostics",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-finite-loops",
    /* CUDA programs read memory through pointers of other types, and nvcc lets them. */
    "-fno-strict-aliasing",
    "-Xclang",
    "-fcuda-allow-variadic-functions",
    "-emit-llvm",
    "-c",
};
static const char *const bitcode_args[] = {
    "-Xclang", "-disable-llvm-passes", "-Xclang", "-debug-info-kind=limited", "-fno-discard-value-names",
};

static void push_all(struct tncc_list *l, const char *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tncc_push(l, (void *)(uintptr_t)args[i]);
}

static void push(struct tncc_list *l, const char *arg)
{
    tncc_push(l, (void *)(uintptr_t)arg);
}

bool tncc_front_has_bitcode(const struct tncc_options *o)
{
    for (size_t i = 0; i < o->inputs.count; i++)
        if (tncc_ends(o->inputs.items[i], ".bc"))
            return true;
    return false;
}

/* Clang would print what it finds in a program or a picture line by line. */
static bool is_text(const char *source)
{
    char first[8192];
    int fd = open(source, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, first, sizeof first);
    if (fd >= 0)
        close(fd);
    if (n <= 0 || !memchr(first, 0, (size_t)n))
        return true;
    tncc_error(NULL, 0, "%s is no source in UTF-8: it has NUL bytes", source);
    return false;
}

bool tncc_source_readable(const char *source)
{
    struct stat info;
    if (stat(source, &info))
        tncc_error(NULL, 0, errno == ENOENT ? "no such file: %s" : "can't read %s: %s", source, strerror(errno));
    else if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode))
        tncc_error(NULL, 0, "%s is %s, not a source", source, S_ISDIR(info.st_mode) ? "a directory" : "no file");
    else if (access(source, R_OK))
        tncc_error(NULL, 0, "can't read %s: %s", source, strerror(errno));
    else
        return !S_ISREG(info.st_mode) || tncc_ends(source, ".bc") || tncc_ends(source, ".o") || is_text(source);
    return false;
}

void tncc_front_arguments(const struct tncc_options *o, unsigned width, struct tncc_list *args)
{
    push(args, getenv("TENONCC_CLANG") ? getenv("TENONCC_CLANG") : "clang++-19");
    push_all(args, common_args, sizeof common_args / sizeof *common_args);
    push_all(args, bitcode_args, sizeof bitcode_args / sizeof *bitcode_args);
    push(args, tncc_format("--cuda-gpu-arch=sm_%u", o->arch ? o->arch : 70));
    push(args, tncc_format("-std=%s", o->standard));
    push(args, tncc_format("-DTENON_WARP=%u", width));
    push(args, tncc_format("-I%s/include", o->resources));
    push(args, "-include");
    push(args, tncc_format("%s/include/tenon_cuda.h", o->resources));
}

/* One source to bitcode in memory; -1 after clang has printed why not. */
static int compile(const struct tncc_options *o, const char *source, size_t index, unsigned width)
{
    struct tncc_list args = { 0 }, user = { 0 };
    const int out = tncc_memory_file("bitcode");
    push_all(&user, (const char *const *)o->front_args.items, o->front_args.count);
    if (width != 32) /* they were told with the narrow one */
        push(&user, "-w");
    if (index + 1 == o->inputs.count && o->name_expressions.count)
        source = tncc_names_source(o, source, &user);
    if (tncc_front_short(o, &user, source, out, width))
        return out;
    tncc_front_arguments(o, width, &args);
    push_all(&args, (const char *const *)user.items, user.count);
    if (o->make_deps && width == 32) {
        push(&args, o->own_deps_only ? "-MMD" : "-MD");
        if (o->phony_deps)
            push(&args, "-MP");
        push(&args, "-MF");
        push(&args, o->dep_file);
        push(&args, "-MT");
        push(&args, o->dep_target);
    }
    if (isatty(2))
        push(&args, "-fcolor-diagnostics");
    push(&args, "-o");
    push(&args, "-");
    push(&args, source);
    tncc_push(&args, NULL);
    int status = tncc_run_to((const char *const *)args.items, o->verbose, out, -1);
    if (status) {
        close(out);
        tncc_errors++;
        if (status > 128)
            tncc_fatal("%s: clang crashed (signal %d, %s)", source, status - 128, strsignal(status - 128));
        if (status >= 126)
            tncc_fatal("%s: %s could not be loaded (status %d); see what '%s --version' says", source,
                       (const char *)args.items[0], status, (const char *)args.items[0]);
        return -1;
    }
    return out;
}

bool tncc_front_object(const struct tncc_options *o)
{
    static const unsigned widths[2] = { 32, 64 };
    const char *data[2];
    size_t bytes[2];
    if (!tncc_source_readable(o->inputs.items[0]))
        return false;
    for (int k = 0; k < 2; k++) {
        const int fd = compile(o, o->inputs.items[0], 0, widths[k]);
        if (fd < 0)
            return false;
        data[k] = tncc_read_fd(fd, &bytes[k]);
        close(fd);
    }
    return tncc_write_device_object(o->out, data, bytes);
}

/* NULL after an error was printed: the file was given to us and is not what it should be. */
static LLVMModuleRef read_bitcode(LLVMContextRef context, const char *path, int fd, bool given, unsigned width)
{
    LLVMModuleRef module = NULL;
    char *why = NULL;
    size_t bytes;
    const bool object = given && tncc_ends(path, ".o");
    const char *data = object  ? tncc_read_device_object(path, width, &bytes)
                       : given ? tncc_read_file(path, &bytes)
                               : tncc_read_fd(fd, &bytes);
    if (object && !data) {
        tncc_error(path, 0, "this is no device object, as -dc writes them");
        return NULL;
    }
    if (!data)
        tncc_fatal("can't read %s: %s", path, strerror(errno));
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(data, bytes, path, 0);
    if (LLVMParseBitcodeInContext(context, buffer, &module, &why)) {
        if (!given)
            tncc_fatal("%s: clang's bitcode does not parse: %s", path, why);
        tncc_error(path, 0, "this is no bitcode that LLVM 19 reads: %s", why);
        module = NULL;
    } else if (given && !tncc_starts(LLVMGetTarget(module), "nvptx64")) {
        tncc_error(path, 0, "the bitcode is for '%s'; device code is for nvptx64", LLVMGetTarget(module));
        module = NULL;
    }
    LLVMDisposeMemoryBuffer(buffer);
    return module;
}

LLVMModuleRef tncc_front(const struct tncc_options *o, LLVMContextRef context, unsigned width, bool for_ptx)
{
    LLVMModuleRef all = NULL;
    bool good = true;
    (void)for_ptx;
    for (size_t i = 0; i < o->inputs.count; i++) {
        const char *source = o->inputs.items[i];
        if (!tncc_source_readable(source)) {
            good = false;
            continue;
        }
        const bool given = tncc_ends(source, ".bc") || tncc_ends(source, ".o");
        const int bitcode = given ? -1 : compile(o, source, i, width);
        if (!given && bitcode < 0) {
            good = false;
            continue;
        }
        LLVMModuleRef module = read_bitcode(context, source, bitcode, given, width);
        if (!given)
            close(bitcode);
        if (!module || (!given && i + 1 == o->inputs.count && !tncc_names_take(o, module))) {
            good = false;
            continue;
        }
        if (!all)
            all = module;
        else if (LLVMLinkModules2(all, module)) {
            tncc_error(source, 0, "does not link with the files before it");
            good = false;
        }
    }
    return good ? all : NULL;
}
