#include "core/kernels/packed/packed_paths_internal.h"

#include "core/io/blocks.h"

#include <algorithm>
#include <vector>

namespace tiller::kernels {

// The definition of the product, for any processor: each row of weights expanded once, then multiplied.
void multiplyPanelsPortable(const PackedTask& t, int64_t begin, int64_t end)
{
    std::vector<float> w(static_cast<size_t>(t.w.inputs()));
    const int64_t last = std::min(end * panelRows, t.w.outputs());
    for (int64_t o = begin * panelRows; o < last; ++o) {
        t.w.expandRow(o, w.data());
        for (int64_t r = 0; r < t.x.rows(); ++r) {
            float sum = t.bias ? t.bias[o] : 0.0f;
            for (int64_t c = 0; c < t.x.chunks(); ++c) {
                constexpr int64_t lanes = 8;
                const int8_t* x = t.x.values(r, c);
                const float* chunkWeights = w.data() + c * chunkInputs;
                float sums[lanes] = {};
                for (int64_t i = 0; i < chunkInputs; i += lanes)
                    for (int64_t k = 0; k < lanes; ++k)
                        sums[k] += chunkWeights[i + k] * static_cast<float>(x[i + k]);
                float chunk = 0;
                for (const float part : sums)
                    chunk += part;
                sum += chunk * t.x.factors(r, c).scale;
            }
            t.y[r * t.yStride + o] = sum;
        }
    }
}

}
