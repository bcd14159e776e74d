#include "ui/panes/metric_list.h"

#include "ui/theme/color_maps.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QPainter>
#include <QTimer>

namespace tiller {

using namespace Qt::StringLiterals;

const std::vector<MapMetric>& mapMetrics()
{
    static const std::vector<MapMetric> metrics{
        {QT_TRANSLATE_NOOP("tiller::MetricList", "KL to unsteered"),
            QT_TRANSLATE_NOOP("tiller::MetricList", "nats/token"), &SweepCell::kl},
        {QT_TRANSLATE_NOOP("tiller::MetricList", "Coherence loss"),
            QT_TRANSLATE_NOOP("tiller::MetricList", "nats/token"), &SweepCell::nllRise},
    };
    return metrics;
}

MetricList::MetricList(LayerMap* map, QWidget* parent)
    : QListWidget(parent)
    , m_map(map)
{
    setObjectName(u"metrics"_s);
    setAccessibleName(tr("Metric that colours the map"));
    setFrameShape(NoFrame);
    setIconSize({px(86), px(27)});
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    for (const MapMetric& metric : mapMetrics())
        addItem(u"%1\n%2"_s.arg(tr(metric.title), tr(metric.unit)));
    setFixedHeight(px(38) * count());
    setCurrentRow(0);
    redraw();

    auto* soon = new QTimer(this);
    soon->setSingleShot(true);
    soon->setInterval(200);
    connect(soon, &QTimer::timeout, this, &MetricList::redraw);
    connect(map, &LayerMap::reset, this, &MetricList::redraw);
    connect(map, &LayerMap::measured, soon, [soon] {
        if (!soon->isActive())
            soon->start();
    });
}

const MapMetric& MetricList::current() const
{
    return mapMetrics()[size_t(std::max(0, currentRow()))];
}

void MetricList::redraw()
{
    const MapGrid& grid = m_map->grid();
    for (int i = 0; i < count(); ++i) {
        const auto figure = mapMetrics()[size_t(i)].figure;
        QPixmap picture(iconSize() * devicePixelRatio());
        picture.setDevicePixelRatio(devicePixelRatio());
        picture.fill(colors().base);
        QPainter painter(&picture);
        const double width = double(iconSize().width());
        const double height = double(iconSize().height());
        double limit = 1e-9;
        for (int l = 0; l < int(grid.layers.size()); ++l)
            for (int s = 0; s < int(grid.strengths.size()); ++s)
                if (const SweepCell* cell = m_map->cell({l, s}))
                    limit = std::max(limit, cell->*figure);
        const double w = width / std::max<double>(1, double(grid.layers.size()));
        const double h = height / std::max<double>(1, double(grid.strengths.size()));
        for (int l = 0; l < int(grid.layers.size()); ++l)
            for (int s = 0; s < int(grid.strengths.size()); ++s)
                if (const SweepCell* cell = m_map->cell({l, s}))
                    painter.fillRect(QRectF(l * w, height - (s + 1) * h, w, h), ember(cell->*figure / limit));
        painter.setPen(colors().line);
        painter.drawRect(QRectF(0.5, 0.5, width - 1, height - 1));
        painter.end();
        // The chosen metric keeps its colours too.
        QIcon thumbnail(picture);
        thumbnail.addPixmap(picture, QIcon::Selected);
        item(i)->setIcon(thumbnail);
    }
}

}
