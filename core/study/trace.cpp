#include "core/study/trace.h"

#include "core/base/error.h"
#include "core/run/forward.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace tiller {

namespace {

double projection(const SteeringVector& vector, int layer, const std::vector<float>& h)
{
    const auto found = vector.single() ? vector.layers.begin() : vector.layers.find(layer);
    if (found == vector.layers.end() || found->second.values.size() != h.size())
        return std::numeric_limits<double>::quiet_NaN();
    return dot(h, found->second.values) / found->second.norm();
}

}

std::vector<TracedLayer> trace(const Model& model, const TraceRequest& request, const Job& job)
{
    ForwardRequest pass;
    pass.rows = {request.ids};
    pass.plans = {request.plan};
    pass.promptLengths = {request.promptLength};
    pass.layers.resize(static_cast<size_t>(model.config().layers));
    std::iota(pass.layers.begin(), pass.layers.end(), 0);
    pass.lastPositionOnly = true;
    const HostTensor residuals = forward(model, pass, job).front().residuals;
    const auto tokens = lensOfStates(model, residuals.data, request.top, job.cancel);

    const auto hidden = static_cast<std::ptrdiff_t>(model.config().hidden);
    std::vector<TracedLayer> layers;
    for (const int layer : pass.layers) {
        const auto begin = residuals.data.begin() + layer * hidden;
        const std::vector<float> h(begin, begin + hidden);
        TracedLayer traced{layer, std::sqrt(dot(h, h)), {}, tokens[static_cast<size_t>(layer)]};
        for (const auto& vector : request.vectors)
            traced.projections.push_back(projection(*vector, layer, h));
        layers.push_back(std::move(traced));
    }
    return layers;
}

}
