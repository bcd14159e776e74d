#pragma once

#include "ui/plots/paired_plot.h"

#include <limits>

namespace tiller {

class AxisLabels;

/// A row of the contrast set projected on the vector.
struct PlottedPair {
    int row = 0; ///< 0-based; the plot writes it from 1
    /// NaN: the row has no such text.
    double positive = std::numeric_limits<double>::quiet_NaN();
    double negative = std::numeric_limits<double>::quiet_NaN();
    bool dropped = false;
    /// Of the whole set's vector to that fitted without this row; NaN: not known.
    double cosineWithout = std::numeric_limits<double>::quiet_NaN();
};

/// Projections of every pair: one line a pair, the first on top, ▽ and ▲ where its sides lie. Marks shrink as
/// the pairs get many.
class PairPlot : public PairedPlot {
    Q_OBJECT

public:
    explicit PairPlot(QWidget* parent = nullptr);

    void setPairs(std::vector<PlottedPair> pairs);
    const std::vector<PlottedPair>& pairs() const { return m_pairs; }
    /// "projection on v (unit), layer 12"
    void setAxisLabel(const QString& label);

    int rowAt(const QPoint& point) const override;
    QString figures(int row) const override;
    /// Centre of a mark in the widget.
    QPointF markPosition(const PlottedPair& pair, double projection) const;

    PlotTable table() const override;

protected:
    void restyle() override;
    QSize plotSizeInFigure() const override;
    QPoint placeOf(int row) const override;

private:
    const PlottedPair* find(int row) const;
    double pitch() const; ///< pixels from row to row
    void paintBand(QCPPainter& painter) const;
    void paintPairs(QCPPainter& painter) const;
    void paintPair(QCPPainter& painter, const PlottedPair& pair) const;
    void paintDropped(QCPPainter& painter) const;
    QPointF inPlot(const PlottedPair& pair, double projection) const;

    AxisLabels* m_labels;
    std::vector<PlottedPair> m_pairs;
};

}
