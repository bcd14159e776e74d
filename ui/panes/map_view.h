#pragma once

#include "ui/panes/map_look.h"

#include <QTimer>
#include <QWidget>

namespace tiller {

class Plot;

/// One way to look at the map, behind a tab of the Layers pane.
class MapView : public QWidget {
    Q_OBJECT

public:
    /// What of the bar above the views means something to it.
    enum Tool { Scale = 1, Side = 2, Limit = 4, Contour = 8, Values = 16, Export = 32 };
    Q_DECLARE_FLAGS(Tools, Tool)

    explicit MapView(const LayerMap* map, QWidget* parent = nullptr);

    virtual Tools tools() const = 0;
    virtual void setLook(const MapLook& look);
    /// The cell that is read, of this map or of the one beside it, and the prompt whose text it is.
    virtual void setSelected(const LayerMap* map, LayerMap::Place place, int prompt);
    virtual ColorScale scale() const { return {}; }
    virtual Plot* picture() { return nullptr; } ///< for Export

signals:
    void scaleChanged();
    void cellClicked(const tiller::LayerMap* map, tiller::LayerMap::Place place, int prompt = -1);
    void cellActivated(const tiller::LayerMap* map, tiller::LayerMap::Place place);

protected:
    /// Shows the map as it is, under the look: once it is seen, and while it is, ten times a second at most.
    virtual void refresh() = 0;
    void refreshSoon();
    void showEvent(QShowEvent* event) override;

    const LayerMap* m_map;
    MapLook m_look;
    LayerMap::Place m_selected; ///< invalid while it is of another map
    int m_prompt = 0;

private:
    QTimer m_soon;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(MapView::Tools)

}
