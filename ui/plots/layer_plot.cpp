#include "ui/plots/layer_plot.h"

#include "ui/plots/axis_labels.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <QKeyEvent>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

const QString bandsLayer = u"bands"_s; // above the bars
const QString curvesLayer = u"curves"_s; // above the bands
constexpr int bandAlpha = 36;
constexpr int bandEdgeAlpha = 110;
constexpr double tagSize = 8;

QCPScatterStyle scatterOf(SeriesMark mark, const QColor& ink, const QColor& ground)
{
    const QPen pen(ink, 1.2);
    switch (mark) {
    case SeriesMark::PositivePole:
        return QCPScatterStyle(QCPScatterStyle::ssTriangle, pen, ink, px(7));
    case SeriesMark::NegativePole:
        return QCPScatterStyle(QCPScatterStyle::ssTriangleInverted, pen, ground, px(7));
    case SeriesMark::None:
    case SeriesMark::LayerTag:
        break;
    }
    return QCPScatterStyle();
}

/// "0.88–0.97"; in words where a minus would meet the dash.
QString rangeText(double low, double high, int decimals)
{
    const QString words = low < 0 || high < 0 ? LayerPlot::tr("%1 to %2") : u"%1–%2"_s;
    return words.arg(number(low, decimals), number(high, decimals));
}

QCPAxis* valueAxis(QCustomPlot* plot, PlotAxis axis)
{
    return axis == PlotAxis::Left ? plot->yAxis : plot->yAxis2;
}

}

struct LayerPlot::Drawn {
    QCPBars* bars = nullptr;
    QCPGraph* graph = nullptr;
    QCPGraph* low = nullptr; ///< edges of the band
    QCPGraph* high = nullptr;
};

std::vector<LegendEntry> legendOf(const std::vector<LayerSeries>& series)
{
    std::vector<LegendEntry> entries;
    for (const LayerSeries& s : series)
        entries.push_back({s.name, s.color, s.style, s.mark});
    return entries;
}

namespace {

/// Whether a value stands between gaps, where no line reaches it.
bool hasIsolated(const std::vector<double>& values)
{
    const auto known = [&](size_t i) { return i < values.size() && std::isfinite(values[i]); };
    for (size_t i = 0; i < values.size(); ++i)
        if (known(i) && !known(i + 1) && (i == 0 || !known(i - 1)))
            return true;
    return false;
}

}

LayerPlot::LayerPlot(QWidget* parent)
    : Plot(parent)
    , m_layerLabel(tr("layer"))
{
    setAccessibleName(tr("Plot over layers"));
    m_plot->addLayer(bandsLayer, m_plot->layer(u"main"_s), QCustomPlot::limAbove);
    m_plot->addLayer(curvesLayer, m_plot->layer(bandsLayer), QCustomPlot::limAbove);
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    m_plot->xAxis2->setVisible(true);
    m_plot->xAxis2->setTicks(false);
    m_plot->xAxis2->setTickLabels(false);
    m_plot->yAxis2->setVisible(true);
    m_plot->xAxis->grid()->setVisible(false);
    m_labels = new AxisLabels(m_plot->xAxis);
    new PaintedPart(
        m_plot->axisRect(), u"overlay"_s, [this](QCPPainter& painter) { paintCurrentLayer(painter); });
    new PaintedPart(
        m_plot->axisRect(), u"overlay"_s, [this](QCPPainter& painter) { paintRecommendation(painter); },
        PaintedPart::Clip::Nothing);
    rebuild();
}

LayerPlot::~LayerPlot() = default;

int LayerPlot::layerCount() const
{
    size_t count = 0;
    for (const LayerSeries& series : m_series)
        count = std::max(count, series.values.size());
    return int(count);
}

void LayerPlot::setSeries(std::vector<LayerSeries> series, int firstLayer)
{
    m_series = std::move(series);
    m_firstLayer = firstLayer;
    rebuild();
}

void LayerPlot::setLayerLabel(const QString& label)
{
    m_layerLabel = label;
    rebuild();
}

void LayerPlot::setAxisLabel(PlotAxis axis, const QString& label)
{
    m_axisLabel[int(axis)] = label;
    rebuild();
}

