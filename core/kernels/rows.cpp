#include "core/kernels/rows.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#include <algorithm>
#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/rows.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

HWY_INLINE float addUp(D d, V v)
{
    return hn::GetLane(hn::SumOfLanes(d, v));
}

// Sum of (x - shift)^2.
template <typename T>
float sumOfSquares(const T* x, float shift, int64_t width)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V s = hn::Set(d, shift);
    V sum0 = hn::Zero(d);
    V sum1 = hn::Zero(d);
    int64_t i = 0;
    for (; i + 2 * lanes <= width; i += 2 * lanes) {
        const V a = hn::Sub(loadf(d, x + i), s);
        const V b = hn::Sub(loadf(d, x + i + lanes), s);
        sum0 = hn::MulAdd(a, a, sum0);
        sum1 = hn::MulAdd(b, b, sum1);
    }
    float sum = addUp(d, hn::Add(sum0, sum1));
    for (; i < width; ++i)
        sum += (getf(x + i) - shift) * (getf(x + i) - shift);
    return sum;
}

template <typename T>
float meanOf(const T* x, int64_t width)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    V sums = hn::Zero(d);
    int64_t i = 0;
    for (; i + lanes <= width; i += lanes)
        sums = hn::Add(sums, loadf(d, x + i));
    float sum = addUp(d, sums);
    for (; i < width; ++i)
        sum += getf(x + i);
    return sum / static_cast<float>(width);
}

// Reads each element before it writes it: x and y may be the same.
template <typename In, typename Out>
void normaliseRow(const In* x, const Norm& norm, const float* weight, int64_t width, Out* y)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const float shift = norm.centred ? meanOf(x, width) : 0.0f;
    const float scale
        = 1.0f / std::sqrt(sumOfSquares(x, shift, width) / static_cast<float>(width) + norm.epsilon);
    const V vshift = hn::Set(d, shift);
    const V vscale = hn::Set(d, scale);
    int64_t i = 0;
    for (; i + lanes <= width; i += lanes) {
        const V n = hn::Mul(hn::Mul(hn::Sub(loadf(d, x + i), vshift), vscale), hn::LoadU(d, weight + i));
        storef(d, norm.bias ? hn::Add(n, hn::LoadU(d, norm.bias + i)) : n, y + i);
    }
    for (; i < width; ++i) {
        const float n = (getf(x + i) - shift) * scale * weight[i];
        putf(norm.bias ? n + norm.bias[i] : n, y + i);
    }
}

void Normalise(
    const float* x, const Norm& norm, int64_t begin, int64_t end, int64_t width, void* y, Float type)
{
    for (int64_t r = begin; r < end; ++r) {
        const float* row = x + r * width;
        if (type == Float::F32)
            normaliseRow(row, norm, norm.weight, width, static_cast<float*>(y) + r * width);
        else
            normaliseRow(row, norm, norm.weight, width, static_cast<uint16_t*>(y) + r * width);
    }
}

void NormaliseGroups(void* x, Float type, const Norm& norm, int64_t begin, int64_t end, int64_t stride,
    int64_t groups, int64_t width)
{
    for (int64_t r = begin; r < end; ++r) {
        for (int64_t g = 0; g < groups; ++g) {
            const int64_t at = r * stride + g * width;
            const float* weight = norm.weight + g * width;
            if (type == Float::F32)
                normaliseRow(
                    static_cast<const float*>(x) + at, norm, weight, width, static_cast<float*>(x) + at);
            else
                normaliseRow(static_cast<const uint16_t*>(x) + at, norm, weight, width,
                    static_cast<uint16_t*>(x) + at);
        }
    }
}

template <typename T>
void addRange(float* h, const T* y, int64_t begin, int64_t end)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes)
        hn::StoreU(hn::Add(hn::LoadU(d, h + i), loadf(d, y + i)), d, h + i);
    for (; i < end; ++i)
        h[i] += getf(y + i);
}

void AddTo(float* h, const void* y, Float type, int64_t begin, int64_t end)
{
    if (type == Float::F32)
        addRange(h, static_cast<const float*>(y), begin, end);
    else
        addRange(h, static_cast<const uint16_t*>(y), begin, end);
}

template <typename T>
void rotateHead(const T* in, const float* cosine, const float* sine, int64_t rotated, int64_t headDim, T* out)
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
    std::copy(in + rotated, in + headDim, out + rotated);
}

