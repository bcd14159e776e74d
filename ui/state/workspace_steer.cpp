// Mixer and generation: what the Steer perspective asks for.
#include "ui/state/workspace.h"

#include "core/base/error.h"
#include "ui/state/settings.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::addToMixer(int libraryRow, std::optional<int> layer, double strength)
{
    const LibraryEntry& entry = m_library->entry(libraryRow);
    if (m_mixer->find(entry.name) >= 0) {
        m_mixer->setEnabled(m_mixer->find(entry.name), true);
        return;
    }
    const auto useAnyway = [this, name = entry.name, layer, strength] {
        const int row = m_library->find(name);
        if (row < 0)
            return;
        m_library->allowOther(row);
        addToMixer(row, layer, strength);
    };
    if (!checkVector(*entry.vector, entry.allowOther, Panel::Steer, useAnyway)) {
        emit perspectiveRequested(Perspective::Steer);
        return;
    }
    Strip strip;
    strip.name = entry.name;
    strip.vector = entry.vector;
    strip.strength = strength;
    strip.layers = {{layer.value_or(entry.suggestedLayer), 1.0}};
    if (!layer && entry.vector->method == "mix" && !entry.vector->layerUnknown) {
        strip.layers.clear(); // what was mixed belongs to its layers
        for (const auto& [own, direction] : entry.vector->layers)
            strip.layers[own] = 1;
    }
    m_mixer->add(std::move(strip));
}

bool Workspace::checkMixer()
{
    bool allFit = true;
    for (int row = 0; row < m_mixer->rowCount(); ++row) {
        const Strip& strip = m_mixer->strip(row);
        const int entry = m_library->find(strip.name);
        const bool allowed = entry >= 0 && m_library->entry(entry).allowOther;
        const auto useAnyway = [this, name = strip.name] {
            if (const int known = m_library->find(name); known >= 0)
                m_library->allowOther(known);
            if (const int on = m_mixer->find(name); on >= 0)
                m_mixer->setEnabled(on, true);
        };
        if (strip.enabled && !checkVector(*strip.vector, allowed, Panel::Steer, useAnyway)) {
            m_mixer->setEnabled(row, false);
            allFit = false;
        }
    }
    return allFit;
}

QString Workspace::mixExpression() const
{
    std::vector<MixTerm> terms;
    for (const Strip& strip : m_mixer->strips())
        if (strip.enabled)
            terms.push_back({strip.strength, strip.name.toStdString()});
    return QString::fromStdString(formatMix(terms));
}

Attempt Workspace::setMixExpression(const QString& expression)
{
    std::vector<MixTerm> terms;
    const Attempt parsed = attempt([&] {
        if (!expression.trimmed().isEmpty())
            terms = parseMix(expression.toStdString());
        for (const MixTerm& term : terms) {
            const QString name = QString::fromStdString(term.name);
            if (m_mixer->find(name) < 0 && m_library->find(name) < 0)
                throw Error("There is no vector named '" + term.name + "' in the library.",
                    "Import it, or correct the name.");
        }
    });
    if (!parsed.ok())
        return parsed;

    for (const MixTerm& term : terms) {
        const QString name = QString::fromStdString(term.name);
        double weight = 0;
        for (const MixTerm& other : terms)
            weight += other.name == term.name ? other.weight : 0;
        if (m_mixer->find(name) < 0)
            addToMixer(m_library->find(name), {}, weight);
        if (const int row = m_mixer->find(name); row >= 0) {
            m_mixer->setStrength(row, weight);
            m_mixer->setEnabled(row, true);
        }
    }
    for (int row = 0; row < m_mixer->rowCount(); ++row) {
        const std::string name = m_mixer->strip(row).name.toStdString();
        if (std::none_of(terms.begin(), terms.end(), [&](const MixTerm& term) { return term.name == name; }))
            m_mixer->setEnabled(row, false);
    }
    return {};
}

