#include "core/kernels/rows.h"

#include "core/base/threads.h"

#include <algorithm>
#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

HWY_INLINE V loadf(D d, const float* p)
{
    return hn::LoadU(d, p);
}

HWY_INLINE V loadf(D d, const uint16_t* p)
{
    const hn::Rebind<uint16_t, D> d16;
    const hn::RebindToUnsigned<D> d32;
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, hn::LoadU(d16, p))));
}

HWY_INLINE void storef(D d, V v, float* p)
{
    hn::StoreU(v, d, p);
}

HWY_INLINE void storef(D, V v, uint16_t* p)
{
    const hn::Rebind<uint16_t, D> d16;
    const hn::RebindToUnsigned<D> d32;
    const auto bits = hn::BitCast(d32, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7FFFu))));
    hn::StoreU(hn::TruncateTo(d16, rounded), d16, p);
}

inline float getf(const float* p)
{
    return *p;
}

inline float getf(const uint16_t* p)
{
    const uint32_t bits = static_cast<uint32_t>(*p) << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

inline void putf(float v, float* p)
{
    *p = v;
}

inline void putf(float v, uint16_t* p)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &v, sizeof bits);
    *p = static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

template <typename T>
void rmsNormRows(
    const float* x, const float* weight, float epsilon, int64_t begin, int64_t end, int64_t width, T* y)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t r = begin; r < end; ++r) {
        const float* in = x + r * width;
        T* out = y + r * width;
        V sum0 = hn::Zero(d);
        V sum1 = hn::Zero(d);
        int64_t i = 0;
        for (; i + 2 * lanes <= width; i += 2 * lanes) {
            const V a = hn::LoadU(d, in + i);
            const V b = hn::LoadU(d, in + i + lanes);
            sum0 = hn::MulAdd(a, a, sum0);
            sum1 = hn::MulAdd(b, b, sum1);
        }
        float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
        for (; i < width; ++i)
            sum += in[i] * in[i];
        const float scale = 1.0f / std::sqrt(sum / static_cast<float>(width) + epsilon);
        const V vscale = hn::Set(d, scale);
        for (i = 0; i + lanes <= width; i += lanes)
            storef(d, hn::Mul(hn::Mul(hn::LoadU(d, in + i), vscale), hn::LoadU(d, weight + i)), out + i);
        for (; i < width; ++i)
            putf(in[i] * scale * weight[i], out + i);
    }
}

void RmsNorm(const float* x, const float* weight, float epsilon, int64_t begin, int64_t end, int64_t width,
    void* y, Float type)
{
    if (type == Float::F32)
        rmsNormRows(x, weight, epsilon, begin, end, width, static_cast<float*>(y));
    else
        rmsNormRows(x, weight, epsilon, begin, end, width, static_cast<uint16_t*>(y));
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
void gatedSiluRows(const T* gateUp, int64_t begin, int64_t end, int64_t width, T* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V one = hn::Set(d, 1.0f);
    for (int64_t r = begin; r < end; ++r) {
        const T* gate = gateUp + r * 2 * width;
        const T* up = gate + width;
        T* o = out + r * width;
        int64_t i = 0;
        for (; i + lanes <= width; i += lanes) {
            const V g = loadf(d, gate + i);
            const V silu = hn::Div(g, hn::Add(one, hn::Exp(d, hn::Neg(g))));
            storef(d, hn::Mul(silu, loadf(d, up + i)), o + i);
        }
        for (; i < width; ++i) {
            const float g = getf(gate + i);
            putf(g / (1.0f + std::exp(-g)) * getf(up + i), o + i);
        }
    }
}

void GatedSilu(const void* gateUp, Float type, int64_t begin, int64_t end, int64_t width, void* out)
{
    if (type == Float::F32)
        gatedSiluRows(static_cast<const float*>(gateUp), begin, end, width, static_cast<float*>(out));
    else
        gatedSiluRows(static_cast<const uint16_t*>(gateUp), begin, end, width, static_cast<uint16_t*>(out));
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

// The queries of one key head (`group` of them) over the slots first .. last.
template <typename T>
void attendGroup(const T* queries, int64_t group, const T* keys, const T* values, int64_t headDim,
    int64_t slots, float scale, std::vector<float>& scratch, T* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const int64_t whole = headDim - headDim % lanes;
    scratch.resize(static_cast<size_t>(group * slots + group * headDim + group * headDim));
    float* scores = scratch.data();
    float* sums = scores + group * slots;
    float* q = sums + group * headDim;
    for (int64_t i = 0; i < group * headDim; ++i)
        q[i] = getf(queries + i) * scale;

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
    float scale, T* out, int64_t begin, int64_t end)
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
        attendGroup(queries + head, group, keys + offset, values + offset, l.headDim, last - first + 1, scale,
            scratch, out + head);
    }
}

