#include "ui/panes/map_view.h"

namespace tiller {

MapView::MapView(const LayerMap* map, QWidget* parent)
    : QWidget(parent)
    , m_map(map)
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(100);
    connect(&m_soon, &QTimer::timeout, this, [this] {
        if (isVisible())
            refresh();
    });
    connect(map, &LayerMap::measured, this, &MapView::refreshSoon);
    connect(map, &LayerMap::reset, this, [this] {
        m_selected = {};
        refreshSoon();
    });
}

void MapView::setLook(const MapLook& look)
{
    m_look = look;
    if (isVisible())
        refresh();
}

void MapView::setSelected(const LayerMap* map, LayerMap::Place place, int prompt)
{
    m_selected = map == m_map ? place : LayerMap::Place();
    m_prompt = prompt;
    if (isVisible())
        refresh();
}

void MapView::refreshSoon()
{
    if (isVisible() && !m_soon.isActive())
        m_soon.start();
}

void MapView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

}
