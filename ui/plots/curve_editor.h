#pragma once

#include "ui/plots/layer_plot.h"

namespace tiller {

/// Values over the layers that one draws: a point a layer, dragged up and down; with Shift the pointer paints
/// every layer it passes. Up/Down move the point of the layer chosen by Left/Right, Del takes it to zero,
/// Shift+Del all of them. What is drawn is told, not kept: the owner sets the curve that comes of it.
class CurveEditor : public LayerPlot {
    Q_OBJECT

public:
    explicit CurveEditor(QWidget* parent = nullptr);

    /// One value a layer; NaN: the layer cannot be set. Empty: nothing to edit.
    void setCurve(std::vector<double> values);
    const std::vector<double>& curve() const { return m_curve; }
    /// Place of a layer's point in the widget.
    QPoint pointOf(int layer) const;

signals:
    void pointMoved(int layer, double value);
    void cleared();

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool isSettable(int layer) const;
    double valueAt(double y) const;
    void moveTo(int layer, const QPoint& point);
    void paintTo(int layer, const QPoint& point);
    void paintPoints(QCPPainter& painter) const;

    std::vector<double> m_curve;
    int m_dragged = -1;
    QPoint m_dragPoint; ///< where the pointer was last
    int m_chosen = -1;
};

}