void LayerPlot::setAxisRange(PlotAxis axis, std::optional<std::pair<double, double>> range)
{
    m_range[int(axis)] = range;
    rebuild();
}

void LayerPlot::setCurrentLayer(int layer)
{
    m_current = layer;
    m_labels->setBold(layer >= 0 ? std::vector<int>{layer} : std::vector<int>{});
    announce(isEmpty() || layer < 0 ? QString() : figures(layer));
    replotSoon();
}

void LayerPlot::setRecommendedLayer(int layer, const QString& reason)
{
    m_recommended = layer;
    m_reason = reason;
    replotSoon();
}

LayerPlot::Drawn LayerPlot::draw(const LayerSeries& series)
{
    QCPAxis* axis = valueAxis(m_plot, series.axis);
    const auto graph = [&](const std::vector<double>& values, const QString& layer) {
        auto* made = new QCPGraph(m_plot->xAxis, axis);
        for (size_t i = 0; i < values.size(); ++i)
            made->addData(m_firstLayer + double(i), std::isfinite(values[i]) ? values[i] : qQNaN());
        made->setLayer(layer);
        made->setName(series.name);
        return made;
    };
    Drawn drawn;
    if (!series.low.empty() && series.low.size() == series.high.size()) {
        drawn.low = graph(series.low, bandsLayer);
        drawn.high = graph(series.high, bandsLayer);
        drawn.high->setChannelFillGraph(drawn.low);
    }
    if (series.style != SeriesStyle::Bars) {
        drawn.graph = graph(series.values, curvesLayer);
        if (hasIsolated(series.values))
            drawn.graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, px(5)));
        return drawn;
    }
    drawn.bars = new QCPBars(m_plot->xAxis, axis);
    drawn.bars->setWidth(0.66);
    drawn.bars->setName(series.name);
    for (size_t i = 0; i < series.values.size(); ++i) {
        if (std::isfinite(series.values[i]))
            drawn.bars->addData(m_firstLayer + double(i), series.values[i]);
    }
    return drawn;
}

void LayerPlot::rebuild()
{
    m_drawn.clear();
    m_plot->clearPlottables();
    const int count = layerCount();
    setEmpty(count == 0);

    std::vector<QString> labels;
    for (int layer = m_firstLayer; layer < m_firstLayer + count; ++layer)
        labels.push_back(QString::number(layer));
    m_labels->setLabels(std::move(labels), m_firstLayer);
    for (const LayerSeries& series : m_series)
        m_drawn.push_back(draw(series));

    m_labels->setTitle(m_layerLabel);
    m_plot->yAxis->setLabel(m_axisLabel[0]);
    m_plot->yAxis2->setLabel(m_axisLabel[1]);
    const bool right = std::any_of(
        m_series.begin(), m_series.end(), [](const LayerSeries& s) { return s.axis == PlotAxis::Right; });
    m_plot->yAxis2->setTicks(right);
    m_plot->yAxis2->setTickLabels(right);
    updateRanges();
    restyle();
    announce(count == 0 || m_current < 0 ? QString() : figures(m_current));
    replotSoon();
}

void LayerPlot::updateRanges()
{
    const int count = std::max(1, layerCount());
    const double air = std::max(0.5, count * 0.02);
    m_plot->xAxis->setRange(m_firstLayer - air, m_firstLayer + count - 1 + air);
    for (const PlotAxis side : {PlotAxis::Left, PlotAxis::Right}) {
        QCPAxis* axis = valueAxis(m_plot, side);
        if (const auto& fixed = m_range[int(side)]) {
            axis->setRange(fixed->first, fixed->second);
            continue;
        }
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        bool fromZero = false;
        for (const LayerSeries& series : m_series) {
            if (series.axis != side)
                continue;
            fromZero = fromZero || series.style == SeriesStyle::Bars;
            for (const auto* values : {&series.values, &series.low, &series.high}) {
                for (const double value : *values) {
                    if (!std::isfinite(value))
                        continue;
                    low = std::min(low, value);
                    high = std::max(high, value);
                }
            }
        }
        if (!(low <= high)) {
            axis->setRange(0, 1);
            continue;
        }
        if (fromZero) {
            low = std::min(low, 0.0);
            high = std::max(high, 0.0);
        }
        // The same everywhere but for rounding is a flat line.
        if (high - low < 1e-4 * std::max(std::abs(low), std::abs(high))) {
            low -= 0.1 * std::abs(low);
            high += 0.1 * std::abs(high);
        }
        const QCPRange range = withAir(low, high, 0.06);
        axis->setRange(fromZero && low == 0 ? 0 : range.lower, fromZero && high == 0 ? 0 : range.upper);
    }
}

