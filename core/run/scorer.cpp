#include "core/run/scorer.h"

#include "core/base/error.h"
#include "core/kernels/distributions.h"
#include "core/model/compute_scope_internal.h"
#include "core/run/teacher_forcing_internal.h"

#include <numeric>

namespace tiller {

namespace {

Score scoreOf(const ReadText& text, const float* logits, const float* logSums)
{
    Score score;
    const int64_t length = text.count();
    const int64_t vocabulary = text.logits.size(1);
    std::vector<double> kl(static_cast<size_t>(length));
    kernels::klDivergence({logits, logSums, length},
        {text.logits.data_ptr<float>(), text.logSums.data(), length}, vocabulary, kl.data());
    score.klAt.assign(kl.begin(), kl.end());
    score.kl = std::accumulate(kl.begin(), kl.end(), 0.0) / static_cast<double>(length);
    for (int64_t t = 0; t + 1 < length; ++t) {
        score.logprobs.push_back(logits[t * vocabulary + text.ids[static_cast<size_t>(t) + 1]] - logSums[t]);
        score.meanNll -= static_cast<double>(score.logprobs.back()) / static_cast<double>(length - 1);
    }
    return score;
}

}

std::vector<Score> score(
    const Model& model, const ScoreRequest& request, const Job& job, const ScoreCallback& onScore)
{
    const ComputeScope scope;
    for (const ScoreRequest::Row& row : request.rows)
        if (row.text < 0 || row.text >= static_cast<int>(request.texts.size()))
            throw Error("A row names a text that does not exist");
    TeacherForcing forcing(model, job.cancel);
    std::vector<Score> scores(request.rows.size());
    int64_t done = 0;
    for (size_t t = 0; t < request.texts.size(); ++t) {
        // Scopes ask where the prompt ends: rows of one text with one prompt length go together.
        std::map<int, std::vector<size_t>> rows;
        for (size_t i = 0; i < request.rows.size(); ++i)
            if (request.rows[i].text == static_cast<int>(t))
                rows[request.rows[i].promptLength].push_back(i);
        if (rows.empty())
            continue;
        const auto length = static_cast<int64_t>(request.texts[t].size());
        ReadText text;
        text.ids = request.texts[t];
        std::set<int> blocks;
        for (const auto& [promptLength, indices] : rows)
            for (const size_t index : indices)
                blocks.insert(firstBlock(request.rows[index].plan, model.config().layers));
        forcing.read(text, blocks);
        for (const auto& [promptLength, indices] : rows) {
            text.promptLength = promptLength > 0 ? promptLength : static_cast<int>(length);
            std::vector<Plan> plans;
            for (const size_t index : indices)
                plans.push_back(request.rows[index].plan);
            forcing.under(text, plans, [&](size_t plan, const float* logits, const float* logSums) {
                const size_t index = indices[plan];
                scores[index] = scoreOf(text, logits, logSums);
                if (onScore)
                    onScore(static_cast<int>(index), scores[index]);
                job.report("Scoring", ++done, static_cast<int64_t>(request.rows.size()));
            });
        }
    }
    return scores;
}

}
