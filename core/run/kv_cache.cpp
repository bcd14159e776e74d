#include "core/run/kv_cache_internal.h"

#include <algorithm>

namespace tiller {

KvCache::KvCache(const Model& model, int64_t rows)
{
    const ModelConfig& c = model.config();
    const auto options = at::TensorOptions(model.weights().cacheType).device(model.weights().device);
    for (int layer = 0; layer < c.layers; ++layer) {
        m_entries.keys.push_back(at::zeros({rows, c.kvHeads, 0, c.headDim}, options));
        m_entries.values.push_back(m_entries.keys.back());
    }
    m_entries.lengths.assign(static_cast<size_t>(rows), 0);
}

void KvCache::reserve(int64_t length)
{
    if (length <= m_entries.capacity)
        return;
    constexpr int64_t step = 64;
    const int64_t capacity = std::max((length + step - 1) / step * step, m_entries.capacity * 3 / 2);
    const int64_t used = *std::max_element(m_entries.lengths.begin(), m_entries.lengths.end());
    for (auto* tensors : {&m_entries.keys, &m_entries.values}) {
        for (at::Tensor& t : *tensors) {
            // Zeros, because a slot that no row has filled is still multiplied by a weight of zero.
            at::Tensor grown = at::zeros({t.size(0), t.size(1), capacity, t.size(3)}, t.options());
            if (used > 0)
                grown.narrow(2, 0, used).copy_(t.narrow(2, 0, used));
            t = grown;
        }
    }
    m_entries.capacity = capacity;
}

KvCache KvCache::select(const std::vector<int64_t>& rows) const
{
    KvCache chosen;
    const at::Tensor index = at::tensor(rows, at::kLong).to(m_entries.keys[0].device());
    for (size_t i = 0; i < m_entries.keys.size(); ++i) {
        chosen.m_entries.keys.push_back(m_entries.keys[i].index_select(0, index));
        chosen.m_entries.values.push_back(m_entries.values[i].index_select(0, index));
    }
    for (const int64_t row : rows)
        chosen.m_entries.lengths.push_back(m_entries.lengths[static_cast<size_t>(row)]);
    chosen.m_entries.capacity = m_entries.capacity;
    return chosen;
}

}
