#include "ui/plots/legend_entries.h"

#include "ui/theme/metrics.h"
#include "ui/widgets/pole_label.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace tiller {

namespace {

constexpr double lineSample = 18;
constexpr double boxSample = 9;
constexpr double gap = 6;
constexpr double between = 12;

int sampleWidth(const LegendEntry& entry)
{
    return px(entry.style == SeriesStyle::Bars || entry.mark != SeriesMark::None ? boxSample : lineSample);
}

void drawSample(QPainter& painter, const QRect& rect, const LegendEntry& entry, const QColor& ink)
{
    switch (entry.mark) {
    case SeriesMark::PositivePole:
        drawPoleMark(painter, rect, Pole::Positive, ink);
        return;
    case SeriesMark::NegativePole:
        drawPoleMark(painter, rect, Pole::Negative, ink);
        return;
    case SeriesMark::LayerTag:
        drawLayerTag(painter, rect.adjusted(1, 0, -1, 0), ink);
        return;
    case SeriesMark::None:
        break;
    }
    if (entry.style == SeriesStyle::Bars) {
        painter.fillRect(rect, ink);
        return;
    }
    QPen pen(ink, 2);
    if (entry.style == SeriesStyle::Dashed)
        pen.setDashPattern({2, 1.5});
    painter.setPen(pen);
    painter.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right() + 1, rect.center().y()));
}

}

QSize legendSize(const std::vector<LegendEntry>& entries)
{
    const QFontMetrics metrics(smallFont());
    int width = 0;
    for (const LegendEntry& entry : entries)
        width += sampleWidth(entry) + px(gap) + metrics.horizontalAdvance(entry.name) + px(between);
    return {std::max(0, width - px(between)), metrics.height()};
}

void drawLegend(
    QPainter& painter, const QPoint& topLeft, const std::vector<LegendEntry>& entries, const Colors& palette)
{
    painter.setFont(smallFont());
    const QFontMetrics metrics(smallFont());
    int x = topLeft.x();
    for (const LegendEntry& entry : entries) {
        const int width = sampleWidth(entry);
        const int height = px(boxSample);
        const QRect sample(x, topLeft.y() + (metrics.height() - height) / 2, width, height);
        drawSample(painter, sample, entry, palette.*entry.color);
        x += width + px(gap);
        painter.setPen(palette.secondary);
        const int name = metrics.horizontalAdvance(entry.name);
        painter.drawText(QRect(x, topLeft.y(), name + 1, metrics.height()),
            int(Qt::AlignVCenter | Qt::AlignLeft) | Qt::TextDontClip, entry.name);
        x += name + px(between);
    }
}

void drawLayerTag(QPainter& painter, const QRectF& rect, const QColor& ink)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    const double shoulder = rect.top() + rect.height() * 0.5;
    painter.drawPolygon(QPolygonF({rect.topLeft(), rect.topRight(), {rect.right(), shoulder},
        {rect.center().x(), rect.bottom()}, {rect.left(), shoulder}}));
    painter.restore();
}

}
