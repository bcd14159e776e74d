#include "core/kernels/distributions.h"
#include "core/run/sampler.h"
#include "core/study/read_again_internal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace tiller {

namespace {

// Logits of so many positions are held at once.
constexpr int64_t s_positions = 256;

}

ReadAgain::ReadAgain(const Model& model, const std::vector<std::vector<TokenId>>& prompts, CancelToken cancel)
    : m_model(model)
    , m_cancel(std::move(cancel))
    , m_decoder(model)
    , m_prompts(model, static_cast<int64_t>(prompts.size()))
{
    Pass pass;
    pass.packing = m_decoder.pack(prompts, std::vector<int64_t>(prompts.size(), 0));
    m_prompts.extend(pass.packing.count);
    pass.cache = &m_prompts.layers();
    pass.lastBlock = model.config().layers - 1;
    pass.lastPositionsOnly = true;
    pass.cancel = m_cancel;
    const at::Tensor residual = m_decoder.embed(prompts, pass.packing);
    m_lastStates = m_decoder.run(pass, residual);
}

std::vector<TextFigures> ReadAgain::read(const std::vector<GeneratedText>& texts)
{
    // Texts that are equal share a row of the pass.
    std::map<std::pair<int, std::vector<TokenId>>, size_t> slots;
    std::vector<std::vector<TokenId>> rows;
    std::vector<int64_t> parents;
    std::vector<size_t> slotOf(texts.size());
    for (size_t t = 0; t < texts.size(); ++t) {
        if (texts[t].ids.empty())
            continue;
        const auto [slot, isNew] = slots.emplace(std::pair(texts[t].prompt, texts[t].ids), rows.size());
        slotOf[t] = slot->second;
        if (isNew) {
            rows.push_back(texts[t].ids);
            parents.push_back(texts[t].prompt);
        }
    }

    std::vector<TextFigures> figures(texts.size());
    std::multimap<int, std::pair<size_t, size_t>> tapped; // block -> text, direction
    for (size_t t = 0; t < texts.size(); ++t) {
        figures[t].projections.assign(texts[t].directions.size(), std::numeric_limits<double>::quiet_NaN());
        for (size_t d = 0; !texts[t].ids.empty() && d < texts[t].directions.size(); ++d)
            tapped.insert({texts[t].directions[d].first, {t, d}});
    }

    Pass pass;
    at::Tensor residual;
    if (!rows.empty()) {
        KvCache cache = m_prompts.fork(parents);
        pass.packing = m_decoder.pack(rows, cache.lengths());
        cache.extend(pass.packing.count);
        pass.cache = &cache.layers();
        pass.lastBlock = m_model.config().layers - 1;
        pass.cancel = m_cancel;
        pass.onBlock = [&](int block, at::Tensor& h) {
            const auto [begin, end] = tapped.equal_range(block);
            for (auto tap = begin; tap != end; ++tap) {
                const auto [t, d] = tap->second;
                const std::vector<float>& direction = *texts[t].directions[d].second;
                const at::Tensor v = at::from_blob(const_cast<float*>(direction.data()),
                    {static_cast<int64_t>(direction.size())}, at::kFloat)
                                         .to(h.device());
                const size_t slot = slotOf[t];
                const at::Tensor states = h.narrow(0, pass.packing.offset[slot], pass.packing.count[slot]);
                figures[t].projections[d] = (states.mv(v).mean() / v.norm()).item<double>();
            }
        };
        residual = m_decoder.run(pass, m_decoder.embed(rows, pass.packing));
    }

    // The state before each token chooses it: of the first that of the prompt's end.
    std::vector<at::Tensor> states;
    std::vector<TokenId> next;
    std::vector<std::pair<size_t, size_t>> spans(texts.size()); // first and count of each text
    std::map<std::tuple<int, std::vector<TokenId>, std::optional<TokenId>>, size_t> seen;
    for (size_t t = 0; t < texts.size(); ++t) {
        const GeneratedText& text = texts[t];
        const auto [known, isNew] = seen.emplace(std::tuple(text.prompt, text.ids, text.end), t);
        if (!isNew) {
            spans[t] = spans[known->second];
            continue;
        }
        const size_t count = text.ids.size() + (text.end ? 1 : 0);
        spans[t] = {next.size(), count};
        if (count == 0)
            continue;
        states.push_back(m_lastStates.narrow(0, text.prompt, 1));
        if (count > 1)
            states.push_back(
                residual.narrow(0, pass.packing.offset[slotOf[t]], static_cast<int64_t>(count) - 1));
        next.insert(next.end(), text.ids.begin(), text.ids.end());
        if (text.end)
            next.push_back(*text.end);
    }
    std::vector<double> logprobs(next.size());
    if (!next.empty())
        addLogprobs(at::cat(states), next, logprobs);
    for (size_t t = 0; t < texts.size(); ++t) {
        const auto [first, count] = spans[t];
        double sum = 0;
        for (size_t i = first; i < first + count; ++i)
            sum -= logprobs[i];
        figures[t].nll = sum / static_cast<double>(count);
    }
    return figures;
}

void ReadAgain::addLogprobs(
    const at::Tensor& states, std::span<const TokenId> next, std::span<double> logprobs) const
{
    std::vector<float> logSums;
    for (int64_t begin = 0; begin < states.size(0); begin += s_positions) {
        m_cancel.check();
        const int64_t count = std::min(s_positions, states.size(0) - begin);
        const at::Tensor logits = m_decoder.logits(states.narrow(0, begin, count)).to(at::kCPU).contiguous();
        logSums.resize(static_cast<size_t>(count));
        kernels::logSumExp(logits.data_ptr<float>(), count, logits.size(1), logSums.data());
        requireFinite(logSums, "in a generated text");
        for (int64_t i = 0; i < count; ++i) {
            const auto place = static_cast<size_t>(begin + i);
            logprobs[place] = static_cast<double>(
                logits.data_ptr<float>()[i * logits.size(1) + next[place]] - logSums[static_cast<size_t>(i)]);
        }
    }
}

}
