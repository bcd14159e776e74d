#pragma once

#include "ui/state/map_recommendation.h"
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

class ColorLegend;
class ElidedLabel;
class FactList;
class Heatmap;
class MapForm;
class MetricList;
class RowPane;
class SectionHeader;
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
    int shownPrompt() const { return m_prompt; }
    void setCompact(bool compact);

signals:
    void selectionChanged();

private:
    QWidget* buildSide();
    QWidget* buildMap();
    QWidget* buildTexts();
    void resetMap();
    void colorAll();
    void setScale();
    void select(CellIndex cell);
    void refreshTasks();
    void refreshSelected();
    void showTexts();
    void refreshRecommendation();
    void refreshTradeoff();
    void showPrompt(int prompt);
    void useRecommended();
    double collapse() const; ///< nats per token
    HeatmapCell cellOf(LayerMap::Place place) const;
    QString figuresOfText(LayerMap::Place place) const;
    HoverCardContent card(CellIndex cell) const;
    QString cellTitle(LayerMap::Place place) const;
    void exportPicture();
    void exportTable();

    Workspace* m_workspace;
    LayerMap* m_map;
    LayerMap::Place m_selected;
    int m_prompt = 0; ///< whose text is shown
    std::optional<MapRecommendation> m_recommended;
    QWidget* m_side;
    MapForm* m_form;
    MetricList* m_metrics;
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
    SectionHeader* m_recommendedHeader;
    QWidget* m_recommendedPanel;
    QLabel* m_recommendedTitle;
    FactList* m_recommendedFacts;
    QLabel* m_recommendedReason;
    QToolButton* m_earlierPrompt;
    QToolButton* m_laterPrompt;
    Heatmap* m_heatmap;
    TradeoffPlot* m_tradeoff;
    QTabBar* m_tabs;
    SectionHeader* m_textHeader;
    QPushButton* m_useBelow;
    RowPane* m_unsteered;
    RowPane* m_steered;
    QSplitter* m_rows;
};

}