std::vector<std::pair<double, std::shared_ptr<const SteeringVector>>> Workspace::mixTerms()
{
    std::vector<std::pair<double, std::shared_ptr<const SteeringVector>>> terms;
    for (const Strip& strip : m_mixer->strips()) {
        if (!strip.acts())
            continue;
        if (strip.op != Op::Add && strip.op != Op::AddKeepNorm) {
            fail(Panel::Steer,
                {tr("%1 is set to %2, which a vector cannot say.").arg(strip.name, titleOf(strip.op)),
                    tr("Switch this strip off, or set it to add.")});
            return {};
        }
        // What the strip adds at its layers, and no more of the set.
        auto part = std::make_shared<SteeringVector>(*strip.vector);
        part->layers.clear();
        part->layerUnknown = false;
        for (const auto& [layer, factor] : strip.layers)
            if (const LayerVector* direction = strip.direction(layer)) {
                LayerVector scaled = *direction;
                for (float& value : scaled.values)
                    value *= float(factor);
                part->layers[layer] = std::move(scaled);
            }
        terms.emplace_back(strip.strength, std::move(part));
    }
    if (terms.empty())
        fail(Panel::Steer,
            {tr("There is nothing to mix: no strip is on with a strength."),
                tr("Switch a strip on and move its slider.")});
    return terms;
}

void Workspace::exportMix(const QString& path)
{
    emit reportsCleared(Panel::Steer);
    WriteVectorJob job{path.toStdString(), mixTerms(), QFileInfo(path).completeBaseName().toStdString()};
    if (!job.terms.empty())
        start(Task::WriteVector, std::move(job), path);
}

void Workspace::bakeMix()
{
    emit reportsCleared(Panel::Steer);
    std::vector<std::pair<double, SteeringVector>> terms;
    for (const auto& [weight, vector] : mixTerms())
        terms.emplace_back(weight, *vector);
    if (terms.empty())
        return;
    auto baked = std::make_shared<SteeringVector>();
    const Attempt mixed = attempt([&] { *baked = mix(terms); });
    if (!mixed.ok()) {
        fail(Panel::Steer, mixed.failure);
        return;
    }
    LibraryEntry entry;
    entry.name = mixExpression();
    baked->name = entry.name.toStdString();
    entry.suggestedLayer = startLayer(*baked, model() ? model()->config.layers : int(baked->layers.size()));
    entry.vector = std::move(baked);
    addToLibrary(std::move(entry));
    setStatus(tr("Baked “%1” into the library.").arg(m_library->entry(m_currentVector).name));
}

LayerCurve Workspace::presetOf(int strip, CurvePreset preset) const
{
    if (!model())
        return {};
    const Strip& s = m_mixer->strip(strip);
    const int row = m_library->find(s.name);
    return presetCurve(
        preset, s, row < 0 ? nullptr : m_library->entry(row).diagnostics.get(), model()->config.layers);
}

QStringList Workspace::savedMixes() const
{
    return settings::mixes().keys();
}

void Workspace::saveMix()
{
    QJsonArray strips;
    for (const Strip& strip : m_mixer->strips())
        strips.append(QJsonObject{{u"name"_s, strip.name}, {u"enabled"_s, strip.enabled},
            {u"strength"_s, strip.strength}, {u"layers"_s, QString::fromStdString(toString(strip.layers))},
            {u"op"_s, QString::fromUtf8(toString(strip.op).data())},
            {u"scope"_s, QString::fromStdString(toString(strip.scope))},
            {u"skip_first"_s, strip.scope.skipFirst}});
    const QString name = mixExpression();
    auto mixes = settings::mixes();
    mixes[name] = QString::fromUtf8(QJsonDocument(strips).toJson(QJsonDocument::Compact));
    settings::setMixes(mixes);
    setStatus(tr("Kept the mix “%1”.").arg(name));
}

void Workspace::forgetMix(const QString& expression)
{
    auto mixes = settings::mixes();
    mixes.remove(expression);
    settings::setMixes(mixes);
}

