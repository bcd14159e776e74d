#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/steer/steering_vector.h"
#include "core/study/lens.h"

#include <memory>
#include <vector>

namespace tiller {

/// One position of a text, looked at block by block.
struct TraceRequest {
    std::vector<TokenId> ids; ///< up to the position and with it; what follows cannot change it
    int promptLength = 0; ///< tokens of ids that were the prompt, for the plan's scopes
    Plan plan; ///< empty: unsteered; of a text during which it was changed: planOverTime
    std::vector<std::shared_ptr<const SteeringVector>> vectors; ///< to project on
    int top = 5; ///< tokens of the lens
};

/// After the plan's edits at that block.
struct TracedLayer {
    int layer = 0;
    double norm = 0; ///< |h|
    /// [vectors] h.u; of a set its direction of this layer, NaN where it has none; of a single direction
    /// that one at every layer.
    std::vector<double> projections;
    std::vector<LensToken> tokens; ///< likeliest first
};

/// Every layer, from one pass. Throws Error and Cancelled.
std::vector<TracedLayer> trace(const Model& model, const TraceRequest& request, const Job& job);

}
