#pragma once

#include "ui/state/layer_map.h"

namespace tiller {

/// The cell that one would try first, and the layers beside it that do as well.
struct MapRecommendation {
    LayerMap::Place best;
    int firstLayer = 0; ///< indices into the grid's layers
    int lastLayer = 0;
    Metric goal = Metric::Effect; ///< what it is best in
    QString reason;
};

/// Whether its texts say one thing over and over: such text is likely, and no good.
bool repeatsItself(const LayerMap& map, LayerMap::Place place);

/// Of the cells above zero strength whose coherence loss stays under a third of `collapse` (nats/token),
/// whose texts do not repeat themselves (repetition up to 0.25), whose gain is surely above zero (the band's
/// lower end) and with no collapse at a weaker strength,
/// the one with the largest effect, or read-back where no effect is measured. Layers around it that qualify
/// too and reach four fifths of that at the same strength belong to it. Nothing where nothing qualifies yet.
std::optional<MapRecommendation> recommend(const LayerMap& map, double collapse);

}
