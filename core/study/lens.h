#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/tokenizer/tokenizer.h"

#include <span>
#include <vector>

namespace tiller {

struct LensToken {
    TokenId id = 0;
    float value = 0; ///< logit of a direction, probability of a state
};

/// What a direction does to the next token where it is read out.
struct DirectionLens {
    std::vector<LensToken> raised; ///< largest logits first
    std::vector<LensToken> lowered; ///< smallest first
};

/// Logit lens (nostalgebraist 2020) of directions: the final norm of v alone, which brings it to the scale
/// that the head reads, then the unembedding; without the norm's and the head's biases, which a direction
/// does not bring, and without a soft cap. Negating v swaps the two lists. `top` tokens each, ties by id.
/// Throws Error on a direction that is zero, not finite or not as wide as the model; Cancelled.
std::vector<DirectionLens> lensOf(const Model& model, const std::vector<std::vector<float>>& directions,
    int top, const CancelToken& cancel);

/// The same of states of the residual stream [n, hidden], biases and soft cap included: the likeliest next
/// tokens if the model stopped there.
std::vector<std::vector<LensToken>> lensOfStates(
    const Model& model, std::span<const float> states, int top, const CancelToken& cancel);

}
