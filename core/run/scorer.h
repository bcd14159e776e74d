#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/tokenizer/tokenizer.h"

#include <vector>

namespace tiller {

/// Teacher-forced figures of one text under a plan.
struct Score {
    std::vector<float> logprobs; ///< of ids[1..], nats
    std::vector<float> klAt; ///< [positions] of the steered distribution from the unsteered one, nats
    double meanNll = 0; ///< mean of -logprobs; perplexity = exp(meanNll)
    double kl = 0; ///< mean of klAt: sum over tokens of p_steered log(p_steered / p_unsteered)
};

/// One score for each (text, plan) pair; the unsteered pass of a text that several plans share is made once.
struct ScoreRequest {
    std::vector<std::vector<TokenId>> texts;
    struct Row {
        int text = 0; ///< index into texts
        Plan plan;
        int promptLength = 0; ///< tokens that count as prompt for the plan's scopes; 0: all
    };
    std::vector<Row> rows;
};

/// Called on the scoring thread as rows finish, in any order; may be empty.
using ScoreCallback = std::function<void(int row, const Score&)>;

std::vector<Score> score(
    const Model& model, const ScoreRequest& request, const Job& job, const ScoreCallback& onScore = {});

}
