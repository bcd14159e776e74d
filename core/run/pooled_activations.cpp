#include "core/run/pooled_activations.h"

#include "core/base/error.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/decoder_internal.h"
#include "core/run/kv_cache_internal.h"

#include <algorithm>
#include <numeric>

namespace tiller {

namespace {

using Ids = std::vector<TokenId>;

size_t commonPrefix(const Ids& a, const Ids& b)
{
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

// Neighbours that share more than the whole set does (the two sides of a pair share their prompt).
struct Group {
    size_t first = 0;
    size_t last = 0; ///< one past
    size_t prefix = 0;
};

// Copying a cache has a price: shorter prefixes are computed again.
constexpr size_t worthSharing = 8;

size_t prefixOfAll(std::span<const PooledSequence> sequences)
{
    size_t prefix = sequences[0].ids.size() - 1;
    for (const PooledSequence& s : sequences)
        prefix = std::min({prefix, commonPrefix(sequences[0].ids, s.ids), s.ids.size() - 1});
    return sequences.size() > 1 && prefix >= worthSharing ? prefix : 0;
}

std::vector<Group> groupNeighbours(std::span<const PooledSequence> sequences, size_t base)
{
    std::vector<Group> groups;
    for (size_t i = 0; i < sequences.size(); ++i) {
        if (!groups.empty()) {
            Group& g = groups.back();
            const size_t shared = std::min({g.prefix, commonPrefix(sequences[g.first].ids, sequences[i].ids),
                sequences[i].ids.size() - 1});
            const bool alone = g.last - g.first == 1;
            if (shared >= base + worthSharing && (alone || shared == g.prefix)) {
                g.prefix = shared;
                g.last = i + 1;
                continue;
            }
        }
        groups.push_back({i, i + 1, sequences[i].ids.size() - 1});
    }
    for (Group& g : groups)
        if (g.last - g.first == 1)
            g.prefix = base;
    return groups;
}

class Collector {
public:
    Collector(const Model& model, std::span<const PooledSequence> sequences, const std::vector<int>& layers,
        const Job& job)
        : m_model(model)
        , m_decoder(model)
        , m_sequences(sequences)
        , m_layers(layers)
        , m_job(job)
        , m_hidden(model.config().hidden)
        , m_result(sequences.size() * layers.size() * static_cast<size_t>(m_hidden), 0.0f)
    {
    }

    std::vector<float> collect()
    {
        std::vector<size_t> all(m_sequences.size());
        std::iota(all.begin(), all.end(), size_t(0));
        for (const PooledSequence& s : m_sequences)
            m_total += static_cast<int64_t>(s.ids.size());

        const size_t base = prefixOfAll(m_sequences);
        KvCache root(m_model, 1, static_cast<int64_t>(base + 2 * batchTokens));
        if (base > 0)
            pass(root, {slice(0, 0, base)}, {all});
        std::vector<Group> groups = groupNeighbours(m_sequences, base);
        // Groups of like length beside each other waste the least in a batch.
        std::stable_sort(groups.begin(), groups.end(),
            [&](const Group& a, const Group& b) { return longest(a) < longest(b); });
        for (size_t begin = 0; begin < groups.size();) {
            size_t end = begin;
            for (size_t tokens = 0; end < groups.size() && (end == begin || tokens < batchTokens); ++end)
                for (size_t s = groups[end].first; s < groups[end].last; ++s)
                    tokens += m_sequences[s].ids.size() - base;
            runGroups(root, base, std::span(groups).subspan(begin, end - begin));
            begin = end;
        }
        for (size_t s = 0; s < m_sequences.size(); ++s) {
            const float scale = 1.0f / static_cast<float>(m_sequences[s].positions.size());
            float* row = m_result.data() + s * m_layers.size() * static_cast<size_t>(m_hidden);
            std::transform(row, row + m_layers.size() * static_cast<size_t>(m_hidden), row,
                [&](float v) { return v * scale; });
        }
        return std::move(m_result);
    }

private:
    // Enough rows for the matrix products to run at full speed, few enough for caches of large models.
    static constexpr size_t batchTokens = 1024;

    size_t longest(const Group& g) const
    {
        size_t most = 0;
        for (size_t s = g.first; s < g.last; ++s)
            most = std::max(most, m_sequences[s].ids.size());
        return most;
    }

    Ids slice(size_t sequence, size_t begin, size_t end) const
    {
        const Ids& ids = m_sequences[sequence].ids;
        return Ids(
            ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.begin() + static_cast<std::ptrdiff_t>(end));
    }

    void runGroups(const KvCache& root, size_t base, std::span<const Group> groups)
    {
        std::vector<const Group*> sharing;
        std::vector<const Group*> alone;
        for (const Group& g : groups)
            (g.prefix > base ? sharing : alone).push_back(&g);
        if (!sharing.empty()) {
            std::vector<Ids> rows;
            std::vector<std::vector<size_t>> owners;
            for (const Group* g : sharing) {
                rows.push_back(slice(g->first, base, g->prefix));
                owners.emplace_back(g->last - g->first);
                std::iota(owners.back().begin(), owners.back().end(), g->first);
            }
            KvCache prefixes = root.fork(std::vector<int64_t>(sharing.size(), 0));
            pass(prefixes, rows, owners);
            std::vector<int64_t> parents(sharing.size());
            std::iota(parents.begin(), parents.end(), int64_t(0));
            finishSequences(prefixes, parents, sharing);
        }
        if (!alone.empty())
            finishSequences(root, std::vector<int64_t>(alone.size(), 0), alone);
    }

    // What each sequence of the groups has of its own; parents[i] is the cache's row that group i continues.
    void finishSequences(
        const KvCache& cache, const std::vector<int64_t>& parents, const std::vector<const Group*>& groups)
    {
        std::vector<int64_t> source;
        std::vector<Ids> rows;
        std::vector<std::vector<size_t>> owners;
        for (size_t g = 0; g < groups.size(); ++g) {
            for (size_t s = groups[g]->first; s < groups[g]->last; ++s) {
                source.push_back(parents[g]);
                rows.push_back(slice(s, groups[g]->prefix, m_sequences[s].ids.size()));
                owners.push_back({s});
            }
        }
        KvCache rowsCache = cache.fork(source);
        pass(rowsCache, rows, owners);
    }

    // Extends every row of the cache by its tokens and adds what owners read of them.
    void pass(KvCache& cache, const std::vector<Ids>& rows, const std::vector<std::vector<size_t>>& owners)
    {
        Pass p;
        const std::vector<int64_t> starts = cache.lengths();
        p.packing = m_decoder.pack(rows, starts);
        cache.extend(p.packing.count);
        p.cache = &cache.layers();
        p.cancel = m_job.cancel;
        p.lastBlock = m_layers.back();
        p.onBlock = [&](int block, at::Tensor& residual) {
            const auto layer = std::lower_bound(m_layers.begin(), m_layers.end(), block);
            if (layer == m_layers.end() || *layer != block)
                return;
            const at::Tensor host = residual.to(at::kCPU);
            const auto layerIndex = static_cast<size_t>(layer - m_layers.begin());
            for (size_t r = 0; r < rows.size(); ++r)
                for (const size_t s : owners[r])
                    accumulate(s, layerIndex, host.data_ptr<float>() + p.packing.offset[r] * m_hidden,
                        starts[r], p.packing.count[r]);
        };
        m_decoder.run(p, m_decoder.embed(rows, p.packing));
        for (size_t r = 0; r < rows.size(); ++r)
            m_done += p.packing.count[r] * static_cast<int64_t>(owners[r].size());
        m_job.report("Reading activations", m_done, m_total);
    }

    void accumulate(size_t sequence, size_t layerIndex, const float* residual, int64_t start, int64_t count)
    {
        float* sum
            = m_result.data() + (sequence * m_layers.size() + layerIndex) * static_cast<size_t>(m_hidden);
        for (const int position : m_sequences[sequence].positions) {
            if (position < start || position >= start + count)
                continue;
            const float* h = residual + (position - start) * m_hidden;
            for (int64_t i = 0; i < m_hidden; ++i)
                sum[i] += h[i];
        }
    }

    const Model& m_model;
    Decoder m_decoder;
    std::span<const PooledSequence> m_sequences;
    const std::vector<int>& m_layers;
    const Job& m_job;
    int64_t m_hidden;
    std::vector<float> m_result;
    int64_t m_done = 0;
    int64_t m_total = 0;
};

}

std::vector<float> pooledActivations(const Model& model, std::span<const PooledSequence> sequences,
    const std::vector<int>& layers, const Job& job)
{
    const ComputeScope scope;
    if (sequences.empty() || layers.empty())
        throw Error("There is nothing to read activations from");
    for (const PooledSequence& s : sequences) {
        if (s.positions.empty() || s.positions.front() < 0
            || s.positions.back() >= static_cast<int>(s.ids.size()))
            throw Error("A read position lies outside its text");
    }
    if (layers.front() < 0 || layers.back() >= model.config().layers)
        throw Error("Layers " + std::to_string(layers.front()) + " to " + std::to_string(layers.back())
            + " were asked for, but the model has layers 0 to " + std::to_string(model.config().layers - 1));
    return Collector(model, sequences, layers, job).collect();
}

}
