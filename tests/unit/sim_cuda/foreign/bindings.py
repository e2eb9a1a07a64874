# SPDX-License-Identifier: Apache-2.0
# NVIDIA's own Python bindings, as they come from PyPI, as a client: argument 1 is a fat binary with kernel axpy.
import array
import ctypes
import sys

from cuda.bindings import driver


def check(result):
    if result[0] != driver.CUresult.CUDA_SUCCESS:
        raise SystemExit(str(result[0]))
    return result[1] if len(result) == 2 else result[1:]


N = 1000
check(driver.cuInit(0))
device = check(driver.cuDeviceGet(0))
check(driver.cuCtxCreate(0, device))
module = check(driver.cuModuleLoadData(open(sys.argv[1], "rb").read()))
axpy = check(driver.cuModuleGetFunction(module, b"axpy"))
stream = check(driver.cuStreamCreate(0))
x, y = array.array("f", range(N)), array.array("f", [1] * N)
dx, dy = check(driver.cuMemAlloc(4 * N)), check(driver.cuMemAlloc(4 * N))
check(driver.cuMemcpyHtoDAsync(dx, x.buffer_info()[0], 4 * N, stream))
check(driver.cuMemcpyHtoDAsync(dy, y.buffer_info()[0], 4 * N, stream))
values = (2.0, int(dx), int(dy), N)
types = (ctypes.c_float, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
check(driver.cuLaunchKernel(axpy, 8, 1, 1, 128, 1, 1, 0, stream, (values, types), 0))
check(driver.cuMemcpyDtoHAsync(y.buffer_info()[0], dy, 4 * N, stream))
check(driver.cuStreamSynchronize(stream))
wrong = sum(y[i] != 2 * i + 1 for i in range(N))
check(driver.cuMemFree(dx))
assert driver.cuMemFree(dx)[0] == driver.CUresult.CUDA_ERROR_INVALID_VALUE
assert driver.cuGraphCreate(0)[0] == driver.CUresult.CUDA_ERROR_NOT_SUPPORTED
print(f"cuda.bindings: {wrong} of {N} wrong")
sys.exit(wrong != 0)
