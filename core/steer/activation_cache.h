#pragma once

#include "core/run/pooled_activations.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace tiller {

/// Pooled activations of texts that one model has read, by tokens and read positions: what was rendered and
/// read the same way is not computed again. The texts used longest ago go first when `budget` bytes are
/// exceeded. Any thread.
class ActivationCache {
public:
    explicit ActivationCache(size_t budget = size_t(256) << 20);

    /// Copies [layers, hidden] to `target`; false when not all of these layers are known.
    bool find(const PooledSequence& sequence, const std::vector<int>& layers, float* target);
    /// `values` [layers, hidden]
    void store(
        const PooledSequence& sequence, const std::vector<int>& layers, const float* values, int64_t hidden);

    void clear();

private:
    struct Entry {
        std::vector<int> layers;
        std::vector<float> values;
        uint64_t lastUse = 0;
    };
    using Key = std::pair<std::vector<TokenId>, std::vector<int>>;

    size_t m_budget;
    std::mutex m_mutex;
    std::map<Key, Entry> m_entries;
    size_t m_bytes = 0;
    uint64_t m_uses = 0;
};

}
