// The map: what the Layers perspective asks for.
#include "ui/state/wording.h"
#include "ui/state/workspace.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// For the layers of a vector the norms that another one has there.
std::map<int, double> normsLike(const SteeringVector& other, const SteeringVector& vector)
{
    std::map<int, double> norms;
    for (const auto& [layer, direction] : vector.layers)
        if (const auto found = other.single() ? other.layers.begin() : other.layers.find(layer);
            found != other.layers.end())
            norms[layer] = found->second.norm();
    return norms;
}

}

void Workspace::startMap(const MapGrid& grid)
{
    if (!model() || grid.isEmpty() || isRunning(Task::Map))
        return;
    m_widerMaps.clear();
    m_comparedMap->clear();
    MapGrid named = grid;
    named.modelName = QString::fromStdString(model()->info.name);
    named.modelLayers = model()->config.layers;
    m_map->start(std::move(named));
    sweep(m_map);
}

void Workspace::resumeMap()
{
    if (!isRunning(Task::Map))
        sweep(m_pausedMap ? m_pausedMap : m_map);
}

void Workspace::sweep(LayerMap* map)
{
    const MapGrid& grid = map->grid();
    if (!model() || grid.isEmpty())
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
    job.norms = grid.norms;
    job.cache = m_mapCache;
    m_pausedMap = nullptr;
    setStatus(tr("Mapping %1").arg(grid.vectorName), 0);
    m_running[start(Task::Map, std::move(job), grid.vectorName)].map = map;
}

void Workspace::pauseMap()
{
    for (const auto& [job, running] : m_running)
        if (running.map)
            m_pausedMap = running.map;
    stop(Task::Map);
}

void Workspace::cancelMap()
{
    m_pausedMap = nullptr;
    stop(Task::Map);
    emit tasksChanged();
}

QString Workspace::titleOfMap() const
{
    const MapGrid& grid = m_map->grid();
    const int row = m_library->find(grid.vectorName);
    if (row < 0)
        return tr("%1 (removed)").arg(grid.vectorName);
    const LibraryEntry& entry = m_library->entry(row);
    return entry.vector == grid.vector ? entry.name : tr("%1 (an earlier fit)").arg(entry.name);
}

void Workspace::leaveMap()
{
    for (auto& [job, running] : m_running)
        running.map = nullptr;
    stop(Task::Map);
    m_pausedMap = nullptr;
}

void Workspace::clearMaps()
{
    leaveMap();
    m_widerMaps.clear();
    m_map->clear();
    m_comparedMap->clear();
}

void Workspace::refineMap(LayerMap::Place first, LayerMap::Place last)
{
    const MapGrid& grid = m_map->grid();
    if (!model() || grid.isEmpty())
        return;
    leaveMap();
    m_comparedMap->clear();
    m_widerMaps.push_back(m_map->contents());
    m_map->start(grid.finer(first.layer, last.layer, first.strength, last.strength));
    sweep(m_map);
}

void Workspace::widenMap()
{
    if (m_widerMaps.empty())
        return;
    leaveMap();
    m_comparedMap->clear();
    LayerMap::Contents wider = std::move(m_widerMaps.back());
    m_widerMaps.pop_back();
    m_map->restore(std::move(wider));
    if (m_map->doneCount() < m_map->cellCount())
        m_pausedMap = m_map;
    setStatus(tr("The wider map of %1.").arg(m_map->grid().vectorName));
    emit tasksChanged();
}

bool Workspace::canCompareMethods() const
{
    const MapGrid& grid = m_map->grid();
    return model() && grid.extracted && m_extracted && grid.pairsRevision == m_contrastRevision
        && m_fitRevision == m_contrastRevision;
}

void Workspace::compareMap(int libraryRow, bool equalPush)
{
    m_equalPush = equalPush;
    // What was made of the open pairs is fitted to them as they are, and judged as the map's vector is.
    for (const auto& [key, name] : m_fits)
        if (const auto& [method, normalisation, read, raw] = key; canCompareMethods()
            && m_library->find(name) == libraryRow && read == toString(m_fitRequest.read)
            && raw == m_fitRequest.render.raw)
            return fitToCompare(method, normalisation);
    compareMapWith(libraryRow, nullptr);
}

