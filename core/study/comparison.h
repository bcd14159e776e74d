#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/tokenizer/tokenizer.h"

#include <vector>

namespace tiller {

/// A text read by the model twice, unsteered and under a plan.
struct ComparisonRequest {
    std::vector<TokenId> ids;
    int promptLength = 1; ///< tokens that are the prompt; the others are compared. At least 1.
    Plan plan; ///< of a text during which it was changed: planOverTime
    int top = 10; ///< likeliest tokens of each distribution
};

/// One of the two distributions from which a token was taken.
struct TokenOdds {
    float logprob = 0;
    int rank = 0; ///< 1: the likeliest; of equals the lower id first
};

/// What might have stood there, with its probabilities.
struct OtherToken {
    TokenId id = 0;
    float unsteered = 0;
    float steered = 0;
};

struct ComparedToken {
    TokenId id = 0;
    TokenOdds unsteered;
    TokenOdds steered;
    float kl = 0; ///< of the steered distribution from the unsteered one, nats
    /// The likeliest under the plan, best first, then those that are likely only without it.
    std::vector<OtherToken> alternatives;
};

/// One entry for each token after the prompt. Throws Error and Cancelled.
std::vector<ComparedToken> compareText(const Model& model, const ComparisonRequest& request, const Job& job);

}
