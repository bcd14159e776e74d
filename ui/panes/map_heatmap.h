#pragma once

#include "ui/panes/map_look.h"
#include "ui/plots/heatmap.h"

namespace tiller {

/// A heatmap that shows a map as it fills.
class MapHeatmap : public Heatmap {
    Q_OBJECT

public:
    explicit MapHeatmap(const LayerMap* map, QWidget* parent = nullptr);

    void setLook(const MapLook& look);
    /// Colours end at this figure, for maps beside each other; nothing: as its own figures say.
    void setLimit(std::optional<double> limit);
    double ownLimit() const { return m_look.limit(model()->largestValue()); }
    void setProfilesVisible(bool visible);
    void setPrompt(int prompt) { m_prompt = prompt; } ///< whose first words the card has

signals:
    void rescaled(); ///< figures have come, or the look has changed

private:
    void begin();
    void colorAll();
    void rescale();
    void profile(double limit);
    HeatmapCell cellOf(LayerMap::Place place) const;
    HoverCardContent card(LayerMap::Place place) const;
    QString rangeText(CellRange range) const;

    const LayerMap* m_map;
    MapLook m_look;
    std::optional<double> m_limit;
    bool m_profiles = true;
    int m_prompt = 0;
};

}
