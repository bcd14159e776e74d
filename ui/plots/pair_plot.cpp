#include "ui/plots/pair_plot.h"

#include "ui/plots/axis_labels.h"
#include "ui/plots/pair_mark.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double largestMark = 9;
constexpr double smallestMark = 3;
constexpr double rowInFigure = 4; ///< least height of a row in a figure
constexpr double highestFigure = 1600;

double distanceToSegment(const QPointF& point, const QPointF& from, const QPointF& to)
{
    const QPointF along = to - from;
    const double length = QPointF::dotProduct(along, along);
    const double t
        = length > 0 ? std::clamp(QPointF::dotProduct(point - from, along) / length, 0.0, 1.0) : 0.0;
    return QLineF(point, from + t * along).length();
}

}

PairPlot::PairPlot(QWidget* parent)
    : PairedPlot(parent)
{
    setAccessibleName(tr("Projections of the pairs"));
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    for (QCPAxis* axis : {m_plot->xAxis2, m_plot->yAxis2}) {
        axis->setVisible(true);
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    m_plot->yAxis->setRangeReversed(true);
    m_plot->yAxis->grid()->setVisible(false);
    m_labels = new AxisLabels(m_plot->yAxis);
    m_labels->setEndsShown(true);
    const auto part = [this](const QString& layer, void (PairPlot::*paint)(QCPPainter&) const,
                          PaintedPart::Clip clip) {
        new PaintedPart(
            m_plot->axisRect(), layer, [this, paint](QCPPainter& painter) { (this->*paint)(painter); }, clip);
    };
    part(u"background"_s, &PairPlot::paintBand, PaintedPart::Clip::AxisRect);
    part(u"main"_s, &PairPlot::paintPairs, PaintedPart::Clip::AxisRect);
    part(u"axes"_s, &PairPlot::paintDropped, PaintedPart::Clip::Nothing);
    restyle();
}

void PairPlot::setPairs(std::vector<PlottedPair> pairs)
{
    m_pairs = std::move(pairs);
    std::vector<int> rows;
    double low = 0;
    double high = 0;
    for (const PlottedPair& pair : m_pairs) {
        rows.push_back(pair.row);
        for (const double value : {pair.positive, pair.negative}) {
            if (std::isfinite(value)) {
                low = std::min(low, value);
                high = std::max(high, value);
            }
        }
    }
    m_plot->xAxis->setRange(withAir(low, high, 0.08));
    const auto [first, last] = std::minmax_element(rows.begin(), rows.end());
    std::vector<QString> labels;
    if (!rows.empty()) {
        for (int row = *first; row <= *last; ++row)
            labels.push_back(QString::number(row + 1));
        m_plot->yAxis->setRange(*first + 0.4, *last + 1.6);
    }
    m_labels->setLabels(std::move(labels), rows.empty() ? 1 : *first + 1);
    setRows(std::move(rows));
    restyle();
    replotSoon();
}

void PairPlot::setAxisLabel(const QString& label)
{
    m_plot->xAxis->setLabel(label);
    restyle();
    replotSoon();
}

void PairPlot::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    m_plot->xAxis->ticker()->setTickCount(4);
    m_labels->setColors(palette);
    m_labels->setTitle(isJoined() ? tr("pair") : tr("text"));
    m_labels->setBold(find(selectedRow()) ? std::vector<int>{selectedRow() + 1} : std::vector<int>{});

    const QFontMetrics metrics(plotFont());
    const int line = metrics.height();
    m_plot->axisRect()->setMargins(QMargins(std::max(m_labels->extent(), px(20)) + line + px(4), px(8),
        metrics.horizontalAdvance(tr("dropped")) + px(10),
        line + px(7) + (m_plot->xAxis->label().isEmpty() ? 0 : line + px(2))));
}

QSize PairPlot::plotSizeInFigure() const
{
    const QSize size = Plot::plotSizeInFigure();
    const double rows = std::min(px(rowInFigure) * double(m_pairs.size()), double(px(highestFigure)));
    return {size.width(), std::max(size.height(), int(rows) + px(50))};
}

const PlottedPair* PairPlot::find(int row) const
{
    const auto at = std::find_if(
        m_pairs.begin(), m_pairs.end(), [row](const PlottedPair& pair) { return pair.row == row; });
    return at == m_pairs.end() ? nullptr : &*at;
}

double PairPlot::pitch() const
{
    return std::abs(m_plot->yAxis->coordToPixel(1) - m_plot->yAxis->coordToPixel(0));
}

QPointF PairPlot::inPlot(const PlottedPair& pair, double projection) const
{
    return {m_plot->xAxis->coordToPixel(projection), m_plot->yAxis->coordToPixel(pair.row + 1)};
}

QPointF PairPlot::markPosition(const PlottedPair& pair, double projection) const
{
    return inPlot(pair, projection) + m_plot->pos();
}

QPoint PairPlot::placeOf(int row) const
{
    const PlottedPair* pair = find(row);
    return pair ? markPosition(*pair, m_plot->xAxis->range().center()).toPoint() : QPoint();
}

