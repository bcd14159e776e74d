#pragma once

#include "ui/panes/map_view.h"

class QLabel;

namespace tiller {

class PromptMultiples;

/// Every prompt for itself: small multiples, prompts down and strengths across, each over the layers.
class MapPrompts : public MapView {
    Q_OBJECT

public:
    explicit MapPrompts(const LayerMap* map, QWidget* parent = nullptr);

    Tools tools() const override { return {Scale | Limit | Export}; }
    ColorScale scale() const override { return m_scale; }
    Plot* picture() override;

protected:
    void refresh() override;

private:
    void begin();
    /// What is shown: the metric that is chosen, or the first that prompts have figures of.
    std::optional<Metric> shown() const;

    PromptMultiples* m_plot;
    QLabel* m_note;
    ColorScale m_scale;
};

}
