#pragma once

#include "ui/plots/heatmap_model.h"
#include "ui/plots/plot.h"

namespace tiller {

/// A cell of the map by what it costs and what it gains.
struct TradeoffPoint {
    CellIndex cell;
    QString name; ///< "Layer 14, strength +1"
    double strength = 0;
    double loss = 0; ///< coherence loss, nats per token
    double gain = 0;
    bool repeats = false; ///< its texts say one thing over and over: pale, and on no front
};

/// Gain against coherence loss: ▲ for strengths above zero, ▽ below, each sign with the front of those that
/// nothing beats in both (Pareto), beyond the collapse limit hatched. Linked to the map by the cell.
class TradeoffPlot : public Plot {
    Q_OBJECT

public:
    explicit TradeoffPlot(QWidget* parent = nullptr);

    void setPoints(std::vector<TradeoffPoint> points);
    const std::vector<TradeoffPoint>& points() const { return m_points; }
    void setGainLabel(const QString& label);
    void setLimit(double natsPerToken);
    void setSelectedCell(CellIndex cell);
    CellIndex cellAt(const QPoint& point) const;
    QPoint placeOf(CellIndex cell) const; ///< in the widget
    /// Places in points() of the front, by ascending loss.
    std::vector<size_t> front(int sign) const;

    PlotTable table() const override;
    std::vector<LegendEntry> legend() const override;

signals:
    void cellClicked(tiller::CellIndex cell);
    void cellActivated(tiller::CellIndex cell);

protected:
    void restyle() override;
    QString textAt(const QPoint& point) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QPointF inPlot(const TradeoffPoint& point) const;
    void paint(QCPPainter& painter) const;
    QString figures(const TradeoffPoint& point) const;
    const TradeoffPoint* find(CellIndex cell) const;

    std::vector<TradeoffPoint> m_points;
    CellIndex m_selected;
    double m_limit = 1;
};

}
