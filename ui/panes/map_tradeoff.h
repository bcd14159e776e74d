#pragma once

#include "ui/panes/map_view.h"

namespace tiller {

class TradeoffPlot;

/// What steering gains against what it costs, cell by cell.
class MapTradeoff : public MapView {
    Q_OBJECT

public:
    explicit MapTradeoff(const LayerMap* map, QWidget* parent = nullptr);

    Tools tools() const override { return {Side | Limit | Export}; }
    Plot* picture() override;

protected:
    void refresh() override;

private:
    TradeoffPlot* m_plot;
};

}
