/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of softmax, layer normalisation, embedding gather, attention and mean pooling, and of what is refused. */
#include <math.h>

#include "bench.h"
#include "kernels/attention.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/layer_norm.h"
#include "kernels/pooling.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "kernels/vector.h"

/* In place on `length` numbers; the rest up to `columns` becomes 0. */
static void softmax(double *row, size_t length, size_t columns, double scale)
{
    double most = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < length; i++)
        most = fmax(most, scale * row[i]);
    for (size_t i = 0; i < length; i++)
        sum += row[i] = exp(scale * row[i] - most);
    for (size_t i = 0; i < columns; i++)
        row[i] = i < length ? row[i] / sum : 0;
}

void check_softmax(struct bench *b)
{
    static const uint32_t shapes[][2] = { { 1, 1 }, { 3, 128 }, { 5, 300 }, { 4, 17 } };
    for (size_t s = 0; s < 2 * sizeof shapes / sizeof *shapes; s++) {
        uint32_t rows = shapes[s / 2][0], columns = shapes[s / 2][1];
        size_t n = (size_t)rows * columns;
        struct buffer in = buffer_random(b, n), out = buffer_empty(b, n),
                      lengths = buffer_integers(b, rows, columns + 3);
        bool masked = s % 2;
        double *want = doubles(n);
        for (size_t i = 0; i < n; i++)
            want[i] = (double)in.f[i];
        for (uint32_t r = 0; r < rows; r++)
            softmax(want + (size_t)r * columns, masked && lengths.u[r] < columns ? lengths.u[r] : columns, columns,
                    40.0);
        OK(b, tnk_softmax(b->kernels, b->stream, in.device, out.device, masked ? lengths.device : 0, rows, columns,
                          40.0f));
        expect_floats(b, &out, want, 1e-6, 1e-4);
        buffer_free(b, &in);
        buffer_free(b, &out);
        buffer_free(b, &lengths);
    }
}

void check_layer_norm(struct bench *b)
{
    static const uint32_t shapes[][2] = { { 1, 2 }, { 3, 384 }, { 5, 100 }, { 2, 1000 } };
    for (size_t s = 0; s < 2 * sizeof shapes / sizeof *shapes; s++) {
        uint32_t rows = shapes[s / 2][0], columns = shapes[s / 2][1];
        size_t n = (size_t)rows * columns;
        struct buffer in = buffer_random(b, n), add = buffer_random(b, n), out = buffer_empty(b, n);
        struct buffer gamma = buffer_random(b, columns), beta = buffer_random(b, columns);
        bool with = s % 2;
        double *want = doubles(n);
        for (uint32_t r = 0; r < rows; r++) {
            double mean = 0, variance = 0, *row = want + (size_t)r * columns;
            for (uint32_t i = 0; i < columns; i++) {
                row[i] = (double)in.f[(size_t)r * columns + i] + (with ? (double)add.f[(size_t)r * columns + i] : 0);
                mean += row[i] / columns;
            }
            for (uint32_t i = 0; i < columns; i++)
                variance += (row[i] - mean) * (row[i] - mean) / columns;
            for (uint32_t i = 0; i < columns; i++)
                row[i] = (row[i] - mean) / sqrt(variance + 1e-3) * (double)gamma.f[i] + (double)beta.f[i];
        }
        OK(b, tnk_layer_norm(b->kernels, b->stream, in.device, with ? add.device : 0, gamma.device, beta.device,
                             out.device, rows, columns, 1e-3f));
        expect_floats(b, &out, want, 1e-5, 1e-5);
        buffer_free(b, &in);
        buffer_free(b, &add);
        buffer_free(b, &out);
        buffer_free(b, &gamma);
        buffer_free(b, &beta);
    }
}

