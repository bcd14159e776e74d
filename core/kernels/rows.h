#pragma once

#include "core/kernels/float_type.h"

#include <cstdint>

namespace tiller::kernels {

// Operations on a few rows of plain buffers, fused so that a decode step is not lost in library calls.
// Each runs on the workers of core/base/threads.h where the work is worth it. Row-major, no aliasing unless
// said. SIMD by run-time dispatch (Highway).

/// RMS norm, x / sqrt(mean(x^2) + epsilon) * weight (Zhang & Sennrich 2019), or centred, layer norm:
/// (x - mean) / sqrt(variance + epsilon) * weight + bias (Ba et al. 2016).
struct Norm {
    const float* weight = nullptr;
    const float* bias = nullptr; ///< null: none
    float epsilon = 0;
    bool centred = false;
};

/// y[r] = norm(x[r]), x [rows, width] float32, weight and bias [width].
void normalise(const float* x, const Norm& norm, int64_t rows, int64_t width, void* y, Float type);

/// In place, on parts of rows: the first groups * width elements of each row (rows are `stride` apart) are
/// normed in groups of `width`, each group with its own weights [groups, width].
void normaliseGroups(
    void* x, Float type, const Norm& norm, int64_t rows, int64_t stride, int64_t groups, int64_t width);

/// h += y over `count` elements.
void addTo(float* h, const void* y, Float type, int64_t count);

/// Where the tokens of a packed batch belong, and the shape of its heads.
struct HeadLayout {
    int64_t tokens = 0;
    const int32_t* row = nullptr; ///< [tokens] row of the cache
    const int32_t* position = nullptr; ///< [tokens] position in the row, which is also its slot in the cache
    int64_t heads = 0;
    int64_t kvHeads = 0;
    int64_t headDim = 0;
    int64_t capacity = 0; ///< slots of a row of the cache
    const int32_t* turn = nullptr; ///< [tokens] row of the rotary tables; null: the position
};

/// Splits qkv [tokens, (heads + 2 kvHeads) headDim] into rotated queries [tokens, heads, headDim] of the same
/// type, and rotated keys and values of type `cached`, stored at their slots of the caches
/// [rows, kvHeads, capacity, headDim]. cos, sin: [positions, rotated / 2]; dimension i turns with
/// i + rotated / 2 (rotate_half).
void rotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, Float cached, void* keys, void* values);

/// What happens to the products of queries and keys before the softmax.
struct ScoreShape {
    float scale = 1;
    float softCap = 0; ///< c: scores become c tanh(score / c) (Gemma 2); 0: none
};

/// Causal attention of each token's query over its row's slots position - window + 1 .. position
/// (window 0: from 0). out [tokens, heads, headDim] of the type of the queries.
void attend(const void* queries, Float type, const void* keys, const void* values, Float cached,
    const HeadLayout& layout, int64_t window, const ScoreShape& shape, void* out);

/// In the caller's thread alone: softmax in place over the visible scores of each query, zeros elsewhere.
/// scores [batch, queries, slots]; query i sees slots up to firstVisible + i, and with a window (0: none)
/// only the last `window` of them.
void causalSoftmax(void* scores, Float type, int64_t batch, int64_t queries, int64_t slots,
    int64_t firstVisible, int64_t window, const ScoreShape& shape);

}
