#pragma once

#include "ui/plots/color_legend.h"
#include "ui/plots/heatmap_model.h"
#include "ui/state/layer_map.h"

namespace tiller {

/// How the map is looked at, the same in all its views.
struct MapLook {
    Metric metric = Metric::Effect;
    MapSide side = MapSide::Vector;
    double collapse = 1; ///< nats per token of coherence loss
    bool contour = true;
    bool values = false;

    bool diverges() const; ///< zero is in the middle of its colours
    QString title() const; ///< the metric, and whose it is
    ColorMap colors() const;
    /// The figure at the end of the colours, where the largest of all is `largest`. Losses are cut off where
    /// text has long collapsed, so that what comes before can be told apart.
    double limit(double largest) const;
    /// What the colours mean when they end at `limit`; of a map of `grid`.
    ColorScale scale(const MapGrid& grid, double limit, double largest) const;
};

inline LayerMap::Place placeOf(CellIndex cell)
{
    return {cell.layer, cell.strength};
}

inline CellIndex indexOf(LayerMap::Place place)
{
    return {place.layer, place.strength};
}

}
