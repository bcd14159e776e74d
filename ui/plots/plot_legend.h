#pragma once

#include "ui/plots/layer_plot.h"

namespace tiller {

/// Samples and names of the series of a plot, in a row: for the right end of a section header.
class PlotLegend : public QWidget {
    Q_OBJECT

public:
    explicit PlotLegend(QWidget* parent = nullptr);

    void setEntries(std::vector<LegendEntry> entries);
    void setSeries(const std::vector<LayerSeries>& series);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<LegendEntry> m_entries;
};

}