/// The row under the point; where rows are finer than a pointer, the one whose line is nearest.
int PairPlot::rowAt(const QPoint& point) const
{
    const QPointF place = point - m_plot->pos();
    if (isEmpty() || !m_plot->axisRect()->rect().contains(place.toPoint()))
        return -1;
    const double reach = std::max(pitch() / 2, double(px(3)));
    double least = std::numeric_limits<double>::infinity();
    int nearest = -1;
    for (const PlottedPair& pair : m_pairs) {
        const double one = std::isfinite(pair.positive) ? pair.positive : pair.negative;
        const double other = std::isfinite(pair.negative) ? pair.negative : pair.positive;
        const QPointF from = inPlot(pair, one);
        if (!std::isfinite(one) || std::abs(from.y() - place.y()) > reach)
            continue;
        const double distance = distanceToSegment(place, from, inPlot(pair, other));
        if (distance < least) {
            least = distance;
            nearest = pair.row;
        }
    }
    return nearest;
}

QString PairPlot::figures(int row) const
{
    const PlottedPair* pair = find(row);
    if (!pair)
        return {};
    const int decimals = decimalsFor(m_plot->xAxis->range().upper - m_plot->xAxis->range().lower);
    QStringList lines{title(row, pair->dropped)};
    if (std::isfinite(pair->positive))
        lines += u"%1 %2"_s.arg(positiveName(), signedNumber(pair->positive, decimals));
    if (std::isfinite(pair->negative))
        lines += u"%1 %2"_s.arg(negativeName(), signedNumber(pair->negative, decimals));
    if (isJoined() && std::isfinite(pair->positive) && std::isfinite(pair->negative))
        lines += tr("difference %1").arg(signedNumber(pair->positive - pair->negative, decimals));
    if (std::isfinite(pair->cosineWithout))
        lines += tr("Without it the vector keeps cosine %1").arg(number(pair->cosineWithout, 3));
    return lines.join(u'\n');
}

PlotTable PairPlot::table() const
{
    PlotTable rows{{isJoined() ? u"pair"_s : u"text"_s, u"positive"_s, u"negative"_s, u"dropped"_s,
        u"cosine_without"_s}};
    for (const PlottedPair& pair : m_pairs)
        rows.push_back({QString::number(pair.row + 1), cellOf(pair.positive), cellOf(pair.negative),
            pair.dropped ? u"1"_s : u"0"_s, cellOf(pair.cosineWithout)});
    return rows;
}

void PairPlot::paintBand(QCPPainter& painter) const
{
    const PlottedPair* pair = find(selectedRow());
    if (!pair)
        return;
    const QRect area = m_plot->axisRect()->rect();
    const double height = std::max(pitch(), double(px(5)));
    const double middle = m_plot->yAxis->coordToPixel(pair->row + 1);
    painter.fillRect(QRectF(area.left(), middle - height / 2, area.width(), height), inks().selectedRow);
}

void PairPlot::paintPairs(QCPPainter& painter) const
{
    for (const PlottedPair& pair : m_pairs) {
        if (pair.row != selectedRow())
            paintPair(painter, pair);
    }
    if (const PlottedPair* selected = find(selectedRow()))
        paintPair(painter, *selected);
}

void PairPlot::paintPair(QCPPainter& painter, const PlottedPair& pair) const
{
    const bool selected = pair.row == selectedRow();
    const double least = selected ? px(7) : px(smallestMark);
    const double size = std::clamp(pitch() * 0.95, least, double(px(largestMark)));
    const bool both = std::isfinite(pair.positive) && std::isfinite(pair.negative);
    if (isJoined() && both) {
        const bool crowded = pitch() < px(smallestMark); // strong lines would make one dark field
        QPen pen(selected                 ? inks().text
                : crowded || pair.dropped ? inks().line
                                          : inks().secondary,
            selected ? 1.4 : std::clamp(pitch() * 0.3, 0.3, 1.0));
        if (pair.dropped)
            pen.setDashPattern({2, 2});
        painter.setPen(pen);
        painter.drawLine(inPlot(pair, pair.negative), inPlot(pair, pair.positive));
    }
    const PairState state = pair.dropped ? PairState::Dropped
        : selected                       ? PairState::Selected
                                         : PairState::Plain;
    if (std::isfinite(pair.negative))
        drawPairMark(painter, inPlot(pair, pair.negative), size, Pole::Negative, state, inks());
    if (std::isfinite(pair.positive))
        drawPairMark(painter, inPlot(pair, pair.positive), size, Pole::Positive, state, inks());
}

/// The word beside dropped pairs, where two of them do not touch.
void PairPlot::paintDropped(QCPPainter& painter) const
{
    const QRect area = m_plot->axisRect()->rect();
    const double height = QFontMetricsF(plotFont()).height();
    painter.setFont(plotFont());
    painter.setPen(inks().secondary);
    double free = -std::numeric_limits<double>::infinity();
    for (const PlottedPair& pair : m_pairs) {
        const double top = m_plot->yAxis->coordToPixel(pair.row + 1) - height / 2;
        if (!pair.dropped || top < free)
            continue;
        free = top + height * 0.8;
        painter.drawText(QRectF(area.right() + px(6), top, px(60), height),
            int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextDontClip, tr("dropped"));
    }
}

}
