#pragma once

#include <QPainter>
#include <QRectF>

#include <cmath>

namespace tiller {

/// Lines at 45 degrees, `pitch` apart along x, continuous across neighbouring rectangles.
inline void drawHatch(QPainter& painter, const QRectF& rect, const QColor& ink, double pitch)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setPen(QPen(ink, 1));
    // All lines lie on x + y = k * pitch, so that they meet at the edges.
    const double from = std::ceil((rect.left() + rect.top()) / pitch) * pitch;
    for (double sum = from; sum < rect.right() + rect.bottom(); sum += pitch)
        painter.drawLine(QPointF(sum - rect.bottom(), rect.bottom()), QPointF(sum - rect.top(), rect.top()));
    painter.restore();
}

}
