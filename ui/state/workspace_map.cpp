// The map: what the Layers perspective asks for.
#include "ui/state/wording.h"
#include "ui/state/workspace.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::startMap(const MapGrid& grid)
{
    if (!model() || grid.isEmpty() || isRunning(Task::Map))
        return;
    emit reportsCleared(Panel::Layers);
    m_map->start(grid);
    resumeMap();
}

void Workspace::resumeMap()
{
    const MapGrid& grid = m_map->grid();
    if (!model() || grid.isEmpty() || isRunning(Task::Map))
        return;
    SweepJob job;
    job.vector = grid.vector;
    job.layers = grid.layers;
    job.strengths = grid.strengths;
    if (std::ranges::find(job.strengths, 0.0) == job.strengths.end())
        job.strengths.push_back(0); // what the others are read beside
    job.op = grid.op;
    job.scope = grid.scope;
    job.metrics = grid.metrics;
    for (const QString& prompt : grid.prompts)
        job.prompts.push_back(prompt.toStdString());
    job.render = m_generation.render;
    job.tokens = grid.tokens;
    job.pairs = grid.pairs;
    job.extracted = grid.extracted;
    job.rows = grid.pairRows;
    job.neutralText = grid.neutralText.toStdString();
    job.control = grid.control;
    job.cache = m_mapCache;
    m_mapPaused = false;
    setStatus(tr("Mapping %1").arg(grid.vectorName), 0);
    start(Task::Map, std::move(job), grid.vectorName);
}

void Workspace::pauseMap()
{
    if (!isRunning(Task::Map))
        return;
    m_mapPaused = true;
    stop(Task::Map);
}

void Workspace::cancelMap()
{
    m_mapPaused = false;
    stop(Task::Map);
    emit tasksChanged();
}

void Workspace::choosePairs(MapGrid& grid, int most) const
{
    const ContrastSet set = m_contrast->model()->toSet();
    std::vector<int> usable;
    for (size_t row = 0; row < set.pairs.size(); ++row)
        if (const ContrastPair& pair = set.pairs[row];
            pair.enabled && !pair.positive.isBlank() && !pair.negative.isBlank() && !pair.prompt.empty())
            usable.push_back(int(row));
    const auto count = std::min(usable.size(), size_t(std::max(0, most)));
    for (size_t i = 0; i < count; ++i) {
        const int row = usable[i * usable.size() / count];
        grid.pairs.push_back(set.pairs[size_t(row)]);
        grid.pairRows.push_back(row);
    }
    if (m_extracted && m_fitRevision == m_contrastRevision
        && m_library->find(extractedName()) == m_library->find(grid.vectorName))
        grid.extracted = m_extracted;
}

void Workspace::done(const Running&, const Swept& result)
{
    setStatus(tr("Map finished in %1 s: %2 figures measured, %3 known before.")
                  .arg(QString::number(result.seconds, 'f', 1))
                  .arg(result.measured)
                  .arg(result.known));
}

void Workspace::takeToSteer(LayerMap::Place place)
{
    const MapGrid& grid = m_map->grid();
    if (!place.isValid() || grid.isEmpty())
        return;
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
