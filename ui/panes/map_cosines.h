#pragma once

#include "ui/panes/map_view.h"
#include "ui/state/workspace.h"

class QSpinBox;

namespace tiller {

class CosineMap;
class SectionHeader;

/// Where directions agree: a vector's layers with each other, and the library's vectors at one layer.
class MapCosines : public MapView {
    Q_OBJECT

public:
    explicit MapCosines(Workspace* workspace, QWidget* parent = nullptr);

    Tools tools() const override { return {}; }
    void setSelected(const LayerMap* map, LayerMap::Place place, int prompt) override;

protected:
    void refresh() override;

private:
    QWidget* build(SectionHeader* header, CosineMap* plot);
    void refreshLayers();
    void refreshVectors();
    void compare(int row, int column);
    const LibraryEntry* entry() const; ///< the map's vector, or the current one

    Workspace* m_workspace;
    SectionHeader* m_layersHeader;
    SectionHeader* m_vectorsHeader;
    CosineMap* m_layers;
    CosineMap* m_vectors;
    QSpinBox* m_layer;
    QString m_shown; ///< whose layers m_layer runs over
    std::vector<int> m_rows; ///< of the library, as m_vectors has them
};

}
