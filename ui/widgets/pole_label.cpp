#include "ui/widgets/pole_label.h"

#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QPainter>

#include <algorithm>

namespace tiller {

namespace {

constexpr double markSize = 9;
constexpr double gap = 3;

}

void drawPoleMark(QPainter& painter, const QRectF& rect, Pole pole, const QColor& color, bool hollow)
{
    const bool positive = pole == Pole::Positive;
    const QColor ink = color.isValid() ? color : positive ? colors().positive : colors().negative;
    const double width = std::min(rect.width(), rect.height());
    const double height = width * 0.88;
    const double pen = std::max(1.0, width / 7);
    QRectF box(0, 0, width - pen, height - pen);
    box.moveCenter(rect.center());

    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(ink, pen, Qt::SolidLine, Qt::RoundCap, Qt::MiterJoin));
    painter.setBrush(positive && !hollow ? QBrush(ink) : QBrush(Qt::NoBrush));
    if (positive)
        painter.drawPolygon(QPolygonF({box.bottomLeft(), box.bottomRight(), {box.center().x(), box.top()}}));
    else
        painter.drawPolygon(QPolygonF({box.topLeft(), box.topRight(), {box.center().x(), box.bottom()}}));
    painter.restore();
}

PoleLabel::PoleLabel(Pole pole, const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_pole(pole)
    , m_markBefore(pole == Pole::Negative)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setFont(plotFont());
    setName(name);
}

void PoleLabel::setName(const QString& name)
{
    m_name = name;
    setAccessibleName(m_pole == Pole::Positive ? tr("positive: %1").arg(name) : tr("negative: %1").arg(name));
    updateGeometry();
    update();
}

void PoleLabel::setMarkBefore(bool before)
{
    m_markBefore = before;
    update();
}

QSize PoleLabel::sizeHint() const
{
    return {px(markSize) + px(gap) + fontMetrics().horizontalAdvance(m_name) + 1,
        std::max(fontMetrics().height(), px(markSize))};
}

QSize PoleLabel::minimumSizeHint() const
{
    return {px(markSize) + px(gap) + fontMetrics().horizontalAdvance(u'…'), sizeHint().height()};
}

void PoleLabel::paintEvent(QPaintEvent*)
{
    const Colors& c = colors();
    QColor ink = m_pole == Pole::Positive ? c.positive : c.negative;
    if (!isEnabled())
        ink = c.secondary;
    QPainter painter(this);
    const int mark = px(markSize);
    const int room = std::max(0, width() - mark - px(gap));
    const QString text = fontMetrics().elidedText(m_name, Qt::ElideRight, room);
    const QRect markRect(m_markBefore ? 0 : width() - mark, (height() - mark) / 2 + 1, mark, mark);
    drawPoleMark(painter, markRect, m_pole, ink);
    painter.setPen(ink);
    const QRect textRect(m_markBefore ? mark + px(gap) : 0, 0, room, height());
    painter.drawText(textRect,
        int(Qt::AlignVCenter | (m_markBefore ? Qt::AlignLeft : Qt::AlignRight)) | Qt::TextSingleLine, text);
}

}
