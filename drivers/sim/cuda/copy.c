/* SPDX-License-Identifier: Apache-2.0 */
/* Copies and fills: the exported forms over st_copy and st_fill. */
#include "drivers/sim/cuda/sim.h"

#define DEV         SIL_SIDE_DEVICE
#define HOST        SIL_SIDE_HOST
#define ANY         SIL_SIDE_ANY
#define AT(pointer) ((uintptr_t)(pointer))

static CUresult copy(uintptr_t zero, uintptr_t stream, uint64_t dst, sil_side dst_side, uint64_t src, sil_side src_side,
                     size_t bytes, bool wait)
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_copy(s, dst, dst_side, src, src_side, bytes, wait);
}

STREAMED(MemcpyHtoD_v2, _ptds, P(CUdeviceptr dst, const void *src, size_t bytes), P(dst, src, bytes))
{
    return copy(zero, 0, dst, DEV, AT(src), HOST, bytes, true);
}
ALIAS(MemcpyHtoD, MemcpyHtoD_v2);

STREAMED(MemcpyDtoH_v2, _ptds, P(void *dst, CUdeviceptr src, size_t bytes), P(dst, src, bytes))
{
    return copy(zero, 0, AT(dst), HOST, src, DEV, bytes, true);
}
ALIAS(MemcpyDtoH, MemcpyDtoH_v2);

/* Between device memories the call need not wait. */
STREAMED(MemcpyDtoD_v2, _ptds, P(CUdeviceptr dst, CUdeviceptr src, size_t bytes), P(dst, src, bytes))
{
    return copy(zero, 0, dst, DEV, src, DEV, bytes, false);
}
ALIAS(MemcpyDtoD, MemcpyDtoD_v2);

STREAMED(Memcpy, _ptds, P(CUdeviceptr dst, CUdeviceptr src, size_t bytes), P(dst, src, bytes))
{
    return copy(zero, 0, dst, ANY, src, ANY, bytes, true);
}

STREAMED(MemcpyPeer, _ptds,
         P(CUdeviceptr dst, CUcontext dst_context, CUdeviceptr src, CUcontext src_context, size_t bytes),
         P(dst, dst_context, src, src_context, bytes))
{
    if (!st_get(&st_contexts, AT(dst_context)) || !st_get(&st_contexts, AT(src_context)))
        return ST_INVALID_CONTEXT;
    return copy(zero, 0, dst, DEV, src, DEV, bytes, true);
}

STREAMED(MemcpyHtoDAsync_v2, _ptsz, P(CUdeviceptr dst, const void *src, size_t bytes, CUstream stream),
         P(dst, src, bytes, stream))
{
    return copy(zero, AT(stream), dst, DEV, AT(src), HOST, bytes, false);
}
ALIAS(MemcpyHtoDAsync, MemcpyHtoDAsync_v2);

STREAMED(MemcpyDtoHAsync_v2, _ptsz, P(void *dst, CUdeviceptr src, size_t bytes, CUstream stream),
         P(dst, src, bytes, stream))
{
    return copy(zero, AT(stream), AT(dst), HOST, src, DEV, bytes, false);
}
ALIAS(MemcpyDtoHAsync, MemcpyDtoHAsync_v2);

STREAMED(MemcpyDtoDAsync_v2, _ptsz, P(CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream stream),
         P(dst, src, bytes, stream))
{
    return copy(zero, AT(stream), dst, DEV, src, DEV, bytes, false);
}
ALIAS(MemcpyDtoDAsync, MemcpyDtoDAsync_v2);

STREAMED(MemcpyAsync, _ptsz, P(CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream stream),
         P(dst, src, bytes, stream))
{
    return copy(zero, AT(stream), dst, ANY, src, ANY, bytes, false);
}

STREAMED(MemcpyPeerAsync, _ptsz,
         P(CUdeviceptr dst, CUcontext dst_context, CUdeviceptr src, CUcontext src_context, size_t bytes,
           CUstream stream),
         P(dst, dst_context, src, src_context, bytes, stream))
{
    if (!st_get(&st_contexts, AT(dst_context)) || !st_get(&st_contexts, AT(src_context)))
        return ST_INVALID_CONTEXT;
    return copy(zero, AT(stream), dst, DEV, src, DEV, bytes, false);
}

/* ------------------------------------------------------------------------------------------------------- */

