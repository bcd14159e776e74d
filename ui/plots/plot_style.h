#pragma once

#include "ui/theme/colors.h"

#include <qcustomplot.h>

#include <functional>

// What our plots have in common. Includes qcustomplot.h, so for the files of this folder only.

namespace tiller {

/// Colours and fonts of an axis rectangle: `base` ground in a `line` frame, grid in `plotGrid`, small outward
/// labels.
void styleAxisRect(QCPAxisRect& rect, const Colors& palette);

/// A range that holds low..high with `air` of its length at both ends.
QCPRange withAir(double low, double high, double air);

/// Ink that reads on a ground: dark on light and the reverse.
QColor inkOn(const QColor& ground, const Colors& palette);

/// A part of a plot that one function paints.
class PaintedPart : public QCPLayerable {
public:
    enum class Clip { AxisRect, Nothing };

    PaintedPart(QCPAxisRect* rect, const QString& layer, std::function<void(QCPPainter&)> paint,
        Clip clip = Clip::AxisRect);

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(true); }
    QRect clipRect() const override;
    void draw(QCPPainter* painter) override { m_paint(*painter); }

private:
    QCPAxisRect* m_rect;
    std::function<void(QCPPainter&)> m_paint;
    Clip m_clip;
};

}
