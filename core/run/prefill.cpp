#include "core/run/prefill_internal.h"

#include "core/run/edits_internal.h"

#include <algorithm>
#include <numeric>

namespace tiller {

namespace {

bool touches(const TokenScope& scope, int length, int promptLength)
{
    for (int position = 0; position < length; ++position)
        if (scope.contains(position, promptLength))
            return true;
    return false;
}

// The first layer whose output a plan changes in a text that begins with the prompt; `layers`: none.
int firstEdited(const Plan& plan, int length, int promptLength, int layers)
{
    int first = layers;
    for (const LayerEdit& edit : plan.edits)
        if (edit.layer < first && touches(edit.scope, length, promptLength))
            first = edit.layer;
    return first;
}

class Prefill {
public:
    Prefill(Decoder& decoder, const PrefillRequest& request, const CancelToken& cancel)
        : m_decoder(decoder)
        , m_request(request)
        , m_cancel(cancel)
        , m_layers(decoder.model().config().layers)
        , m_slot(request.prompts.size())
        , m_cache(decoder.model(), 0)
    {
        findLeaders();
    }

    LastPositions run(KvCache& cache)
    {
        begin();
        for (const auto& [layer, rows] : m_leaving) {
            runBlocks(layer, false);
            part(layer, rows);
        }
        runBlocks(m_layers - 1, true);
        LastPositions result;
        result.residual = lasts(m_residual).index_select(0, slots());
        result.taps = std::move(m_taps);
        cache = m_cache.fork(m_slot);
        return result;
    }

private:
    // Of the rows with one prompt, that which stays unedited the longest leads; the others leave it at the
    // layer where they are edited, or never.
    void findLeaders()
    {
        std::map<std::vector<TokenId>, std::vector<size_t>> groups;
        for (size_t row = 0; row < m_request.prompts.size(); ++row)
            groups[m_request.prompts[row]].push_back(row);
        for (const auto& [prompt, rows] : groups) {
            const auto edited = [&, length = static_cast<int>(prompt.size())](size_t row) {
                return firstEdited(m_request.plans[row], length, length - m_request.continued, m_layers);
            };
            const size_t leader = *std::ranges::max_element(rows, {}, edited);
            const auto slot = static_cast<int64_t>(m_active.size());
            m_active.push_back(leader);
            for (const size_t row : rows) {
                m_slot[row] = slot;
                if (const int layer = edited(row); row != leader && layer < m_layers)
                    m_leaving[layer].push_back(row);
            }
        }
    }

    void begin()
    {
        m_cache = KvCache(m_decoder.model(), static_cast<int64_t>(m_active.size()), m_request.positions);
        const auto rows = prompts();
        pack(rows);
        m_cache.extend(m_pass.packing.count);
        m_residual = m_decoder.embed(rows, m_pass.packing);
        m_edits.emplace(schedule());
    }

    // Up to and with `last`, whose edits wait until the rows that leave there have left.
    void runBlocks(int last, bool isEnd)
    {
        if (m_next > last)
            return;
        m_pass.firstBlock = m_next;
        m_pass.lastBlock = last;
        m_pass.lastPositionsOnly = isEnd;
        m_pass.cache = &m_cache.layers();
        m_pass.cancel = m_cancel;
        m_pass.onBlock = [&](int block, at::Tensor& h) {
            if (block < last || isEnd)
                edit(block, h);
        };
        m_residual = m_decoder.run(m_pass, m_residual);
        m_next = last + 1;
    }

    void part(int layer, const std::vector<size_t>& rows)
    {
        std::vector<int64_t> parents(m_active.size());
        std::iota(parents.begin(), parents.end(), int64_t(0));
        for (const size_t row : rows) {
            parents.push_back(m_slot[row]);
            m_slot[row] = static_cast<int64_t>(m_active.size());
            m_active.push_back(row);
        }
        m_cache = m_cache.fork(parents, layer + 1);
        std::vector<at::Tensor> residuals;
        for (const int64_t parent : parents)
            residuals.push_back(m_residual.narrow(0, m_pass.packing.offset[static_cast<size_t>(parent)],
                m_pass.packing.count[static_cast<size_t>(parent)]));
        m_residual = at::cat(residuals);
        pack(prompts());
        m_edits.emplace(schedule());
        edit(layer, m_residual);
    }

    void edit(int block, at::Tensor& h)
    {
        tap({block, true}, h);
        m_edits->apply(block, h, m_pass.packing);
        tap({block, false}, h);
    }

    void tap(TapPoint point, const at::Tensor& h)
    {
        // Rows that leave later are still where their leader is.
        if (m_request.taps.contains(point))
            m_taps[point] = lasts(h).index_select(0, slots());
    }

    at::Tensor lasts(const at::Tensor& h) const
    {
        return h.size(0) == static_cast<int64_t>(m_active.size())
            ? h
            : h.index_select(0, m_decoder.lastTokens(m_pass.packing));
    }

    at::Tensor slots() const { return at::tensor(m_slot, at::kLong).to(m_residual.device()); }

    std::vector<std::vector<TokenId>> prompts() const
    {
        std::vector<std::vector<TokenId>> rows;
        for (const size_t row : m_active)
            rows.push_back(m_request.prompts[row]);
        return rows;
    }

    void pack(const std::vector<std::vector<TokenId>>& rows)
    {
        m_pass.packing = m_decoder.pack(rows, std::vector<int64_t>(rows.size(), 0));
    }

    EditSchedule schedule() const
    {
        std::vector<Plan> plans;
        std::vector<int> lengths;
        for (const size_t row : m_active) {
            plans.push_back(m_request.plans[row]);
            lengths.push_back(static_cast<int>(m_request.prompts[row].size()) - m_request.continued);
        }
        return EditSchedule(m_decoder.model(), plans, lengths);
    }

    Decoder& m_decoder;
    const PrefillRequest& m_request;
    const CancelToken& m_cancel;
    int m_layers;
    std::map<int, std::vector<size_t>> m_leaving; ///< layer -> rows that leave their leader there
    std::vector<size_t> m_active; ///< rows that are computed, in the order of the pass and the cache
    std::vector<int64_t> m_slot; ///< [rows] place among the active, its own or its leader's
    KvCache m_cache;
    Pass m_pass;
    at::Tensor m_residual;
    std::optional<EditSchedule> m_edits;
    std::map<TapPoint, at::Tensor> m_taps;
    int m_next = 0; ///< first block not run yet
};

}

LastPositions prefill(
    Decoder& decoder, const PrefillRequest& request, KvCache& cache, const CancelToken& cancel)
{
    return Prefill(decoder, request, cancel).run(cache);
}

}
