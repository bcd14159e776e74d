#pragma once

#include "core/model/weights_internal.h"

#include <functional>

namespace tiller {

/// The mixture of experts of one block (Shazeer et al. 2017; Mixtral, Jiang et al. 2024): softmax over all
/// experts, the `perToken` largest chosen, each expert run once on the tokens that chose it.
/// x [n, hidden] in the activation type -> [n, hidden] float32. `mlp` applies one expert.
at::Tensor mixExperts(const BlockWeights& block, const ExpertsConfig& config, const at::Tensor& x,
    const std::function<at::Tensor(const MlpWeights&, const at::Tensor&)>& mlp);

}
