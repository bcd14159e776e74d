#include "ui/plots/plot_style.h"

#include "ui/theme/metrics.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// "−" and tick marks as the window writes numbers.
class NumberTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override
    {
        return QCPAxisTicker::getTickLabel(tick, locale, format, precision).replace(u'-', u'\u2212');
    }
};

}

void styleAxisRect(QCPAxisRect& rect, const Colors& palette)
{
    rect.setBackground(palette.base);
    for (QCPAxis* axis : rect.axes()) {
        axis->setBasePen(QPen(palette.line));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(palette.secondary);
        axis->setTickLabelFont(plotFont());
        axis->setTickLabelPadding(px(5));
        axis->setLabelColor(palette.secondary);
        axis->setLabelFont(plotFont());
        axis->setLabelPadding(px(2));
        axis->setNumberFormat(u"g"_s);
        axis->setNumberPrecision(4);
        axis->grid()->setPen(QPen(palette.plotGrid));
        axis->grid()->setZeroLinePen(QPen(palette.line));
        axis->grid()->setSubGridVisible(false);
        if (!dynamic_cast<NumberTicker*>(axis->ticker().data()))
            axis->setTicker(QSharedPointer<NumberTicker>::create());
    }
}

QCPRange withAir(double low, double high, double air)
{
    if (!(low <= high))
        return {0, 1};
    const double margin = high > low ? (high - low) * air : std::max(std::abs(high) * 0.1, 0.1);
    return {low - margin, high + margin};
}

QColor inkOn(const QColor& ground, const Colors& palette)
{
    const auto distance
        = [&ground](const QColor& ink) { return std::abs(qGray(ink.rgb()) - qGray(ground.rgb())); };
    return distance(palette.text) >= distance(palette.base) ? palette.text : palette.base;
}

PaintedPart::PaintedPart(
    QCPAxisRect* rect, const QString& layer, std::function<void(QCPPainter&)> paint, Clip clip)
    : QCPLayerable(rect->parentPlot(), layer)
    , m_rect(rect)
    , m_paint(std::move(paint))
    , m_clip(clip)
{
}

QRect PaintedPart::clipRect() const
{
    return m_clip == Clip::AxisRect ? m_rect->rect() : mParentPlot->viewport();
}

}
