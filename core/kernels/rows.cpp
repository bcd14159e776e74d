#include "core/kernels/rows.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/rows.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

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

float Dot(const float* a, const float* b, int64_t width)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    V sum0 = hn::Zero(d);
    V sum1 = hn::Zero(d);
    int64_t i = 0;
    for (; i + 2 * lanes <= width; i += 2 * lanes) {
        sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
        sum1 = hn::MulAdd(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), sum1);
    }
    float sum = addUp(d, hn::Add(sum0, sum1));
    for (; i < width; ++i)
        sum += a[i] * b[i];
    return sum;
}

void AddScaled(float* y, float factor, const float* x, int64_t width)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V f = hn::Set(d, factor);
    int64_t i = 0;
    for (; i + lanes <= width; i += lanes)
        hn::StoreU(hn::MulAdd(f, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
    for (; i < width; ++i)
        y[i] += factor * x[i];
}

void Scale(float* y, float factor, int64_t width)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V f = hn::Set(d, factor);
    int64_t i = 0;
    for (; i + lanes <= width; i += lanes)
        hn::StoreU(hn::Mul(f, hn::LoadU(d, y + i)), d, y + i);
    for (; i < width; ++i)
        y[i] *= factor;
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(Normalise);
HWY_EXPORT(NormaliseGroups);
HWY_EXPORT(AddTo);
HWY_EXPORT(Dot);
HWY_EXPORT(AddScaled);
HWY_EXPORT(Scale);

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

float dot(const float* a, const float* b, int64_t width)
{
    return HWY_DYNAMIC_DISPATCH(Dot)(a, b, width);
}

void addScaled(float* y, float factor, const float* x, int64_t width)
{
    HWY_DYNAMIC_DISPATCH(AddScaled)(y, factor, x, width);
}

void scale(float* y, float factor, int64_t width)
{
    HWY_DYNAMIC_DISPATCH(Scale)(y, factor, width);
}

}
#endif
