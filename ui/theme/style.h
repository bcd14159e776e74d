#pragma once

#include <QProxyStyle>

namespace tiller {

/// Fusion with our metrics, flat control faces and focus ring.
///
/// Properties that widgets may set: `compact` (bool; 22 px high instead of 26) and `invalid` (bool; error
/// edge on line edits, combo boxes and spin boxes). A QPushButton with setDefault(true) is drawn as the
/// panel's main action; a checkable QToolButton as a perspective: base fill, 600, underline.
class Style : public QProxyStyle {
    Q_OBJECT

public:
    Style();

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
        QStyleHintReturn* data) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
        const QWidget* widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
        const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
        const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
        const QWidget* widget) const override;
    void polish(QWidget* widget) override;
    using QProxyStyle::polish;
};

/// The ring itself: 2 px of `focusRing` inside `rect`.
void drawFocusRing(QPainter& painter, const QRectF& rect);

}
