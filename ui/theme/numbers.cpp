#include "ui/theme/numbers.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr QChar minusSign = u'\u2212';

bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

double widestDigit(const QFontMetricsF& metrics)
{
    double widest = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(digit)));
    return widest;
}

}

QString number(double value, int decimals)
{
    if (std::isnan(value))
        return u"–"_s;
    if (std::isinf(value))
        return value > 0 ? u"∞"_s : minusSign + u"∞"_s;
    const QString magnitude = QString::number(std::abs(value), 'f', decimals);
    const bool isZero
        = std::all_of(magnitude.begin(), magnitude.end(), [](QChar c) { return c == u'0' || c == u'.'; });
    return value < 0 && !isZero ? minusSign + magnitude : magnitude;
}

QString signedNumber(double value, int decimals)
{
    const QString text = number(value, decimals);
    const bool isPositive
        = value > 0 && std::any_of(text.begin(), text.end(), [](QChar c) { return c >= u'1' && c <= u'9'; });
    return isPositive ? u'+' + text : text;
}

QString strengthText(double value)
{
    QString text = signedNumber(value, 3);
    if (text.contains(u'.')) {
        while (text.endsWith(u'0'))
            text.chop(1);
        if (text.endsWith(u'.'))
            text.chop(1);
    }
    return text;
}

double tabularWidth(const QFontMetricsF& metrics, const QString& text)
{
    const double digit = widestDigit(metrics);
    double width = 0;
    for (const QChar c : text)
        width += isDigit(c) ? digit : metrics.horizontalAdvance(c);
    return width;
}

void drawTabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text)
{
    const QFontMetricsF metrics(painter.font());
    const double digit = widestDigit(metrics);
    const double spare = rect.width() - tabularWidth(metrics, text);
    double x = rect.left();
    if (alignment & Qt::AlignRight)
        x += spare;
    else if (alignment & Qt::AlignHCenter)
        x += spare / 2;
    const double baseline = rect.top() + (rect.height() + metrics.ascent() - metrics.descent()) / 2;
    for (const QChar c : text) {
        const double advance = metrics.horizontalAdvance(c);
        const double cell = isDigit(c) ? digit : advance;
        painter.drawText(QPointF(x + (cell - advance) / 2, baseline), QString(c));
        x += cell;
    }
}

}
