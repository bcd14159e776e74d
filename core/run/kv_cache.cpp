#include "core/run/kv_cache_internal.h"

#include <algorithm>

namespace tiller {

/// The pages of all caches of one run, and how many rows use each.
class KvCache::Pool {
public:
    Pool(const Model& model, int64_t pages)
        : m_config(model.config())
        , m_options(at::TensorOptions(model.weights().cacheType).device(model.weights().device))
        , m_layers(static_cast<size_t>(model.config().layers))
    {
        for (Layer& layer : m_layers)
            grow(layer, pages);
    }

    size_t layers() const { return m_layers.size(); }
    const at::Tensor& keys(size_t layer) const { return m_layers[layer].keys; }
    const at::Tensor& values(size_t layer) const { return m_layers[layer].values; }

    int32_t take(size_t index)
    {
        Layer& layer = m_layers[index];
        if (layer.free.empty())
            grow(layer, std::max<int64_t>(8, static_cast<int64_t>(layer.users.size()) * 3 / 2));
        const int32_t page = layer.free.back();
        layer.free.pop_back();
        layer.users[static_cast<size_t>(page)] = 1;
        return page;
    }

    void use(size_t layer, int32_t page) { ++m_layers[layer].users[static_cast<size_t>(page)]; }

    void release(size_t layer, int32_t page)
    {
        if (--m_layers[layer].users[static_cast<size_t>(page)] == 0)
            m_layers[layer].free.push_back(page);
    }

    bool isShared(size_t layer, int32_t page) const
    {
        return m_layers[layer].users[static_cast<size_t>(page)] > 1;
    }

    void copy(size_t index, const std::vector<int64_t>& from, const std::vector<int64_t>& to)
    {
        const at::Tensor source = at::tensor(from, at::kLong).to(m_options.device());
        const at::Tensor target = at::tensor(to, at::kLong).to(m_options.device());
        for (at::Tensor* t : {&m_layers[index].keys, &m_layers[index].values})
            t->index_copy_(0, target, t->index_select(0, source));
    }

private:
    struct Layer {
        at::Tensor keys;
        at::Tensor values;
        std::vector<int32_t> users; ///< [pages]
        std::vector<int32_t> free;
    };

    void grow(Layer& layer, int64_t pages) const
    {
        const auto old = static_cast<int64_t>(layer.users.size());
        for (at::Tensor* t : {&layer.keys, &layer.values}) {
            at::Tensor larger = makePages(m_config, pages, m_options);
            if (old > 0)
                larger.narrow(0, 0, old).copy_(*t);
            *t = std::move(larger);
        }
        layer.users.resize(static_cast<size_t>(pages), 0);
        for (int64_t page = pages; page-- > old;) // the first pages are taken first
            layer.free.push_back(static_cast<int32_t>(page));
    }

    const ModelConfig& m_config;
    at::TensorOptions m_options;
    std::vector<Layer> m_layers;
};

KvCache::KvCache(const Model& model, int64_t rows, int64_t positions)
    : KvCache(std::make_shared<Pool>(model, pagesFor(positions) + rows))
{
    for (LayerPages& layer : m_layers)
        layer.rows.resize(static_cast<size_t>(rows));
    m_lengths.assign(static_cast<size_t>(rows), 0);
    refer();
}

KvCache::KvCache(std::shared_ptr<Pool> pool)
    : m_pool(std::move(pool))
    , m_layers(m_pool->layers())
{
}

KvCache::KvCache(KvCache&& other) noexcept = default;

KvCache& KvCache::operator=(KvCache&& other) noexcept
{
    release();
    m_pool = std::move(other.m_pool);
    m_layers = std::move(other.m_layers);
    m_lengths = std::move(other.m_lengths);
    return *this;
}

KvCache::~KvCache()
{
    release();
}

void KvCache::release()
{
    if (!m_pool) // moved from
        return;
    for (size_t layer = 0; layer < m_layers.size(); ++layer)
        for (const auto& row : m_layers[layer].rows)
            for (const int32_t page : row)
                m_pool->release(layer, page);
}

void KvCache::refer()
{
    for (size_t layer = 0; layer < m_layers.size(); ++layer) {
        m_layers[layer].keys = m_pool->keys(layer);
        m_layers[layer].values = m_pool->values(layer);
    }
}

void KvCache::extend(std::span<const int64_t> counts)
{
    std::vector<int64_t> from;
    std::vector<int64_t> to;
    for (size_t layer = 0; layer < m_layers.size(); ++layer) {
        from.clear();
        to.clear();
        for (size_t r = 0; r < counts.size(); ++r) {
            auto& pages = m_layers[layer].rows[r];
            const bool goesOnInPage = counts[r] > 0 && m_lengths[r] % kernels::pageSlots != 0;
            if (goesOnInPage && m_pool->isShared(layer, pages.back())) {
                from.push_back(pages.back());
                m_pool->release(layer, pages.back());
                pages.back() = m_pool->take(layer);
                to.push_back(pages.back());
            }
            for (int64_t have = static_cast<int64_t>(pages.size()); have < pagesFor(m_lengths[r] + counts[r]);
                 ++have)
                pages.push_back(m_pool->take(layer));
        }
        if (!from.empty())
            m_pool->copy(layer, from, to);
    }
    for (size_t r = 0; r < counts.size(); ++r)
        m_lengths[r] += counts[r];
    refer();
}

KvCache KvCache::fork(std::span<const int64_t> parents, int sharedLayers) const
{
    KvCache rows(m_pool);
    for (size_t layer = 0; layer < m_layers.size(); ++layer) {
        const bool shared = layer < static_cast<size_t>(sharedLayers);
        for (const int64_t parent : parents) {
            auto& pages = rows.m_layers[layer].rows.emplace_back();
            for (const int32_t page : m_layers[layer].rows[static_cast<size_t>(parent)]) {
                pages.push_back(shared ? page : m_pool->take(layer));
                if (shared)
                    m_pool->use(layer, page);
            }
        }
    }
    for (const int64_t parent : parents)
        rows.m_lengths.push_back(m_lengths[static_cast<size_t>(parent)]);
    rows.refer();
    return rows;
}

KvCache KvCache::fork(std::span<const int64_t> parents) const
{
    return fork(parents, static_cast<int>(m_layers.size()));
}

}
