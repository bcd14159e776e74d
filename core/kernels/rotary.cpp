#include "core/kernels/attention.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/rotary.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

template <typename In, typename Out>
void rotateHead(
    const In* in, const float* cosine, const float* sine, int64_t rotated, int64_t headDim, Out* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const int64_t half = rotated / 2;
    int64_t i = 0;
    for (; i + lanes <= half; i += lanes) {
        const V a = loadf(d, in + i);
        const V b = loadf(d, in + half + i);
        const V c = hn::LoadU(d, cosine + i);
        const V s = hn::LoadU(d, sine + i);
        storef(d, hn::NegMulAdd(b, s, hn::Mul(a, c)), out + i);
        storef(d, hn::MulAdd(a, s, hn::Mul(b, c)), out + half + i);
    }
    for (; i < half; ++i) {
        const float a = getf(in + i);
        const float b = getf(in + half + i);
        putf(a * cosine[i] - b * sine[i], out + i);
        putf(b * cosine[i] + a * sine[i], out + half + i);
    }
    convert(in + rotated, headDim - rotated, out + rotated);
}

// Where head h of a position lies in keys or values: its page's part for that head.
template <typename Cached>
Cached* headOfPage(
    void* cache, const CachePages& pages, const HeadLayout& l, int64_t row, int64_t page, int64_t h)
{
    const int64_t each = pageSlots * pagedWidth(l.headDim);
    return static_cast<Cached*>(cache) + (pages.pages[row][page] * l.kvHeads + h) * each;
}

// A key's dimensions go to the slot's place in each line of a page.
void scatterKey(const float* key, int64_t headDim, int64_t slot, float* page)
{
    for (int64_t i = 0; i < headDim; ++i)
        page[i * pageSlots + slot] = key[i];
}

void scatterKey(const uint16_t* key, int64_t headDim, int64_t slot, uint16_t* page)
{
    for (int64_t i = 0; i + 2 <= headDim; i += 2)
        __builtin_memcpy(page + i * pageSlots + 2 * slot, key + i, 2 * sizeof(uint16_t));
    if (headDim % 2 == 1) {
        const uint16_t last[2] = {key[headDim - 1], 0};
        __builtin_memcpy(page + (headDim - 1) * pageSlots + 2 * slot, last, sizeof last);
    }
}

template <typename T, typename Cached>
void rotateTokens(const T* qkv, const HeadLayout& l, const float* cosine, const float* sine, int64_t rotated,
    T* queries, const CachePages& cache, int64_t begin, int64_t end)
{
    static thread_local std::vector<Cached> key;
    key.resize(static_cast<size_t>(l.headDim));
    const int64_t width = pagedWidth(l.headDim);
    for (int64_t t = begin; t < end; ++t) {
        const T* token = qkv + t * (l.heads + 2 * l.kvHeads) * l.headDim;
        const int64_t turn = l.turn ? l.turn[t] : l.position[t];
        const float* c = cosine + turn * (rotated / 2);
        const float* s = sine + turn * (rotated / 2);
        for (int64_t h = 0; h < l.heads; ++h)
            rotateHead(
                token + h * l.headDim, c, s, rotated, l.headDim, queries + (t * l.heads + h) * l.headDim);
        const int64_t page = l.position[t] / pageSlots;
        const int64_t slot = l.position[t] % pageSlots;
        for (int64_t h = 0; h < l.kvHeads; ++h) {
            rotateHead(token + (l.heads + h) * l.headDim, c, s, rotated, l.headDim, key.data());
            scatterKey(
                key.data(), l.headDim, slot, headOfPage<Cached>(cache.keys, cache, l, l.row[t], page, h));
            convert(token + (l.heads + l.kvHeads + h) * l.headDim, l.headDim,
                headOfPage<Cached>(cache.values, cache, l, l.row[t], page, h) + slot * width);
        }
    }
}

void RotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, const CachePages& cache, int64_t begin, int64_t end)
{
    withTypes(type, cache.type, [&](auto own, auto stored) {
        using T = decltype(own);
        rotateTokens<T, decltype(stored)>(static_cast<const T*>(qkv), layout, cosine, sine, rotated,
            static_cast<T*>(queries), cache, begin, end);
    });
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(RotateAndStore);

void rotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, const CachePages& cache)
{
    const int64_t width = (layout.heads + 2 * layout.kvHeads) * layout.headDim;
    parallelFor(layout.tokens, grainFor(2 * width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(RotateAndStore)
        (qkv, type, layout, cosine, sine, rotated, queries, cache, begin, end);
    });
}

}
#endif
