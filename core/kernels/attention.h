#pragma once

#include "core/kernels/float_type.h"

#include <cstdint>

namespace tiller::kernels {

// Rotary embedding and attention over a cache of keys and values, on plain buffers; threads and SIMD as in
// rows.h.

/// Positions of a page of the cache.
constexpr int64_t pageSlots = 32;

/// Keys and values in pages, which rows may share. A page holds [kvHeads] of
///   values  [pageSlots, width]
///   keys    with the slots side by side, as scores are computed: float32 [width, pageSlots], bfloat16 in
///           pairs of dimensions, [width / 2, pageSlots, 2]
/// where width is headDim, rounded up to an even number.
struct CachePages {
    void* keys = nullptr; ///< of page 0; the others follow
    void* values = nullptr;
    Float type = Float::F32;
    /// [rows of the cache] pages of each: position p of a row lies in slot p % pageSlots of its page
    /// p / pageSlots.
    const int32_t* const* pages = nullptr;
};

constexpr int64_t pagedWidth(int64_t headDim)
{
    return headDim + headDim % 2;
}

/// Where the tokens of a packed batch belong, and the shape of its heads.
struct HeadLayout {
    int64_t tokens = 0;
    const int32_t* row = nullptr; ///< [tokens] row of the cache
    const int32_t* position = nullptr; ///< [tokens] position in the row, which is also its slot in the cache
    int64_t heads = 0;
    int64_t kvHeads = 0;
    int64_t headDim = 0;
    const int32_t* turn = nullptr; ///< [tokens] row of the rotary tables; null: the position
};

/// Splits qkv [tokens, (heads + 2 kvHeads) headDim] into rotated queries [tokens, heads, headDim] of the same
/// type, and rotated keys and values, stored at their slots of the cache. cos, sin: [positions, rotated / 2];
/// dimension i turns with i + rotated / 2 (rotate_half).
void rotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, const CachePages& cache);

/// What happens to the products of queries and keys before the softmax.
struct ScoreShape {
    float scale = 1;
    float softCap = 0; ///< c: scores become c tanh(score / c) (Gemma 2); 0: none
};

/// Causal attention of each token's query over its row's positions position - window + 1 .. position
/// (window 0: from 0). out [tokens, heads, headDim] of the type of the queries.
void attend(const void* queries, Float type, const CachePages& cache, const HeadLayout& layout,
    int64_t window, const ScoreShape& shape, void* out);

}
