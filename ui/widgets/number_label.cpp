#include "ui/widgets/number_label.h"

#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"

#include <QPainter>

#include <cmath>

namespace tiller {

NumberLabel::NumberLabel(const QString& widest, QWidget* parent)
    : QWidget(parent)
    , m_widest(widest)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void NumberLabel::setText(const QString& text)
{
    if (text == m_text)
        return;
    m_text = text;
    setAccessibleName(text);
    update();
}

void NumberLabel::setColor(ColorToken color)
{
    m_color = color;
    update();
}

void NumberLabel::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

QSize NumberLabel::sizeHint() const
{
    return {int(std::ceil(tabularWidth(QFontMetricsF(font()), m_widest))) + 1, fontMetrics().height()};
}

void NumberLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(isEnabled() ? colors().*m_color : colors().disabled);
    drawTabular(painter, rect(), m_alignment, m_text);
}

}