/// Fixed by the figures that a range of this size may show, so that plots above each other align and do not
/// jump.
void LayerPlot::updateMargins()
{
    const QFontMetrics metrics(plotFont());
    const int figures = metrics.horizontalAdvance(u"−0.00"_s) + px(8);
    const int label = metrics.height() + px(2);
    const bool right = m_plot->yAxis2->tickLabels();
    const int below = m_labels->extent() + px(4) + (m_layerLabel.isEmpty() ? 0 : label - px(2));
    m_plot->axisRect()->setMargins(QMargins(figures + (m_axisLabel[0].isEmpty() ? 0 : label), px(10),
        right ? figures + (m_axisLabel[1].isEmpty() ? 0 : label) : px(8), below));
}

void LayerPlot::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    for (QCPAxis* axis : {m_plot->yAxis, m_plot->yAxis2})
        axis->ticker()->setTickCount(3);
    m_labels->setColors(palette);
    for (size_t i = 0; i < m_drawn.size(); ++i) {
        const LayerSeries& series = m_series[i];
        const Drawn& drawn = m_drawn[i];
        const QColor ink = palette.*series.color;
        QPen pen(ink, 1.6);
        if (series.style == SeriesStyle::Dashed)
            pen.setDashPattern({3, 2});
        if (drawn.bars) {
            drawn.bars->setPen(Qt::NoPen);
            drawn.bars->setBrush(ink);
        }
        if (drawn.graph) {
            drawn.graph->setPen(pen);
            drawn.graph->setScatterStyle(scatterOf(series.mark, ink, palette.base));
        }
        if (drawn.high) {
            QColor fill = ink;
            fill.setAlpha(bandAlpha);
            drawn.high->setBrush(fill);
            QColor edge = ink;
            edge.setAlpha(bandEdgeAlpha);
            pen.setColor(edge);
            pen.setWidthF(0.8);
            drawn.low->setPen(pen);
            drawn.high->setPen(pen);
        }
    }
    updateMargins();
}

void LayerPlot::paintCurrentLayer(QCPPainter& painter) const
{
    if (m_current < 0)
        return;
    const QCPAxisRect* rect = m_plot->axisRect();
    const int x = int(std::lround(m_plot->xAxis->coordToPixel(m_current)));
    QPen pen(inks().text, 1);
    pen.setDashPattern({4, 3});
    painter.setAntialiasing(false);
    painter.setPen(pen);
    painter.drawLine(QLineF(x, rect->top(), x, rect->bottom()));
}

QRectF LayerPlot::tagRect() const
{
    if (m_recommended < m_firstLayer || m_recommended >= m_firstLayer + layerCount())
        return {};
    QRectF tag(0, 0, px(tagSize), px(tagSize));
    tag.moveCenter({m_plot->xAxis->coordToPixel(m_recommended), 0});
    tag.moveBottom(m_plot->axisRect()->top());
    return tag;
}

QRect LayerPlot::recommendationRect() const
{
    const QRectF tag = tagRect();
    return tag.isEmpty() ? QRect() : tag.toAlignedRect().translated(m_plot->pos());
}

void LayerPlot::paintRecommendation(QCPPainter& painter) const
{
    if (const QRectF tag = tagRect(); !tag.isEmpty())
        drawLayerTag(painter, tag, inks().text);
}

int LayerPlot::layerAt(const QPoint& point) const
{
    const int count = layerCount();
    const QPoint inPlot = point - m_plot->pos();
    if (count == 0 || !m_plot->axisRect()->rect().adjusted(0, -px(10), 0, px(20)).contains(inPlot))
        return -1;
    const int layer = int(std::lround(m_plot->xAxis->pixelToCoord(inPlot.x())));
    return std::clamp(layer, m_firstLayer, m_firstLayer + count - 1);
}

