#pragma once

#include "ui/plots/color_legend.h"
#include "ui/plots/heatmap_model.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot.h"

#include <QMargins>
#include <QPointer>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>

namespace tiller {

/// A curve of the profiles beside the map: above it over the layers at the hovered strength, right of it over
/// the strengths at the hovered layer. `values` is laid out as the cells of HeatmapModel::setCells; NaN
/// leaves a gap.
struct HeatmapProfile {
    QString name;
    std::vector<double> values;
    ColorToken color = &Colors::positive;
    bool dashed = false;
};

/// The layer x strength map. x = layer, y = strength, + upward.
///
/// Arrows move the hovered cell; Return opens it (as a click does), Shift+Return or Ctrl+Return activate it
/// (as a double click does). Where ranges are enabled, dragging from cell to cell frames the cells between
/// and chooses them on release; Shift+arrows grow such a frame from the hovered cell, Return chooses it, Esc
/// or a plain arrow drops it.
class Heatmap : public Plot {
    Q_OBJECT

public:
    explicit Heatmap(QWidget* parent = nullptr);
    ~Heatmap() override;

    /// The cells, owned by the map; fill them here. Any change repaints, at most 30 times a second.
    HeatmapModel* model() { return m_model; }
    const HeatmapModel* model() const { return m_model; }

    /// Colours by `map`; its last colour is at `limit` (AmberPlum: and the first at -limit). Without a limit
    /// the greatest value seen.
    void setColorScale(ColorMap map, std::optional<double> limit = {});
    ColorMap colorMap() const { return m_map; }
    double colorLimit() const;

    /// Loss beyond which a cell counts as collapsed: hatched, and outlined by a contour. Nothing draws
    /// neither.
    void setCollapseThreshold(std::optional<double> natsPerToken);
    void setContourVisible(bool visible);
    /// Writes each cell's value into it, where it fits.
    void setValuesVisible(bool visible);
    /// What a strength multiplies; without it the vector as stored.
    void setStrengthTitle(const QString& title);
    void setProfiles(std::vector<HeatmapProfile> profiles);
    /// Range of the profiles' values, the same for both. Default 0..1.
    void setProfileRange(double from, double to);

    CellIndex selectedCell() const { return m_selected; }
    void setSelectedCell(CellIndex cell);
    /// Dashed frame over layers first..last (indices) at one strength, with a tag below it; nothing removes
    /// it.
    struct Recommendation {
        int firstLayer;
        int lastLayer;
        int strength;
        QString tag;
    };
    void setRecommendation(std::optional<Recommendation> recommendation);

    /// Depth of the model: its early, middle and late third are marked along the layers. 0 marks nothing.
    void setModelLayers(int layers);

    /// Whether cells can be framed and chosen together. Off by default: Shift+arrows are arrows then.
    void setRangesEnabled(bool enabled);
    /// The cells framed, until they are chosen or dropped.
    std::optional<CellRange> range() const { return m_range; }
    /// What the tag at the frame says; without it layers, strengths and the number of cells.
    void setRangeText(std::function<QString(CellRange)> text);
    QString rangeText(CellRange range) const;

    /// Cross-hair and profiles as under the pointer, but without card and signal: for maps that are linked.
    /// What is hovered next takes its place.
    void setCursorCell(CellIndex cell);
    CellIndex cursorCell() const { return m_cursor; }

    /// What the hover card says of a cell; without it a card of layer, strength and value.
    void setCardContent(std::function<HoverCardContent(CellIndex)> content);
    /// What the colours mean, for exported figures.
    void setColorScaleText(const ColorScale& scale);

    CellIndex hoveredCell() const { return m_hovered; }
    /// Cell at a point of the widget; invalid outside the map.
    CellIndex cellAt(const QPoint& point) const;
    /// Cell in widget coordinates.
    QRect cellRect(CellIndex cell) const;
    /// "Layer 16, strength +2: 0.68, loss 0.41", for titles and screen readers.
    QString cellText(CellIndex cell) const;

    /// A row a cell: layer, strength, value, loss (nats per token), state.
    PlotTable table() const override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void cellHovered(tiller::CellIndex cell); ///< invalid when none
    void cellClicked(tiller::CellIndex cell); ///< now selected: show its text
    void cellActivated(tiller::CellIndex cell); ///< take it to Steer
    void rangeChosen(tiller::CellRange range); ///< of more than one cell

protected:
    void restyle() override;
    void layOut(const QSize& room) override;
    QSize plotSizeInFigure() const override { return sizeFor(cellSize(size())); }
    QSize legendSizeInFigure() const override;
    void drawLegendInFigure(QPainter& painter, const QPoint& topLeft) const override;
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void layOut();
    void refresh();
    CellIndex shownCell() const { return m_cursor.isValid() ? m_cursor : m_hovered; }
    CellIndex nearestCell(const QPoint& point) const;
    void setHovered(CellIndex cell);
    void open(CellIndex cell);
    void stretchTo(CellIndex cell);
    void dropRange();
    void chooseRange();
    void showCard();
    QMargins surround() const;
    QSize preferredCellSize() const;
    QSize cellSize(const QSize& available) const;
    QSize sizeFor(const QSize& cell) const;

    HeatmapModel* m_model;
    struct Parts;
    std::unique_ptr<Parts> m_parts;
    QPointer<HoverCard> m_card; ///< child of the window: it may stand out over the map's edge
    QTimer m_cardDelay;
    QTimer m_refresh;

    ColorMap m_map = ColorMap::AmberPlum;
    std::optional<double> m_limit;
    CellIndex m_selected;
    CellIndex m_hovered;
    CellIndex m_cursor; ///< that of a linked map
    int m_modelLayers = 0;
    bool m_rangesEnabled = false;
    bool m_dragging = false;
    CellIndex m_anchor; ///< where the range began
    std::optional<CellRange> m_range;
    std::function<QString(CellRange)> m_rangeText;
    std::function<HoverCardContent(CellIndex)> m_content;
    QString m_strengthTitle = tr("strength (× vector as stored)");
    ColorScale m_scale;
};

}
