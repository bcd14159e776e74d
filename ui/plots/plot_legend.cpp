#include "ui/plots/plot_legend.h"

#include "ui/theme/theme.h"

#include <QPainter>

namespace tiller {

PlotLegend::PlotLegend(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void PlotLegend::setEntries(std::vector<LegendEntry> entries)
{
    m_entries = std::move(entries);
    QStringList names;
    for (const LegendEntry& entry : m_entries)
        names += entry.name;
    setAccessibleName(names.join(u", "));
    updateGeometry();
    update();
}

void PlotLegend::setSeries(const std::vector<LayerSeries>& series)
{
    setEntries(legendOf(series));
}

QSize PlotLegend::sizeHint() const
{
    return legendSize(m_entries);
}

QSize PlotLegend::minimumSizeHint() const
{
    return sizeHint();
}

void PlotLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    drawLegend(painter, QPoint(0, (height() - legendSize(m_entries).height()) / 2), m_entries, colors());
}

}
