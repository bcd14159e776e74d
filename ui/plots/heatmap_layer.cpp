#include "ui/plots/heatmap_layer.h"

#include "ui/plots/hatch.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QRectF innerFrame(const QRect& rect, double pen)
{
    return QRectF(rect).adjusted(pen / 2, pen / 2, -pen / 2, -pen / 2);
}

/// Inside the rectangle, on whole pixels: antialiased, QCPPainter would move it by half a pixel.
void drawFrame(QCPPainter& painter, const QRect& rect, const QColor& ink, int width, QList<qreal> dashes = {})
{
    QPen pen(ink, width, Qt::SolidLine, dashes.isEmpty() ? Qt::SquareCap : Qt::FlatCap, Qt::MiterJoin);
    if (!dashes.isEmpty())
        pen.setDashPattern(dashes);
    painter.setAntialiasing(false);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(innerFrame(rect, width));
    painter.setAntialiasing(true);
}

}

HeatmapLayer::HeatmapLayer(QCPAxisRect* rect, const HeatmapModel* model)
    : QCPLayerable(rect->parentPlot(), u"main"_s)
    , m_rect(rect)
    , m_model(model)
{
}

void HeatmapLayer::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(true);
}

QRect HeatmapLayer::clipRect() const
{
    return m_rect->rect();
}

QPointF HeatmapLayer::placeOf(double layer, double strengthIndex) const
{
    return {m_rect->axis(QCPAxis::atBottom)->coordToPixel(layer),
        m_rect->axis(QCPAxis::atLeft)->coordToPixel(strengthIndex)};
}

QRect HeatmapLayer::cellRect(CellIndex cell) const
{
    const QPointF from = placeOf(cell.layer - 0.5, cell.strength + 0.5);
    const QPointF to = placeOf(cell.layer + 0.5, cell.strength - 0.5);
    const QPoint topLeft(int(std::lround(from.x())), int(std::lround(from.y())));
    const QPoint end(int(std::lround(to.x())), int(std::lround(to.y())));
    return {topLeft, QSize(end.x() - topLeft.x(), end.y() - topLeft.y())};
}

CellIndex HeatmapLayer::cellAt(const QPointF& point) const
{
    if (!m_rect->rect().contains(point.toPoint()))
        return {};
    const auto place
        = [](double coordinate) { return int(std::floor(coordinate + 0.5)); }; // -0.5 is in cell 0
    const int layer = place(m_rect->axis(QCPAxis::atBottom)->pixelToCoord(point.x()));
    const int strength = place(m_rect->axis(QCPAxis::atLeft)->pixelToCoord(point.y()));
    const CellIndex cell{layer, strength};
    return m_model->contains(cell) ? cell : CellIndex();
}

double HeatmapLayer::strengthIndexOf(double strength) const
{
    const auto& strengths = m_model->strengths();
    const auto above = std::lower_bound(strengths.begin(), strengths.end(), strength);
    if (above == strengths.begin())
        return 0;
    if (above == strengths.end())
        return double(strengths.size()) - 1;
    const auto below = std::prev(above);
    return double(below - strengths.begin()) + (strength - *below) / (*above - *below);
}

QColor HeatmapLayer::colorOf(const HeatmapCell& cell) const
{
    return colorAt(map, limit > 0 ? cell.value / limit : 0, dark);
}

void HeatmapLayer::draw(QCPPainter* painter)
{
    const int layers = int(m_model->layers().size());
    const int strengths = int(m_model->strengths().size());
    for (int strength = 0; strength < strengths; ++strength) {
        for (int layer = 0; layer < layers; ++layer)
            drawCell(*painter, {layer, strength});
    }
    if (collapse && contour) {
        drawContour(*painter, 1);
        drawContour(*painter, -1);
    }
    drawRecommendation(*painter);
    drawCrossHair(*painter);
    drawRange(*painter);
}