static CUresult side_2d(int type, const void *host, CUdeviceptr device, size_t x, size_t y, size_t pitch, uint64_t *at,
                        sil_side *side)
{
    switch (type) {
    case CU_MEMORY_HOST:
        *at = AT(host);
        *side = HOST;
        break;
    case CU_MEMORY_DEVICE:
        *at = device;
        *side = DEV;
        break;
    case CU_MEMORY_UNIFIED:
        *at = device;
        *side = ANY;
        break;
    case CU_MEMORY_ARRAY:
        return ST_NOT_SUPPORTED;
    default:
        return ST_INVALID_VALUE;
    }
    *at += x + y * pitch;
    return ST_OK;
}

static CUresult copy_2d(uintptr_t zero, uintptr_t stream, const CUDA_MEMCPY2D *p, bool wait)
{
    uint64_t dst, src;
    sil_side dst_side, src_side;
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!p)
        return ST_INVALID_VALUE;
    size_t dst_pitch = p->dst_pitch ? p->dst_pitch : p->width, src_pitch = p->src_pitch ? p->src_pitch : p->width;
    CUresult error = side_2d(p->dst_type, p->dst_host, p->dst_device, p->dst_x, p->dst_y, dst_pitch, &dst, &dst_side);
    if (!error)
        error = side_2d(p->src_type, p->src_host, p->src_device, p->src_x, p->src_y, src_pitch, &src, &src_side);
    if (!error && (p->dst_x + p->width > dst_pitch || p->src_x + p->width > src_pitch) && p->height > 1)
        error = ST_INVALID_VALUE;
    return error ? error : st_copy_2d(s, dst, dst_side, dst_pitch, src, src_side, src_pitch, p->width, p->height, wait);
}

STREAMED(Memcpy2D_v2, _ptds, P(const CUDA_MEMCPY2D *p), P(p))
{
    return copy_2d(zero, 0, p, true);
}
ALIAS(Memcpy2D, Memcpy2D_v2);

STREAMED(Memcpy2DUnaligned_v2, _ptds, P(const CUDA_MEMCPY2D *p), P(p))
{
    return copy_2d(zero, 0, p, true);
}
ALIAS(Memcpy2DUnaligned, Memcpy2DUnaligned_v2);

STREAMED(Memcpy2DAsync_v2, _ptsz, P(const CUDA_MEMCPY2D *p, CUstream stream), P(p, stream))
{
    return copy_2d(zero, AT(stream), p, false);
}
ALIAS(Memcpy2DAsync, Memcpy2DAsync_v2);

/* ------------------------------------------------------------------------------------------------------- */

static CUresult fill(uintptr_t zero, uintptr_t stream, CUdeviceptr dst, uint32_t pattern, uint32_t pattern_bytes,
                     size_t count, bool wait)
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_fill(s, dst, pattern, pattern_bytes, count, wait);
}

static CUresult fill_2d(uintptr_t zero, uintptr_t stream, CUdeviceptr dst, size_t pitch, uint32_t pattern,
                        uint32_t pattern_bytes, size_t width, size_t height, bool wait)
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_fill_2d(s, dst, pitch, pattern, pattern_bytes, width, height, wait);
}

#define FILL(bits, type)                                                                                               \
    STREAMED(MemsetD##bits##_v2, _ptds, P(CUdeviceptr dst, type pattern, size_t count), P(dst, pattern, count))        \
    {                                                                                                                  \
        return fill(zero, 0, dst, pattern, bits / 8, count, true);                                                     \
    }                                                                                                                  \
    ALIAS(MemsetD##bits, MemsetD##bits##_v2);                                                                          \
    STREAMED(MemsetD##bits##Async, _ptsz, P(CUdeviceptr dst, type pattern, size_t count, CUstream stream),             \
             P(dst, pattern, count, stream))                                                                           \
    {                                                                                                                  \
        return fill(zero, AT(stream), dst, pattern, bits / 8, count, false);                                           \
    }                                                                                                                  \
    STREAMED(MemsetD2D##bits##_v2, _ptds, P(CUdeviceptr dst, size_t pitch, type pattern, size_t width, size_t height), \
             P(dst, pitch, pattern, width, height))                                                                    \
    {                                                                                                                  \
        return fill_2d(zero, 0, dst, pitch, pattern, bits / 8, width, height, true);                                   \
    }                                                                                                                  \
    ALIAS(MemsetD2D##bits, MemsetD2D##bits##_v2);                                                                      \
    STREAMED(MemsetD2D##bits##Async, _ptsz,                                                                            \
             P(CUdeviceptr dst, size_t pitch, type pattern, size_t width, size_t height, CUstream stream),             \
             P(dst, pitch, pattern, width, height, stream))                                                            \
    {                                                                                                                  \
        return fill_2d(zero, AT(stream), dst, pitch, pattern, bits / 8, width, height, false);                         \
    }

FILL(8, unsigned char)
FILL(16, unsigned short)
FILL(32, unsigned)
