/* SPDX-License-Identifier: Apache-2.0 */
/* Element by element: launches of vector.cu and gelu.cu. May call the public API only. */
#include "vector.h"
#include "gelu.h"
#include "internal.h"

tn_status tnk_add(const tnk_library *k, tn_stream stream, tn_address x, tn_address y, tn_address z, uint64_t n)
{
    return tnk__elements(k, stream, TNK_ADD, NULL, (tn_address[]){ x, y, z }, 3, n);
}

tn_status tnk_multiply(const tnk_library *k, tn_stream stream, tn_address x, tn_address y, tn_address z, uint64_t n)
{
    return tnk__elements(k, stream, TNK_MULTIPLY, NULL, (tn_address[]){ x, y, z }, 3, n);
}

tn_status tnk_scale(const tnk_library *k, tn_stream stream, float a, tn_address x, tn_address y, uint64_t n)
{
    return tnk__elements(k, stream, TNK_SCALE, &a, (tn_address[]){ x, y }, 2, n);
}

tn_status tnk_axpy(const tnk_library *k, tn_stream stream, float a, tn_address x, tn_address y, uint64_t n)
{
    return tnk__elements(k, stream, TNK_AXPY, &a, (tn_address[]){ x, y }, 2, n);
}

tn_status tnk_gelu(const tnk_library *k, tn_stream stream, tn_address x, tn_address y, uint64_t n)
{
    return tnk__elements(k, stream, TNK_GELU, NULL, (tn_address[]){ x, y }, 2, n);
}
