/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that exports the CUDA names itself, as a CUDA front end does, and loads the stand-in: neither may bind to
 * the other's symbols, by private soname, by the vendor's, loaded locally or for all, or through Tenon's runtime and
 * driver.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tenon/tenon.h"

#define EXPORT __attribute__((visibility("default")))
static unsigned own_calls;

/* Names that the stand-in calls, or whose suffixed forms it aliases, among them. */
#define OWN(name)                                                                                                      \
    EXPORT int name(void);                                                                                             \
    EXPORT int name(void)                                                                                              \
    {                                                                                                                  \
        own_calls++;                                                                                                   \
        return 12345;                                                                                                  \
    }
OWN(cuInit)
OWN(cuCtxCreate)
OWN(cuCtxCreate_v2)
OWN(cuCtxPopCurrent_v2)
OWN(cuStreamCreate)
OWN(cuStreamCreateWithPriority)
OWN(cuModuleLoadData)
OWN(cuModuleGetFunction)
OWN(cuMemAlloc_v2)
OWN(cuMemcpyHtoD_v2)
OWN(cuOccupancyMaxActiveBlocksPerMultiprocessor)
OWN(cuDeviceGetDefaultMemPool)
OWN(tenon_sim_marker)
OWN(st_init)
OWN(sil_alloc)

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                     \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static void *look_up(void *library, const char *name)
{
    void *at = dlsym(library, name);
    REQUIRE(at != NULL);
    return at;
}

static void use_directly(const char *path, int scope)
{
    int (*init)(unsigned), (*create)(void **, void *, unsigned, int), (*destroy)(void *), (*stream)(void **, unsigned);
    int (*alloc)(uint64_t *, size_t), (*in)(uint64_t, const void *, size_t), (*out)(void *, uint64_t, size_t),
        (*pool)(void **, int);
    void *library = dlopen(path, RTLD_NOW | scope), *context, *s, *p;
    uint64_t x;
    int value = 77, back = 0;
    if (!library)
        printf("%s\n", dlerror());
    REQUIRE(library != NULL);
    *(void **)&init = look_up(library, "cuInit");
    *(void **)&create = look_up(library, "cuCtxCreate_v4");
    *(void **)&destroy = look_up(library, "cuCtxDestroy_v2");
    *(void **)&stream = look_up(library, "cuStreamCreate");
    *(void **)&alloc = look_up(library, "cuMemAlloc_v2");
    *(void **)&in = look_up(library, "cuMemcpyHtoD_v2");
    *(void **)&out = look_up(library, "cuMemcpyDtoH_v2");
    *(void **)&pool = look_up(library, "cuDeviceGetMemPool");
    REQUIRE(init(0) == 0 && create(&context, NULL, 0, 0) == 0 && stream(&s, 0) == 0 && pool(&p, 0) == 0);
    REQUIRE(alloc(&x, 64) == 0 && in(x, &value, 4) == 0 && out(&back, x, 4) == 0 && back == 77);
    REQUIRE(destroy(context) == 0);
    REQUIRE(own_calls == 0);
}

static void use_through_tenon(void)
{
    tn_options options = TN_OPTIONS_INIT;
    options.only = "cuda";
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_address x;
    int value = 99, back = 0;
    REQUIRE(tn_open(&options, &runtime) == TN_OK && tn_device_get(runtime, 0, &device) == TN_OK);
    REQUIRE(tn_stream_create(device, NULL, &stream) == TN_OK && tn_memory_alloc(device, 64, &x) == TN_OK);
    REQUIRE(tn_memory_write(stream, x, &value, 4) == TN_OK && tn_memory_read(stream, &back, x, 4) == TN_OK &&
            back == 99);
    REQUIRE(tn_close(runtime, TN_FOREVER) == TN_OK);
    REQUIRE(own_calls == 0);
}

int main(void)
{
    char path[4096];
    const char *build = getenv("MIX_BUILD");
    int (*own)(void);
    REQUIRE(build != NULL);
    snprintf(path, sizeof path, "%s/lib/tenon/sim/libtenon-sim-cuda.so", build);
    use_directly(path, RTLD_LOCAL);
    use_through_tenon();
    snprintf(path, sizeof path, "%s/lib/tenon/sim/cuda/libcuda.so.1", build);
    use_directly(path, RTLD_GLOBAL);
    *(void **)&own = look_up(RTLD_DEFAULT, "cuInit"); /* the process still sees its own */
    REQUIRE(own() == 12345 && own_calls == 1);
    puts("the process kept its names, the stand-in its own");
    return 0;
}