void HeatmapLayer::drawCell(QCPPainter& painter, CellIndex index) const
{
    const HeatmapCell& cell = m_model->cell(index);
    const QRect rect = cellRect(index);
    const QRect face = rect.adjusted(0, 0, -1, -1);
    const QPointF centre = QRectF(face).center();
    switch (cell.state) {
    case CellState::Pending:
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette.disabled);
        painter.drawEllipse(centre, 1, 1);
        return;
    case CellState::Running:
        drawFrame(painter, face.adjusted(1, 1, 0, 0), palette.text, 1, {2, 2});
        return;
    case CellState::Failed: {
        const double half = std::min({px(4.5), face.width() / 3, face.height() / 3});
        painter.setPen(QPen(palette.error, 1.6, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(QLineF(centre + QPointF(-half, -half), centre + QPointF(half, half)));
        painter.drawLine(QLineF(centre + QPointF(-half, half), centre + QPointF(half, -half)));
        return;
    }
    case CellState::Done:
        break;
    }

    if (std::isnan(cell.value)) { // done, but this metric was not measured
        painter.setPen(palette.disabled);
        painter.setFont(plotFont());
        painter.drawText(face, Qt::AlignCenter, u"–"_s);
        return;
    }
    const QColor ground = colorOf(cell);
    painter.setAntialiasing(false);
    painter.fillRect(face, ground);
    painter.setAntialiasing(true);
    if (collapse && cell.loss > *collapse) {
        QColor ink = inkOn(ground, palette);
        ink.setAlphaF(0.45F);
        drawHatch(painter, face, ink, px(7));
    }
    if (values) {
        const QString text = number(cell.value, 2);
        painter.setFont(plotFont());
        if (QFontMetricsF(plotFont()).horizontalAdvance(text) <= face.width() + 2) {
            painter.setPen(inkOn(ground, palette));
            painter.drawText(face, Qt::AlignCenter | Qt::TextDontClip, text);
        }
    }
}

void HeatmapLayer::drawContour(QCPPainter& painter, int sign) const
{
    const int layers = int(m_model->layers().size());
    QList<QPolygonF> pieces;
    QPolygonF piece;
    for (int layer = 0; layer < layers; ++layer) {
        const double strength = m_model->collapseStrength(layer, sign, *collapse);
        if (std::isnan(strength)) {
            if (!piece.isEmpty())
                pieces.append(std::exchange(piece, {}));
            continue;
        }
        const double y = strengthIndexOf(strength);
        if (piece.isEmpty() && layer == 0)
            piece.append(placeOf(-0.5, y));
        piece.append(placeOf(layer, y));
        if (layer == layers - 1)
            piece.append(placeOf(layers - 0.5, y));
    }
    if (!piece.isEmpty())
        pieces.append(piece);
    for (QPolygonF& line : pieces) {
        if (line.size() == 1) { // one layer alone: a line across its cell
            const double half = placeOf(0.5, 0).x() - placeOf(0, 0).x();
            line = QPolygonF({line[0] - QPointF(half, 0), line[0] + QPointF(half, 0)});
        }
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colorAt(map, 0, dark), 5, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
        painter.drawPolyline(line);
        painter.setPen(QPen(palette.text, 1.8, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
        painter.drawPolyline(line);
    }
}

void HeatmapLayer::drawRecommendation(QCPPainter& painter) const
{
    if (!recommendation)
        return;
    const CellIndex first{recommendation->firstLayer, recommendation->strength};
    const CellIndex last{recommendation->lastLayer, recommendation->strength};
    if (!m_model->contains(first) || !m_model->contains(last))
        return;
    const QRect frame = cellRect(first).united(cellRect(last)).adjusted(0, 0, -1, -1);
    drawFrame(painter, frame.adjusted(-1, -1, 1, 1), palette.base, 4);
    drawFrame(painter, frame, palette.text, 2, {3, 2});
    drawTag(painter, frame, recommendation->tag);
}

void HeatmapLayer::drawTag(QCPPainter& painter, const QRect& frame, const QString& text) const
{
    if (text.isEmpty())
        return;
    const QFontMetrics metrics(plotFont());
    const QRect area = m_rect->rect();
    QRect tag(0, 0, metrics.horizontalAdvance(text) + px(14), px(18));
    tag.moveTopRight({frame.right(), frame.bottom() + px(5)});
    if (tag.left() < area.left())
        tag.moveLeft(area.left());
    if (tag.bottom() > area.bottom())
        tag.moveBottom(frame.top() - px(5));
    if (tag.top() < area.top()) // the frame leaves room neither below nor above
        tag.moveBottom(frame.bottom() - px(5));
    painter.setPen(palette.edge);
    painter.setBrush(palette.base);
    painter.drawRoundedRect(innerFrame(tag, 1), 3, 3);
    painter.setPen(palette.text);
    painter.setFont(plotFont());
    painter.drawText(tag, Qt::AlignCenter, text);
}

void HeatmapLayer::drawRange(QCPPainter& painter) const
{
    if (!range || !m_model->contains(range->first) || !m_model->contains(range->last))
        return;
    const QRect frame = cellRect(range->first).united(cellRect(range->last)).adjusted(0, 0, -1, -1);
    QColor faint = palette.text;
    faint.setAlphaF(0.1F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(faint);
    painter.drawRect(frame);
    drawFrame(painter, frame.adjusted(2, 2, -2, -2), palette.base, 1);
    drawFrame(painter, frame, palette.text, 2);
    drawTag(painter, frame, rangeTag);
}

void HeatmapLayer::drawCrossHair(QCPPainter& painter) const
{
    painter.setBrush(Qt::NoBrush);
    if (m_model->contains(hovered) && !range) {
        const QPointF centre = QRectF(cellRect(hovered)).center();
        const QRect area = m_rect->rect();
        QPen dotted(palette.text, 1);
        dotted.setDashPattern({1, 3});
        painter.setPen(dotted);
        painter.drawLine(QLineF(centre.x(), area.top(), centre.x(), area.bottom()));
        painter.drawLine(QLineF(area.left(), centre.y(), area.right(), centre.y()));
        painter.setPen(QPen(palette.text, 1.5, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(innerFrame(cellRect(hovered), 1.5));
    }
    if (m_model->contains(selected)) {
        const QRect frame = cellRect(selected).adjusted(-1, -1, 1, 1);
        drawFrame(painter, frame.adjusted(3, 3, -3, -3), palette.base, 1);
        drawFrame(painter, frame, palette.steered, 3);
    }
}

}
