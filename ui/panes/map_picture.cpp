#include "ui/panes/map_picture.h"

#include "ui/panes/layouts.h"
#include "ui/panes/map_heatmap.h"

#include <QScrollArea>

namespace tiller {

using namespace Qt::StringLiterals;

MapPicture::MapPicture(const LayerMap* map, QWidget* parent)
    : MapView(map, parent)
    , m_heatmap(new MapHeatmap(map))
{
    m_heatmap->setObjectName(u"map"_s);
    m_heatmap->setAccessibleName(tr("Layer by strength map"));
    m_heatmap->setPlaceholderText(
        tr("No map yet. Map measures every layer at every strength;\ncells can be used as they fill."));
    m_heatmap->setRangesEnabled(true);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_heatmap);
    column(this)->addWidget(scroll);
    connect(m_heatmap, &MapHeatmap::rescaled, this, &MapView::scaleChanged);
    connect(m_heatmap, &Heatmap::cellClicked, this,
        [this](CellIndex cell) { emit cellClicked(m_map, placeOf(cell)); });
    connect(m_heatmap, &Heatmap::cellActivated, this,
        [this](CellIndex cell) { emit cellActivated(m_map, placeOf(cell)); });
}

void MapPicture::setLook(const MapLook& look)
{
    MapView::setLook(look);
    m_heatmap->setLook(look);
}

void MapPicture::setSelected(const LayerMap* map, LayerMap::Place place, int prompt)
{
    MapView::setSelected(map, place, prompt);
    m_heatmap->setSelectedCell(indexOf(m_selected));
    m_heatmap->setPrompt(prompt);
}

ColorScale MapPicture::scale() const
{
    return m_look.scale(m_map->grid(), m_heatmap->ownLimit(), m_heatmap->model()->largestValue());
}

Plot* MapPicture::picture()
{
    return m_heatmap;
}

}
