#include "ui/plots/layer_plot.h"

#include "ui/plots/axis_labels.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"
#include "ui/widgets/pole_label.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

const QString curvesLayer = u"curves"_s; // above the bars

QCPScatterStyle scatterOf(SeriesMark mark, const QColor& ink, const QColor& ground)
{
    const QPen pen(ink, 1.2);
    switch (mark) {
    case SeriesMark::PositivePole:
        return QCPScatterStyle(QCPScatterStyle::ssTriangle, pen, ink, px(7));
    case SeriesMark::NegativePole:
        return QCPScatterStyle(QCPScatterStyle::ssTriangleInverted, pen, ground, px(7));
    case SeriesMark::None:
        break;
    }
    return QCPScatterStyle();
}

/// The current layer as a dashed line over everything else.
class CurrentLayerLine : public QCPLayerable {
public:
    explicit CurrentLayerLine(QCPAxisRect* rect)
        : QCPLayerable(rect->parentPlot(), u"overlay"_s)
        , m_rect(rect)
    {
    }

    double place = -1;
    QColor ink;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(false); }
    QRect clipRect() const override { return m_rect->rect(); }
    void draw(QCPPainter* painter) override
    {
        if (place < 0)
            return;
        const int x = int(std::lround(m_rect->axis(QCPAxis::atBottom)->coordToPixel(place)));
        QPen pen(ink, 1);
        pen.setDashPattern({4, 3});
        painter->setPen(pen);
        painter->drawLine(QLineF(x, m_rect->top(), x, m_rect->bottom()));
    }

private:
    QCPAxisRect* m_rect;
};

CurrentLayerLine* currentLine(QCustomPlot* plot)
{
    for (QCPLayerable* child : plot->layer(u"overlay"_s)->children()) {
        if (auto* line = dynamic_cast<CurrentLayerLine*>(child))
            return line;
    }
    return nullptr;
}

QCPAxis* valueAxis(QCustomPlot* plot, PlotAxis axis)
{
    return axis == PlotAxis::Left ? plot->yAxis : plot->yAxis2;
}

}

LayerPlot::LayerPlot(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot(this))
    , m_layerLabel(tr("layer"))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Plot over layers"));
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->addLayer(curvesLayer, m_plot->layer(u"main"_s), QCustomPlot::limAbove);
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    m_plot->xAxis2->setVisible(true);
    m_plot->xAxis2->setTicks(false);
    m_plot->xAxis2->setTickLabels(false);
    m_plot->yAxis2->setVisible(true);
    m_plot->xAxis->grid()->setVisible(false);
    m_labels = new AxisLabels(m_plot->xAxis);
    new CurrentLayerLine(m_plot->axisRect());
    rebuild();
}

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

void LayerPlot::setPlaceholderText(const QString& text)
{
    m_placeholder = text;
    update();
}

