#pragma once

#include "core/model/decoder_internal.h"
#include "core/model/model.h"

#include <memory>
#include <span>
#include <vector>

namespace tiller {

/// Keys and values of the rows of one run, in pages of a common pool. A prefix that rows share is stored
/// once: they use the same pages, and a page that several use is copied when one of them goes on in it.
class KvCache {
public:
    /// `rows` empty rows, and room for `positions` in all of them together; the pool grows beyond it.
    KvCache(const Model& model, int64_t rows, int64_t positions = 0);
    ~KvCache();
    KvCache(KvCache&& other) noexcept;
    KvCache& operator=(KvCache&& other) noexcept;

    /// Lengthens row r by counts[r] positions, which the next pass fills.
    void extend(std::span<const int64_t> counts);
    /// Rows that continue parents[i] of this cache: with its keys and values in the first `sharedLayers`
    /// layers, and room for as many positions, not filled, in the others.
    KvCache fork(std::span<const int64_t> parents, int sharedLayers) const;
    /// The same with all layers shared: for common prefixes, and to drop rows that have finished.
    KvCache fork(std::span<const int64_t> parents) const;

    const std::vector<int64_t>& lengths() const { return m_lengths; }
    std::vector<LayerPages>& layers() { return m_layers; }

private:
    class Pool;

    explicit KvCache(std::shared_ptr<Pool> pool);
    void release();
    void refer();

    std::shared_ptr<Pool> m_pool;
    std::vector<LayerPages> m_layers; ///< tensors are the pool's
    std::vector<int64_t> m_lengths;
};

}
