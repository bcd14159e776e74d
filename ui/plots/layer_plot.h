#pragma once

#include "ui/theme/colors.h"

#include <QWidget>

#include <optional>
#include <vector>

class QCustomPlot;

namespace tiller {

class AxisLabels;

enum class SeriesStyle { Solid, Dashed, Bars };
enum class SeriesMark { None, PositivePole, NegativePole };
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
};

/// Lines and bars over the layers, with one or two value axes. The current layer stands in bold under a
/// dashed line. Hovering shows the figures of a layer; a click or Left/Right and Return choose one.
class LayerPlot : public QWidget {
    Q_OBJECT

public:
    explicit LayerPlot(QWidget* parent = nullptr);

    /// Number 0-based layers from `firstLayer`. Bars are drawn first, whatever their place.
    void setSeries(std::vector<LayerSeries> series, int firstLayer = 0);
    const std::vector<LayerSeries>& series() const { return m_series; }

    void setLayerLabel(const QString& label);
    void setAxisLabel(PlotAxis axis, const QString& label);
    /// Fixed range; nothing fits the data with some air.
    void setAxisRange(PlotAxis axis, std::optional<std::pair<double, double>> range);
    /// Shown while there is no series.
    void setPlaceholderText(const QString& text);

    /// -1 for none.
    int currentLayer() const { return m_current; }
    void setCurrentLayer(int layer);
    int layerAt(const QPoint& point) const;
    /// "Layer 12" and a line for each series; what the tool tip shows.
    QString figures(int layer) const;

    /// Writes .png, .pdf or .svg, in light colours. Returns what went wrong, empty when nothing did.
    QString exportTo(const QString& fileName);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void layerHovered(int layer); ///< -1 when none
    void layerClicked(int layer);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    int layerCount() const;
    void rebuild();
    void recolor(const Colors& palette);
    void updateRanges();
    void updateMargins();
    void setHovered(int layer);

    QCustomPlot* m_plot;
    AxisLabels* m_labels;
    std::vector<LayerSeries> m_series;
    int m_firstLayer = 0;
    int m_current = -1;
    int m_hovered = -1;
    QString m_layerLabel;
    QString m_axisLabel[2];
    std::optional<std::pair<double, double>> m_range[2];
    QString m_placeholder;
};

}
