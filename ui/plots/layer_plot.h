#pragma once

#include "ui/plots/plot.h"

#include <optional>
#include <vector>

namespace tiller {

class AxisLabels;

enum class PlotAxis { Left, Right };

/// One value a layer. `values[i]` belongs to layer `firstLayer + i` of the plot; NaN leaves a gap.
struct LayerSeries {
    QString name;
    std::vector<double> values;
    ColorToken color = &Colors::text;
    SeriesStyle style = SeriesStyle::Solid;
    SeriesMark mark = SeriesMark::None;
    PlotAxis axis = PlotAxis::Left;
    int decimals = 2; ///< of the figures on hover
    /// Band around the values: shaded between these two, both as long as `values`, or both empty.
    std::vector<double> low = {};
    std::vector<double> high = {};
};

std::vector<LegendEntry> legendOf(const std::vector<LayerSeries>& series);

/// Lines, bands and bars over the layers, with one or two value axes. The current layer stands in bold under
/// a dashed line; a recommended one has a tag above it. Hovering shows the figures of a layer; a click or
/// Left/Right and Return choose one.
class LayerPlot : public Plot {
    Q_OBJECT

public:
    explicit LayerPlot(QWidget* parent = nullptr);
    ~LayerPlot() override;

    /// Number 0-based layers from `firstLayer`. Bars are drawn first, whatever their place.
    void setSeries(std::vector<LayerSeries> series, int firstLayer = 0);
    const std::vector<LayerSeries>& series() const { return m_series; }

    void setLayerLabel(const QString& label);
    void setAxisLabel(PlotAxis axis, const QString& label);
    /// Fixed range; nothing fits the data with some air.
    void setAxisRange(PlotAxis axis, std::optional<std::pair<double, double>> range);

    /// Figures that are not drawn: for figures() and table().
    void setFurther(std::vector<LayerSeries> further) { m_further = std::move(further); }

    /// -1 for none.
    int currentLayer() const { return m_current; }
    void setCurrentLayer(int layer);
    /// Tags a layer, with the reason why ("AUC 1.00, halves agree to 0.93"); -1 for none.
    void setRecommendedLayer(int layer, const QString& reason = {});
    int recommendedLayer() const { return m_recommended; }
    int layerAt(const QPoint& point) const;
    /// "Layer 12" and a line for each series, "AUC 0.93 (0.88–0.97)"; what the tool tip shows.
    QString figures(int layer) const;
    /// The tag's place; empty without one.
    QRect recommendationRect() const;

    std::vector<LegendEntry> legend() const override;
    /// A row a layer; a band as two columns after its series.
    PlotTable table() const override;

signals:
    void layerHovered(int layer); ///< -1 when none
    void layerClicked(int layer);

protected:
    void restyle() override;
    QString textAt(const QPoint& point) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Drawn; ///< what stands for a series in the plot
    int layerCount() const;
    Drawn draw(const LayerSeries& series);
    void rebuild();
    void updateRanges();
    void updateMargins();
    void setHovered(int layer);
    void paintCurrentLayer(QCPPainter& painter) const;
    void paintRecommendation(QCPPainter& painter) const;
    QRectF tagRect() const; ///< in plot coordinates

    AxisLabels* m_labels;
    std::vector<LayerSeries> m_series;
    std::vector<Drawn> m_drawn;
    int m_firstLayer = 0;
    int m_current = -1;
    int m_hovered = -1;
    int m_recommended = -1;
    QString m_reason;
    std::vector<LayerSeries> m_further;
    QString m_layerLabel;
    QString m_axisLabel[2];
    std::optional<std::pair<double, double>> m_range[2];
};

}
