#include "core/kernels/distributions.h"

#include "core/base/threads.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/distributions.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

// Sums over a vocabulary are taken in stretches of float32 that are added in double.
constexpr int64_t stretch = 1024;

float largest(const float* x, int64_t count)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    // Several at a time: each waits for its own last comparison alone.
    V most[4];
    for (V& m : most)
        m = hn::Set(d, x[0]);
    int64_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes)
        for (int64_t k = 0; k < 4; ++k)
            most[k] = hn::Max(most[k], hn::LoadU(d, x + i + k * lanes));
    float result
        = hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(most[0], most[1]), hn::Max(most[2], most[3]))));
    for (; i < count; ++i)
        result = std::max(result, x[i]);
    return result;
}

int64_t IndexOfLargest(const float* x, int64_t count)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const float most = largest(x, count);
    const V wanted = hn::Set(d, most);
    int64_t i = 0;
    while (i + lanes <= count && hn::AllFalse(d, hn::Eq(hn::LoadU(d, x + i), wanted)))
        i += lanes;
    while (i + 1 < count && x[i] != most)
        ++i;
    return i;
}

void Weigh(const float* logits, int64_t count, float temperature, float* weights)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const float most = largest(logits, count);
    const V shift = hn::Set(d, most);
    const V scale = hn::Set(d, 1.0f / temperature);
    // Below this exponential() would give its least value.
    const V least = hn::Set(d, -87.0f);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const V x = hn::Mul(hn::Sub(hn::LoadU(d, logits + i), shift), scale);
        hn::StoreU(hn::IfThenElseZero(hn::Gt(x, least), exponential(d, x)), d, weights + i);
    }
    for (; i < count; ++i) {
        const float x = (logits[i] - most) / temperature;
        weights[i] = x > -87.0f ? std::exp(x) : 0.0f;
    }
}

float LogSumExpRow(const float* x, int64_t width)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const float most = largest(x, width);
    double sum = 0;
    const auto shift = hn::Set(d, most);
    int64_t i = 0;
    for (int64_t begin = 0; begin < width; begin += stretch) {
        const int64_t end = std::min(width, begin + stretch);
        auto part = hn::Zero(d);
        for (i = begin; i + lanes <= end; i += lanes)
            part = hn::Add(part, exponential(d, hn::Sub(hn::LoadU(d, x + i), shift)));
        sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, part)));
        for (; i < end; ++i)
            sum += std::exp(static_cast<double>(x[i] - most));
    }
    return static_cast<float>(static_cast<double>(most) + std::log(sum));
}

double KlRow(const float* p, float pSum, const float* q, float qSum, int64_t width)
{
    const D d;
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
            part = hn::MulAdd(exponential(d, logp), hn::Sub(logp, logq), part);
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
HWY_EXPORT(IndexOfLargest);
HWY_EXPORT(Weigh);

int64_t indexOfLargest(const float* x, int64_t count)
{
    return HWY_DYNAMIC_DISPATCH(IndexOfLargest)(x, count);
}

void weigh(const float* logits, int64_t count, float temperature, float* weights)
{
    HWY_DYNAMIC_DISPATCH(Weigh)(logits, count, temperature, weights);
}

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
