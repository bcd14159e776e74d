#pragma once

#include "ui/panes/map_view.h"

namespace tiller {

class MapHeatmap;

/// Layers across, strengths upward: the map itself.
class MapPicture : public MapView {
    Q_OBJECT

public:
    explicit MapPicture(const LayerMap* map, QWidget* parent = nullptr);

    MapHeatmap* heatmap() { return m_heatmap; }
    Tools tools() const override { return {Scale | Side | Limit | Contour | Values | Export}; }
    void setLook(const MapLook& look) override;
    void setSelected(const LayerMap* map, LayerMap::Place place, int prompt) override;
    ColorScale scale() const override;
    Plot* picture() override;

protected:
    void refresh() override { } // the heatmap follows the map by itself

private:
    MapHeatmap* m_heatmap;
};

}
