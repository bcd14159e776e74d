#include "ui/plots/pair_mark.h"

#include <QPainter>

#include <algorithm>

namespace tiller {

void drawPairMark(
    QPainter& painter, const QPointF& centre, double size, Pole pole, PairState state, const Colors& palette)
{
    const bool up = pole == Pole::Positive;
    QColor ink = up ? palette.positive : palette.negative;
    if (state == PairState::Dropped)
        ink = blend(ink, palette.base, 0.45);
    const bool filled = up && state != PairState::Dropped;
    const bool selected = state == PairState::Selected;
    const double pen = std::clamp(size / 7, 0.6, 1.4);
    if (selected)
        size *= 1.2;
    QRectF box(0, 0, size - pen, size * 0.88 - pen);
    box.moveCenter(centre);
    // The hollow one keeps its plum edge: it has nothing else to be known by.
    painter.setPen(
        QPen(selected && up ? palette.text : ink, pen, Qt::SolidLine, Qt::RoundCap, Qt::MiterJoin));
    painter.setBrush(filled ? ink : palette.base);
    if (up)
        painter.drawPolygon(QPolygonF({box.bottomLeft(), box.bottomRight(), {box.center().x(), box.top()}}));
    else
        painter.drawPolygon(QPolygonF({box.topLeft(), box.topRight(), {box.center().x(), box.bottom()}}));
}

}
