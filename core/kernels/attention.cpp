#include "core/kernels/attention.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/attention.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

// Calls f with values of the element types: float, or uint16_t for bfloat16.
template <typename F>
void withTypes(Float first, Float second, F&& f)
{
    if (first == Float::F32 && second == Float::F32)
        f(float(), float());
    else if (first == Float::F32)
        f(float(), uint16_t());
    else if (second == Float::F32)
        f(uint16_t(), float());
    else
        f(uint16_t(), uint16_t());
}

template <typename In, typename Out>
void convert(const In* in, int64_t count, Out* out)
{
    if constexpr (std::is_same_v<In, Out>) {
        std::copy(in, in + count, out);
    } else {
        const D d;
        const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
        int64_t i = 0;
        for (; i + lanes <= count; i += lanes)
            storef(d, loadf(d, in + i), out + i);
        for (; i < count; ++i)
            putf(getf(in + i), out + i);
    }
}

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

template <typename T, typename Cached>
void rotateTokens(const T* qkv, const HeadLayout& l, const float* cosine, const float* sine, int64_t rotated,
    T* queries, Cached* keys, Cached* values, int64_t begin, int64_t end)
{
    for (int64_t t = begin; t < end; ++t) {
        const T* token = qkv + t * (l.heads + 2 * l.kvHeads) * l.headDim;
        const int64_t turn = l.turn ? l.turn[t] : l.position[t];
        const float* c = cosine + turn * (rotated / 2);
        const float* s = sine + turn * (rotated / 2);
        for (int64_t h = 0; h < l.heads; ++h)
            rotateHead(
                token + h * l.headDim, c, s, rotated, l.headDim, queries + (t * l.heads + h) * l.headDim);
        for (int64_t h = 0; h < l.kvHeads; ++h) {
            const int64_t slot = ((l.row[t] * l.kvHeads + h) * l.capacity + l.position[t]) * l.headDim;
            rotateHead(token + (l.heads + h) * l.headDim, c, s, rotated, l.headDim, keys + slot);
            convert(token + (l.heads + l.kvHeads + h) * l.headDim, l.headDim, values + slot);
        }
    }
}

void RotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, Float cached, void* keys, void* values, int64_t begin,
    int64_t end)
{
    withTypes(type, cached, [&](auto own, auto stored) {
        using T = decltype(own);
        using Cached = decltype(stored);
        rotateTokens(static_cast<const T*>(qkv), layout, cosine, sine, rotated, static_cast<T*>(queries),
            static_cast<Cached*>(keys), static_cast<Cached*>(values), begin, end);
    });
}

void capScores(float* scores, float cap, int64_t count)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V vcap = hn::Set(d, cap);
    const V inverse = hn::Set(d, 1.0f / cap);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        hn::StoreU(hn::Mul(hn::Tanh(d, hn::Mul(hn::LoadU(d, scores + i), inverse)), vcap), d, scores + i);
    for (; i < count; ++i)
        scores[i] = cap * std::tanh(scores[i] / cap);
}

// The sums of the lanes of four vectors.
HWY_INLINE void addLanes(D d, V a, V b, V c, V e, float* sums)
{
#if HWY_TARGET == HWY_SCALAR
    int k = 0;
    for (const V v : {a, b, c, e})
        sums[k++] = addUp(d, v);
#else
    const hn::Repartition<double, D> d64;
    const V ab = hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
    const V ce = hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
    const auto ab64 = hn::BitCast(d64, ab);
    const auto ce64 = hn::BitCast(d64, ce);
    const V four = hn::Add(hn::BitCast(d, hn::InterleaveLower(d64, ab64, ce64)),
        hn::BitCast(d, hn::InterleaveUpper(d64, ab64, ce64))); // the four sums of each 128 bits
    HWY_ALIGN float parts[HWY_MAX_BYTES / sizeof(float)];
    hn::StoreU(four, d, parts);
    const hn::CappedTag<float, 4> d4;
    auto sum = hn::LoadU(d4, parts);
    for (size_t i = 4; i < hn::Lanes(d); i += 4)
        sum = hn::Add(sum, hn::LoadU(d4, parts + i));
    hn::StoreU(sum, d4, sums);
#endif
}

template <typename T>
HWY_INLINE V products(D d, const float* q, const T* key, int64_t whole)
{
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    V sum = hn::Zero(d);
    for (int64_t i = 0; i < whole; i += lanes)
        sum = hn::MulAdd(hn::LoadU(d, q + i), loadf(d, key + i), sum);
    return sum;
}