void check_embedding(struct bench *b)
{
    enum { WORDS = 50, PLACES = 20, KINDS = 2, TOKENS = 33 };
    static const uint32_t widths[] = { 1, 128, 384, 200 };
    for (size_t s = 0; s < 4; s++) {
        uint32_t c = widths[s];
        struct buffer words = buffer_random(b, WORDS * c), positions = buffer_random(b, PLACES * c);
        struct buffer kinds = buffer_random(b, KINDS * c), out = buffer_empty(b, TOKENS * c);
        struct buffer ids = buffer_integers(b, TOKENS, WORDS), places = buffer_integers(b, TOKENS, PLACES);
        struct buffer types = buffer_integers(b, TOKENS, KINDS);
        bool with_places = s != 1, with_kinds = s != 2, with_types = s == 0 || s == 3;
        double *want = doubles(TOKENS * c);
        for (uint32_t t = 0; t < TOKENS; t++)
            for (uint32_t i = 0; i < c; i++)
                want[t * c + i] = (double)words.f[ids.u[t] * c + i] +
                                  (with_places ? (double)positions.f[places.u[t] * c + i] : 0) +
                                  (with_kinds ? (double)kinds.f[(with_types ? types.u[t] : 0) * c + i] : 0);
        OK(b, tnk_embedding(b->kernels, b->stream, ids.device, with_places ? places.device : 0,
                            with_types ? types.device : 0, words.device, with_places ? positions.device : 0,
                            with_kinds ? kinds.device : 0, out.device, TOKENS, c));
        expect_floats(b, &out, want, 1e-6, 1e-6);
        struct buffer *all[] = { &words, &positions, &kinds, &out, &ids, &places, &types };
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            buffer_free(b, all[i]);
    }
}

static const uint32_t bounds[] = { 0, 1, 9, 42, 42, 74, 139 }; /* lengths 1, 8, 33, 0, 32, 65 */
#define SEQUENCES (sizeof bounds / sizeof *bounds - 1)
#define ROWS      139u

/* One head of one sequence: out = softmax(scale q k^T) v; `row` has space for a row of scores. */
static void attend(const float *q, const float *k, const float *v, size_t pitch, uint32_t length, uint32_t size,
                   double scale, double *row, double *out, size_t out_pitch)
{
    for (uint32_t i = 0; i < length; i++) {
        for (uint32_t j = 0; j < length; j++) {
            row[j] = 0;
            for (uint32_t d = 0; d < size; d++)
                row[j] += (double)q[i * pitch + d] * (double)k[j * pitch + d];
        }
        softmax(row, length, length, scale);
        for (uint32_t d = 0; d < size; d++)
            for (uint32_t j = 0; j < length; j++)
                out[i * out_pitch + d] += row[j] * (double)v[j * pitch + d];
    }
}

static void attention_case(struct bench *b, uint32_t heads, uint32_t size)
{
    uint32_t width = heads * size, pitch = 3 * width, out_pitch = width + 4;
    struct buffer qkv = buffer_random(b, (size_t)ROWS * pitch), out = buffer_random(b, (size_t)ROWS * out_pitch);
    struct buffer offsets = buffer_of(b, bounds, SEQUENCES + 1);
    double *want = doubles(out.count), *row = doubles(ROWS);
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t c = 0; c < out_pitch; c++)
            want[r * out_pitch + c] = c < width ? 0 : (double)out.f[r * out_pitch + c];
    for (size_t s = 0; s < SEQUENCES; s++)
        for (uint32_t h = 0; h < heads; h++) {
            const float *q = qkv.f + (size_t)bounds[s] * pitch + h * size;
            attend(q, q + width, q + 2 * width, pitch, bounds[s + 1] - bounds[s], size, 2.0, row,
                   want + (size_t)bounds[s] * out_pitch + h * size, out_pitch);
        }
    tnk_attention_args args = { .size = sizeof args,
                                .heads = heads,
                                .q = qkv.device,
                                .k = qkv.device + width * 4,
                                .v = qkv.device + width * 8,
                                .out = out.device,
                                .offsets = offsets.device,
                                .head_size = size,
                                .pitch = pitch,
                                .out_pitch = out_pitch,
                                .sequences = SEQUENCES,
                                .longest = 65,
                                .scale = 2.0f };
    OK(b, tnk_attention(b->kernels, b->stream, &args));
    expect_floats(b, &out, want, 2e-5, 2e-5);
    free(row);
    buffer_free(b, &qkv);
    buffer_free(b, &out);
    buffer_free(b, &offsets);
}

