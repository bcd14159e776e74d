#include "core/kernels/distributions.h"

#include "core/base/threads.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/distributions.cpp"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Sums over a vocabulary are taken in stretches of float32 that are added in double.
constexpr int64_t stretch = 1024;

void LogSoftmaxRow(float* x, int64_t width)
{
    const hn::ScalableTag<float> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    auto vmost = hn::Set(d, x[0]);
    int64_t i = 0;
    for (; i + lanes <= width; i += lanes)
        vmost = hn::Max(vmost, hn::LoadU(d, x + i));
    float most = hn::GetLane(hn::MaxOfLanes(d, vmost));
    for (; i < width; ++i)
        most = std::max(most, x[i]);
    double sum = 0;
    const auto shift = hn::Set(d, most);
    for (int64_t begin = 0; begin < width; begin += stretch) {
        const int64_t end = std::min(width, begin + stretch);
        auto part = hn::Zero(d);
        for (i = begin; i + lanes <= end; i += lanes)
            part = hn::Add(part, hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), shift)));
        sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, part)));
        for (; i < end; ++i)
            sum += std::exp(static_cast<double>(x[i] - most));
    }
    const float total = static_cast<float>(static_cast<double>(most) + std::log(sum));
    const auto vtotal = hn::Set(d, total);
    for (i = 0; i + lanes <= width; i += lanes)
        hn::StoreU(hn::Sub(hn::LoadU(d, x + i), vtotal), d, x + i);
    for (; i < width; ++i)
        x[i] -= total;
}

double KlRow(const float* p, const float* q, int64_t width)
{
    const hn::ScalableTag<float> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    double sum = 0;
    for (int64_t begin = 0; begin < width; begin += stretch) {
        const int64_t end = std::min(width, begin + stretch);
        auto part = hn::Zero(d);
        int64_t i = begin;
        for (; i + lanes <= end; i += lanes) {
            const auto a = hn::LoadU(d, p + i);
            part = hn::MulAdd(hn::Exp(d, a), hn::Sub(a, hn::LoadU(d, q + i)), part);
        }
        sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, part)));
        for (; i < end; ++i)
            sum += std::exp(static_cast<double>(p[i])) * static_cast<double>(p[i] - q[i]);
    }
    return sum;
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(LogSoftmaxRow);
HWY_EXPORT(KlRow);

void logSoftmax(float* logits, int64_t rows, int64_t width)
{
    parallelFor(rows, 1, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
            HWY_DYNAMIC_DISPATCH(LogSoftmaxRow)(logits + r * width, width);
    });
}

void klDivergence(const float* logp, const float* logq, int64_t rows, int64_t qRows, int64_t width, double* out)
{
    parallelFor(rows, 1, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
            out[r] = HWY_DYNAMIC_DISPATCH(KlRow)(logp + r * width, logq + (qRows == 1 ? 0 : r * width), width);
    });
}

}
#endif
