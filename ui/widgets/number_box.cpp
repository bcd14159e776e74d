#include "ui/widgets/number_box.h"

#include "ui/theme/numbers.h"

#include <QWheelEvent>

namespace tiller {

namespace {

constexpr QChar minusSign = u'\u2212';

QString ascii(QString text)
{
    return text.replace(minusSign, u'-');
}

}

NumberBox::NumberBox(QWidget* parent)
    : QDoubleSpinBox(parent)
{
    setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    setFocusPolicy(Qt::StrongFocus);
    setLocale(QLocale::c());
}

QString NumberBox::textFromValue(double value) const
{
    return number(value, decimals());
}

double NumberBox::valueFromText(const QString& text) const
{
    return QDoubleSpinBox::valueFromText(ascii(text));
}

QValidator::State NumberBox::validate(QString& text, int& position) const
{
    QString plain = ascii(text);
    return QDoubleSpinBox::validate(plain, position);
}

void NumberBox::wheelEvent(QWheelEvent* event)
{
    if (hasFocus())
        QDoubleSpinBox::wheelEvent(event);
    else
        event->ignore();
}

}
