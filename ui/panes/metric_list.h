#pragma once

#include "ui/plots/heatmap_model.h"
#include "ui/state/layer_map.h"

#include <QListWidget>

namespace tiller {

/// A figure that the map can colour.
struct MapMetric {
    const char* title;
    const char* unit;
    double SweepCell::*figure;
};
const std::vector<MapMetric>& mapMetrics();

/// The metrics with a small picture of the map in each.
class MetricList : public QListWidget {
    Q_OBJECT

public:
    explicit MetricList(LayerMap* map, QWidget* parent = nullptr);

    const MapMetric& current() const;

private:
    void redraw();

    LayerMap* m_map;
};

}