void Attend(const void* queries, const void* keys, const void* values, Float type, const HeadLayout& layout,
    int64_t window, float scale, void* out, int64_t begin, int64_t end)
{
    if (type == Float::F32)
        attendRange(static_cast<const float*>(queries), static_cast<const float*>(keys),
            static_cast<const float*>(values), layout, window, scale, static_cast<float*>(out), begin, end);
    else
        attendRange(static_cast<const uint16_t*>(queries), static_cast<const uint16_t*>(keys),
            static_cast<const uint16_t*>(values), layout, window, scale, static_cast<uint16_t*>(out), begin,
            end);
}

template <typename T>
void softmaxRow(T* x, int64_t begin, int64_t end, int64_t slots, float scale, std::vector<float>& scratch)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    scratch.resize(static_cast<size_t>(end - begin));
    float* s = scratch.data();
    const int64_t count = end - begin;
    const V vscale = hn::Set(d, scale);
    V vmost = hn::Set(d, getf(x + begin) * scale);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const V v = hn::Mul(loadf(d, x + begin + i), vscale);
        hn::StoreU(v, d, s + i);
        vmost = hn::Max(vmost, v);
    }
    float most = hn::GetLane(hn::MaxOfLanes(d, vmost));
    for (; i < count; ++i)
        most = std::max(most, s[i] = getf(x + begin + i) * scale);
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
    int64_t window, float scale)
{
    static thread_local std::vector<float> scratch;
    for (int64_t b = 0; b < batch; ++b) {
        for (int64_t q = 0; q < queries; ++q) {
            const int64_t end = firstVisible + q + 1;
            const int64_t begin = window > 0 ? std::max<int64_t>(0, end - window) : 0;
            softmaxRow(scores + (b * queries + q) * slots, begin, end, slots, scale, scratch);
        }
    }
}

void CausalSoftmax(void* scores, Float type, int64_t batch, int64_t queries, int64_t slots,
    int64_t firstVisible, int64_t window, float scale)
{
    if (type == Float::F32)
        causalSoftmaxRows(static_cast<float*>(scores), batch, queries, slots, firstVisible, window, scale);
    else
        causalSoftmaxRows(static_cast<uint16_t*>(scores), batch, queries, slots, firstVisible, window, scale);
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(RmsNorm);
HWY_EXPORT(AddTo);
HWY_EXPORT(GatedSilu);
HWY_EXPORT(RotateAndStore);
HWY_EXPORT(Attend);
HWY_EXPORT(CausalSoftmax);

namespace {

// Below this many touched elements a second thread costs more than it brings.
constexpr int64_t worthwhile = 32 * 1024;

int64_t grainFor(int64_t elementsEach)
{
    return std::max<int64_t>(1, worthwhile / std::max<int64_t>(1, elementsEach));
}

}

void rmsNorm(
    const float* x, const float* weight, float epsilon, int64_t rows, int64_t width, void* y, Float type)
{
    parallelFor(rows, grainFor(width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(RmsNorm)(x, weight, epsilon, begin, end, width, y, type);
    });
}

void addTo(float* h, const void* y, Float type, int64_t count)
{
    parallelFor(count, worthwhile, [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(AddTo)(h, y, type, begin, end);
    });
}

void gatedSilu(const void* gateUp, Float type, int64_t rows, int64_t width, void* out)
{
    parallelFor(rows, grainFor(4 * width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(GatedSilu)(gateUp, type, begin, end, width, out);
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
    int64_t window, float scale, void* out)
{
    int64_t slots = 0;
    for (int64_t t = 0; t < layout.tokens; ++t)
        slots += layout.position[t] + 1;
    const int64_t each = slots / std::max<int64_t>(1, layout.tokens) * 2 * layout.headDim;
    parallelFor(layout.tokens * layout.kvHeads, grainFor(each), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(Attend)(queries, keys, values, type, layout, window, scale, out, begin, end);
    });
}

void causalSoftmax(void* scores, Float type, int64_t batch, int64_t queries, int64_t slots,
    int64_t firstVisible, int64_t window, float scale)
{
    HWY_DYNAMIC_DISPATCH(CausalSoftmax)(scores, type, batch, queries, slots, firstVisible, window, scale);
}

}
#endif