void Workspace::recallMix(const QString& expression)
{
    emit reportsCleared(Panel::Steer);
    std::vector<Strip> strips;
    QStringList missing;
    const QJsonArray kept = QJsonDocument::fromJson(settings::mixes().value(expression).toUtf8()).array();
    const Attempt read = attempt([&] {
        for (const QJsonValue& value : kept) {
            const QJsonObject object = value.toObject();
            Strip strip;
            strip.name = object[u"name"_s].toString();
            const int row = m_library->find(strip.name);
            if (row < 0) {
                missing << strip.name;
                continue;
            }
            strip.vector = m_library->entry(row).vector;
            strip.enabled = object[u"enabled"_s].toBool();
            strip.strength = object[u"strength"_s].toDouble();
            strip.layers = parseLayers(object[u"layers"_s].toString().toStdString(), 1 << 20);
            strip.op = parseOp(object[u"op"_s].toString().toStdString());
            strip.scope = parseScope(object[u"scope"_s].toString().toStdString());
            strip.scope.skipFirst = object[u"skip_first"_s].toBool();
            strips.push_back(std::move(strip));
        }
    });
    if (!read.ok()) {
        fail(Panel::Steer, read.failure);
        return;
    }
    m_mixer->reset(std::move(strips));
    if (!missing.isEmpty())
        report(Panel::Steer,
            {MessageKind::Warning,
                {tr("The library has no %1.").arg(missing.join(u", "_s)),
                    tr("Import what is missing and recall the mix again.")},
                {}, {}});
}

void Workspace::setGeneration(const GenerationSettings& settings)
{
    const GenerationSettings before = std::exchange(m_generation, settings);
    if (!before.sameText(settings))
        m_map->dropTexts();
    emit generationChanged();
}

std::vector<RunRow> Workspace::runRows() const
{
    const std::vector<Edit> edits = m_mixer->toEdits();
    std::vector<RunRow> rows{{m_generation.render, {}}, {m_generation.render, edits}};
    switch (m_generation.third) {
    case ThirdRow::None:
        break;
    case ThirdRow::Random: {
        RunRow row{m_generation.render, edits};
        quint64 seed = m_generation.seed;
        for (Edit& edit : row.edits) // another direction each
            edit.vector = std::make_shared<const SteeringVector>(randomLike(*edit.vector, seed++));
        rows.push_back(std::move(row));
        break;
    }
    case ThirdRow::Inverted: {
        RunRow row{m_generation.render, edits};
        for (Edit& edit : row.edits)
            edit.strength = -edit.strength;
        rows.push_back(std::move(row));
        break;
    }
    case ThirdRow::System: {
        RunRow row{m_generation.render, {}};
        row.render.system = RenderOptions::System::Custom;
        row.render.systemText = m_generation.thirdSystem.toStdString();
        rows.push_back(std::move(row));
        break;
    }
    }
    for (size_t row = 0; row < rows.size() && !m_chat.empty(); ++row)
        rows[row].before = m_chat[std::min(row, m_chat.size() - 1)];
    return rows;
}

bool Workspace::canKeepTurn() const
{
    const bool chats = model() && !isBaseModel() && !m_generation.render.raw;
    return chats && !m_runJob && !m_runRows.empty() && !m_run.rows[RunText::steered].tokens.empty();
}

void Workspace::keepTurn()
{
    if (!canKeepTurn())
        return;
    std::vector<std::vector<ChatMessage>> chat;
    for (size_t row = 0; row < m_run.rows.size(); ++row) {
        chat.push_back(m_runRows[row].before);
        chat.back().push_back({"user", m_runPrompt.toStdString()});
        chat.back().push_back({"assistant", m_run.rows[row].text().trimmed().toStdString()});
    }
    m_chat = std::move(chat);
    GenerationSettings settings = m_generation;
    settings.prompt.clear();
    setGeneration(settings);
    emit chatChanged();
}

void Workspace::newChat()
{
    m_chat.clear();
    emit chatChanged();
}

std::vector<std::vector<ChatMessage>> Workspace::shownTurns() const
{
    std::vector<std::vector<ChatMessage>> turns;
    for (const RunRow& row : m_runRows)
        turns.push_back(row.before);
    return turns;
}

GenerateJob Workspace::generateJob(std::vector<Edit> edits) const
{
    GenerateJob job;
    job.prompt = m_generation.prompt.toStdString();
    job.rows = {{m_generation.render, {}}, {m_generation.render, std::move(edits)}};
    job.sampling.temperature = m_generation.temperature;
    job.sampling.topP = m_generation.topP;
    job.sampling.maxNewTokens = m_generation.tokens;
    job.sampling.seed = m_generation.seed;
    return job;
}