// scores[j] = q . keys[j]
template <typename T>
void scoreKeys(const float* q, const T* keys, int64_t headDim, int64_t slots, float* scores)
{
    const D d;
    const int64_t whole = headDim - headDim % static_cast<int64_t>(hn::Lanes(d));
    int64_t j = 0;
    for (; j + 4 <= slots; j += 4) {
        const T* key = keys + j * headDim;
        addLanes(d, products(d, q, key, whole), products(d, q, key + headDim, whole),
            products(d, q, key + 2 * headDim, whole), products(d, q, key + 3 * headDim, whole), scores + j);
    }
    for (; j < slots; ++j)
        scores[j] = addUp(d, products(d, q, keys + j * headDim, whole));
    for (int64_t i = whole; i < headDim; ++i)
        for (j = 0; j < slots; ++j)
            scores[j] += q[i] * getf(keys + j * headDim + i);
}

// Softmax in place.
void softmax(float* s, int64_t count)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    V vmost = hn::Set(d, s[0]);
    int64_t j = 0;
    for (; j + lanes <= count; j += lanes)
        vmost = hn::Max(vmost, hn::LoadU(d, s + j));
    float most = hn::GetLane(hn::MaxOfLanes(d, vmost));
    for (; j < count; ++j)
        most = std::max(most, s[j]);
    V vsum = hn::Zero(d);
    const V shift = hn::Set(d, most);
    for (j = 0; j + lanes <= count; j += lanes) {
        const V e = hn::Exp(d, hn::Sub(hn::LoadU(d, s + j), shift));
        hn::StoreU(e, d, s + j);
        vsum = hn::Add(vsum, e);
    }
    float sum = addUp(d, vsum);
    for (; j < count; ++j)
        sum += s[j] = std::exp(s[j] - most);
    const V inverse = hn::Set(d, 1.0f / sum);
    for (j = 0; j + lanes <= count; j += lanes)
        hn::StoreU(hn::Mul(hn::LoadU(d, s + j), inverse), d, s + j);
    for (; j < count; ++j)
        s[j] /= sum;
}

// `Vectors` vectors of the mean of the values that `Group` queries see: sums stay in registers.
template <int Group, int Vectors, typename T, typename Out>
HWY_INLINE void mixValues(const float* weights, int64_t slots, const T* values, int64_t headDim, Out* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    V sums[Group][Vectors];
    for (int g = 0; g < Group; ++g)
        for (int v = 0; v < Vectors; ++v)
            sums[g][v] = hn::Zero(d);
    for (int64_t j = 0; j < slots; ++j) {
        for (int v = 0; v < Vectors; ++v) {
            const V value = loadf(d, values + j * headDim + v * lanes);
            for (int g = 0; g < Group; ++g)
                sums[g][v] = hn::MulAdd(hn::Set(d, weights[g * slots + j]), value, sums[g][v]);
        }
    }
    for (int g = 0; g < Group; ++g)
        for (int v = 0; v < Vectors; ++v)
            storef(d, sums[g][v], out + g * headDim + v * lanes);
}

template <int Group, typename T, typename Out>
void mixAllValues(const float* weights, int64_t slots, const T* values, int64_t headDim, Out* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = 0;
    for (; i + 4 * lanes <= headDim; i += 4 * lanes)
        mixValues<Group, 4>(weights, slots, values + i, headDim, out + i);
    for (; i + lanes <= headDim; i += lanes)
        mixValues<Group, 1>(weights, slots, values + i, headDim, out + i);
    for (; i < headDim; ++i) {
        for (int g = 0; g < Group; ++g) {
            float sum = 0;
            for (int64_t j = 0; j < slots; ++j)
                sum += weights[g * slots + j] * getf(values + j * headDim + i);
            putf(sum, out + g * headDim + i);
        }
    }
}

// The queries of one key head (`group` of them) over the slots first .. last.
template <typename T, typename Cached>
void attendGroup(const T* queries, int64_t group, const Cached* keys, const Cached* values, int64_t headDim,
    int64_t slots, const ScoreShape& shape, std::vector<float>& scratch, T* out)
{
    scratch.resize(static_cast<size_t>(group * slots + headDim));
    float* scores = scratch.data();
    float* q = scores + group * slots;
    for (int64_t g = 0; g < group; ++g) {
        for (int64_t i = 0; i < headDim; ++i)
            q[i] = getf(queries + g * headDim + i) * shape.scale;
        scoreKeys(q, keys, headDim, slots, scores + g * slots);
    }
    if (shape.softCap > 0)
        capScores(scores, shape.softCap, group * slots);
    for (int64_t g = 0; g < group; ++g)
        softmax(scores + g * slots, slots);
    int64_t g = 0;
    for (; g + 4 <= group; g += 4)
        mixAllValues<4>(scores + g * slots, slots, values, headDim, out + g * headDim);
    if (group - g == 3)
        mixAllValues<3>(scores + g * slots, slots, values, headDim, out + g * headDim);
    else if (group - g == 2)
        mixAllValues<2>(scores + g * slots, slots, values, headDim, out + g * headDim);
    else if (group - g == 1)
        mixAllValues<1>(scores + g * slots, slots, values, headDim, out + g * headDim);
}

