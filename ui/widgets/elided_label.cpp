#include "ui/widgets/elided_label.h"

#include "ui/theme/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace tiller {

ElidedLabel::ElidedLabel(const QString& text, QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setText(text);
}

void ElidedLabel::setText(const QString& text)
{
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void ElidedLabel::setShorter(const QStringList& forms)
{
    m_shorter = forms;
    update();
}

QString ElidedLabel::shown() const
{
    QString form = m_text;
    for (const QString& shorter : m_shorter) {
        if (fontMetrics().horizontalAdvance(form) <= width())
            break;
        form = shorter;
    }
    return form;
}

void ElidedLabel::setColor(ColorToken color)
{
    m_color = color;
    update();
}

void ElidedLabel::setElideMode(Qt::TextElideMode mode)
{
    m_elide = mode;
    update();
}

void ElidedLabel::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

bool ElidedLabel::isElided() const
{
    return fontMetrics().horizontalAdvance(m_text) > width();
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_text) + 1, fontMetrics().height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const int ellipsis = fontMetrics().horizontalAdvance(u'…') + fontMetrics().averageCharWidth() * 2;
    return {std::min(ellipsis, sizeHint().width()), fontMetrics().height()};
}

bool ElidedLabel::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && isElided()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), m_text, this);
        return true;
    }
    return QWidget::event(event);
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(isEnabled() ? colors().*m_color : colors().disabled);
    painter.drawText(
        rect(), int(m_alignment) | Qt::TextSingleLine, fontMetrics().elidedText(shown(), m_elide, width()));
}

}
