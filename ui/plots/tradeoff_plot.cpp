#include "ui/plots/tradeoff_plot.h"

#include "ui/plots/hatch.h"
#include "ui/plots/pair_mark.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <QKeyEvent>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double reach = 12; ///< of a click
constexpr double markSize = 8;

}

TradeoffPlot::TradeoffPlot(QWidget* parent)
    : Plot(parent)
{
    setAccessibleName(tr("Gain of every cell against its coherence loss"));
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    for (QCPAxis* axis : {m_plot->xAxis2, m_plot->yAxis2}) {
        axis->setVisible(true);
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    m_plot->xAxis->setLabel(tr("coherence loss, nats/token"));
    new PaintedPart(m_plot->axisRect(), u"main"_s, [this](QCPPainter& painter) { paint(painter); });
    restyle();
    setEmpty(true);
}

void TradeoffPlot::setPoints(std::vector<TradeoffPoint> points)
{
    m_points = std::move(points);
    double cost[2] = {0, 0};
    double gain[2] = {0, 0};
    for (const TradeoffPoint& point : m_points) {
        cost[0] = std::min(cost[0], point.loss);
        cost[1] = std::max(cost[1], point.loss);
        gain[0] = std::min(gain[0], point.gain);
        gain[1] = std::max(gain[1], point.gain);
    }
    m_plot->xAxis->setRange(withAir(cost[0], std::max(cost[1], 0.1), 0.06));
    m_plot->yAxis->setRange(withAir(gain[0], std::max(gain[1], 0.1), 0.08));
    setEmpty(m_points.empty());
    restyle();
    replotSoon();
}

void TradeoffPlot::setGainLabel(const QString& label)
{
    m_plot->yAxis2->setLabel(label);
    restyle();
    replotSoon();
}

void TradeoffPlot::setLimit(double natsPerToken)
{
    m_limit = natsPerToken;
    replotSoon();
}

void TradeoffPlot::setSelectedCell(CellIndex cell)
{
    m_selected = cell;
    replotSoon();
}

const TradeoffPoint* TradeoffPlot::find(CellIndex cell) const
{
    const auto found = std::ranges::find(m_points, cell, &TradeoffPoint::cell);
    return found == m_points.end() ? nullptr : &*found;
}

std::vector<size_t> TradeoffPlot::front(int sign) const
{
    std::vector<size_t> order;
    for (size_t i = 0; i < m_points.size(); ++i)
        if (m_points[i].strength * sign > 0 && !m_points[i].repeats)
            order.push_back(i);
    std::ranges::sort(order, [&](size_t a, size_t b) {
        return m_points[a].loss != m_points[b].loss ? m_points[a].loss < m_points[b].loss
                                                    : m_points[a].gain * sign > m_points[b].gain * sign;
    });
    std::vector<size_t> front;
    double most = 0; // less than nothing is no gain
    for (const size_t i : order)
        if (m_points[i].gain * sign > most) {
            most = m_points[i].gain * sign;
            front.push_back(i);
        }
    return front;
}

QPointF TradeoffPlot::inPlot(const TradeoffPoint& point) const
{
    return {m_plot->xAxis->coordToPixel(point.loss), m_plot->yAxis->coordToPixel(point.gain)};
}

QPoint TradeoffPlot::placeOf(CellIndex cell) const
{
    const TradeoffPoint* point = find(cell);
    return point ? (inPlot(*point) + m_plot->pos()).toPoint() : QPoint();
}

CellIndex TradeoffPlot::cellAt(const QPoint& place) const
{
    double least = px(reach);
    CellIndex nearest;
    for (const TradeoffPoint& point : m_points)
        if (const double distance = QLineF(inPlot(point) + m_plot->pos(), place).length();
            distance <= least) {
            least = distance;
            nearest = point.cell;
        }
    return nearest;
}

QString TradeoffPlot::figures(const TradeoffPoint& point) const
{
    const QString text = tr("%1\n%2: %3\nloss %4 nats/token")
                             .arg(point.name, m_plot->yAxis2->label(), signedNumber(point.gain, 2),
                                 signedNumber(point.loss, 2));
    return point.repeats ? text + u'\n' + tr("repeats itself: not on the front") : text;
}

QString TradeoffPlot::textAt(const QPoint& place) const
{
    const TradeoffPoint* point = find(cellAt(place));
    return point ? figures(*point) : QString();
}

std::vector<LegendEntry> TradeoffPlot::legend() const
{
    return {{tr("front, above zero"), &Colors::positive, SeriesStyle::Solid},
        {tr("front, below zero"), &Colors::negative, SeriesStyle::Dashed}};
}

PlotTable TradeoffPlot::table() const
{
    PlotTable rows{{u"cell"_s, u"strength"_s, u"loss"_s, u"gain"_s, u"front"_s}};
    const std::vector<size_t> above = front(1);
    const std::vector<size_t> below = front(-1);
    for (size_t i = 0; i < m_points.size(); ++i) {
        const TradeoffPoint& point = m_points[i];
        const bool best
            = std::ranges::find(above, i) != above.end() || std::ranges::find(below, i) != below.end();
        rows.push_back({point.name, cellOf(point.strength), cellOf(point.loss), cellOf(point.gain),
            best ? u"1"_s : u"0"_s});
    }
    return rows;
}

void TradeoffPlot::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    const QFontMetrics metrics(plotFont());
    const int line = metrics.height();
    m_plot->axisRect()->setMargins(QMargins(metrics.horizontalAdvance(u"−00.0"_s) + px(8), px(8),
        px(8) + (m_plot->yAxis2->label().isEmpty() ? 0 : line + px(2)), 2 * line + px(9)));
}

