#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/tokenizer/tokenizer.h"

#include <span>
#include <vector>

namespace tiller {

/// A sequence and the positions whose residuals are averaged.
struct PooledSequence {
    std::vector<TokenId> ids;
    std::vector<int> positions; ///< ascending, within ids, at least one
};

/// Mean residual over each sequence's positions at the outputs of `layers` (ascending):
/// [sequences, layers, hidden] float32. One pass for all layers: prefixes that sequences share are computed
/// once, no LM head, nothing above the last layer asked for. Batches follow a memory budget.
std::vector<float> pooledActivations(const Model& model, std::span<const PooledSequence> sequences,
    const std::vector<int>& layers, const Job& job);

}
