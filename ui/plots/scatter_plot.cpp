#include "ui/plots/scatter_plot.h"

#include "ui/plots/pair_mark.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double reach = 12; ///< of a click
constexpr double largestMark = 10;
constexpr double smallestMark = 5;
constexpr double manyPairs = 60; ///< from here on marks shrink

bool isFinite(const QPointF& point)
{
    return std::isfinite(point.x()) && std::isfinite(point.y());
}

}

ScatterPlot::ScatterPlot(QWidget* parent)
    : PairedPlot(parent)
{
    setAccessibleName(tr("Activations in two dimensions"));
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    for (QCPAxis* axis : {m_plot->xAxis2, m_plot->yAxis2}) {
        axis->setVisible(true);
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    new PaintedPart(m_plot->axisRect(), u"main"_s, [this](QCPPainter& painter) { paintPairs(painter); });
    restyle();
}

void ScatterPlot::setPairs(std::vector<ScatterPair> pairs)
{
    m_pairs = std::move(pairs);
    std::vector<int> rows;
    double low[2] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    double high[2] = {-low[0], -low[1]};
    for (const ScatterPair& pair : m_pairs) {
        rows.push_back(pair.row);
        for (const QPointF& point : {pair.positive, pair.negative}) {
            if (!isFinite(point))
                continue;
            low[0] = std::min(low[0], point.x());
            high[0] = std::max(high[0], point.x());
            low[1] = std::min(low[1], point.y());
            high[1] = std::max(high[1], point.y());
        }
    }
    m_plot->xAxis->setRange(withAir(low[0], high[0], 0.1));
    m_plot->yAxis->setRange(withAir(low[1], high[1], 0.1));
    setRows(std::move(rows));
    restyle();
    replotSoon();
}

void ScatterPlot::setAxisLabels(const QString& x, const QString& y)
{
    m_plot->xAxis->setLabel(x);
    m_plot->yAxis2->setLabel(y);
    restyle();
    replotSoon();
}

void ScatterPlot::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
        axis->ticker()->setTickCount(4);
    const QFontMetrics metrics(plotFont());
    const int line = metrics.height();
    m_plot->axisRect()->setMargins(QMargins(metrics.horizontalAdvance(u"−0.00"_s) + px(8), px(8),
        px(8) + (m_plot->yAxis2->label().isEmpty() ? 0 : line + px(2)),
        line + px(7) + (m_plot->xAxis->label().isEmpty() ? 0 : line + px(2))));
}

QSize ScatterPlot::plotSizeInFigure() const
{
    return Plot::plotSizeInFigure().expandedTo(QSize(px(440), px(340)));
}

const ScatterPair* ScatterPlot::find(int row) const
{
    const auto at = std::find_if(
        m_pairs.begin(), m_pairs.end(), [row](const ScatterPair& pair) { return pair.row == row; });
    return at == m_pairs.end() ? nullptr : &*at;
}

QPointF ScatterPlot::inPlot(const QPointF& point) const
{
    return {m_plot->xAxis->coordToPixel(point.x()), m_plot->yAxis->coordToPixel(point.y())};
}

QPointF ScatterPlot::markPosition(const QPointF& point) const
{
    return inPlot(point) + m_plot->pos();
}

QPoint ScatterPlot::placeOf(int row) const
{
    const ScatterPair* pair = find(row);
    if (!pair)
        return {};
    return markPosition(isFinite(pair->positive) ? pair->positive : pair->negative).toPoint();
}

int ScatterPlot::rowAt(const QPoint& point) const
{
    if (isEmpty())
        return -1;
    double least = px(reach);
    int nearest = -1;
    for (const ScatterPair& pair : m_pairs) {
        for (const QPointF& side : {pair.positive, pair.negative}) {
            if (!isFinite(side))
                continue;
            const double distance = QLineF(markPosition(side), point).length();
            if (distance <= least) {
                least = distance;
                nearest = pair.row;
            }
        }
    }
    return nearest;
}

QString ScatterPlot::figures(int row) const
{
    const ScatterPair* pair = find(row);
    if (!pair)
        return {};
    const auto place = [this](const QPointF& point) {
        const int x = decimalsFor(m_plot->xAxis->range().size());
        const int y = decimalsFor(m_plot->yAxis->range().size());
        return u"%1, %2"_s.arg(signedNumber(point.x(), x), signedNumber(point.y(), y));
    };
    QStringList lines{title(row, pair->dropped)};
    if (isFinite(pair->positive))
        lines += u"%1 %2"_s.arg(positiveName(), place(pair->positive));
    if (isFinite(pair->negative))
        lines += u"%1 %2"_s.arg(negativeName(), place(pair->negative));
    return lines.join(u'\n');
}

PlotTable ScatterPlot::table() const
{
    PlotTable rows{{isJoined() ? u"pair"_s : u"text"_s, u"side"_s, u"x"_s, u"y"_s, u"dropped"_s}};
    for (const ScatterPair& pair : m_pairs) {
        const auto add = [&](const QString& side, const QPointF& point) {
            if (isFinite(point))
                rows.push_back({QString::number(pair.row + 1), side, cellOf(point.x()), cellOf(point.y()),
                    pair.dropped ? u"1"_s : u"0"_s});
        };
        add(u"positive"_s, pair.positive);
        add(u"negative"_s, pair.negative);
    }
    return rows;
}

void ScatterPlot::paintPairs(QCPPainter& painter) const
{
    for (const ScatterPair& pair : m_pairs)
        paintLine(painter, pair);
    for (const ScatterPair& pair : m_pairs)
        paintMarks(painter, pair);
    if (const ScatterPair* selected = find(selectedRow())) { // over all others
        paintLine(painter, *selected);
        paintMarks(painter, *selected);
    }
}

void ScatterPlot::paintLine(QCPPainter& painter, const ScatterPair& pair) const
{
    if (!isJoined() || !isFinite(pair.positive) || !isFinite(pair.negative))
        return;
    const bool selected = pair.row == selectedRow();
    QPen pen(selected ? inks().text : inks().line, selected ? 1.4 : 1);
    if (pair.dropped)
        pen.setDashPattern({2, 2});
    painter.setPen(pen);
    painter.drawLine(inPlot(pair.negative), inPlot(pair.positive));
}

void ScatterPlot::paintMarks(QCPPainter& painter, const ScatterPair& pair) const
{
    const bool selected = pair.row == selectedRow();
    const double shrunk = largestMark * std::sqrt(manyPairs / std::max(manyPairs, double(m_pairs.size())));
    const double size = px(selected ? largestMark : std::max(shrunk, smallestMark));
    const PairState state = pair.dropped ? PairState::Dropped
        : selected                       ? PairState::Selected
                                         : PairState::Plain;
    if (isFinite(pair.negative))
        drawPairMark(painter, inPlot(pair.negative), size, Pole::Negative, state, inks());
    if (isFinite(pair.positive))
        drawPairMark(painter, inPlot(pair.positive), size, Pole::Positive, state, inks());
}

}
