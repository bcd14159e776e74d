#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QAction;
class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTabBar;
class QToolButton;

namespace tiller {

class CellTexts;
class ColorLegend;
class ElidedLabel;
class FactList;
class Heatmap;
class MapForm;
class MapPicture;
class MapView;
class MetricList;
class RecommendedCell;

/// The map in its views, and the text of a cell beside the baseline.
class LayersPane : public QWidget {
    Q_OBJECT

public:
    explicit LayersPane(Workspace* workspace, QWidget* parent = nullptr);

    void runMap();
    void useSelected();
    bool hasSelected() const { return m_selected.isValid(); }
    void setCompact(bool compact);

signals:
    void selectionChanged();

protected:
    void keyPressEvent(QKeyEvent* event) override; ///< Space pauses the map and goes on with it

private:
    QWidget* buildSide();
    QWidget* buildMap();
    QWidget* buildHead();
    QWidget* buildBar();
    void addView(const QString& title, const QString& toolTip, MapView* view);
    MapView* view() const;
    void showView(int index);
    void resetMap(const LayerMap* map);
    void look();
    void refreshScale();
    void select(const LayerMap* map, LayerMap::Place place, int prompt);
    void refreshTasks();
    void refreshSelected();
    void refreshRecommendation();
    void togglePause();
    void exportPicture();
    void exportTable();

    Workspace* m_workspace;
    LayerMap* m_map;
    const LayerMap* m_selectedMap; ///< that, or the one it is compared with
    LayerMap::Place m_selected;
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
    QAction* m_exportPicture;
    QPushButton* m_widen;
    ElidedLabel* m_state;
    QProgressBar* m_progress;
    QPushButton* m_pause;
    QPushButton* m_cancel;
    QTabBar* m_tabs;
    QStackedWidget* m_views;
    MapPicture* m_picture;
    CellTexts* m_texts;
};

}
