#include "core/study/comparison.h"

#include "core/base/error.h"
#include "core/kernels/distributions.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/decoder_internal.h"
#include "core/run/forward.h"
#include "core/run/sampler.h"
#include "core/study/lens_internal.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

// Logits of so many positions are held at once, twice.
constexpr int64_t s_positions = 32;

class Distributions {
public:
    Distributions(const Decoder& decoder, const float* states, int64_t count)
        : m_logits(decoder
                       .logits(at::from_blob(const_cast<float*>(states),
                           {count, decoder.model().config().hidden}, at::TensorOptions(at::kFloat))
                                   .to(decoder.model().weights().device))
                       .to(at::kCPU)
                       .contiguous())
        , m_logSums(static_cast<size_t>(count))
    {
        kernels::logSumExp(m_logits.data_ptr<float>(), count, vocabulary(), m_logSums.data());
        requireFinite(m_logSums, "in this text");
    }

    int64_t vocabulary() const { return m_logits.size(1); }
    kernels::Distributions view() const
    {
        return {m_logits.data_ptr<float>(), m_logSums.data(), m_logits.size(0)};
    }

    std::span<const float> at(int64_t position) const
    {
        return {m_logits.data_ptr<float>() + position * vocabulary(), static_cast<size_t>(vocabulary())};
    }

    float logprob(int64_t position, TokenId id) const
    {
        return at(position)[static_cast<size_t>(id)] - m_logSums[static_cast<size_t>(position)];
    }

    TokenOdds oddsOf(int64_t position, TokenId id) const
    {
        const std::span values = at(position);
        const float own = values[static_cast<size_t>(id)];
        TokenOdds odds{logprob(position, id), 1};
        for (size_t other = 0; other < values.size(); ++other)
            odds.rank += values[other] > own || (values[other] == own && other < static_cast<size_t>(id));
        return odds;
    }

private:
    at::Tensor m_logits; // [positions, vocabulary]
    std::vector<float> m_logSums;
};

}

std::vector<ComparedToken> compareText(const Model& model, const ComparisonRequest& request, const Job& job)
{
    const int64_t length = std::ssize(request.ids);
    if (request.promptLength < 1 || request.promptLength > length)
        throw Error("A text of " + std::to_string(length) + " tokens has no prompt of "
            + std::to_string(request.promptLength));
    ForwardRequest pass;
    pass.rows = {request.ids, request.ids};
    pass.plans = {{}, request.plan};
    pass.promptLengths = {request.promptLength, request.promptLength};
    pass.layers = {model.config().layers - 1};
    const std::vector<ForwardRow> rows = forward(model, pass, job);

    const ComputeScope scope;
    const Decoder decoder(model);
    const int64_t hidden = model.config().hidden;
    std::vector<ComparedToken> tokens;
    for (int64_t begin = request.promptLength - 1; begin + 1 < length; begin += s_positions) {
        job.cancel.check();
        const int64_t count = std::min(s_positions, length - 1 - begin);
        const auto states = [&](size_t row) { return rows[row].residuals.data.data() + begin * hidden; };
        const Distributions unsteered(decoder, states(0), count);
        const Distributions steered(decoder, states(1), count);
        std::vector<double> kl(static_cast<size_t>(count));
        kernels::klDivergence(steered.view(), unsteered.view(), steered.vocabulary(), kl.data());
        for (int64_t i = 0; i < count; ++i) {
            const TokenId id = request.ids[static_cast<size_t>(begin + i + 1)];
            ComparedToken token{id, unsteered.oddsOf(i, id), steered.oddsOf(i, id),
                static_cast<float>(kl[static_cast<size_t>(i)]), {}};
            for (const Distributions* which : {&steered, &unsteered})
                for (const LensToken& other : firstTokens(which->at(i), request.top, std::greater<>()))
                    if (std::ranges::find(token.alternatives, other.id, &OtherToken::id)
                        == token.alternatives.end())
                        token.alternatives.push_back({other.id, std::exp(unsteered.logprob(i, other.id)),
                            std::exp(steered.logprob(i, other.id))});
            tokens.push_back(std::move(token));
        }
    }
    return tokens;
}

}
