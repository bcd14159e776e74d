#pragma once

#include "core/kernels/float_type.h"

#include <cstdint>

namespace tiller::kernels {

// Rotary embedding and attention over a cache of keys and values, on plain buffers; threads and SIMD as in
// rows.h.

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