void Workspace::generate()
{
    m_regenerateSoon.stop();
    if (!model())
        return;
    emit reportsCleared(Panel::Steer);
    if (m_generation.prompt.trimmed().isEmpty()) {
        fail(Panel::Steer, {tr("The prompt is empty."), tr("Write something for the model to answer.")});
        return;
    }
    if (!checkMixer())
        return; // the message is the answer; pressing again goes on without
    startRun({});
}

// `begun`: what every answer begins with.
void Workspace::startRun(std::vector<TokenEvent> begun)
{
    if (m_runJob)
        keepRun(); // as far as it has come
    for (const Task task : {Task::Generate, Task::Compare, Task::Trace})
        stop(task);
    GenerateJob job = generateJob({});
    job.rows = runRows();
    job.sampling.maxNewTokens -= int(begun.size());
    m_run = {};
    m_run.rows.resize(job.rows.size());
    m_runRows = job.rows;
    m_promptIds.clear();
    m_runPrompt = m_generation.prompt;
    Run kept;
    kept.started = QDateTime::currentDateTime();
    kept.model = model()->info;
    kept.settings = m_generation;
    kept.strips = m_mixer->strips();
    kept.expression = mixExpression();
    kept.automatic = std::exchange(m_automatic, false);
    for (TokenEvent& event : begun) {
        job.begun.push_back(event.id);
        event.finish = Finish::Running;
        for (RowText& row : m_run.rows)
            row.tokens.push_back(event);
    }
    for (const Strip& strip : m_mixer->strips()) {
        const LayerVector* direction = strip.enabled ? strip.direction(strip.firstLayer()) : nullptr;
        if (!direction)
            continue;
        job.probes.push_back({strip.firstLayer(), direction->values});
        RunProbe& probe = m_run.probes.emplace_back(RunProbe{strip.name, strip.firstLayer(), 0});
        if (direction->positiveProjection && direction->negativeProjection)
            probe.centre = (*direction->positiveProjection + *direction->negativeProjection) / 2;
    }
    m_tokensSince = 0;
    m_tokensPerSecond = 0;
    m_firstToken.invalidate();
    m_hasRun = true;
    m_shownRun = m_history->add(std::move(kept));
    keepRun();
    setStatus(tr("Reading the prompt"));
    m_runJob = start(Task::Generate, std::move(job));
    emit runStarted();
}

void Workspace::fork(int row, int token, int alternative)
{
    if (!model() || m_runRows.empty() || row >= int(m_run.rows.size()) || m_generation.prompt != m_runPrompt)
        return;
    const RowText& text = m_run.rows[size_t(row)];
    if (token >= int(std::min(text.tokens.size(), text.compared.size())) || token + 1 >= m_generation.tokens)
        return;
    const ComparedWord& word = text.compared[size_t(token)];
    if (alternative < 0 || alternative >= int(word.alternatives.size()))
        return;
    std::vector<TokenEvent> begun(text.tokens.begin(), text.tokens.begin() + token + 1);
    TokenEvent& last = begun.back();
    last.id = word.token.alternatives[size_t(alternative)].id;
    last.text = word.alternatives[size_t(alternative)];
    last.logprob = std::log(word.token.alternatives[size_t(alternative)].steered);
    startRun(std::move(begun));
}

void Workspace::keepRun()
{
    if (m_shownRun >= 0)
        m_history->update(m_shownRun, m_run, m_runRows, m_promptIds);
}

void Workspace::showRun(int row)
{
    if (m_runJob || row < 0 || row >= m_history->rowCount())
        return;
    for (const Task task : {Task::Compare, Task::Trace})
        stop(task);
    const Run& run = m_history->run(row);
    m_shownRun = row;
    m_run = run.text;
    m_runRows.clear(); // of another model: its tokens cannot be looked into
    if (model() && model()->info.fingerprint == run.model.fingerprint)
        m_runRows = run.rows;
    m_runPrompt = run.settings.prompt;
    m_promptIds = run.promptIds;
    emit runStarted();
    emit runEnded();
    emit runCompared();
}