void LayerPlot::setCurrentLayer(int layer)
{
    m_current = layer;
    currentLine(m_plot)->place = layer;
    m_labels->setBold(layer >= 0 ? std::vector<int>{layer} : std::vector<int>{});
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void LayerPlot::rebuild()
{
    m_plot->clearPlottables();
    const int count = layerCount();
    m_plot->setVisible(count > 0);

    std::vector<QString> labels;
    for (int layer = m_firstLayer; layer < m_firstLayer + count; ++layer)
        labels.push_back(QString::number(layer));
    m_labels->setLabels(std::move(labels), m_firstLayer);

    for (const LayerSeries& series : m_series) {
        QCPAxis* axis = valueAxis(m_plot, series.axis);
        QCPAbstractPlottable* plottable = nullptr;
        if (series.style == SeriesStyle::Bars) {
            auto* bars = new QCPBars(m_plot->xAxis, axis);
            bars->setWidth(0.66);
            for (size_t i = 0; i < series.values.size(); ++i) {
                if (std::isfinite(series.values[i]))
                    bars->addData(m_firstLayer + double(i), series.values[i]);
            }
            plottable = bars;
        } else {
            auto* graph = new QCPGraph(m_plot->xAxis, axis);
            for (size_t i = 0; i < series.values.size(); ++i)
                graph->addData(
                    m_firstLayer + double(i), std::isfinite(series.values[i]) ? series.values[i] : qQNaN());
            graph->setLayer(curvesLayer);
            plottable = graph;
        }
        plottable->setName(series.name);
    }

    m_labels->setTitle(m_layerLabel);
    m_plot->yAxis->setLabel(m_axisLabel[0]);
    m_plot->yAxis2->setLabel(m_axisLabel[1]);
    const bool right = std::any_of(
        m_series.begin(), m_series.end(), [](const LayerSeries& s) { return s.axis == PlotAxis::Right; });
    m_plot->yAxis2->setTicks(right);
    m_plot->yAxis2->setTickLabels(right);
    updateRanges();
    recolor(colors());
    updateMargins();
    update();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
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
            for (const double value : series.values) {
                if (!std::isfinite(value))
                    continue;
                low = std::min(low, value);
                high = std::max(high, value);
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
        const double margin = high > low ? (high - low) * 0.06 : std::max(std::abs(high) * 0.1, 0.1);
        axis->setRange(fromZero && low == 0 ? 0 : low - margin, fromZero && high == 0 ? 0 : high + margin);
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

void LayerPlot::recolor(const Colors& palette)
{
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->xAxis2, m_plot->yAxis, m_plot->yAxis2})
        axis->setBasePen(QPen(palette.line));
    for (QCPAxis* axis : {m_plot->yAxis, m_plot->yAxis2})
        axis->ticker()->setTickCount(3);
    m_labels->setColors(palette);
    currentLine(m_plot)->ink = palette.text;
    for (int i = 0; i < m_plot->plottableCount(); ++i) {
        const LayerSeries& series = m_series[size_t(i)];
        const QColor ink = palette.*series.color;
        if (auto* bars = qobject_cast<QCPBars*>(m_plot->plottable(i))) {
            bars->setPen(Qt::NoPen);
            bars->setBrush(ink);
        } else if (auto* graph = qobject_cast<QCPGraph*>(m_plot->plottable(i))) {
            QPen pen(ink, 1.6);
            if (series.style == SeriesStyle::Dashed)
                pen.setDashPattern({3, 2});
            graph->setPen(pen);
            graph->setScatterStyle(scatterOf(series.mark, ink, palette.base));
        }
    }
}

int LayerPlot::layerAt(const QPoint& point) const
{
    const int count = layerCount();
    const QPoint inPlot = point - m_plot->pos();
    if (count == 0 || !m_plot->axisRect()->rect().adjusted(0, 0, 0, px(20)).contains(inPlot))
        return -1;
    const int layer = int(std::lround(m_plot->xAxis->pixelToCoord(inPlot.x())));
    return std::clamp(layer, m_firstLayer, m_firstLayer + count - 1);
}

QString LayerPlot::figures(int layer) const
{
    QString text = tr("Layer %1").arg(layer);
    for (const LayerSeries& series : m_series) {
        const int index = layer - m_firstLayer;
        if (index >= 0 && index < int(series.values.size()))
            text += u"\n%1 %2"_s.arg(series.name, number(series.values[size_t(index)], series.decimals));
    }
    return text;
}

QString LayerPlot::exportTo(const QString& fileName)
{
    recolor(lightColors());
    const QString problem = writePlot(*m_plot, fileName);
    recolor(colors());
    m_plot->replot(QCustomPlot::rpQueuedReplot);
    return problem;
}

QSize LayerPlot::sizeHint() const
{
    return {px(420), px(180)};
}

QSize LayerPlot::minimumSizeHint() const
{
    return {px(160), px(80)};
}

bool LayerPlot::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int layer = layerAt(help->pos());
        if (layer >= 0)
            QToolTip::showText(help->globalPos(), figures(layer), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void LayerPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().base);
    if (layerCount() == 0) {
        painter.setPen(colors().secondary);
        painter.setFont(smallFont());
        painter.drawText(
            rect().adjusted(px(24), 0, -px(24), 0), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
    }
    if (showsFocusRing(this))
        drawFocusRing(painter, rect());
}

void LayerPlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int ring = 2; // the focus ring stands around the plot
    m_plot->setGeometry(rect().adjusted(ring, ring, -ring, -ring));
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
    const int layer = layerAt(event->position().toPoint());
    if (layer != m_hovered && layer >= 0 && QToolTip::isVisible())
        QToolTip::showText(event->globalPosition().toPoint(), figures(layer), this);
    setHovered(layer);
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
        event->ignore();
        return;
    }
    if (layerCount() == 0)
        return;
    to = std::clamp(to, m_firstLayer, last);
    setHovered(to);
    const QPoint place(int(m_plot->xAxis->coordToPixel(to)), m_plot->axisRect()->top());
    QToolTip::showText(m_plot->mapToGlobal(place), figures(to), this);
}

void LayerPlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void LayerPlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    setHovered(-1);
    update();
}

void LayerPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        recolor(colors());
        updateMargins();
        m_plot->replot(QCustomPlot::rpQueuedReplot);
    }
}

}
