// Generation: what is asked for and what streams.
#include "ui/state/workspace.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::setGeneration(const GenerationSettings& settings)
{
    m_generation = settings;
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
    GenerateJob job;
    job.prompt = m_generation.prompt.toStdString();
    job.rows = runRows();
    job.sampling.temperature = m_generation.temperature;
    job.sampling.topP = m_generation.topP;
    job.sampling.maxNewTokens = m_generation.tokens - int(begun.size());
    job.sampling.seed = m_generation.seed;
    m_run = {};
    m_run.rows.resize(job.rows.size());
    m_run.begun = int(begun.size());
    m_runRows = job.rows;
    m_promptIds.clear();
    m_runPrompt = m_generation.prompt;
    Run kept;
    kept.started = QDateTime::currentDateTime();
    kept.model = model()->info;
    kept.settings = m_generation;
    kept.strips = m_mixer->strips();
    kept.expression = mixExpression();
    kept.automatic = std::exchange(m_automatic, false) && m_onlyMoved;
    for (TokenEvent& event : begun) {
        job.begun.push_back(event.id);
        event.finish = Finish::Running;
        for (RowText& row : m_run.rows)
            row.tokens.push_back(event);
    }
    for (const Strip& strip : m_mixer->strips()) {
        const LayerVector* direction = strip.enabled ? strip.direction(strip.mainLayer()) : nullptr;
        if (!direction)
            continue;
        double centre = 0;
        if (direction->positiveProjection && direction->negativeProjection)
            centre = (*direction->positiveProjection + *direction->negativeProjection) / 2;
        for (const bool before : {false, true}) {
            job.probes.push_back({strip.mainLayer(), direction->values, before});
            m_run.probes.push_back({strip.name, strip.mainLayer(), before, centre});
        }
    }
    m_tokensSince = 0;
    m_tokensPerSecond = 0;
    m_firstToken.invalidate();
    m_hasRun = true;
    m_shownBefore = m_shownRun;
    m_shownRun = m_history->add(std::move(kept));
    keepRun();
    setStatus(tr("Reading the prompt"));
    connect(m_engine.get(), &EngineApi::failed, this, &Workspace::runFailed, Qt::UniqueConnection);
    m_runJob = start(Task::Generate, std::move(job));
    m_lastRunJob = m_runJob;
    emit runStarted();
}

// Nothing has come of it: what was there before is worth more. The report says why.
void Workspace::runFailed(JobId job, const Failure&)
{
    const auto begun = [this](const RowText& row) { return int(row.tokens.size()) > m_run.begun; };
    if (job != m_lastRunJob || m_runJob || m_shownRun < 0 || std::ranges::any_of(m_run.rows, begun))
        return;
    m_shownRun = -1;
    m_history->takeBack();
    if (const int before = std::min(m_shownBefore, m_history->rowCount() - 1); before >= 0)
        return showRun(before);
    m_run = {};
    m_runRows.clear();
    emit runStarted();
    emit runEnded();
}

void Workspace::onTokens(JobId job, const std::vector<TokenEvent>& events)
{
    const auto found = m_running.find(job);
    if (found == m_running.end())
        return;
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

void Workspace::onEditsTaken(JobId job, int token, const std::vector<std::vector<Edit>>& edits)
{
    if (job != m_runJob)
        return;
    for (size_t row = 0; row < std::min(edits.size(), m_runRows.size()); ++row)
        m_runRows[row].changes.push_back({token, edits[row]});
    m_history->setMoved(m_shownRun, mixExpression());
}

void Workspace::done(const Running&, const Generated& generated)
{
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

QString Workspace::shownMix() const
{
    if (m_shownRun < 0)
        return mixExpression();
    const Run& run = m_history->run(m_shownRun);
    // What has just been moved acts from the next token.
    const QString now = mixExpression();
    const QString movedTo = m_runJob && now != run.expression ? now : run.movedTo;
    return run.expression.isEmpty() && movedTo.isEmpty() ? QString() : mixOf(run.expression, movedTo);
}

void Workspace::mixChanged()
{
    const StripModel::Change change = m_mixer->lastChange();
    if (change == StripModel::Change::None)
        return;
    if (model() && !checkMixer())
        return;
    m_lensSoon.start();
    if (m_runJob) {
        std::vector<std::vector<Edit>> edits;
        for (const RunRow& row : runRows())
            edits.push_back(row.edits);
        edits.resize(m_run.rows.size());
        m_engine->replaceEdits(m_runJob, std::move(edits));
        return;
    }
    if (m_generation.regenerateOnChange && m_hasRun && model()) {
        // Of changes that make one run together each counts.
        const bool moved = change == StripModel::Change::Moved;
        m_onlyMoved = moved && (m_onlyMoved || !m_regenerateSoon.isActive());
        m_regenerateSoon.start();
    }
}

}