void Workspace::restoreRun(int row)
{
    if (m_runJob || row < 0 || row >= m_history->rowCount())
        return;
    const Run run = m_history->run(row);
    GenerationSettings settings = run.settings;
    settings.regenerateOnChange = m_generation.regenerateOnChange;
    setGeneration(settings);
    m_mixer->reset(run.strips);
    m_chat.clear();
    for (const RunRow& each : run.rows)
        m_chat.push_back(each.before);
    if (keptTurns() == 0)
        m_chat.clear();
    emit chatChanged();
    m_regenerateSoon.stop(); // its text is there
    showRun(row);
    setStatus(tr("Run %1 as it was: prompt, sampling and mixer.").arg(run.number));
    emit perspectiveRequested(Perspective::Steer);
}

// What a row's text is compared under: the unsteered one under what would have steered it.
RunRow Workspace::steeringOf(size_t row) const
{
    RunRow steering = m_runRows[row];
    if (row == RunText::unsteered)
        steering.edits = m_runRows[RunText::steered].edits;
    return steering;
}

// Every token of the run, read again by the model as it is and as it is steered.
void Workspace::compareRun()
{
    if (!model() || m_run.rows[RunText::steered].tokens.empty())
        return;
    CompareJob job;
    job.prompt = m_runPrompt.toStdString();
    for (size_t row = 0; row < m_run.rows.size(); ++row) {
        job.texts.push_back({steeringOf(row), m_run.rows[row].ids()});
    }
    start(Task::Compare, std::move(job));
}

void Workspace::done(const Running&, const Compared& result)
{
    if (result.size() != m_run.rows.size() || isRunning(Task::Compare) || m_runJob)
        return;
    for (size_t row = 0; row < result.size(); ++row)
        m_run.rows[row].compared = result[row];
    keepRun();
    emit runCompared();
}

std::vector<QString> Workspace::tracedVectors() const
{
    std::vector<QString> names;
    for (const Strip& strip : m_mixer->strips())
        if (strip.enabled)
            names.push_back(strip.name);
    return names;
}

void Workspace::requestTrace(int row, int token)
{
    if (!model() || m_runJob || row < 0 || row >= int(m_run.rows.size()) || row >= int(m_runRows.size()))
        return;
    const RowText& text = m_run.rows[size_t(row)];
    if (token < 0 || token >= int(text.tokens.size()))
        return;
    stop(Task::Trace);
    TraceJob job;
    job.prompt = m_runPrompt.toStdString();
    job.row = steeringOf(size_t(row));
    const std::vector<TokenId> ids = text.ids();
    job.before.assign(ids.begin(), ids.begin() + token);
    for (const Strip& strip : m_mixer->strips())
        if (strip.enabled)
            job.vectors.push_back(strip.vector);
    const JobId id = start(Task::Trace, std::move(job));
    m_running[id].token = {row, token};
}

void Workspace::done(const Running& job, const Traced& result)
{
    emit traced(job.token.first, job.token.second, result);
}

void Workspace::onTokens(JobId job, const std::vector<TokenEvent>& events)
{
    const auto found = m_running.find(job);
    if (found == m_running.end())
        return;
    if (found->second.task == Task::CellText) {
        m_map->addText(found->second.place, events);
        return;
    }
    if (job != m_runJob)
        return;
    m_run.add(events);
    if (!m_firstToken.isValid())
        m_firstToken.start();
    else
        m_tokensSince += int(events.size());
    if (m_firstToken.elapsed() > 100)
        m_tokensPerSecond = m_tokensSince * 1000.0 / double(m_firstToken.elapsed());
    size_t longest = 0;
    for (const RowText& row : m_run.rows)
        longest = std::max(longest, row.tokens.size());
    setStatus(tr("Generating: %1 of %2 tokens, %3 rows in one batch. Sliders act from the next token.")
                  .arg(longest)
                  .arg(m_generation.tokens)
                  .arg(m_run.rows.size()),
        double(longest) / m_generation.tokens);
    emit runAdvanced(events);
}

