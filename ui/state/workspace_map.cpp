// The map: what the Layers perspective asks for.
#include "ui/state/wording.h"
#include "ui/state/workspace.h"

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::startMap(const MapGrid& grid)
{
    if (!model() || grid.isEmpty() || isRunning(Task::Map))
        return;
    emit reportsCleared(Panel::Layers);
    if (grid.neutralText.trimmed().isEmpty()) {
        fail(Panel::Layers,
            {tr("The neutral text is empty."),
                tr("Write a sentence or two that has nothing to do with the vector.")});
        return;
    }
    stop(Task::CellText);
    m_map->start(grid);
    setStatus(tr("Mapping %1: 0 of %2 cells").arg(grid.vectorName).arg(m_map->cellCount()), 0);
    start(Task::Map,
        SweepJob{
            grid.vector, grid.layers, grid.strengths, grid.neutralText.toStdString(), grid.op, grid.scope},
        grid.vectorName);
}

void Workspace::cancelMap()
{
    stop(Task::Map);
}

void Workspace::done(const Running&, const Swept& result)
{
    setStatus(tr("Map finished: %1 in %2 s.")
                  .arg(counted(result.cells, tr("cell"), tr("cells")))
                  .arg(QString::number(result.seconds, 'f', 1)));
}

void Workspace::requestCellText(LayerMap::Place place)
{
    if (!model() || !place.isValid() || m_map->grid().isEmpty() || m_map->text(place))
        return;
    stop(Task::CellText);
    const MapGrid& grid = m_map->grid();
    Edit edit{grid.vector, grid.op, grid.strengths[size_t(place.strength)], {}, grid.scope};
    edit.layers = LayerCurve{{grid.layers[size_t(place.layer)], 1.0}};
    m_map->startText(place);
    GenerateJob job = generateJob({edit});
    const JobId id = start(Task::CellText, std::move(job));
    m_running[id].place = place;
}

void Workspace::takeToSteer(LayerMap::Place place)
{
    const MapGrid& grid = m_map->grid();
    if (!place.isValid() || grid.isEmpty())
        return;
    stop(Task::CellText);
    const int layer = grid.layers[size_t(place.layer)];
    const double strength = grid.strengths[size_t(place.strength)];
    const int entry = m_library->find(grid.vectorName); // by a name that it had, too
    const QString name = entry < 0 ? grid.vectorName : m_library->entry(entry).name;
    int row = m_mixer->find(name);
    if (row < 0) {
        if (entry < 0)
            return;
        addToMixer(entry, layer, strength);
        row = m_mixer->find(name);
        if (row < 0)
            return;
    }
    m_mixer->setLayers(row, {{layer, 1.0}});
    m_mixer->setStrength(row, strength);
    m_mixer->setOp(row, grid.op);
    m_mixer->setScope(row, grid.scope);
    m_mixer->setEnabled(row, true);
    emit perspectiveRequested(Perspective::Steer);
    generate();
}

}