void check_attention(struct bench *b)
{
    attention_case(b, 3, 32);
    attention_case(b, 1, 64);
}

void check_mean_pool(struct bench *b)
{
    static const uint32_t widths[] = { 1, 384, 130 };
    for (size_t s = 0; s < 6; s++) {
        uint32_t c = widths[s / 2];
        bool unit = s % 2;
        struct buffer in = buffer_random(b, (size_t)ROWS * c), out = buffer_empty(b, SEQUENCES * c);
        struct buffer offsets = buffer_of(b, bounds, SEQUENCES + 1);
        double *want = doubles(SEQUENCES * c);
        for (size_t q = 0; q < SEQUENCES; q++) {
            double squares = 0, *row = want + q * c;
            for (uint32_t i = 0; i < c; i++) {
                for (uint32_t r = bounds[q]; r < bounds[q + 1]; r++)
                    row[i] += (double)in.f[(size_t)r * c + i] / (bounds[q + 1] - bounds[q]);
                squares += row[i] * row[i];
            }
            for (uint32_t i = 0; i < c && unit && squares > 0; i++)
                row[i] /= sqrt(squares);
        }
        OK(b, tnk_mean_pool(b->kernels, b->stream, in.device, offsets.device, out.device, SEQUENCES, c, unit));
        expect_floats(b, &out, want, 2e-6, 1e-4);
        buffer_free(b, &in);
        buffer_free(b, &out);
        buffer_free(b, &offsets);
    }
}

/* What can't be right is refused before anything is submitted, and nothing to do is done. */
void check_refusals(struct bench *b)
{
    struct buffer x = buffer_random(b, 64);
    tnk_gemm_args gemm = { .size = sizeof gemm, .a = x.device, .b = x.device, .c = x.device, .m = 2, .n = 2, .k = 2 };
    tnk_attention_args attention = { .size = sizeof attention,
                                     .heads = 1,
                                     .q = x.device,
                                     .k = x.device,
                                     .v = x.device,
                                     .out = x.device,
                                     .offsets = x.device,
                                     .head_size = 33,
                                     .sequences = 1,
                                     .longest = 1 };
    const struct {
        tn_status got, want;
        const char *what;
    } cases[] = {
        { tnk_add(b->kernels, b->stream, x.device, 0, x.device, 4), TN_INVALID, "adding from address 0" },
        { tnk_add(b->kernels, b->stream, x.device, 0, x.device, 0), TN_OK, "adding nothing" },
        { tnk_gelu(b->kernels, b->stream, x.device + 2, x.device, 4), TN_INVALID, "a misaligned address" },
        { tnk_softmax(b->kernels, b->stream, 0, x.device, 0, 1, 4, 1), TN_INVALID, "softmax from address 0" },
        { tnk_softmax(b->kernels, b->stream, 0, 0, 0, 0, 4, 1), TN_OK, "softmax of no rows" },
        { tnk_reduce_max(b->kernels, b->stream, x.device, 0, x.device, x.device), TN_INVALID,
          "the maximum of nothing" },
        { tnk_attention(b->kernels, b->stream, &attention), TN_UNSUPPORTED, "a head of 33 numbers" },
        { (gemm.pitch_a = 1, tnk_gemm(b->kernels, b->stream, &gemm)), TN_INVALID, "a pitch shorter than a row" },
        { (gemm.pitch_a = 0, gemm.flags = 8, tnk_gemm(b->kernels, b->stream, &gemm)), TN_INVALID, "an unknown flag" },
        { (gemm.flags = 0, gemm.size = 8, tnk_gemm(b->kernels, b->stream, &gemm)), TN_INVALID, "a foreign structure" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cases[i].got != cases[i].want)
            bench_fail(b, "%s is %s, not %s", cases[i].what, tn_status_name(cases[i].got),
                       tn_status_name(cases[i].want));
    double *same = doubles(64);
    for (int i = 0; i < 64; i++)
        same[i] = (double)x.f[i];
    expect_floats(b, &x, same, 0, 0);
    buffer_free(b, &x);
}
