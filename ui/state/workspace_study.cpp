// Contrast set, extraction and map: what the Contrast and Layers perspectives ask for.
#include "ui/state/wording.h"
#include "ui/state/workspace.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::setExtraction(const ExtractionOptions& options)
{
    m_extraction = options;
    emit extractionChanged();
    m_countSoon.start();
}

bool Workspace::checkPairs()
{
    const ContrastPairModel* pairs = m_contrast->model();
    if (pairs->rowCount() == 0) {
        fail(Panel::Contrast,
            {tr("The contrast set is empty."),
                tr("Add a pair, paste rows from a spreadsheet or choose a bundled set.")});
        return false;
    }
    const int row = pairs->firstIncomplete();
    if (row < 0)
        return true;
    m_pairFault = true;
    fail(Panel::Contrast,
        {tr("Pair %1 cannot be used. %2").arg(row + 1).arg(pairs->errorOf(row)),
            tr("Fill in the missing side, or delete the row.")},
        tr("Show pair"), [this, row] { emit rowRequested(row); });
    emit rowRequested(row);
    return false;
}

void Workspace::forgetPairFault()
{
    if (m_pairFault && m_contrast->model()->firstIncomplete() < 0) {
        m_pairFault = false;
        emit reportsCleared(Panel::Contrast);
    }
}

void Workspace::extract()
{
    if (!model() || isRunning(Task::Extract))
        return;
    emit reportsCleared(Panel::Contrast);
    if (!checkPairs()) {
        m_steerAfterExtraction = false;
        return;
    }
    ExtractJob job;
    const Attempt parsed = attempt([&] {
        for (const auto& [layer, factor] : parseLayers(m_extraction.layers, model()->config.layers))
            job.request.layers.push_back(layer);
    });
    if (!parsed.ok()) {
        m_steerAfterExtraction = false;
        fail(Panel::Contrast, parsed.failure);
        return;
    }
    job.request.set = m_contrast->model()->toSet();
    job.request.method = m_extraction.method;
    job.request.read = m_extraction.read;
    job.request.normalisation = m_extraction.normalisation;
    job.request.render = m_extraction.render;
    // Rows are items of the new bank, until they are edited.
    forgetExtraction();
    m_contrast->model()->setBankItems();
    setStatus(tr("Extracting “%1”").arg(m_contrast->name()));
    start(Task::Extract, std::move(job), m_contrast->name());
}

void Workspace::extractAndSteer()
{
    if (isRunning(Task::Extract))
        return;
    m_steerAfterExtraction = true;
    extract();
}

void Workspace::done(const Running&, const Extracted& result)
{
    m_extracted = result;
    const SteeringVector& vector = result->vector;

    LibraryEntry entry;
    entry.name = QString::fromStdString(vector.name);
    entry.vector = std::shared_ptr<const SteeringVector>(result, &vector);
    entry.suggestedLayer = result->suggestedLayer;
    entry.diagnostics = result->diagnostics;
    addToLibrary(std::move(entry));

    m_diagnosticLayer = result->suggestedLayer;
    showProjections();
    setStatus(tr("Extracted %1 from %2 tokens in %3 s. Layer %4 is suggested.")
                  .arg(m_library->entry(0).name)
                  .arg(result->tokens)
                  .arg(QString::number(result->seconds, 'f', 1))
                  .arg(result->suggestedLayer));
    emit extractedChanged();
    emit diagnosticLayerChanged(m_diagnosticLayer);

    if (!std::exchange(m_steerAfterExtraction, false))
        return;
    // The same behaviour twice would push twice: the earlier one waits, switched off.
    for (int row = 0; row < m_mixer->rowCount(); ++row)
        if (m_mixer->strip(row).vector->name == vector.name)
            m_mixer->setEnabled(row, false);
    addToMixer(0);
    emit perspectiveRequested(Perspective::Steer);
    generate();
}

void Workspace::forgetExtraction()
{
    m_extracted.reset();
    m_diagnosticLayer = -1;
    m_contrast->model()->setProjectionTitle({});
    for (int row = 0; row < m_contrast->model()->rowCount(); ++row)
        m_contrast->model()->setProjection(row, {});
    emit extractedChanged();
}

