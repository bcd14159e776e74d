// Contrast set, extraction and its figures: what the Contrast perspective asks for.
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/state/workspace.h"

#include <QDir>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// Seconds of reading that a person does not mind after a change in the form.
constexpr double s_quick = 3;

std::vector<int> layerNumbers(const std::string& text, int layerCount)
{
    std::vector<int> layers;
    for (const auto& [layer, factor] : parseLayers(text, layerCount))
        layers.push_back(layer);
    return layers;
}

double projectionOn(const LayerVector& direction, const float* h)
{
    const double norm = std::max(direction.norm(), 1e-12);
    double sum = 0;
    for (size_t i = 0; i < direction.values.size(); ++i)
        sum += double(h[i]) * double(direction.values[i]);
    return sum / norm;
}

const LayerDiagnostics* find(const Diagnostics& diagnostics, int layer)
{
    const auto found = std::ranges::find(diagnostics.layers, layer, &LayerDiagnostics::layer);
    return found == diagnostics.layers.end() ? nullptr : &*found;
}

}

void Workspace::setExtraction(const ExtractionOptions& options)
{
    const bool refits
        = options.method != m_extraction.method || options.normalisation != m_extraction.normalisation;
    const bool rereads = options.read != m_extraction.read || options.render.raw != m_extraction.render.raw;
    m_extraction = options;
    emit extractionChanged();
    if (rereads)
        m_countSoon.start();
    if (!m_extracted)
        return;
    if (rereads && m_readSeconds > s_quick)
        sayReadOtherwise();
    else if (refits || rereads)
        refitSoon();
}

void Workspace::layersChosen()
{
    std::vector<int> layers;
    const Attempt parsed = attempt([&] {
        if (model())
            layers = layerNumbers(m_extraction.layers, model()->config.layers);
    });
    if (!m_extracted || !parsed.ok() || layers == m_fitRequest.layers)
        return;
    if (m_readSeconds > s_quick)
        sayReadOtherwise();
    else
        refitSoon();
}

Workspace::FitKey Workspace::keyOf(const ExtractRequest& request)
{
    return {request.method, request.normalisation, toString(request.read), request.render.raw};
}

// What takes long is done when it is asked for; until then the form says one thing and the figures another.
void Workspace::sayReadOtherwise()
{
    emit reported(Panel::Contrast,
        {MessageKind::Info,
            {tr("The figures are of what was read before: at %1.")
                    .arg(QString::fromStdString(m_extracted->vector.readPosition)),
                tr("Extract again to read every text as the form says now.")},
            tr("Extract"), [this] { extract(); }});
}

