#pragma once

#include "ui/panes/map_view.h"

class QLabel;
class QTableView;

namespace tiller {

class HeatmapModel;

/// The figures of the map as a table, for reading them one by one and for screen readers.
class MapTable : public MapView {
    Q_OBJECT

public:
    /// `model`: of the map's picture, which fills it.
    MapTable(const LayerMap* map, HeatmapModel* model, QWidget* parent = nullptr);

    Tools tools() const override { return {Side | Export}; }

protected:
    void refresh() override;

private:
    HeatmapModel* m_model;
    QLabel* m_title;
    QTableView* m_table;
};

}
