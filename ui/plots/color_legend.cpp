#include "ui/plots/color_legend.h"

#include "ui/plots/hatch.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"
#include "ui/widgets/pole_label.h"

#include <QPainter>

namespace tiller {

namespace {

/// Width of the legend; draws it where a painter is given.
int layOut(QPainter* painter, const ColorScale& scale, const Colors& c, bool dark)
{
    const int middle = px(22) / 2;
    int x = 0;

    const auto word = [&](const QString& text, const QFont& font, const QColor& ink) {
        if (text.isEmpty())
            return;
        const int width = QFontMetrics(font).horizontalAdvance(text) + 1;
        if (painter) {
            painter->setFont(font);
            painter->setPen(ink);
            painter->drawText(QRect(x, 0, width + 1, px(22)), Qt::AlignLeft | Qt::AlignVCenter, text);
        }
        x += width + px(6);
    };
    const auto mark = [&](Pole pole) {
        if (painter)
            drawPoleMark(*painter, QRectF(x, middle - px(5) + 1, px(10), px(10)), pole,
                pole == Pole::Positive ? c.positive : c.negative);
        x += px(10) + px(4);
    };

    const bool poles = scale.map == ColorMap::AmberPlum;
    word(scale.title, strong(smallFont()), c.text);
    if (poles)
        mark(Pole::Negative);
    word(scale.low, smallFont(), poles ? c.negative : c.secondary);

    const QRect bar(x, middle - px(5), px(150), px(10));
    if (painter) {
        const auto stops = colorStops(scale.map, dark);
        QLinearGradient gradient(bar.topLeft(), bar.topRight());
        for (size_t i = 0; i < stops.size(); ++i)
            gradient.setColorAt(double(i) / double(stops.size() - 1), QColor(stops[i]));
        painter->fillRect(bar, gradient);
        painter->setPen(c.border);
        painter->drawRect(bar.adjusted(0, 0, -1, -1));
    }
    x = bar.right() + 1 + px(8);
    word(scale.high, smallFont(), poles ? c.positive : c.secondary);
    if (poles)
        mark(Pole::Positive);

    if (!scale.collapse.isEmpty()) {
        x += px(8);
        const QRect hatched(x, middle - px(6), px(18), px(12));
        if (painter) {
            drawHatch(*painter, hatched, c.secondary, px(5));
            painter->setPen(c.border);
            painter->drawRect(hatched.adjusted(0, 0, -1, -1));
        }
        x = hatched.right() + 1 + px(6);
        if (!scale.contour) {
            word(ColorLegend::tr("collapsed beyond %1").arg(scale.collapse), smallFont(), c.secondary);
            return x;
        }
        word(ColorLegend::tr("collapsed"), smallFont(), c.secondary);
        x += px(6);
        if (painter) {
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(QPen(c.text, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            const QPointF at(x, middle);
            painter->drawPolyline(QPolygonF({at + QPointF(0, px(4)), at + QPointF(px(6), -px(1)),
                at + QPointF(px(11), px(1)), at + QPointF(px(18), -px(4))}));
        }
        x += px(18) + px(6);
        word(scale.collapse, smallFont(), c.secondary);
    }
    return x;
}

}

QSize colorScaleSize(const ColorScale& scale)
{
    return {layOut(nullptr, scale, lightColors(), false), px(22)};
}

void drawColorScale(QPainter& painter, const ColorScale& scale, const Colors& palette, bool dark)
{
    layOut(&painter, scale, palette, dark);
}

ColorLegend::ColorLegend(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

void ColorLegend::setScale(const ColorScale& scale)
{
    m_scale = scale;
    setAccessibleName(tr("%1, from %2 to %3").arg(scale.title, scale.low, scale.high));
    updateGeometry();
    update();
}

QSize ColorLegend::sizeHint() const
{
    return colorScaleSize(m_scale);
}

QSize ColorLegend::minimumSizeHint() const
{
    return colorScaleSize(shortScale());
}

ColorScale ColorLegend::shortScale() const
{
    ColorScale scale = m_scale;
    scale.collapse.clear();
    return scale;
}

void ColorLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const bool whole = width() >= sizeHint().width();
    drawColorScale(painter, whole ? m_scale : shortScale(), colors(), isDarkTheme());
}

}
