#pragma once

#include "ui/state/layer_map.h"

#include <QListWidget>

namespace tiller {

/// The metrics of the map with a small picture of it in each.
class MetricList : public QListWidget {
    Q_OBJECT

public:
    explicit MetricList(LayerMap* map, QWidget* parent = nullptr);

    Metric current() const;
    /// Whose figures are shown: the vector's, the control's, or their difference.
    void setSide(MapSide side);
    MapSide side() const { return m_side; }

private:
    void fill();
    void redraw();

    LayerMap* m_map;
    MapSide m_side = MapSide::Vector;
    std::vector<Metric> m_metrics; ///< of the rows
};

/// Of a metric, for people: "nats/token".
QString titleOf(Metric metric);
QString unitOf(Metric metric);
/// "0.41 nats/token", "+0.68": with sign where both directions count.
QString figureText(Metric metric, double value);

}
