#pragma once

#include "ui/plots/paired_plot.h"

#include <limits>

namespace tiller {

/// Both sides of a row of the contrast set in a plane; NaN: the row has no such text.
struct ScatterPair {
    int row = 0; ///< 0-based; the plot writes it from 1
    QPointF positive{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
    QPointF negative{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
    bool dropped = false;
};

/// Activations in two dimensions: ▲ and ▽ for the sides, joined where they belong together.
class ScatterPlot : public PairedPlot {
    Q_OBJECT

public:
    explicit ScatterPlot(QWidget* parent = nullptr);

    void setPairs(std::vector<ScatterPair> pairs);
    const std::vector<ScatterPair>& pairs() const { return m_pairs; }
    /// "along v, 61 % of the variance", "component 2, 9 %"
    void setAxisLabels(const QString& x, const QString& y);

    int rowAt(const QPoint& point) const override;
    QString figures(int row) const override;
    /// Where a point of the plane lies in the widget.
    QPointF markPosition(const QPointF& point) const;

    PlotTable table() const override;

protected:
    void restyle() override;
    QSize plotSizeInFigure() const override;
    QPoint placeOf(int row) const override;

private:
    const ScatterPair* find(int row) const;
    QPointF inPlot(const QPointF& point) const;
    void paintPairs(QCPPainter& painter) const;
    void paintMarks(QCPPainter& painter, const ScatterPair& pair) const;
    void paintLine(QCPPainter& painter, const ScatterPair& pair) const;

    std::vector<ScatterPair> m_pairs;
};

}
