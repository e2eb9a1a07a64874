/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the CUDA driver API, with the vendor's header, linked by the vendor's soname. Knows nothing of Tenon. */
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        CUresult error_ = (call);                                                                                      \
        if (error_ != CUDA_SUCCESS) {                                                                                  \
            const char *name_ = "?";                                                                                   \
            cuGetErrorName(error_, &name_);                                                                            \
            printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #call, name_);                                               \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { N = 4096 };

int main(int argc, char **argv)
{
    static float x[N], y[N];
    float a = 0.5f;
    int n = N, wrong = 0;
    char name[128];
    CUdevice device;
    CUcontext context;
    CUmodule module;
    CUfunction axpy;
    CUstream stream;
    CUevent from, to;
    CUdeviceptr dx, dy;
    float ms = -1;
    if (argc != 2)
        return 2;
    CHECK(cuInit(0));
    CHECK(cuDeviceGet(&device, 0));
    CHECK(cuDeviceGetName(name, sizeof name, device));
    CHECK(cuDevicePrimaryCtxRetain(&context, device));
    CHECK(cuCtxSetCurrent(context));
    CHECK(cuModuleLoad(&module, argv[1]));
    CHECK(cuModuleGetFunction(&axpy, module, "axpy"));
    CHECK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    CHECK(cuEventCreate(&from, CU_EVENT_DEFAULT));
    CHECK(cuEventCreate(&to, CU_EVENT_DEFAULT));
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 1;
    }
    CHECK(cuMemAlloc(&dx, sizeof x));
    CHECK(cuMemAlloc(&dy, sizeof y));
    CHECK(cuMemcpyHtoDAsync(dx, x, sizeof x, stream));
    CHECK(cuMemcpyHtoDAsync(dy, y, sizeof y, stream));
    CHECK(cuEventRecord(from, stream));
    CUlaunchConfig config = { .gridDimX = N / 256,
                              .gridDimY = 1,
                              .gridDimZ = 1,
                              .blockDimX = 256,
                              .blockDimY = 1,
                              .blockDimZ = 1,
                              .hStream = stream };
    void *params[] = { &a, &dx, &dy, &n };
    CHECK(cuLaunchKernelEx(&config, axpy, params, NULL));
    CHECK(cuEventRecord(to, stream));
    CHECK(cuMemcpyDtoHAsync(y, dy, sizeof y, stream));
    CHECK(cuStreamSynchronize(stream));
    CHECK(cuEventElapsedTime(&ms, from, to));
    for (int i = 0; i < N; i++)
        wrong += y[i] != 1 + 0.5f * (float)i;
    printf("%s: %d of %d wrong, kernel %s\n", name, wrong, N, ms >= 0 ? "timed" : "not timed");
    if (cuMemFree(dx + 4) == CUDA_SUCCESS || cuMemcpyDtoH(y, dy, sizeof y + 4096) == CUDA_SUCCESS)
        return 1;
    return wrong != 0;
}