template <typename T, typename Cached>
void attendRange(const T* queries, const Cached* keys, const Cached* values, const HeadLayout& l,
    int64_t window, const ScoreShape& shape, T* out, int64_t begin, int64_t end)
{
    static thread_local std::vector<float> scratch;
    const int64_t group = l.heads / l.kvHeads;
    for (int64_t item = begin; item < end; ++item) {
        const int64_t t = item / l.kvHeads;
        const int64_t h = item % l.kvHeads;
        const int64_t last = l.position[t];
        const int64_t first = window > 0 ? std::max<int64_t>(0, last - window + 1) : 0;
        const int64_t offset = ((l.row[t] * l.kvHeads + h) * l.capacity + first) * l.headDim;
        const int64_t head = (t * l.heads + h * group) * l.headDim;
        attendGroup(queries + head, group, keys + offset, values + offset, l.headDim, last - first + 1, shape,
            scratch, out + head);
    }
}

void Attend(const void* queries, Float type, const void* keys, const void* values, Float cached,
    const HeadLayout& layout, int64_t window, const ScoreShape& shape, void* out, int64_t begin, int64_t end)
{
    withTypes(type, cached, [&](auto own, auto stored) {
        using T = decltype(own);
        using Cached = decltype(stored);
        attendRange(static_cast<const T*>(queries), static_cast<const Cached*>(keys),
            static_cast<const Cached*>(values), layout, window, shape, static_cast<T*>(out), begin, end);
    });
}

template <typename T>
void softmaxRow(
    T* x, int64_t begin, int64_t end, int64_t slots, const ScoreShape& shape, std::vector<float>& scratch)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    scratch.resize(static_cast<size_t>(end - begin));
    float* s = scratch.data();
    const int64_t count = end - begin;
    const V vscale = hn::Set(d, shape.scale);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        hn::StoreU(hn::Mul(loadf(d, x + begin + i), vscale), d, s + i);
    for (; i < count; ++i)
        s[i] = getf(x + begin + i) * shape.scale;
    if (shape.softCap > 0)
        capScores(s, shape.softCap, count);
    softmax(s, count);
    convert(s, count, x + begin);
    std::fill(x, x + begin, T(0));
    std::fill(x + end, x + slots, T(0));
}

template <typename T>
void causalSoftmaxRows(T* scores, int64_t batch, int64_t queries, int64_t slots, int64_t firstVisible,
    int64_t window, const ScoreShape& shape)
{
    static thread_local std::vector<float> scratch;
    for (int64_t b = 0; b < batch; ++b) {
        for (int64_t q = 0; q < queries; ++q) {
            const int64_t end = firstVisible + q + 1;
            const int64_t begin = window > 0 ? std::max<int64_t>(0, end - window) : 0;
            softmaxRow(scores + (b * queries + q) * slots, begin, end, slots, shape, scratch);
        }
    }
}

void CausalSoftmax(void* scores, Float type, int64_t batch, int64_t queries, int64_t slots,
    int64_t firstVisible, int64_t window, const ScoreShape& shape)
{
    if (type == Float::F32)
        causalSoftmaxRows(static_cast<float*>(scores), batch, queries, slots, firstVisible, window, shape);
    else
        causalSoftmaxRows(static_cast<uint16_t*>(scores), batch, queries, slots, firstVisible, window, shape);
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(RotateAndStore);
HWY_EXPORT(Attend);
HWY_EXPORT(CausalSoftmax);

void rotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, Float cached, void* keys, void* values)
{
    const int64_t width = (layout.heads + 2 * layout.kvHeads) * layout.headDim;
    parallelFor(layout.tokens, grainFor(2 * width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(RotateAndStore)
        (qkv, type, layout, cosine, sine, rotated, queries, cached, keys, values, begin, end);
    });
}

void attend(const void* queries, Float type, const void* keys, const void* values, Float cached,
    const HeadLayout& layout, int64_t window, const ScoreShape& shape, void* out)
{
    int64_t slots = 0;
    for (int64_t t = 0; t < layout.tokens; ++t)
        slots += layout.position[t] + 1;
    const int64_t each = slots / std::max<int64_t>(1, layout.tokens) * 2 * layout.headDim;
    parallelFor(layout.tokens * layout.kvHeads, grainFor(each), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(Attend)
        (queries, type, keys, values, cached, layout, window, shape, out, begin, end);
    });
}

void causalSoftmax(void* scores, Float type, int64_t batch, int64_t queries, int64_t slots,
    int64_t firstVisible, int64_t window, const ScoreShape& shape)
{
    HWY_DYNAMIC_DISPATCH(CausalSoftmax)(scores, type, batch, queries, slots, firstVisible, window, shape);
}

}
#endif
