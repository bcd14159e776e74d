#include "core/study/sweep_order.h"

#include <algorithm>
#include <set>

namespace tiller {

std::vector<std::vector<SweepPlace>> sweepStages(std::vector<int> layers, std::vector<double> strengths)
{
    std::ranges::sort(layers);
    std::ranges::sort(strengths);
    std::erase(strengths, 0.0);
    if (layers.empty() || strengths.empty())
        return {};
    std::set<double> extremes{strengths.back()};
    if (strengths.front() < 0 || strengths.size() == 1)
        extremes.insert(strengths.front());

    std::set<SweepPlace> placed;
    std::vector<std::vector<SweepPlace>> stages;
    const auto addStage = [&](size_t stride, const auto& strengthsOfStage) {
        std::vector<SweepPlace> stage;
        for (size_t i = 0; i < layers.size(); i += stride)
            for (const double strength : strengthsOfStage)
                if (placed.insert({layers[i], strength}).second)
                    stage.push_back({layers[i], strength});
        if (!stage.empty())
            stages.push_back(std::move(stage));
    };
    addStage(4, extremes);
    for (const size_t stride : {4, 2, 1})
        addStage(stride, strengths);
    return stages;
}

}
