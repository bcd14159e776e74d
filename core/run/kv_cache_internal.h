#pragma once

#include "core/model/decoder_internal.h"
#include "core/model/model.h"

#include <vector>

namespace tiller {

/// Keys and values of the rows of one run.
class KvCache {
public:
    KvCache(const Model& model, int64_t rows);

    /// Makes room for positions up to `length` in every row; grows in steps, what is there stays.
    void reserve(int64_t length);
    /// A cache whose row i is a copy of this one's row `rows[i]`: for prefixes that several rows share, and
    /// to drop rows that have finished.
    KvCache select(const std::vector<int64_t>& rows) const;

    KeyValues& entries() { return m_entries; }
    const std::vector<int64_t>& lengths() const { return m_entries.lengths; }

private:
    KvCache() = default;
    KeyValues m_entries;
};

}
