#include "ui/plots/plot_legend.h"

#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"
#include "ui/widgets/pole_label.h"

#include <QPainter>

namespace tiller {

namespace {

constexpr double lineSample = 18;
constexpr double boxSample = 9;
constexpr double gap = 6;
constexpr double between = 12;

int sampleWidth(SeriesStyle style, SeriesMark mark)
{
    return px(style == SeriesStyle::Bars || mark != SeriesMark::None ? boxSample : lineSample);
}

}

PlotLegend::PlotLegend(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setFont(smallFont());
}

void PlotLegend::setSeries(const std::vector<LayerSeries>& series)
{
    m_entries.clear();
    QStringList names;
    for (const LayerSeries& s : series) {
        m_entries.push_back({s.name, s.color, s.style, s.mark});
        names += s.name;
    }
    setAccessibleName(names.join(u", "));
    updateGeometry();
    update();
}

QSize PlotLegend::sizeHint() const
{
    int width = 0;
    for (const Entry& entry : m_entries)
        width += sampleWidth(entry.style, entry.mark) + px(gap) + fontMetrics().horizontalAdvance(entry.name)
            + px(between);
    return {std::max(0, width - px(between)), fontMetrics().height()};
}

QSize PlotLegend::minimumSizeHint() const
{
    return sizeHint();
}

void PlotLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(font());
    int x = 0;
    const int middle = height() / 2;
    for (const Entry& entry : m_entries) {
        const QColor& ink = colors().*entry.color;
        const int sample = sampleWidth(entry.style, entry.mark);
        if (entry.mark != SeriesMark::None) {
            drawPoleMark(painter, QRectF(x, middle - sample / 2.0, sample, sample),
                entry.mark == SeriesMark::PositivePole ? Pole::Positive : Pole::Negative, ink);
        } else if (entry.style == SeriesStyle::Bars) {
            painter.fillRect(QRect(x, middle - sample / 2, sample, sample), ink);
        } else {
            QPen pen(ink, 2);
            if (entry.style == SeriesStyle::Dashed)
                pen.setDashPattern({2, 1.5});
            painter.setPen(pen);
            painter.drawLine(x, middle, x + sample, middle);
        }
        x += sample + px(gap);
        painter.setPen(colors().secondary);
        const int width = painter.fontMetrics().horizontalAdvance(entry.name);
        painter.drawText(QRect(x, 0, width + 1, height()), Qt::AlignVCenter | Qt::AlignLeft, entry.name);
        x += width + px(between);
    }
}

}
