// Runs and what is inside them: earlier ones, forks, comparison and trace of tokens.
#include "ui/state/workspace.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

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
    std::vector<Strip> strips = run.strips;
    for (Strip& strip : strips)
        strip.name = presentName(strip.name);
    m_mixer->reset(std::move(strips));
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
    if (row == RunText::unsteered) {
        steering.edits = m_runRows[RunText::steered].edits;
        steering.changes = m_runRows[RunText::steered].changes;
    }
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

std::vector<TracedVector> Workspace::tracedVectors() const
{
    std::vector<TracedVector> vectors;
    for (const Strip& strip : m_mixer->strips())
        if (strip.enabled)
            vectors.push_back({strip.name, strip.vector, strip.mainLayer()});
    return vectors;
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
    for (const TracedVector& traced : tracedVectors())
        job.vectors.push_back(traced.vector);
    const JobId id = start(Task::Trace, std::move(job));
    m_running[id].token = {row, token};
}

void Workspace::done(const Running& job, const Traced& result)
{
    emit traced(job.token.first, job.token.second, result);
}

}
