#pragma once

#include "ui/plots/color_legend.h"
#include "ui/plots/heatmap_model.h"
#include "ui/plots/plot.h"

#include <QTimer>

#include <memory>
#include <optional>

namespace tiller {

class PromptGrid;
class PromptPanels;

/// Small multiples of one metric: a row a prompt, a column a strength, and in each panel the metric over the
/// layers, all on one range. Bars stand on zero in the map's colours; collapsed layers are hatched, a dot
/// stands for what is not measured.
///
/// Left and Right move the cursor over the layers and on into the next panel, with Ctrl from panel to panel;
/// Up and Down move it over the prompts. Return clicks, Ctrl+Return or Shift+Return activate.
class PromptMultiples : public Plot {
    Q_OBJECT

public:
    /// One layer of one panel.
    struct Place {
        int prompt = -1;
        CellIndex cell;

        bool operator==(const Place&) const = default;
    };

    explicit PromptMultiples(QWidget* parent = nullptr);
    ~PromptMultiples() override;

    /// New panels without values; layers and strengths ascending.
    void setGrid(QStringList prompts, std::vector<int> layers, std::vector<double> strengths);
    /// NaN is not measured. Repaints at most 30 times a second.
    void setCell(int prompt, CellIndex cell, double value, double loss);
    double value(int prompt, CellIndex cell) const;

    /// As Heatmap::setColorScale.
    void setColorScale(ColorMap map, double limit);
    /// What the colours mean, for exported figures.
    void setColorScaleText(const ColorScale& scale);
    /// Values at the lower and upper edge of every panel; zero should lie between them. Default -1..1.
    void setValueRange(double from, double to);
    /// Loss beyond which a layer counts as collapsed.
    void setCollapseThreshold(std::optional<double> natsPerToken);
    /// Name of the metric, for tips and the table: "Read-back".
    void setValueName(const QString& name);

    /// Prompt -1 or an invalid cell selects nothing.
    void setSelected(int prompt, CellIndex cell);
    Place selected() const { return m_selected; }
    /// The place under the pointer or the keyboard's cursor.
    Place cursor() const { return m_cursor; }

    bool contains(const Place& place) const;
    /// Place at a point of the widget, with prompt -1 between the panels.
    Place placeAt(const QPoint& point) const;
    /// In the widget.
    QRect panelRect(int prompt, int strength) const;
    QRect cellRect(const Place& place) const;
    QString text(const Place& place) const;

    /// A row a prompt, strength and layer.
    PlotTable table() const override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void cellClicked(int prompt, tiller::CellIndex cell);
    void cellActivated(int prompt, tiller::CellIndex cell); ///< double click: take it to Steer

protected:
    void restyle() override;
    void layOut(const QSize& room) override;
    QString textAt(const QPoint& point) const override;
    QSize plotSizeInFigure() const override;
    QSize legendSizeInFigure() const override;
    void drawLegendInFigure(QPainter& painter, const QPoint& topLeft) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void setCursorPlace(const Place& place);
    void click(const Place& place);
    void scrollTo(const Place& place);
    void showMarks();
    void refresh();

    std::unique_ptr<PromptGrid> m_grid;
    std::unique_ptr<PromptPanels> m_panels;
    QTimer m_refresh;
    QString m_valueName;
    ColorScale m_scale;
    Place m_selected;
    Place m_cursor;
    bool m_painted = false;
};

}