void Workspace::compareMapBy(const std::string& method, bool equalPush)
{
    m_equalPush = equalPush;
    if (canCompareMethods())
        fitToCompare(method, m_fitRequest.normalisation);
}

void Workspace::fitToCompare(const std::string& method, Normalisation normalisation)
{
    if (isRunning(Task::Map) || isRunning(Task::FitToCompare))
        return;
    m_comparedFit = m_fitRequest;
    m_comparedFit.method = method;
    m_comparedFit.normalisation = normalisation;
    start(Task::FitToCompare, ExtractJob{m_comparedFit}, m_contrast->name());
}

void Workspace::compareMapWith(int libraryRow, const Extracted& extracted)
{
    if (!model() || m_map->grid().isEmpty() || isRunning(Task::Map))
        return;
    const LibraryEntry& entry = m_library->entry(libraryRow);
    if (!checkVector(*entry.vector, entry.allowOther, Panel::Layers, {}))
        return;
    MapGrid grid = m_map->grid();
    grid.vectorName = entry.name;
    grid.vector = entry.vector;
    grid.extracted = extracted;
    if (!entry.vector->single())
        std::erase_if(grid.layers, [&](int layer) { return !entry.vector->layers.contains(layer); });
    if (grid.layers.empty())
        return fail(Panel::Layers,
            {tr("“%1” has none of the map's layers.").arg(entry.name),
                tr("It has %1: map these, or choose another vector.").arg(layersOf(*entry.vector))});
    if (!grid.hasPairScale())
        std::erase(grid.metrics, Metric::Readback);
    if (m_equalPush)
        grid.norms = normsLike(*m_map->grid().vector, *entry.vector);
    m_comparedMap->start(std::move(grid));
    sweep(m_comparedMap);
}

void Workspace::choosePairs(MapGrid& grid, int most) const
{
    grid.pairsRevision = m_contrastRevision;
    grid.pairsName = m_contrast->name();
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
    grid.positiveLabel = QString::fromStdString(set.positiveLabel);
    grid.negativeLabel = QString::fromStdString(set.negativeLabel);
    if (holdsPairsOut(grid.vectorName))
        grid.extracted = m_extracted;
}

bool Workspace::holdsPairsOut(const QString& vectorName) const
{
    return m_extracted && m_fitRevision == m_contrastRevision
        && m_library->find(extractedName()) == m_library->find(vectorName);
}

void Workspace::done(const Running& job, const Swept& result)
{
    if (!job.map)
        return;
    setStatus(tr("Map finished in %1 s: %2 figures measured, %3 known before.")
                  .arg(QString::number(result.seconds, 'f', 1))
                  .arg(result.measured)
                  .arg(result.known));
}

void Workspace::takeToSteer(const LayerMap& map, LayerMap::Place place)
{
    const MapGrid& grid = map.grid();
    if (!place.isValid() || grid.isEmpty())
        return;
    const int layer = grid.layers[size_t(place.layer)];
    const double strength = grid.storedStrength(layer, grid.strengths[size_t(place.strength)]);
    const int entry = m_library->find(grid.vectorName); // by a name that it had, too
    const QString name = entry < 0 ? grid.vectorName : m_library->entry(entry).name;
    int row = m_mixer->find(name);
    if (row < 0) {
        if (entry < 0)
            return fail(Panel::Layers,
                {tr("“%1” is no longer in the library.").arg(name),
                    tr("Undo its removal, or map another vector.")});
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
    // The cell was measured alone: what else is in the mix waits, switched off.
    bool others = false;
    for (int other = 0; other < m_mixer->rowCount(); ++other)
        if (other != row && m_mixer->strip(other).enabled) {
            m_mixer->setEnabled(other, false);
            others = true;
        }
    emit perspectiveRequested(Perspective::Steer);
    generate();
    if (others)
        emit reported(Panel::Steer,
            {MessageKind::Info,
                {tr("Only “%1” is on, as in the map.").arg(name),
                    tr("Switch the others on again in the mixer.")},
                {}, {}});
}

}