void TradeoffPlot::paint(QCPPainter& painter) const
{
    const QRectF area = m_plot->axisRect()->rect();
    const double limit = m_plot->xAxis->coordToPixel(m_limit);
    if (limit < area.right())
        drawHatch(painter, QRectF(QPointF(std::max(limit, area.left()), area.top()), area.bottomRight()),
            inks().line, px(8));
    painter.setPen(QPen(inks().line, 1));
    const double zero = m_plot->yAxis->coordToPixel(0);
    painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero));
    for (const int sign : {-1, 1}) {
        QPolygonF line;
        for (const size_t i : front(sign))
            line << inPlot(m_points[i]);
        QPen pen(sign > 0 ? inks().positive : inks().negative, 1.6);
        if (sign < 0)
            pen.setDashPattern({4, 2});
        painter.setPen(pen);
        painter.drawPolyline(line);
    }
    for (const TradeoffPoint& point : m_points) {
        if (point.cell == m_selected)
            continue;
        drawPairMark(painter, inPlot(point), px(markSize),
            point.strength < 0 ? Pole::Negative : Pole::Positive,
            point.repeats ? PairState::Dropped : PairState::Plain, inks());
    }
    if (const TradeoffPoint* selected = find(m_selected)) {
        painter.setPen(QPen(inks().steered, 3));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(inPlot(*selected), px(8), px(8));
        drawPairMark(painter, inPlot(*selected), px(markSize),
            selected->strength < 0 ? Pole::Negative : Pole::Positive, PairState::Selected, inks());
    }
}

void TradeoffPlot::mousePressEvent(QMouseEvent* event)
{
    const CellIndex cell = cellAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && cell.isValid())
        emit cellClicked(cell);
    else
        Plot::mousePressEvent(event);
}

void TradeoffPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (const CellIndex cell = cellAt(event->position().toPoint()); cell.isValid())
        emit cellActivated(cell);
}

// Left and Right walk along the front of the selected cell's sign.
void TradeoffPlot::keyPressEvent(QKeyEvent* event)
{
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    const TradeoffPoint* selected = find(m_selected);
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && selected) {
        emit cellActivated(m_selected);
        return;
    }
    const std::vector<size_t> along = front(selected && selected->strength < 0 ? -1 : 1);
    if (step == 0 || along.empty()) {
        Plot::keyPressEvent(event);
        return;
    }
    const auto at = std::ranges::find_if(along, [&](size_t i) { return m_points[i].cell == m_selected; });
    const auto place = at == along.end()
        ? (step > 0 ? 0 : std::ssize(along) - 1)
        : std::clamp<std::ptrdiff_t>(at - along.begin() + step, 0, std::ssize(along) - 1);
    const TradeoffPoint& next = m_points[along[size_t(place)]];
    announce(figures(next));
    emit cellClicked(next.cell);
}

}