bool Workspace::checkPairs()
{
    const ContrastPairModel* pairs = m_contrast->model();
    if (pairs->enabledCount() == 0) {
        if (pairs->rowCount() == 0)
            fail(Panel::Contrast,
                {tr("The contrast set is empty."),
                    tr("Add a pair, paste rows from a spreadsheet or choose a bundled set.")});
        else
            fail(Panel::Contrast,
                {tr("Every pair of the set is dropped."),
                    tr("Use some of them again: select them and press "
                       "Del.")});
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
    const Attempt parsed
        = attempt([&] { job.request.layers = layerNumbers(m_extraction.layers, model()->config.layers); });
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
    // Of the same document: what an extraction mends is the vector that is there.
    auto fits = m_extracted ? std::move(m_fits) : decltype(m_fits)();
    forgetExtraction();
    m_fits = std::move(fits);
    m_fitRequest = job.request;
    m_fitRevision = m_contrastRevision;
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

void Workspace::contrastChanged()
{
    ++m_contrastRevision;
    if (std::exchange(m_dropReported, false))
        emit reportsCleared(Panel::Contrast); // its Undo and its number were those of the set before
    refitSoon();
}

void Workspace::refitSoon()
{
    if (m_extracted)
        m_refitSoon.start();
}

// What was read stays known to the engine: only texts that are new are computed, often none.
void Workspace::refit()
{
    if (!m_extracted || !model() || isRunning(Task::Extract))
        return;
    const ContrastPairModel* pairs = m_contrast->model();
    for (const Task task : {Task::Refit, Task::Diagnose})
        stop(task);
    m_fitRequest.set = pairs->toSet();
    for (ContrastPair& pair : m_fitRequest.set.pairs) // what is being written waits
        pair.enabled = pair.enabled && !pair.positive.empty() && !pair.negative.empty();
    if (m_fitRequest.set.enabledOnly().size() == 0) {
        m_dropped = {};
        m_dropReported = true;
        emit reported(Panel::Contrast,
            {MessageKind::Warning,
                {tr("Every pair is dropped."), tr("What is shown is the last fit; use some again to go on.")},
                {}, {}});
        return;
    }
    if (m_readSeconds <= s_quick) {
        m_fitRequest.read = m_extraction.read;
        m_fitRequest.render = m_extraction.render;
        attempt([&] {
            m_fitRequest.layers = layerNumbers(m_extraction.layers, model()->config.layers);
        }); // a field half written waits
    }
    m_fitRequest.method = m_extraction.method;
    m_fitRequest.normalisation = m_extraction.normalisation;
    m_fitRevision = m_contrastRevision;
    start(Task::Refit, ExtractJob{m_fitRequest}, m_contrast->name());
}

void Workspace::done(const Running& job, const Extracted& result)
{
    if (job.task == Task::FitToCompare) {
        const QString current = m_currentVector < 0 ? QString() : m_library->entry(m_currentVector).name;
        const int row = keepInLibrary(m_comparedFit, result);
        setCurrentVector(m_library->find(current));
        return compareMapWith(row, result);
    }
    const bool refitted = job.task == Task::Refit;
    if (refitted && (!m_extracted || isRunning(Task::Refit)))
        return; // forgotten meanwhile, or a newer one follows
    const bool first = !m_extracted;
    if (!refitted)
        m_readSeconds = result->seconds;
    m_extracted = result;
    m_diagnostics = std::shared_ptr<const Diagnostics>(result, &result->diagnostics);
    setCurrentVector(keepInLibrary(m_fitRequest, result));

    const std::vector<int>& layers = result->bank.layers;
    if (first || std::ranges::find(layers, m_diagnosticLayer) == layers.end())
        m_diagnosticLayer = result->diagnostics.recommendation.layer;
    placeRows();
    const QString name = m_library->entry(m_currentVector).name;
    const QString pairs = m_contrast->model()->countedRows(int(result->bank.items));
    if (refitted)
        setStatus(
            tr("Refitted %1 from %2 in %3 ms.").arg(name, pairs).arg(std::lround(result->seconds * 1000)));
    else
        setStatus(tr("Extracted %1 from %2 tokens in %3. Layer %4 is suggested.")
                      .arg(name)
                      .arg(result->tokens)
                      .arg(result->seconds < 0.1 ? tr("%1 ms").arg(std::lround(result->seconds * 1000))
                                                 : tr("%1 s").arg(QString::number(result->seconds, 'f', 1)))
                      .arg(result->diagnostics.recommendation.layer));
    emit extractedChanged();
    emit diagnosticLayerChanged(m_diagnosticLayer);
    if (!refitted)
        reportLeftOut();
    reportDropped();
    if (m_fitRevision != m_contrastRevision)
        refitSoon();
    diagnose();
    if (m_steerAfterExtraction)
        m_steerAtLatest.start();
}

// The second stage: hundreds of fits, which give way to whatever else is computed.
void Workspace::diagnose()
{
    m_diagnoseLater = false;
    if (!m_extracted || !model())
        return;
    for (const Task task : {Task::OpenModel, Task::Extract, Task::Map, Task::Generate})
        m_diagnoseLater = m_diagnoseLater || isRunning(task);
    if (m_diagnoseLater)
        return;
    stop(Task::Diagnose);
    start(Task::Diagnose, DiagnoseJob{m_extracted});
    emit diagnosticsChanged();
}

void Workspace::done(const Running&, const Diagnosed& result)
{
    if (result.extracted != m_extracted)
        return;
    const int before = m_diagnostics->recommendation.layer;
    m_diagnostics = result.diagnostics;
    const int recommended = m_diagnostics->recommendation.layer;
    if (const int row = m_library->find(m_fits[keyOf(m_fitRequest)]); row >= 0)
        m_library->setDiagnostics(row, m_diagnostics);
    emit diagnosticsChanged();
    setCurrentVector(m_currentVector); // whose figures have changed
    if (recommended != before && m_dropped.rows.empty())
        setStatus(tr("Measured with texts left out: layer %1 is suggested.").arg(recommended));
    if (m_diagnosticLayer == before && recommended != before)
        setDiagnosticLayer(recommended);
    reportDropped();
    steerNow();
}

void Workspace::steerNow()
{
    m_steerAtLatest.stop();
    if (!m_extracted || !std::exchange(m_steerAfterExtraction, false))
        return;
    // The same behaviour twice would push twice: the earlier one waits, switched off.
    const std::string& name = m_extracted->vector.name;
    for (int row = 0; row < m_mixer->rowCount(); ++row)
        if (m_mixer->strip(row).vector->name == name)
            m_mixer->setEnabled(row, false);
    addToMixer(m_currentVector);
    emit perspectiveRequested(Perspective::Steer);
    generate();
}

// A refit by the same method is the same vector, mended, wherever it is in use; by another it is a new one.
int Workspace::keepInLibrary(const ExtractRequest& request, const Extracted& result)
{
    const std::shared_ptr<const SteeringVector> vector(result, &result->vector);
    const std::shared_ptr<const Diagnostics> diagnostics(result, &result->diagnostics);
    QString& name = m_fits[keyOf(request)];
    if (const int row = m_library->find(name); !name.isEmpty() && row >= 0) {
        m_library->refit(row, vector, diagnostics);
        if (const int strip = m_mixer->find(name); strip >= 0)
            m_mixer->setVector(strip, vector);
        return row;
    }
    LibraryEntry entry;
    entry.name = QString::fromStdString(vector->name);
    entry.vector = vector;
    entry.suggestedLayer = diagnostics->recommendation.layer;
    entry.diagnostics = diagnostics;
    const int row = m_library->add(std::move(entry));
    name = m_library->entry(row).name;
    return row;
}

void Workspace::pairsSwitched(const std::vector<int>& rows)
{
    m_dropped = {};
    std::vector<int> off;
    std::ranges::copy_if(
        rows, std::back_inserter(off), [this](int row) { return !m_contrast->model()->isEnabled(row); });
    if (!m_extracted || off.empty())
        return;
    m_dropped.rows = off;
    m_dropped.layer = m_diagnosticLayer;
    if (const LayerDiagnostics* layer = find(*m_diagnostics, m_diagnosticLayer); layer && layer->resampled)
        m_dropped.auc = layer->resampled->auc;
    const auto projections = pairProjections(off.front());
    const auto place = placeOf(m_diagnosticLayer);
    if (off.size() > 1 || place >= projections.size())
        return;
    const auto& [positive, negative] = projections[place];
    const LayerDiagnostics* means = find(*m_diagnostics, m_diagnosticLayer);
    const double middle = means ? (means->positiveProjection + means->negativeProjection) / 2 : 0;
    if (positive < negative)
        m_dropped.reason = tr("Its sides projected the wrong way round.");
    else if (means && (positive - middle) * (negative - middle) > 0)
        m_dropped.reason = tr("Both its sides lay on one side of the middle.");
}

void Workspace::reportLeftOut()
{
    const std::vector<LeftOutItem>& items = m_extracted->leftOut;
    if (items.empty() || m_fitRevision != m_contrastRevision)
        return;
    const int row = m_contrast->model()->rowsOfItems().at(size_t(items.front().row));
    QString reason = QString::fromStdString(items.front().reason);
    reason[0] = reason[0].toUpper();
    const QString text = items.size() == 1
        ? tr("%1. It is left out.").arg(reason)
        : tr("%1 are left out. %2.").arg(m_contrast->model()->countedRows(int(items.size())), reason);
    emit reported(Panel::Contrast,
        {MessageKind::Warning, {text, QString::fromStdString(items.front().remedy)}, tr("Show row"),
            [this, row] { emit rowRequested(row); }});
}

// Once refitted, and again with the separation once that is known.
void Workspace::reportDropped()
{
    if (m_dropped.rows.empty() || m_fitRevision != m_contrastRevision)
        return;
    const ContrastPairModel* model = m_contrast->model();
    const int count = int(m_dropped.rows.size());
    const QString pairs = count > 1 ? tr("%1 dropped").arg(model->countedRows(count))
        : model->isUnpaired()       ? tr("Text %1 dropped").arg(m_dropped.rows.front() + 1)
                                    : tr("Pair %1 dropped").arg(m_dropped.rows.front() + 1);
    QString text = pairs + u'.';
    if (!m_dropped.reason.isEmpty())
        text += u' ' + m_dropped.reason;
    QString figures = tr("Refitted in %1 ms").arg(std::lround(m_extracted->seconds * 1000));
    const LayerDiagnostics* layer = find(*m_diagnostics, m_dropped.layer);
    const bool known = layer && layer->resampled && m_dropped.auc;
    if (known)
        figures += tr(", AUC %1 → %2 at L%3")
                       .arg(QString::number(*m_dropped.auc, 'f', 2),
                           QString::number(layer->resampled->auc, 'f', 2))
                       .arg(m_dropped.layer);
    m_dropReported = true;
    emit reported(Panel::Contrast,
        {MessageKind::Warning, {text, figures + u'.'}, tr("Undo"),
            [this, rows = m_dropped.rows] { m_contrast->setEnabled(rows, true); }});
    if (known || m_diagnostics->resampled())
        m_dropped = {};
}

void Workspace::forgetExtraction()
{
    for (const Task task : {Task::Refit, Task::Diagnose})
        stop(task);
    m_refitSoon.stop();
    m_extracted.reset();
    m_diagnostics.reset();
    m_diagnosticLayer = -1;
    m_dropped = {};
    m_fits.clear();
    m_contrast->model()->setProjectionTitle({});
    m_contrast->model()->setBankItems(
        std::vector<std::optional<int>>(size_t(m_contrast->model()->rowCount())));
    showProjections();
    emit extractedChanged();
}

void Workspace::setDiagnosticLayer(int layer)
{
    if (!m_extracted || layer == m_diagnosticLayer || placeOf(layer) == m_extracted->bank.layers.size())
        return;
    m_diagnosticLayer = layer;
    showProjections();
    emit diagnosticLayerChanged(layer);
}

size_t Workspace::placeOf(int layer) const
{
    const auto& layers = m_extracted->bank.layers;
    return size_t(std::ranges::find(layers, layer) - layers.begin());
}

// Items of the bank, then those set aside.
void Workspace::placeRows()
{
    if (m_fitRevision == m_contrastRevision) {
        const std::vector<int> rows = m_contrast->model()->rowsOfItems();
        std::vector<std::optional<int>> items(size_t(m_contrast->model()->rowCount()));
        int item = 0;
        for (const auto* places : {&m_extracted->rows, &m_extracted->setAsideRows})
            for (const int place : *places)
                items[size_t(rows[size_t(place)])] = item++;
        m_contrast->model()->setBankItems(items);
    }
    showProjections();
}

std::vector<std::pair<double, double>> Workspace::pairProjections(int row) const
{
    if (!m_extracted || row < 0 || row >= m_contrast->model()->rowCount())
        return {};
    const auto place = m_contrast->model()->bankItem(row);
    if (!place)
        return {};
    const bool used = *place < m_extracted->bank.items;
    const ActivationBank& bank = used ? m_extracted->bank : m_extracted->setAside;
    const int64_t item = used ? *place : *place - m_extracted->bank.items;
    if (item >= bank.items)
        return {};
    std::vector<std::pair<double, double>> projections;
    for (size_t i = 0; i < bank.layers.size(); ++i) {
        const LayerVector& direction = m_extracted->vector.layers.at(bank.layers[i]);
        const double first = projectionOn(direction, bank.at(item, 0, int64_t(i)));
        if (bank.sides == 2)
            projections.emplace_back(first, projectionOn(direction, bank.at(item, 1, int64_t(i))));
        else if (bank.labels[size_t(item)] == 1)
            projections.emplace_back(first, std::nan(""));
        else
            projections.emplace_back(std::nan(""), first);
    }
    return projections;
}

void Workspace::showProjections()
{
    ContrastPairModel* model = m_contrast->model();
    std::vector<std::optional<PairProjection>> all(size_t(model->rowCount()));
    double extent = 1e-9;
    for (int row = 0; m_extracted && row < model->rowCount(); ++row) {
        const auto projections = pairProjections(row);
        const size_t place = placeOf(m_diagnosticLayer);
        if (place >= projections.size())
            continue;
        const auto& [positive, negative] = projections[place];
        all[size_t(row)] = PairProjection{positive, negative, 0};
        for (const double projection : {positive, negative})
            if (!std::isnan(projection))
                extent = std::max(extent, std::abs(projection));
    }
    for (auto& projection : all)
        if (projection)
            projection->extent = extent;
    model->setProjections(std::move(all));
    if (m_extracted)
        model->setProjectionTitle(tr("Projection at L%1").arg(m_diagnosticLayer));
}

QString Workspace::extractedName() const
{
    const auto name = m_fits.find(keyOf(m_fitRequest));
    return !m_extracted || name == m_fits.end() ? QString() : name->second;
}

QString Workspace::extractionCaption() const
{
    if (!m_extracted)
        return {};
    const SteeringVector& vector = m_extracted->vector;
    const auto text
        = [](std::string_view words) { return QString::fromUtf8(words.data(), qsizetype(words.size())); };
    return tr("%1, %2: %3, read at %4. %5")
        .arg(text(vector.name), m_contrast->model()->countedRows(int(m_extracted->bank.items)),
            text(findExtractor(vector.method).title), text(vector.readPosition), text(vector.modelName));
}

QString Workspace::exportName(const QString& kind) const
{
    return QDir(settings::lastFolder()).filePath(m_contrast->name() + u'-' + kind);
}

void Workspace::requestScatter(ScatterAxes axes)
{
    if (!m_extracted || placeOf(m_diagnosticLayer) == m_extracted->bank.layers.size())
        return;
    stop(Task::Scatter);
    start(Task::Scatter, ScatterJob{m_extracted, m_diagnosticLayer, axes});
}

void Workspace::done(const Running&, const Scattered& result)
{
    if (result.extracted == m_extracted && result.layer == m_diagnosticLayer)
        emit scatterReady(result);
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

}