void Workspace::done(const Running& job, const Generated& generated)
{
    if (job.task == Task::CellText) {
        setStatus(tr("Text of the cell: %1 tokens.").arg(generated.result.rows.back().ids.size()));
        return;
    }
    m_tokensPerSecond = generated.result.tokensPerSecond();
    m_promptIds = generated.promptIds;
    keepRun();
    compareRun();
    size_t longest = 0;
    for (const GeneratedRow& row : generated.result.rows)
        longest = std::max(longest, row.ids.size());
    setStatus(
        tr("Done: %1 tokens in %2 s.")
            .arg(longest)
            .arg(QString::number(generated.result.prefillSeconds + generated.result.decodeSeconds, 'f', 1)));
}

void Workspace::mixChanged()
{
    if (model() && !checkMixer())
        return;
    m_lensSoon.start();
    if (m_runJob) {
        std::vector<std::vector<Edit>> edits;
        m_runRows = runRows();
        m_runRows.resize(m_run.rows.size());
        for (const RunRow& row : m_runRows)
            edits.push_back(row.edits);
        m_engine->replaceEdits(m_runJob, std::move(edits));
        m_history->setMoved(m_shownRun, mixExpression());
        return;
    }
    if (m_generation.regenerateOnChange && m_hasRun && model())
        m_regenerateSoon.start();
}

const LensWords* Workspace::lensOf(int strip) const
{
    const Strip& s = m_mixer->strip(strip);
    const auto found = m_lenses.find({s.vector, s.firstLayer()});
    return found == m_lenses.end() ? nullptr : &found->second;
}

const LensWords* Workspace::lensOfMix() const
{
    return m_mixLens ? &*m_mixLens : nullptr;
}

void Workspace::refreshLenses()
{
    m_mixLens.reset();
    if (!model()) {
        m_lenses.clear();
        emit lensesChanged();
        return;
    }
    stop(Task::Lens);
    const auto width = size_t(model()->config.hidden);
    std::map<LensKey, LensWords> kept;
    m_askedLenses.clear();
    LensJob job;
    std::map<int, std::pair<double, std::vector<double>>> sums; // by layer: push, direction
    for (const Strip& strip : m_mixer->strips()) {
        const LayerVector* direction = strip.direction(strip.firstLayer());
        if (!direction || direction->values.size() != width || !(direction->norm() > 0))
            continue;
        const LensKey key{strip.vector, strip.firstLayer()};
        if (const auto known = m_lenses.find(key); known != m_lenses.end()) {
            kept.insert(*known);
        } else if (std::ranges::find(m_askedLenses, key) == m_askedLenses.end()) {
            m_askedLenses.push_back(key);
            job.directions.push_back(direction->values);
        }
        if (!strip.acts() || (strip.op != Op::Add && strip.op != Op::AddKeepNorm))
            continue;
        for (const auto& [layer, factor] : strip.layers) {
            const LayerVector* at = strip.direction(layer);
            if (!at || at->values.size() != width)
                continue;
            auto& [push, sum] = sums[layer];
            sum.resize(width);
            const double weight = strip.strength * factor;
            for (size_t k = 0; k < width; ++k)
                sum[k] += weight * double(at->values[k]);
            push += std::abs(weight) * at->norm();
        }
    }
    m_lenses = std::move(kept);
    const auto most
        = std::ranges::max_element(sums, {}, [](const auto& layer) { return layer.second.first; });
    if (most != sums.end() && m_mixer->toEdits().size() > 1) {
        std::vector<float> sum(most->second.second.begin(), most->second.second.end());
        if (std::ranges::any_of(sum, [](float value) { return value != 0; }))
            job.directions.push_back(std::move(sum));
    }
    if (job.directions.empty())
        emit lensesChanged();
    else
        start(Task::Lens, std::move(job));
}

void Workspace::done(const Running&, const Lenses& lenses)
{
    if (isRunning(Task::Lens))
        return; // asked anew meanwhile
    for (size_t i = 0; i < lenses.size(); ++i) {
        if (i < m_askedLenses.size())
            m_lenses[m_askedLenses[i]] = lenses[i];
        else
            m_mixLens = lenses[i];
    }
    emit lensesChanged();
}

}
