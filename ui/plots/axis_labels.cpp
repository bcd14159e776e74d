#include "ui/plots/axis_labels.h"

#include "ui/theme/metrics.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

AxisLabels::AxisLabels(QCPAxis* axis)
    : QCPLayerable(axis->parentPlot(), u"axes"_s, axis)
    , m_axis(axis)
{
    axis->setTicks(false);
    axis->setTickLabels(false);
}

void AxisLabels::setLabels(std::vector<QString> labels, int firstPlace)
{
    m_labels = std::move(labels);
    m_firstPlace = firstPlace;
}

void AxisLabels::setBold(std::vector<int> places)
{
    m_bold = std::move(places);
}

void AxisLabels::setEndsShown(bool shown)
{
    m_endsShown = shown;
}

void AxisLabels::setTitle(const QString& title)
{
    m_title = title;
}

void AxisLabels::setTitleGap(int gap)
{
    m_titleGap = gap;
}

void AxisLabels::setColors(const Colors& palette)
{
    m_ink = palette.secondary;
    m_boldInk = palette.text;
}

int AxisLabels::extent() const
{
    const QFontMetrics metrics(strong(plotFont()));
    if (m_axis->orientation() == Qt::Horizontal)
        return metrics.height() + px(4);
    int widest = 0;
    for (const QString& label : m_labels)
        widest = std::max(widest, metrics.horizontalAdvance(label));
    return widest + px(8);
}

void AxisLabels::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(true);
}

QRect AxisLabels::clipRect() const
{
    return mParentPlot->viewport();
}

QRectF AxisLabels::labelRect(int place, const QFont& font) const
{
    const QFontMetricsF metrics(font);
    const QRect area = m_axis->axisRect()->rect();
    const double at = m_axis->coordToPixel(place);
    const QString& label = m_labels[size_t(place - m_firstPlace)];
    QRectF rect(0, 0, metrics.horizontalAdvance(label), metrics.height());
    if (m_axis->orientation() == Qt::Horizontal) {
        rect.moveCenter({at, 0});
        rect.moveTop(area.bottom() + px(4));
    } else {
        rect.moveCenter({0, at});
        rect.moveRight(area.left() - px(7));
    }
    return rect;
}

void AxisLabels::drawTitle(QCPPainter& painter) const
{
    if (m_title.isEmpty())
        return;
    const QRect area = m_axis->axisRect()->rect();
    const int line = QFontMetrics(plotFont()).height();
    painter.setFont(plotFont());
    painter.setPen(m_ink);
    if (m_axis->orientation() == Qt::Horizontal) {
        painter.drawText(QRect(area.left(), area.bottom() + extent() + m_titleGap, area.width(), line),
            Qt::AlignCenter | Qt::TextDontClip, m_title);
        return;
    }
    painter.save();
    painter.translate(area.left() - extent() - m_titleGap - line - px(2), area.bottom());
    painter.rotate(-90);
    painter.drawText(QRect(0, 0, area.height(), line), Qt::AlignCenter | Qt::TextDontClip, m_title);
    painter.restore();
}

void AxisLabels::draw(QCPPainter* painter)
{
    const int count = int(m_labels.size());
    if (count == 0)
        return;
    drawTitle(*painter);
    const bool horizontal = m_axis->orientation() == Qt::Horizontal;
    const double pitch = std::abs(m_axis->coordToPixel(1) - m_axis->coordToPixel(0));
    double longest = 0;
    for (int place = m_firstPlace; place < m_firstPlace + count; ++place) {
        const QRectF rect = labelRect(place, plotFont());
        longest = std::max(longest, horizontal ? rect.width() : rect.height());
    }
    const std::vector<int> steps = m_endsShown ? std::vector<int>{1, 5, 10, 20, 50, 100, 200}
                                               : std::vector<int>{1, 2, 4, 8, 10, 20, 40, 50, 100};
    int step = 1;
    for (const int candidate : steps) {
        step = candidate;
        if (step * pitch >= longest + (horizontal ? px(14) : 0))
            break;
    }

    std::vector<QRectF> taken;
    const auto put = [&](int place, const QFont& font, const QColor& ink) {
        if (place < m_firstPlace || place >= m_firstPlace + count)
            return;
        const QRectF rect = labelRect(place, font);
        // Figures side by side read as one number unless a gap as wide as a figure keeps them apart.
        const QRectF room = horizontal ? rect.adjusted(-px(6), 0, px(6), 0)
                                       : rect.adjusted(0, rect.height() * 0.1, 0, -rect.height() * 0.1);
        if (std::any_of(
                taken.begin(), taken.end(), [&](const QRectF& other) { return other.intersects(room); }))
            return;
        taken.push_back(room);
        painter->setFont(font);
        painter->setPen(ink);
        painter->drawText(rect, Qt::AlignCenter | Qt::TextDontClip, m_labels[size_t(place - m_firstPlace)]);
    };
    for (const int place : m_bold)
        put(place, strong(plotFont()), m_boldInk);
    if (m_endsShown) {
        put(m_firstPlace, plotFont(), m_ink);
        put(m_firstPlace + count - 1, plotFont(), m_ink);
    }
    for (int place = m_firstPlace; place < m_firstPlace + count; ++place) {
        if (place % step == 0)
            put(place, plotFont(), m_ink);
    }
}

}
