#include "ui/panes/metric_list.h"

#include "ui/theme/color_maps.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"

#include <QPainter>
#include <QTimer>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString wordOf(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

}

QString titleOf(Metric metric)
{
    return wordOf(factsOf(metric).title);
}

QString unitOf(Metric metric)
{
    return wordOf(factsOf(metric).unit);
}

QString figureText(Metric metric, double value)
{
    const QString shown = factsOf(metric).isSigned || value < 0 ? signedNumber(value, 2) : number(value, 2);
    switch (metric) {
    case Metric::Coherence:
    case Metric::Kl:
        return QObject::tr("%1 nats").arg(shown);
    case Metric::Length:
        return number(value, 0);
    default:
        return shown;
    }
}

MetricList::MetricList(LayerMap* map, QWidget* parent)
    : QListWidget(parent)
    , m_map(map)
{
    setObjectName(u"metrics"_s);
    setAccessibleName(tr("Metric that colours the map"));
    setFrameShape(NoFrame);
    setIconSize({px(64), px(27)});
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    fill();

    auto* soon = new QTimer(this);
    soon->setSingleShot(true);
    soon->setInterval(200);
    connect(soon, &QTimer::timeout, this, &MetricList::redraw);
    connect(map, &LayerMap::reset, this, &MetricList::fill);
    connect(map, &LayerMap::measured, soon, [soon] {
        if (!soon->isActive())
            soon->start();
    });
}

void MetricList::fill()
{
    std::vector<Metric> metrics = m_map->grid().metrics;
    if (metrics.empty())
        metrics = {Metric::Effect, Metric::Readback, Metric::Coherence, Metric::Kl};
    const Metric before = m_metrics.empty() ? metrics.front() : current();
    const QSignalBlocker quiet(this);
    clear();
    m_metrics = metrics;
    for (const Metric metric : m_metrics) {
        auto* entry = new QListWidgetItem(u"%1\n%2"_s.arg(titleOf(metric), unitOf(metric)), this);
        entry->setSizeHint({0, px(38)});
        entry->setToolTip(wordOf(factsOf(metric).definition));
    }
    setFixedHeight(px(38) * count());
    const auto found = std::ranges::find(m_metrics, before);
    setCurrentRow(found == m_metrics.end() ? 0 : int(found - m_metrics.begin()));
    redraw();
}

Metric MetricList::current() const
{
    return m_metrics[size_t(std::max(0, currentRow()))];
}

void MetricList::setSide(MapSide side)
{
    m_side = side;
    redraw();
}

void MetricList::redraw()
{
    const MapGrid& grid = m_map->grid();
    for (int i = 0; i < count(); ++i) {
        const Metric metric = m_metrics[size_t(i)];
        const bool diverges = factsOf(metric).isSigned || m_side == MapSide::Difference;
        QPixmap picture(iconSize() * devicePixelRatio());
        picture.setDevicePixelRatio(devicePixelRatio());
        picture.fill(colors().base);
        QPainter painter(&picture);
        const double width = double(iconSize().width());
        const double height = double(iconSize().height());
        std::map<LayerMap::Place, double> values;
        double limit = 1e-9;
        for (int l = 0; l < int(grid.layers.size()); ++l)
            for (int s = 0; s < int(grid.strengths.size()); ++s)
                if (const auto figure = m_map->figure({l, s}, metric, m_side)) {
                    values[{l, s}] = figure->value;
                    limit = std::max(limit, std::abs(figure->value));
                }
        const double w = width / std::max<double>(1, double(grid.layers.size()));
        const double h = height / std::max<double>(1, double(grid.strengths.size()));
        for (const auto& [place, value] : values)
            painter.fillRect(QRectF(place.layer * w, height - (place.strength + 1) * h, w, h),
                diverges ? amberPlum(value / limit) : ember(value / limit));
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
