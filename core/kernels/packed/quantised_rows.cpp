#include "core/kernels/packed/quantised_rows.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/packed/quantised_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// One row; its chunks lie `stride` chunks apart.
void QuantiseRow(
    const float* x, int64_t chunks, int64_t stride, int8_t* values, QuantisedRows::Factors* factors)
{
    const hn::CappedTag<float, 16> d;
    const hn::RebindToSigned<decltype(d)> d32;
    const hn::Rebind<int16_t, decltype(d)> d16;
    const hn::Rebind<int8_t, decltype(d)> d8;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t c = 0; c < chunks; ++c) {
        const float* in = x + c * 32;
        auto most = hn::Zero(d);
        for (int64_t i = 0; i < 32; i += lanes)
            most = hn::Max(most, hn::Abs(hn::LoadU(d, in + i)));
        const float scale = hn::GetLane(hn::MaxOfLanes(d, most)) * (1.0f / 127.0f);
        const auto inverse = hn::Set(d, scale > 0 ? 1.0f / scale : 0.0f);
        int32_t sums[2];
        for (int64_t half = 0; half < 2; ++half) {
            auto sum = hn::Zero(d32);
            for (int64_t i = 16 * half; i < 16 * half + 16; i += lanes) {
                const auto q = hn::NearestInt(hn::Mul(hn::LoadU(d, in + i), inverse));
                sum = hn::Add(sum, q);
                hn::StoreU(hn::DemoteTo(d8, hn::DemoteTo(d16, q)), d8, values + c * stride * 32 + i);
            }
            sums[half] = hn::GetLane(hn::SumOfLanes(d32, sum));
        }
        factors[c * stride] = {scale, scale * static_cast<float>(sums[0] + sums[1]), -sums[0], -sums[1]};
    }
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(QuantiseRow);

void QuantisedRows::set(const float* x, int64_t rows, int64_t inputs)
{
    m_rows = rows;
    m_inputs = inputs;
    // Tiles of about the same size: a small last one would read all weights for little.
    const int64_t tileCount = (rows + mostTileRows - 1) / mostTileRows;
    m_tileRows = tileCount > 0 ? (rows + tileCount - 1) / tileCount : 1;
    // Never smaller: what grows again would be cleared again.
    if (const auto needed = static_cast<size_t>(rows * inputs); m_values.size() < needed) {
        m_values.resize(needed);
        m_factors.resize(needed / 32);
    }
    parallelFor(rows, grainFor(inputs), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            const int64_t tile = r / m_tileRows;
            const int64_t inTile = r % m_tileRows;
            HWY_DYNAMIC_DISPATCH(QuantiseRow)
            (x + r * inputs, chunks(), rowsOf(tile), m_values.data() + firstRow(tile) * inputs + inTile * 32,
                m_factors.data() + firstRow(tile) * chunks() + inTile);
        }
    });
}

}
#endif
