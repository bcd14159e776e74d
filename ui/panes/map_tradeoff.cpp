#include "ui/panes/map_tradeoff.h"

#include "ui/panes/layouts.h"
#include "ui/panes/metric_list.h"
#include "ui/plots/tradeoff_plot.h"
#include "ui/state/map_recommendation.h"

namespace tiller {

using namespace Qt::StringLiterals;

MapTradeoff::MapTradeoff(const LayerMap* map, QWidget* parent)
    : MapView(map, parent)
    , m_plot(new TradeoffPlot)
{
    m_plot->setObjectName(u"tradeoff"_s);
    m_plot->setPlaceholderText(tr("What steering gains against what it costs appears here\nonce effect "
                                  "or read-back and coherence are known."));
    column(this)->addWidget(m_plot);
    connect(m_plot, &TradeoffPlot::cellClicked, this,
        [this](CellIndex cell) { emit cellClicked(m_map, placeOf(cell)); });
    connect(m_plot, &TradeoffPlot::cellActivated, this,
        [this](CellIndex cell) { emit cellActivated(m_map, placeOf(cell)); });
}

Plot* MapTradeoff::picture()
{
    return m_plot;
}

void MapTradeoff::refresh()
{
    const MapGrid& grid = m_map->grid();
    const Metric goal = factsOf(m_look.metric).isSigned ? m_look.metric
        : grid.measures(Metric::Effect)                 ? Metric::Effect
                                                        : Metric::Readback;
    std::vector<TradeoffPoint> points;
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l) {
            const auto gain = m_map->figure({l, s}, goal, m_look.side);
            const auto loss = m_map->figure({l, s}, Metric::Coherence, m_look.side);
            if (gain && loss && grid.strengths[size_t(s)] != 0)
                points.push_back({{l, s}, m_map->titleOf({l, s}), grid.strengths[size_t(s)], loss->value,
                    gain->value, repeatsItself(*m_map, {l, s})});
        }
    MapLook shown = m_look;
    shown.metric = goal;
    m_plot->setGainLabel(u"%1, %2"_s.arg(shown.title(), unitOf(goal)));
    m_plot->setLimit(m_look.collapse);
    m_plot->setPoints(std::move(points));
    m_plot->setSelectedCell(indexOf(m_selected));
    m_plot->setCaption(m_map->caption());
}

}
