// SPDX-License-Identifier: Apache-2.0
// A program of the HIP runtime, with Debian's header, linked by the vendor's soname. Knows nothing of Tenon.
#define __HIP_PLATFORM_AMD__
#include <hip/hip_runtime_api.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        hipError_t error_ = (call);                                                                                    \
        if (error_ != hipSuccess) {                                                                                    \
            std::printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #call, hipGetErrorString(error_));                      \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (0)

int main(int argc, char **argv)
{
    const int n = 4096;
    std::vector<float> x(n), y(n, 1.0f);
    float a = 0.5f, *dx, *dy, ms = -1;
    int wrong = 0, count = n;
    hipDeviceProp_t properties;
    hipModule_t module;
    hipFunction_t axpy;
    hipStream_t stream;
    hipEvent_t from, to;
    if (argc != 2)
        return 2;
    CHECK(hipGetDeviceProperties(&properties, 0));
    CHECK(hipModuleLoad(&module, argv[1]));
    CHECK(hipModuleGetFunction(&axpy, module, "axpy"));
    CHECK(hipStreamCreate(&stream));
    CHECK(hipEventCreate(&from));
    CHECK(hipEventCreate(&to));
    for (int i = 0; i < n; i++)
        x[i] = float(i);
    CHECK(hipMalloc((void **)&dx, n * sizeof(float)));
    CHECK(hipMalloc((void **)&dy, n * sizeof(float)));
    CHECK(hipMemcpyAsync(dx, x.data(), n * sizeof(float), hipMemcpyHostToDevice, stream));
    CHECK(hipMemcpyAsync(dy, y.data(), n * sizeof(float), hipMemcpyHostToDevice, stream));
    CHECK(hipEventRecord(from, stream));
    void *params[] = { &a, &dx, &dy, &count };
    CHECK(hipModuleLaunchKernel(axpy, n / 256, 1, 1, 256, 1, 1, 0, stream, params, nullptr));
    CHECK(hipEventRecord(to, stream));
    CHECK(hipMemcpyAsync(y.data(), dy, n * sizeof(float), hipMemcpyDeviceToHost, stream));
    CHECK(hipStreamSynchronize(stream));
    CHECK(hipEventElapsedTime(&ms, from, to));
    for (int i = 0; i < n; i++)
        wrong += y[i] != 1 + 0.5f * float(i);
    std::printf("%s (%s, warps of %d): %d of %d wrong, kernel %s\n", properties.name, properties.gcnArchName,
                properties.warpSize, wrong, n, ms >= 0 ? "timed" : "not timed");
    if (hipFree(dx + 1) == hipSuccess || hipGetLastError() != hipErrorInvalidValue || hipGetLastError() != hipSuccess)
        return 1;
    return wrong != 0 || properties.warpSize != 64;
}