void Workspace::setDiagnosticLayer(int layer)
{
    if (!m_extracted || layer == m_diagnosticLayer)
        return;
    const auto& layers = m_extracted->bank.layers;
    if (std::find(layers.begin(), layers.end(), layer) == layers.end())
        return;
    m_diagnosticLayer = layer;
    showProjections();
    emit diagnosticLayerChanged(layer);
}

std::vector<std::pair<double, double>> Workspace::pairProjections(int row) const
{
    if (!m_extracted || row < 0 || row >= m_contrast->model()->rowCount())
        return {};
    const ActivationBank& bank = m_extracted->bank;
    const auto item = m_contrast->model()->bankItem(row);
    if (!item || *item >= bank.items || bank.sides != 2)
        return {};
    std::vector<std::pair<double, double>> projections;
    for (size_t i = 0; i < bank.layers.size(); ++i) {
        const auto found = m_extracted->vector.layers.find(bank.layers[i]);
        if (found == m_extracted->vector.layers.end())
            return {};
        const auto& values = found->second.values;
        const double norm = std::max(found->second.norm(), 1e-12);
        const auto on = [&](int64_t side) {
            const float* h = bank.at(*item, side, int64_t(i));
            double sum = 0;
            for (size_t d = 0; d < values.size(); ++d)
                sum += double(h[d]) * double(values[d]);
            return sum / norm;
        };
        projections.emplace_back(on(0), on(1));
    }
    return projections;
}

void Workspace::showProjections()
{
    const auto& layers = m_extracted->bank.layers;
    const auto place = std::find(layers.begin(), layers.end(), m_diagnosticLayer) - layers.begin();
    ContrastPairModel* model = m_contrast->model();
    std::vector<std::optional<PairProjection>> all;
    double extent = 1e-9;
    for (int row = 0; row < model->rowCount(); ++row) {
        const auto projections = pairProjections(row);
        if (place >= std::ptrdiff_t(projections.size())) {
            all.emplace_back();
            continue;
        }
        const auto& [positive, negative] = projections[size_t(place)];
        all.push_back(PairProjection{positive, negative, 0});
        extent = std::max({extent, std::abs(positive), std::abs(negative)});
    }
    for (int row = 0; row < model->rowCount(); ++row) {
        if (all[size_t(row)])
            all[size_t(row)]->extent = extent;
        model->setProjection(row, all[size_t(row)]);
    }
    model->setProjectionTitle(tr("Projection at L%1").arg(m_diagnosticLayer));
}

void Workspace::countTokens()
{
    if (!model() || m_contrast->model()->rowCount() == 0)
        return;
    stop(Task::CountTokens);
    start(Task::CountTokens,
        CountTokensJob{m_contrast->model()->pairs(), m_extraction.read, m_extraction.render});
}

void Workspace::done(const Running&, const TokenCounts& counts)
{
    ContrastPairModel* model = m_contrast->model();
    if (int(counts.size()) != model->rowCount()) {
        m_countSoon.start();
        return;
    }
    for (int row = 0; row < model->rowCount(); ++row) {
        const PairTokens& tokens = counts[size_t(row)];
        model->setTokenCounts(row, tokens.positive, tokens.negative, QString::fromStdString(tokens.error));
    }
}

void Workspace::requestPreview(int row)
{
    if (!model() || row < 0 || row >= m_contrast->model()->rowCount())
        return;
    stop(Task::Preview);
    m_previewRow = row;
    start(Task::Preview, PreviewJob{m_contrast->model()->pair(row), m_extraction.read, m_extraction.render});
}

void Workspace::done(const Running&, const PairPreview& preview)
{
    emit previewReady(m_previewRow, preview);
}

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
    int row = m_mixer->find(grid.vectorName);
    if (row < 0) {
        const int entry = m_library->find(grid.vectorName);
        if (entry < 0)
            return;
        addToMixer(entry, layer, strength);
        row = m_mixer->find(grid.vectorName);
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
