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

float LogSumExpRow(const float* x, int64_t width)
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
    return static_cast<float>(static_cast<double>(most) + std::log(sum));
}

double KlRow(const float* p, float pSum, const float* q, float qSum, int64_t width)
{
    const hn::ScalableTag<float> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto pShift = hn::Set(d, pSum);
    const auto qShift = hn::Set(d, qSum);
    double sum = 0;
    for (int64_t begin = 0; begin < width; begin += stretch) {
        const int64_t end = std::min(width, begin + stretch);
        auto part = hn::Zero(d);
        int64_t i = begin;
        for (; i + lanes <= end; i += lanes) {
            const auto logp = hn::Sub(hn::LoadU(d, p + i), pShift);
            const auto logq = hn::Sub(hn::LoadU(d, q + i), qShift);
            part = hn::MulAdd(hn::Exp(d, logp), hn::Sub(logp, logq), part);
        }
        sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, part)));
        for (; i < end; ++i) {
            const float logp = p[i] - pSum;
            sum += std::exp(static_cast<double>(logp)) * static_cast<double>(logp - (q[i] - qSum));
        }
    }
    return sum;
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(LogSumExpRow);
HWY_EXPORT(KlRow);

void logSumExp(const float* logits, int64_t rows, int64_t width, float* out)
{
    parallelFor(rows, 1, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
            out[r] = HWY_DYNAMIC_DISPATCH(LogSumExpRow)(logits + r * width, width);
    });
}

void klDivergence(const Distributions& p, const Distributions& q, int64_t width, double* out)
{
    parallelFor(p.rows, 1, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            const int64_t other = q.rows == 1 ? 0 : r;
            out[r] = HWY_DYNAMIC_DISPATCH(KlRow)(
                p.logits + r * width, p.logSums[r], q.logits + other * width, q.logSums[other], width);
        }
    });
}

}
#endif
