#pragma once

#include <QFontMetricsF>
#include <QRectF>
#include <QString>

class QPainter;

namespace tiller {

/// Numbers as the window shows them: fixed decimals, U+2212 for minus, an en dash for what is not a number,
/// never a negative zero.
QString number(double value, int decimals);

/// With an explicit plus before positive values.
QString signedNumber(double value, int decimals);

/// A strength as axes and headings name it: signed, no trailing zeros ("+2", "−0.5", "0").
QString strengthText(double value);

/// Text with every digit as wide as the widest digit, so that changing figures do not dance.
double tabularWidth(const QFontMetricsF& metrics, const QString& text);
void drawTabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text);

}
