// SPDX-License-Identifier: Apache-2.0
// The launching functions that the vendor's compiler makes of the examples' `kernel<<<blocks, nullptr, stream>>>`, for a kernel
// file of tenoncc's, whose path is the environment's SAMPLE_OPS.
#include <cstdlib>
#include <map>
#include <mutex>

#include "acl/acl.h"
#include "kernel_func/kernel_ops.h"

static void launch(const char *name, uint32_t blocks, void *stream, void *args, size_t bytes)
{
    static std::mutex lock;
    static std::map<aclrtContext, aclrtBinHandle> loaded;
    aclrtContext context = nullptr;
    aclrtFuncHandle function = nullptr;
    std::lock_guard<std::mutex> guard(lock);
    if (aclrtGetCurrentContext(&context) != ACL_SUCCESS)
        abort();
    aclrtBinHandle &binary = loaded[context];
    if (!binary && aclrtBinaryLoadFromFile(getenv("SAMPLE_OPS"), nullptr, &binary) != ACL_SUCCESS)
        abort();
    if (aclrtBinaryGetFunction(binary, name, &function) != ACL_SUCCESS)
        abort();
    // as with <<<>>>, what is refused shows at the next wait
    (void)aclrtLaunchKernelWithHostArgs(function, blocks, stream, nullptr, args, bytes, nullptr, 0);
}

void EasyOP(uint32_t blocks, void *stream, uint32_t *x)
{
    launch("easy_op", blocks, stream, &x, sizeof x);
}

void ErrorOP(uint32_t blocks, void *stream)
{
    launch("error_op", blocks, stream, nullptr, 0);
}

void LongOP(uint32_t blocks, void *stream, uint32_t *x)
{
    launch("long_op", blocks, stream, &x, sizeof x);
}

void ShortOP(uint32_t blocks, void *stream, uint32_t *x)
{
    launch("short_op", blocks, stream, &x, sizeof x);
}

void WriteDo(uint32_t blocks, void *stream, int *at, int value)
{
    struct {
        int *at;
        int value;
    } args = { at, value };
    launch("write_value", blocks, stream, &args, 12);
}

void ReadDo(uint32_t blocks, void *stream, int *at)
{
    launch("read_value", blocks, stream, &at, sizeof at);
}
