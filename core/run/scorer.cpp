#include "core/run/scorer.h"

#include "core/base/error.h"
#include "core/kernels/distributions.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/decoder_internal.h"
#include "core/run/edits_internal.h"
#include "core/run/sampler.h"

#include <algorithm>
#include <numeric>

namespace tiller {

namespace {

// Rows of one batch: enough for the matrix products, few enough that logits over the vocabulary fit.
constexpr int64_t batchTokens = 512;

struct Unsteered {
    std::vector<at::Tensor> residuals; ///< output of each block needed, [seq, hidden]
    at::Tensor logits; ///< [seq, vocabulary]
    std::vector<float> logSums; ///< [seq]
};

int firstLayer(const Plan& plan, int layers)
{
    int first = layers;
    for (const LayerEdit& edit : plan.edits)
        first = std::min(first, edit.layer);
    return first;
}

class Scorer {
public:
    Scorer(const Model& model, const ScoreRequest& request, const Job& job, const ScoreCallback& onScore)
        : m_model(model)
        , m_decoder(model)
        , m_request(request)
        , m_job(job)
        , m_onScore(onScore)
        , m_layers(model.config().layers)
        , m_scores(request.rows.size())
    {
    }

    std::vector<Score> run()
    {
        for (const auto& row : m_request.rows)
            if (row.text < 0 || row.text >= static_cast<int>(m_request.texts.size()))
                throw Error("A row names a text that does not exist");
        for (size_t text = 0; text < m_request.texts.size(); ++text) {
            const std::vector<Group> groups = groupsOf(static_cast<int>(text));
            if (groups.empty())
                continue;
            const Unsteered base = runUnsteered(static_cast<int>(text), groups);
            for (const Group& group : groups) {
                if (group.layer == m_layers) {
                    for (const size_t row : group.rows)
                        finish(row, base.logits, base.logSums.data(), base);
                } else {
                    runSteered(static_cast<int>(text), group, base);
                }
            }
        }
        return std::move(m_scores);
    }

private:
    // Below its first edit a row is unsteered: rows of one text that begin at the same layer resume together
    // from the residual kept there. In the order in which the request names the layers.
    struct Group {
        int layer = 0;
        std::vector<size_t> rows;
    };

    std::vector<Group> groupsOf(int text) const
    {
        std::vector<Group> groups;
        for (size_t i = 0; i < m_request.rows.size(); ++i) {
            if (m_request.rows[i].text != text)
                continue;
            const int layer = firstLayer(m_request.rows[i].plan, m_layers);
            auto group = std::find_if(
                groups.begin(), groups.end(), [&](const Group& g) { return g.layer == layer; });
            if (group == groups.end())
                group = groups.insert(groups.end(), {layer, {}});
            group->rows.push_back(i);
        }
        return groups;
    }

    Unsteered runUnsteered(int text, const std::vector<Group>& groups)
    {
        Unsteered base;
        base.residuals.resize(static_cast<size_t>(m_layers));
        const std::vector<std::vector<TokenId>> rows{m_request.texts[static_cast<size_t>(text)]};
        Pass pass;
        pass.packing = m_decoder.pack(rows, std::vector<int64_t>{0});
        at::Tensor residual = m_decoder.embed(rows, pass.packing);
        pass.lastBlock = m_layers - 1;
        pass.cancel = m_job.cancel;
        pass.onBlock = [&](int block, at::Tensor& h) {
            if (std::any_of(groups.begin(), groups.end(), [&](const Group& g) { return g.layer == block; }))
                base.residuals[static_cast<size_t>(block)] = h.clone();
        };
        residual = m_decoder.run(pass, residual);
        base.logits = logitsOf(residual);
        base.logSums = logSumsOf(base.logits);
        return base;
    }

    at::Tensor logitsOf(const at::Tensor& residual) const
    {
        return m_decoder.logits(residual).to(at::kCPU).contiguous();
    }

