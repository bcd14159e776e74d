#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSplitter;
class QTabBar;
class QToolButton;

namespace tiller {

class CellTexts;
class ColorLegend;
class ElidedLabel;
class FactList;
class Heatmap;
class MapForm;
class MetricList;
class RecommendedCell;
class TradeoffPlot;
struct CellIndex;
struct HeatmapCell;
struct HoverCardContent;

/// The layer x strength map, and the text of a cell beside the baseline.
class LayersPane : public QWidget {
    Q_OBJECT

public:
    explicit LayersPane(Workspace* workspace, QWidget* parent = nullptr);

    Heatmap* heatmap() { return m_heatmap; }
    void runMap();
    void useSelected();
    bool hasSelected() const { return m_selected.isValid(); }
    void setCompact(bool compact);

signals:
    void selectionChanged();

private:
    QWidget* buildSide();
    QWidget* buildMap();
    void resetMap();
    void colorAll();
    void setScale();
    void select(CellIndex cell);
    void refreshTasks();
    void refreshSelected();
    void refreshRecommendation();
    void refreshTradeoff();
    double collapse() const; ///< nats per token
    HeatmapCell cellOf(LayerMap::Place place) const;
    HoverCardContent card(CellIndex cell) const;
    void exportPicture();
    void exportTable();

    Workspace* m_workspace;
    LayerMap* m_map;
    LayerMap::Place m_selected;
    QWidget* m_side;
    MapForm* m_form;
    MetricList* m_metrics;
    RecommendedCell* m_recommended;
    FactList* m_facts;
    QLabel* m_selectedTitle;
    QPushButton* m_use;
    ColorLegend* m_legend;
    QComboBox* m_shownSide;
    QCheckBox* m_contour;
    QDoubleSpinBox* m_threshold;
    QCheckBox* m_values;
    QToolButton* m_export;
    ElidedLabel* m_state;
    QProgressBar* m_progress;
    QPushButton* m_pause;
    QPushButton* m_cancel;
    Heatmap* m_heatmap;
    TradeoffPlot* m_tradeoff;
    QTabBar* m_tabs;
    CellTexts* m_texts;
    QSplitter* m_rows;
};

}
