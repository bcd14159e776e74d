#include "ui/plots/curve_editor.h"

#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"

#include <QKeyEvent>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

CurveEditor::CurveEditor(QWidget* parent)
    : LayerPlot(parent)
{
    new PaintedPart(m_plot->axisRect(), u"overlay"_s, [this](QCPPainter& painter) { paintPoints(painter); });
}

void CurveEditor::setCurve(std::vector<double> values)
{
    m_curve = std::move(values);
    replotSoon();
}

QPoint CurveEditor::pointOf(int layer) const
{
    const double value = isSettable(layer) ? m_curve[size_t(layer)] : 0;
    return m_plot->pos()
        + QPointF(m_plot->xAxis->coordToPixel(layer), m_plot->yAxis->coordToPixel(value)).toPoint();
}

bool CurveEditor::isSettable(int layer) const
{
    return layer >= 0 && layer < int(m_curve.size()) && !std::isnan(m_curve[size_t(layer)]);
}

double CurveEditor::valueAt(double y) const
{
    const QCPRange range = m_plot->yAxis->range();
    const double value
        = std::clamp(m_plot->yAxis->pixelToCoord(y - m_plot->pos().y()), range.lower, range.upper);
    return std::abs(value) < 0.03 * range.size() ? 0 : value; // zero is a place that one wants to hit
}

void CurveEditor::moveTo(int layer, const QPoint& point)
{
    if (isSettable(layer))
        emit pointMoved(layer, valueAt(point.y()));
}

// A fast pointer skips layers: those between lie on the line to where it was.
void CurveEditor::paintTo(int layer, const QPoint& point)
{
    const int step = layer < m_dragged ? -1 : 1;
    std::vector<std::pair<int, double>> values; // all before the first is told: the owner may change the axis
    for (int between = m_dragged; between != layer;) {
        between += step;
        const double part = double(between - m_dragged) / (layer - m_dragged);
        if (isSettable(between))
            values.emplace_back(between, valueAt(m_dragPoint.y() + part * (point.y() - m_dragPoint.y())));
    }
    m_dragged = m_chosen = layer;
    for (const auto& [between, value] : values)
        emit pointMoved(between, value);
}

void CurveEditor::mousePressEvent(QMouseEvent* event)
{
    const QPoint point = event->position().toPoint();
    const int layer = layerAt(point);
    if (event->button() != Qt::LeftButton || !isSettable(layer)) {
        LayerPlot::mousePressEvent(event);
        return;
    }
    m_dragged = layer;
    m_chosen = layer;
    m_dragPoint = point;
    moveTo(layer, point);
}

void CurveEditor::mouseMoveEvent(QMouseEvent* event)
{
    LayerPlot::mouseMoveEvent(event);
    if (m_dragged < 0 || !(event->buttons() & Qt::LeftButton))
        return;
    const QPoint point = event->position().toPoint();
    const int under = event->modifiers() & Qt::ShiftModifier ? layerAt(point) : -1;
    if (under >= 0 && under != m_dragged)
        paintTo(under, point);
    else
        moveTo(m_dragged, point);
    m_dragPoint = point;
}

void CurveEditor::mouseReleaseEvent(QMouseEvent* event)
{
    m_dragged = -1;
    LayerPlot::mouseReleaseEvent(event);
}

void CurveEditor::keyPressEvent(QKeyEvent* event)
{
    const auto choose = [&](int layer) {
        while (layer >= 0 && layer < int(m_curve.size()) && !isSettable(layer))
            layer += event->key() == Qt::Key_Left ? -1 : 1;
        if (!isSettable(layer))
            return;
        m_chosen = layer;
        announce(figures(layer));
        replotSoon();
    };
    const double step = m_plot->yAxis->range().size() / (event->modifiers() & Qt::ShiftModifier ? 200 : 40);
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(m_chosen < 0 ? int(m_curve.size()) - 1 : m_chosen - 1);
    case Qt::Key_Right:
        return choose(m_chosen + 1);
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (isSettable(m_chosen))
            emit pointMoved(
                m_chosen, m_curve[size_t(m_chosen)] + (event->key() == Qt::Key_Up ? step : -step));
        return;
    case Qt::Key_Delete:
        if (event->modifiers() & Qt::ShiftModifier)
            emit cleared();
        else if (isSettable(m_chosen))
            emit pointMoved(m_chosen, 0);
        return;
    default:
        LayerPlot::keyPressEvent(event);
    }
}

void CurveEditor::paintPoints(QCPPainter& painter) const
{
    if (isPaintingFigure())
        return;
    for (int layer = 0; layer < int(m_curve.size()); ++layer) {
        if (!isSettable(layer))
            continue;
        const bool isSet = m_curve[size_t(layer)] != 0;
        const double radius = px(isSet ? 4 : 2);
        painter.setPen(QPen(layer == m_chosen && hasFocus() ? inks().focusRing
                : isSet                                     ? inks().text
                                                            : inks().edge,
            layer == m_chosen && hasFocus() ? 2 : 1.3));
        painter.setBrush(inks().base);
        painter.drawEllipse(QPointF(pointOf(layer) - m_plot->pos()), radius, radius);
    }
}

}