QString LayerPlot::figures(int layer) const
{
    QString text = tr("Layer %1").arg(layer);
    const auto add = [&](const LayerSeries& series) {
        const int index = layer - m_firstLayer;
        if (index < 0 || index >= int(series.values.size()))
            return;
        text += u"\n%1 %2"_s.arg(series.name, number(series.values[size_t(index)], series.decimals));
        if (size_t(index) < std::min(series.low.size(), series.high.size()))
            text += u" (%1)"_s.arg(
                rangeText(series.low[size_t(index)], series.high[size_t(index)], series.decimals));
    };
    std::ranges::for_each(m_series, add);
    std::ranges::for_each(m_further, add);
    if (layer == m_recommended && !m_reason.isEmpty())
        text += u'\n' + tr("Recommended: %1").arg(m_reason);
    return text;
}

QString LayerPlot::textAt(const QPoint& point) const
{
    const QRect tag = recommendationRect();
    if (!tag.isEmpty() && tag.adjusted(-px(3), -px(3), px(3), px(3)).contains(point) && !m_reason.isEmpty())
        return tr("Layer %1: %2").arg(m_recommended).arg(m_reason);
    const int layer = layerAt(point);
    return layer >= 0 ? figures(layer) : QString();
}

std::vector<LegendEntry> LayerPlot::legend() const
{
    auto entries = legendOf(m_series);
    if (!tagRect().isEmpty())
        entries.push_back({tr("recommended layer"), &Colors::text, SeriesStyle::Solid, SeriesMark::LayerTag});
    return entries;
}

PlotTable LayerPlot::table() const
{
    std::vector<const LayerSeries*> all;
    for (const auto* list : {&m_series, &m_further})
        for (const LayerSeries& series : *list)
            all.push_back(&series);
    QStringList header{u"layer"_s};
    for (const LayerSeries* series : all) {
        header += series->name;
        if (!series->low.empty())
            header += {series->name + u" low"_s, series->name + u" high"_s};
    }
    PlotTable rows{header};
    for (int i = 0; i < layerCount(); ++i) {
        QStringList row{QString::number(m_firstLayer + i)};
        const auto add = [&](const std::vector<double>& values) {
            row += size_t(i) < values.size() ? cellOf(values[size_t(i)]) : QString();
        };
        for (const LayerSeries* series : all) {
            add(series->values);
            if (!series->low.empty()) {
                add(series->low);
                add(series->high);
            }
        }
        rows.push_back(row);
    }
    return rows;
}

void LayerPlot::setHovered(int layer)
{
    if (layer == m_hovered)
        return;
    m_hovered = layer;
    emit layerHovered(layer);
}

void LayerPlot::mouseMoveEvent(QMouseEvent* event)
{
    Plot::mouseMoveEvent(event);
    setHovered(layerAt(event->position().toPoint()));
}

void LayerPlot::mousePressEvent(QMouseEvent* event)
{
    const int layer = layerAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && layer >= 0)
        emit layerClicked(layer);
    else
        event->ignore();
}

void LayerPlot::leaveEvent(QEvent* event)
{
    setHovered(-1);
    QWidget::leaveEvent(event);
}

void LayerPlot::keyPressEvent(QKeyEvent* event)
{
    const int last = m_firstLayer + layerCount() - 1;
    const int from = m_hovered >= 0 ? m_hovered : m_current;
    int to = -1;
    switch (event->key()) {
    case Qt::Key_Left:
        to = from < 0 ? last : from - 1;
        break;
    case Qt::Key_Right:
        to = from < 0 ? m_firstLayer : from + 1;
        break;
    case Qt::Key_Home:
        to = m_firstLayer;
        break;
    case Qt::Key_End:
        to = last;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (from >= 0) {
            emit layerClicked(from);
            return;
        }
        [[fallthrough]];
    default:
        Plot::keyPressEvent(event);
        return;
    }
    if (layerCount() == 0)
        return;
    to = std::clamp(to, m_firstLayer, last);
    setHovered(to);
    announce(figures(to));
    const QPoint place(int(m_plot->xAxis->coordToPixel(to)), m_plot->axisRect()->top());
    showTip(m_plot->pos() + place, figures(to));
}

void LayerPlot::focusOutEvent(QFocusEvent* event)
{
    Plot::focusOutEvent(event);
    setHovered(-1);
}

}
