#include "ui/state/map_recommendation.h"

namespace tiller {

namespace {

constexpr double mostRepetition = 0.25; ///< share of three-token sequences that are not new

}

bool repeatsItself(const LayerMap& map, LayerMap::Place place)
{
    const auto repeats = map.figure(place, Metric::Repetition);
    return repeats && repeats->value > mostRepetition;
}

std::optional<MapRecommendation> recommend(const LayerMap& map, double collapse)
{
    const MapGrid& grid = map.grid();
    if (!grid.measures(Metric::Coherence))
        return {};
    MapRecommendation found;
    if (grid.measures(Metric::Effect))
        found.goal = Metric::Effect;
    else if (grid.measures(Metric::Readback))
        found.goal = Metric::Readback;
    else
        return {};
    const auto goalOf = [&](LayerMap::Place place) -> std::optional<double> {
        const auto loss = map.figure(place, Metric::Coherence);
        const auto goal = map.figure(place, found.goal);
        if (!loss || !goal || loss->value > collapse / 3)
            return {};
        if (repeatsItself(map, place) || !(goal->low > 0))
            return {};
        // Beyond a collapse nothing is trusted, whatever it measures.
        for (int weaker = place.strength; grid.strengths[size_t(weaker)] > 0; --weaker) {
            const auto between = map.figure({place.layer, weaker}, Metric::Coherence);
            if (between && between->value > collapse)
                return {};
            if (weaker == 0)
                break;
        }
        return goal->value;
    };
    double most = 0;
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()) && grid.strengths[size_t(s)] > 0; ++l)
            if (const auto goal = goalOf({l, s}); goal && *goal > most) {
                most = *goal;
                found.best = {l, s};
            }
    if (!found.best.isValid())
        return {};
    const auto belongs = [&](int layer) {
        const auto goal = goalOf({layer, found.best.strength});
        return goal && *goal >= 0.8 * most;
    };
    found.firstLayer = found.lastLayer = found.best.layer;
    while (found.firstLayer > 0 && belongs(found.firstLayer - 1))
        --found.firstLayer;
    while (found.lastLayer + 1 < int(grid.layers.size()) && belongs(found.lastLayer + 1))
        ++found.lastLayer;
    found.reason
        = LayerMap::tr("Largest %1 among cells whose loss stays under a third of the collapse limit, that do "
                       "not repeat themselves, and with nothing collapsed before them.")
              .arg(found.goal == Metric::Effect ? LayerMap::tr("effect") : LayerMap::tr("read-back"));
    return found;
}

}
