#include "core/steer/activation_cache.h"

#include <algorithm>

namespace tiller {

ActivationCache::ActivationCache(size_t budget)
    : m_budget(budget)
{
}

bool ActivationCache::find(const PooledSequence& sequence, const std::vector<int>& layers, float* target)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_entries.find({sequence.ids, sequence.positions});
    if (found == m_entries.end())
        return false;
    Entry& entry = found->second;
    if (!std::ranges::includes(entry.layers, layers))
        return false;
    entry.lastUse = ++m_uses;
    const size_t hidden = entry.values.size() / entry.layers.size();
    for (const int layer : layers) {
        const auto at
            = static_cast<size_t>(std::ranges::lower_bound(entry.layers, layer) - entry.layers.begin());
        target = std::copy_n(entry.values.data() + at * hidden, hidden, target);
    }
    return true;
}

void ActivationCache::store(
    const PooledSequence& sequence, const std::vector<int>& layers, const float* values, int64_t hidden)
{
    const std::lock_guard lock(m_mutex);
    Entry& entry = m_entries[{sequence.ids, sequence.positions}];
    m_bytes -= entry.values.size() * sizeof(float);
    entry = {layers, {values, values + layers.size() * static_cast<size_t>(hidden)}, ++m_uses};
    m_bytes += entry.values.size() * sizeof(float);
    while (m_bytes > m_budget && m_entries.size() > 1) {
        const auto oldest
            = std::ranges::min_element(m_entries, {}, [](const auto& item) { return item.second.lastUse; });
        m_bytes -= oldest->second.values.size() * sizeof(float);
        m_entries.erase(oldest);
    }
}

void ActivationCache::clear()
{
    const std::lock_guard lock(m_mutex);
    m_entries.clear();
    m_bytes = 0;
}

}
