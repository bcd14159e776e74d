#pragma once

#include "ui/panes/map_view.h"
#include "ui/state/workspace.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;

namespace tiller {

class ElidedLabel;
class MapHeatmap;

/// The map beside that of another vector, or of another method's vector from the same pairs: one scale, one
/// cursor.
class MapComparison : public MapView {
    Q_OBJECT

public:
    explicit MapComparison(Workspace* workspace, QWidget* parent = nullptr);

    Tools tools() const override { return {Scale | Side | Limit | Contour | Values}; }
    void setLook(const MapLook& look) override;
    void setSelected(const LayerMap* map, LayerMap::Place place, int prompt) override;
    ColorScale scale() const override;

protected:
    void refresh() override;

private:
    struct Half {
        const LayerMap* map;
        MapHeatmap* heatmap;
        ElidedLabel* title;
        QLabel* best;
    };
    QWidget* build(Half& half, const LayerMap* map, const QString& name);
    void link(const Half& from, const Half& to);
    void fillChoices();
    void refreshMeasure();
    void refreshHalf(const Half& half);
    void shareScale();
    void measure();

    Workspace* m_workspace;
    QComboBox* m_other;
    QCheckBox* m_equalPush;
    QPushButton* m_measure;
    Half m_halves[2];
    const LayerMap* m_read = nullptr; ///< whose cell is read
    LayerMap::Place m_place;
};

}
