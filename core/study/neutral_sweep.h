#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/steer/steering_vector.h"
#include "core/tokenizer/tokenizer.h"

#include <functional>
#include <memory>
#include <vector>

namespace tiller {

/// The layer x strength grid of what one vector does to a neutral text.
struct NeutralSweepRequest {
    std::shared_ptr<const SteeringVector> vector;
    std::vector<int> layers;
    std::vector<double> strengths;
    std::vector<TokenId> neutral; ///< the text whose next-token distributions are compared
    Op op = Op::Add;
    TokenScope scope;
};

struct SweepCell {
    int layer = 0;
    double strength = 0;
    double kl = 0; ///< to unsteered on the neutral text, mean over positions, nats
    double nllRise = 0; ///< mean NLL of the neutral text, steered minus unsteered, nats
    double push = 0; ///< strength x |v| / mean residual norm; 0 when the vector does not know its norm
};

/// Called on the sweeping thread as cells finish, from zero strength outward.
using NeutralSweepCallback = std::function<void(const SweepCell&)>;

std::vector<SweepCell> neutralSweep(const Model& model, const NeutralSweepRequest& request,
    const NeutralSweepCallback& onCell, const Job& job);

}
