// Library, mixer and generation: what the Steer perspective and the library ask for.
#include "ui/state/workspace.h"

#include "core/base/error.h"
#include "ui/state/settings.h"

#include <QFileInfo>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::addToLibrary(LibraryEntry entry)
{
    m_library->add(std::move(entry));
    setCurrentVector(0);
}

void Workspace::setCurrentVector(int row)
{
    m_currentVector = row;
    emit currentVectorChanged(row);
}

bool Workspace::checkVector(
    const SteeringVector& vector, bool allowOther, Panel panel, std::function<void()> useAnyway)
{
    if (!model())
        return true;
    const auto fits = [&](bool other) {
        return attempt([&] { checkFits(vector, model()->config, model()->info.fingerprint, other); });
    };
    const Attempt strict = fits(allowOther);
    if (strict.ok())
        return true;
    if (useAnyway && fits(true).ok())
        fail(panel, strict.failure, tr("Use anyway"), std::move(useAnyway));
    else
        fail(panel, strict.failure);
    return false;
}

void Workspace::importVector(const QString& path)
{
    emit reportsCleared(Panel::Window);
    start(Task::ReadVector, ReadVectorJob{path.toStdString()}, path);
}

void Workspace::done(const Running& job, const VectorRead& vector)
{
    LibraryEntry entry;
    entry.name = vector->name.empty() ? QFileInfo(job.subject).completeBaseName()
                                      : QString::fromStdString(vector->name);
    entry.vector = vector;
    entry.suggestedLayer = startLayer(*vector, model() ? model()->config.layers : int(vector->layers.size()));
    const auto add = [this, entry](bool other) {
        LibraryEntry allowed = entry;
        allowed.allowOther = other;
        addToLibrary(std::move(allowed));
        setStatus(tr("Imported %1.").arg(m_library->entry(0).name));
    };
    if (checkVector(*vector, false, Panel::Window, [add] { add(true); }))
        add(false);
}

void Workspace::exportVector(int row, const QString& path)
{
    const LibraryEntry& entry = m_library->entry(row);
    start(Task::WriteVector, WriteVectorJob{path.toStdString(), {{1.0, entry.vector}}, {}}, path);
}

void Workspace::done(const Running&, const VectorWritten& result)
{
    setStatus(
        tr("Saved %1 and checked it by reading it back.").arg(QString::fromStdString(result.path.string())));
}

void Workspace::removeVector(int row)
{
    m_library->remove(row);
    setCurrentVector(std::min(row, m_library->rowCount() - 1));
}

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

void Workspace::exportMix(const QString& path)
{
    emit reportsCleared(Panel::Steer);
    WriteVectorJob job;
    job.path = path.toStdString();
    job.name = QFileInfo(path).completeBaseName().toStdString();
    for (const Strip& strip : m_mixer->strips()) {
        if (!strip.acts())
            continue;
        if (strip.op != Op::Add && strip.op != Op::AddKeepNorm) {
            fail(Panel::Steer,
                {tr("%1 is set to %2, which a vector file cannot say.").arg(strip.name, titleOf(strip.op)),
                    tr("Switch this strip off, or set it to add.")});
            return;
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
        job.terms.emplace_back(strip.strength, std::move(part));
    }
    if (job.terms.empty()) {
        fail(Panel::Steer,
            {tr("There is nothing to export: no strip is on with a strength."),
                tr("Switch a strip on and move its slider.")});
        return;
    }
    start(Task::WriteVector, std::move(job), path);
}

void Workspace::setGeneration(const GenerationSettings& settings)
{
    const GenerationSettings before = std::exchange(m_generation, settings);
    const bool textChanges = before.prompt != settings.prompt || before.temperature != settings.temperature
        || before.topP != settings.topP || before.tokens != settings.tokens || before.seed != settings.seed
        || before.render.raw != settings.render.raw || before.render.system != settings.render.system
        || before.render.systemText != settings.render.systemText;
    if (textChanges)
        m_map->dropTexts();
    emit generationChanged();
}

GenerateJob Workspace::generateJob(std::vector<Edit> edits) const
{
    GenerateJob job;
    job.prompt = m_generation.prompt.toStdString();
    job.render = m_generation.render;
    job.edits = std::move(edits);
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
    stop(Task::Generate);
    GenerateJob job = generateJob(m_mixer->toEdits());
    m_run = {};
    for (const Strip& strip : m_mixer->strips()) {
        const LayerVector* direction = strip.enabled ? strip.direction(strip.firstLayer()) : nullptr;
        if (!direction)
            continue;
        job.probe = strip.vector;
        job.probeLayer = strip.firstLayer();
        if (direction->positiveProjection && direction->negativeProjection)
            m_run.probeCentre = (*direction->positiveProjection + *direction->negativeProjection) / 2;
        break;
    }
    m_tokensSince = 0;
    m_tokensPerSecond = 0;
    m_firstToken.invalidate();
    m_hasRun = true;
    setStatus(tr("Reading the prompt"));
    m_runJob = start(Task::Generate, std::move(job));
    emit runStarted();
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
    const auto longest = std::max(m_run.rows[0].tokens.size(), m_run.rows[1].tokens.size());
    setStatus(tr("Generating: %1 of %2 tokens, two rows in one batch. Sliders act from the next token.")
                  .arg(longest)
                  .arg(m_generation.tokens),
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
    if (m_runJob) {
        m_engine->replaceEdits(m_runJob, m_mixer->toEdits());
        return;
    }
    if (m_generation.regenerateOnChange && m_hasRun && model())
        m_regenerateSoon.start();
}

}
