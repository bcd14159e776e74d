#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSplitter;
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
struct CellIndex;
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
    QWidget* buildTexts();
    void resetMap();
    void colorAll();
    void setScale();
    void select(CellIndex cell);
    void refreshTasks();
    void refreshSelected();
    void showTexts();
    HoverCardContent card(CellIndex cell) const;
    /// The card over a cell takes the words of its text as they come.
    void refreshCard(LayerMap::Place place);
    QString cellTitle(LayerMap::Place place) const;
    void exportPicture();
    void exportTable();

    Workspace* m_workspace;
    LayerMap* m_map;
    LayerMap::Place m_selected;
    bool m_readingCell = false;
    QWidget* m_side;
    MapForm* m_form;
    MetricList* m_metrics;
    FactList* m_facts;
    QLabel* m_selectedTitle;
    QPushButton* m_use;
    ColorLegend* m_legend;
    QCheckBox* m_contour;
    QCheckBox* m_values;
    QToolButton* m_export;
    ElidedLabel* m_state;
    QProgressBar* m_progress;
    QPushButton* m_cancel;
    Heatmap* m_heatmap;
    SectionHeader* m_textHeader;
    QPushButton* m_useBelow;
    RowPane* m_unsteered;
    RowPane* m_steered;
    QSplitter* m_rows;
};

}