    static std::vector<float> logSumsOf(const at::Tensor& logits)
    {
        std::vector<float> sums(static_cast<size_t>(logits.size(0)));
        kernels::logSumExp(logits.data_ptr<float>(), logits.size(0), logits.size(1), sums.data());
        requireFinite(sums, "in this text");
        return sums;
    }

    void runSteered(int text, const Group& group, const Unsteered& base)
    {
        const auto& [layer, indices] = group;
        const auto& ids = m_request.texts[static_cast<size_t>(text)];
        const auto length = static_cast<int64_t>(ids.size());
        const auto perBatch = static_cast<size_t>(std::max<int64_t>(1, batchTokens / length));
        for (size_t begin = 0; begin < indices.size(); begin += perBatch) {
            const size_t count = std::min(perBatch, indices.size() - begin);
            std::vector<Plan> plans;
            std::vector<int> promptLengths;
            for (size_t i = 0; i < count; ++i) {
                const ScoreRequest::Row& row = m_request.rows[indices[begin + i]];
                plans.push_back(row.plan);
                promptLengths.push_back(row.promptLength > 0 ? row.promptLength : static_cast<int>(length));
            }
            const EditSchedule edits(m_model, plans, std::move(promptLengths));

            Pass pass;
            pass.packing = m_decoder.pack(
                std::vector<std::vector<TokenId>>(count, ids), std::vector<int64_t>(count, 0));
            pass.firstBlock = layer + 1;
            pass.lastBlock = m_layers - 1;
            pass.cancel = m_job.cancel;
            pass.onBlock = [&](int block, at::Tensor& h) { edits.apply(block, h, pass.packing); };
            at::Tensor residual
                = base.residuals[static_cast<size_t>(layer)].repeat({static_cast<int64_t>(count), 1});
            edits.apply(layer, residual, pass.packing);
            residual = m_decoder.run(pass, residual);
            const at::Tensor logits = logitsOf(residual);
            const std::vector<float> logSums = logSumsOf(logits);
            for (size_t i = 0; i < count; ++i) {
                const auto first = static_cast<int64_t>(i) * length;
                finish(indices[begin + i], logits.narrow(0, first, length), logSums.data() + first, base);
            }
        }
    }

    void finish(size_t index, const at::Tensor& logits, const float* logSums, const Unsteered& base)
    {
        const auto& ids = m_request.texts[static_cast<size_t>(m_request.rows[index].text)];
        Score& score = m_scores[index];
        const int64_t length = logits.size(0);
        const int64_t vocabulary = logits.size(1);
        const float* values = logits.data_ptr<float>();
        std::vector<double> kl(static_cast<size_t>(length));
        kernels::klDivergence({values, logSums, length},
            {base.logits.data_ptr<float>(), base.logSums.data(), length}, vocabulary, kl.data());
        score.klAt.assign(kl.begin(), kl.end());
        score.kl = std::accumulate(kl.begin(), kl.end(), 0.0) / static_cast<double>(length);
        for (int64_t t = 0; t + 1 < length; ++t) {
            score.logprobs.push_back(values[t * vocabulary + ids[static_cast<size_t>(t) + 1]] - logSums[t]);
            score.meanNll -= static_cast<double>(score.logprobs.back()) / static_cast<double>(length - 1);
        }
        if (m_onScore)
            m_onScore(static_cast<int>(index), score);
        m_job.report("Scoring", ++m_done, static_cast<int64_t>(m_request.rows.size()));
    }

    const Model& m_model;
    Decoder m_decoder;
    const ScoreRequest& m_request;
    const Job& m_job;
    const ScoreCallback& m_onScore;
    int m_layers;
    std::vector<Score> m_scores;
    int64_t m_done = 0;
};

}

std::vector<Score> score(
    const Model& model, const ScoreRequest& request, const Job& job, const ScoreCallback& onScore)
{
    const ComputeScope scope;
    return Scorer(model, request, job, onScore).run();
}

}
