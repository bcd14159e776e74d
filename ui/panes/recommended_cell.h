#pragma once

#include "ui/plots/heatmap.h"
#include "ui/state/map_recommendation.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace tiller {

class FactList;

/// The recommended region as the map frames it.
std::optional<Heatmap::Recommendation> frameOf(
    const LayerMap& map, const std::optional<MapRecommendation>& found);

/// The cell that the map recommends, with figures and the reason; or why there is none.
class RecommendedCell : public QWidget {
    Q_OBJECT

public:
    explicit RecommendedCell(LayerMap* map, QWidget* parent = nullptr);

    /// Judges the map anew, and frames the region in it. `collapse`: nats per token.
    void refresh(double collapse, Heatmap& heatmap);
    const std::optional<MapRecommendation>& recommendation() const { return m_recommendation; }

signals:
    void useRequested(); ///< there is one

private:
    LayerMap* m_map;
    std::optional<MapRecommendation> m_recommendation;
    QLabel* m_title;
    FactList* m_facts;
    QLabel* m_reason;
    QPushButton* m_use;
};

}
