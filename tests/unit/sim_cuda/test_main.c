/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the client's library and runs the suites. */
#include "tests/unit/sim_cuda/client.h"
#include "tests/unit/suite.h"

#include <dlfcn.h>
#include <stdio.h>

client cu;
handle context, module;

void client_open(void)
{
    const char *soname = getenv("CLIENT_SONAME");
    cu.prefix = getenv("CLIENT_PREFIX");
    ck_assert_msg(soname && cu.prefix, "CLIENT_SONAME and CLIENT_PREFIX say what to open");
    cu.library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(cu.library != NULL, "%s: %s", soname, dlerror());
#define LOOK_UP(member, name, parameters)                                                                              \
    {                                                                                                                  \
        char full[96];                                                                                                 \
        snprintf(full, sizeof full, "%s%s", cu.prefix, name);                                                          \
        *(void **)&cu.member = dlsym(cu.library, full);                                                                \
        ck_assert_msg(cu.member != NULL, "%s is not exported", full);                                                  \
    }
    FUNCTIONS(LOOK_UP)
}

void client_start(void)
{
    client_open();
    ok(cu.init(0));
    ok(cu.ctx_create(&context, 0, 0));
    ok(cu.module_load(&module, getenv("CLIENT_IMAGE")));
}

handle kernel(const char *name)
{
    handle f = NULL;
    ok(cu.function(&f, module, name));
    return f;
}

unsigned char *image(size_t *bytes)
{
    FILE *file = fopen(getenv("CLIENT_IMAGE"), "rb");
    ck_assert_ptr_nonnull(file);
    unsigned char *data = malloc(1 << 22);
    *bytes = fread(data, 1, 1 << 22, file);
    fclose(file);
    return data;
}

int main(void)
{
    SRunner *runner = srunner_create(device_suite());
    srunner_add_suite(runner, memory_suite());
    srunner_add_suite(runner, stream_suite());
    srunner_add_suite(runner, launch_suite());
    return suite_end(runner);
}