template <typename T>
void rotateTokens(const T* qkv, const HeadLayout& l, const float* cosine, const float* sine, int64_t rotated,
    T* queries, T* keys, T* values, int64_t begin, int64_t end)
{
    for (int64_t t = begin; t < end; ++t) {
        const T* token = qkv + t * (l.heads + 2 * l.kvHeads) * l.headDim;
        const float* c = cosine + l.position[t] * (rotated / 2);
        const float* s = sine + l.position[t] * (rotated / 2);
        for (int64_t h = 0; h < l.heads; ++h)
            rotateHead(
                token + h * l.headDim, c, s, rotated, l.headDim, queries + (t * l.heads + h) * l.headDim);
        for (int64_t h = 0; h < l.kvHeads; ++h) {
            const int64_t slot = ((l.row[t] * l.kvHeads + h) * l.capacity + l.position[t]) * l.headDim;
            rotateHead(token + (l.heads + h) * l.headDim, c, s, rotated, l.headDim, keys + slot);
            const T* value = token + (l.heads + l.kvHeads + h) * l.headDim;
            std::copy(value, value + l.headDim, values + slot);
        }
    }
}

void RotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, void* keys, void* values, int64_t begin, int64_t end)
{
    if (type == Float::F32)
        rotateTokens(static_cast<const float*>(qkv), layout, cosine, sine, rotated,
            static_cast<float*>(queries), static_cast<float*>(keys), static_cast<float*>(values), begin, end);
    else
        rotateTokens(static_cast<const uint16_t*>(qkv), layout, cosine, sine, rotated,
            static_cast<uint16_t*>(queries), static_cast<uint16_t*>(keys), static_cast<uint16_t*>(values),
            begin, end);
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

// The queries of one key head (`group` of them) over the slots first .. last.
template <typename T>
void attendGroup(const T* queries, int64_t group, const T* keys, const T* values, int64_t headDim,
    int64_t slots, const ScoreShape& shape, std::vector<float>& scratch, T* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const int64_t whole = headDim - headDim % lanes;
    scratch.resize(static_cast<size_t>(group * slots + group * headDim + group * headDim));
    float* scores = scratch.data();
    float* sums = scores + group * slots;
    float* q = sums + group * headDim;
    for (int64_t i = 0; i < group * headDim; ++i)
        q[i] = getf(queries + i) * shape.scale;

    for (int64_t j = 0; j < slots; ++j) {
        const T* key = keys + j * headDim;
        for (int64_t g = 0; g < group; ++g) {
            V sum = hn::Zero(d);
            int64_t i = 0;
            for (; i < whole; i += lanes)
                sum = hn::MulAdd(hn::LoadU(d, q + g * headDim + i), loadf(d, key + i), sum);
            float score = hn::GetLane(hn::SumOfLanes(d, sum));
            for (; i < headDim; ++i)
                score += q[g * headDim + i] * getf(key + i);
            scores[g * slots + j] = score;
        }
    }

    if (shape.softCap > 0)
        capScores(scores, shape.softCap, group * slots);
    for (int64_t g = 0; g < group; ++g) {
        float* s = scores + g * slots;
        V vmax = hn::Set(d, s[0]);
        int64_t j = 0;
        for (; j + lanes <= slots; j += lanes)
            vmax = hn::Max(vmax, hn::LoadU(d, s + j));
        float most = hn::GetLane(hn::MaxOfLanes(d, vmax));
        for (; j < slots; ++j)
            most = std::max(most, s[j]);
        V vsum = hn::Zero(d);
        for (j = 0; j + lanes <= slots; j += lanes) {
            const V e = hn::Exp(d, hn::Sub(hn::LoadU(d, s + j), hn::Set(d, most)));
            hn::StoreU(e, d, s + j);
            vsum = hn::Add(vsum, e);
        }
        float sum = hn::GetLane(hn::SumOfLanes(d, vsum));
        for (; j < slots; ++j)
            sum += s[j] = std::exp(s[j] - most);
        const float inverse = 1.0f / sum;
        for (j = 0; j < slots; ++j)
            s[j] *= inverse;
    }

    std::fill(sums, sums + group * headDim, 0.0f);
    for (int64_t j = 0; j < slots; ++j) {
        const T* value = values + j * headDim;
        for (int64_t g = 0; g < group; ++g) {
            const float weight = scores[g * slots + j];
            const V w = hn::Set(d, weight);
            float* o = sums + g * headDim;
            int64_t i = 0;
            for (; i < whole; i += lanes)
                hn::StoreU(hn::MulAdd(w, loadf(d, value + i), hn::LoadU(d, o + i)), d, o + i);
            for (; i < headDim; ++i)
                o[i] += weight * getf(value + i);
        }
    }
    for (int64_t i = 0; i < group * headDim; ++i)
        putf(sums[i], out + i);
}

template <typename T>
void attendRange(const T* queries, const T* keys, const T* values, const HeadLayout& l, int64_t window,
    const ScoreShape& shape, T* out, int64_t begin, int64_t end)
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

void Attend(const void* queries, const void* keys, const void* values, Float type, const HeadLayout& layout,
    int64_t window, const ScoreShape& shape, void* out, int64_t begin, int64_t end)
{
    if (type == Float::F32)
        attendRange(static_cast<const float*>(queries), static_cast<const float*>(keys),
            static_cast<const float*>(values), layout, window, shape, static_cast<float*>(out), begin, end);
    else
        attendRange(static_cast<const uint16_t*>(queries), static_cast<const uint16_t*>(keys),
            static_cast<const uint16_t*>(values), layout, window, shape, static_cast<uint16_t*>(out), begin,
            end);
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
    V vmost = hn::Set(d, s[0]);
    for (i = 0; i + lanes <= count; i += lanes)
        vmost = hn::Max(vmost, hn::LoadU(d, s + i));
    float most = hn::GetLane(hn::MaxOfLanes(d, vmost));
    for (; i < count; ++i)
        most = std::max(most, s[i]);
    V vsum = hn::Zero(d);
    const V shift = hn::Set(d, most);
    for (i = 0; i + lanes <= count; i += lanes) {
        const V e = hn::Exp(d, hn::Sub(hn::LoadU(d, s + i), shift));
        hn::StoreU(e, d, s + i);
        vsum = hn::Add(vsum, e);
    }
    float sum = hn::GetLane(hn::SumOfLanes(d, vsum));
    for (; i < count; ++i)
        sum += s[i] = std::exp(s[i] - most);
    const V inverse = hn::Set(d, 1.0f / sum);
    for (i = 0; i + lanes <= count; i += lanes)
        storef(d, hn::Mul(hn::LoadU(d, s + i), inverse), x + begin + i);
    for (; i < count; ++i)
        putf(s[i] / sum, x + begin + i);
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

HWY_EXPORT(Normalise);
HWY_EXPORT(NormaliseGroups);
HWY_EXPORT(AddTo);
HWY_EXPORT(RotateAndStore);
HWY_EXPORT(Attend);
HWY_EXPORT(CausalSoftmax);

void normalise(const float* x, const Norm& norm, int64_t rows, int64_t width, void* y, Float type)
{
    parallelFor(rows, grainFor(width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(Normalise)(x, norm, begin, end, width, y, type);
    });
}

void normaliseGroups(
    void* x, Float type, const Norm& norm, int64_t rows, int64_t stride, int64_t groups, int64_t width)
{
    parallelFor(rows, grainFor(groups * width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(NormaliseGroups)(x, type, norm, begin, end, stride, groups, width);
    });
}

void addTo(float* h, const void* y, Float type, int64_t count)
{
    parallelFor(count, worthwhile, [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(AddTo)(h, y, type, begin, end);
    });
}

void rotateAndStore(const void* qkv, Float type, const HeadLayout& layout, const float* cosine,
    const float* sine, int64_t rotated, void* queries, void* keys, void* values)
{
    const int64_t width = (layout.heads + 2 * layout.kvHeads) * layout.headDim;
    parallelFor(layout.tokens, grainFor(2 * width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(RotateAndStore)
        (qkv, type, layout, cosine, sine, rotated, queries, keys, values, begin, end);
    });
}

void attend(const void* queries, const void* keys, const void* values, Float type, const HeadLayout& layout,
    int64_t window, const ScoreShape& shape, void* out)
{
    int64_t slots = 0;
    for (int64_t t = 0; t < layout.tokens; ++t)
        slots += layout.position[t] + 1;
    const int64_t each = slots / std::max<int64_t>(1, layout.tokens) * 2 * layout.headDim;
    parallelFor(layout.tokens * layout.kvHeads, grainFor(each), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(Attend)(queries, keys, values, type, layout, window, shape, out, begin, end);
    });
}

void causalSoftmax(void* scores, Float type, int64_t batch, int64_t queries, int64_t slots,
    int64_t firstVisible, int64_t window, const ScoreShape& shape)
{
    HWY_DYNAMIC_DISPATCH(CausalSoftmax)(scores, type, batch, queries, slots, firstVisible, window, shape);
}

}
#endif
