#include "ui/engine/engine_thread.h"

#include "core/run/plan_changes.h"
#include "core/study/resampling.h"
#include "core/tokenizer/utf8_stream.h"
#include "ui/engine/sweep_job.h"

#include <QElapsedTimer>

#include <algorithm>

namespace tiller {

namespace {

bool computes(const JobRequest& request)
{
    return std::holds_alternative<OpenModelJob>(request) || std::holds_alternative<ExtractJob>(request)
        || std::holds_alternative<DiagnoseJob>(request) || std::holds_alternative<GenerateJob>(request)
        || std::holds_alternative<LensJob>(request) || std::holds_alternative<CompareJob>(request)
        || std::holds_alternative<TraceJob>(request) || std::holds_alternative<SweepJob>(request);
}

std::vector<TokenId> idsOf(
    const Engine& engine, const std::string& prompt, const RunRow& row, const std::vector<TokenId>& answer)
{
    ContrastText asked{prompt, {}};
    if (!row.before.empty()) {
        asked = {{}, row.before};
        asked.turns.push_back({"user", prompt});
    }
    std::vector<TokenId> ids = engine.renderer(row.render).renderPrompt(asked);
    ids.insert(ids.end(), answer.begin(), answer.end());
    return ids;
}

Plan planOf(const RunRow& row, int promptLength, const ModelConfig& config)
{
    std::vector<PlanChange> changes;
    for (const EditsChange& change : row.changes)
        changes.push_back({change.token, resolvePlan(change.edits, config)});
    return planOverTime(resolvePlan(row.edits, config), changes, promptLength);
}

std::string textOf(const Engine& engine, TokenId id)
{
    const std::string text = engine.tokenizer().bytesOf(id);
    return sanitizeUtf8(text.empty() ? engine.tokenizer().piece(id) : text); // what decoding never shows
}

}

std::optional<std::vector<std::vector<Edit>>> EngineThread::Ticket::takeEdits()
{
    const std::lock_guard lock(mutex);
    return std::exchange(nextEdits, std::nullopt);
}

EngineThread::EngineThread(QObject* parent)
    : EngineApi(parent)
    , m_mailbox(new Mailbox(this))
    , m_tokens(QStringLiteral("tiller tokens"))
    , m_compute(QStringLiteral("tiller engine"))
{
    connect(m_mailbox, &Mailbox::arrived, this, &EngineThread::deliver);
}

EngineThread::~EngineThread()
{
    cancelAll();
    // Weights are freed where they were made.
    m_compute.post([this] { setEngine(nullptr); });
}

JobId EngineThread::start(JobRequest request)
{
    auto ticket = std::make_shared<Ticket>();
    ticket->id = ++m_lastJob;
    m_tickets[ticket->id] = ticket;
    JobLane& lane = computes(request) ? m_compute : m_tokens;
    lane.post([this, request = std::move(request), ticket] { work(request, ticket); });
    return ticket->id;
}

void EngineThread::cancel(JobId job)
{
    if (const auto found = m_tickets.find(job); found != m_tickets.end())
        found->second->cancel.cancel();
}

void EngineThread::cancelAll()
{
    for (const auto& [id, ticket] : m_tickets)
        ticket->cancel.cancel();
}

void EngineThread::replaceEdits(JobId job, std::vector<std::vector<Edit>> edits)
{
    const auto found = m_tickets.find(job);
    if (found == m_tickets.end())
        return;
    const std::lock_guard lock(found->second->mutex);
    found->second->nextEdits = std::move(edits);
}

void EngineThread::work(const JobRequest& request, const std::shared_ptr<Ticket>& ticket)
{
    JobResult result;
    Attempt done = attempt([&] {
        ticket->cancel.check();
        result = std::visit([&](const auto& job) { return run(job, *ticket); }, request);
    });
    QMetaObject::invokeMethod(
        this,
        [this, id = ticket->id, done = std::move(done), result = std::move(result)] {
            settle(id, done, result);
        },
        Qt::QueuedConnection);
}

void EngineThread::settle(JobId job, const Attempt& done, const JobResult& result)
{
    deliver();
    m_tickets.erase(job);
    switch (done.outcome) {
    case Outcome::Done:
        emit finished(job, result);
        break;
    case Outcome::Failed:
        emit failed(job, done.failure);
        break;
    case Outcome::Cancelled:
        emit cancelled(job);
        break;
    }
}

void EngineThread::deliver()
{
    for (const auto& [job, mail] : m_mailbox->take()) {
        if (mail.progress)
            emit progressed(job, *mail.progress);
        if (!mail.tokens.empty())
            emit tokensArrived(job, mail.tokens);
        if (!mail.parts.empty())
            emit partsArrived(job, mail.parts);
    }
}

Job EngineThread::jobOf(const Ticket& ticket)
{
    return {
        ticket.cancel, [this, id = ticket.id](const Progress& progress) { m_mailbox->put(id, progress); }};
}

std::shared_ptr<const Engine> EngineThread::engine() const
{
    const std::lock_guard lock(m_engineMutex);
    return m_engine;
}

std::shared_ptr<const Engine> EngineThread::openEngine() const
{
    auto current = engine();
    if (!current)
        throw Error("No model is open.", "Open a model folder or a GGUF file.");
    return current;
}

void EngineThread::setEngine(std::shared_ptr<const Engine> next)
{
    // The old one goes after the lock is released: freeing gigabytes takes a while.
    const std::lock_guard lock(m_engineMutex);
    m_engine.swap(next);
}

void EngineThread::closeModel()
{
    setEngine(nullptr);
    QMetaObject::invokeMethod(this, &EngineApi::modelClosed, Qt::QueuedConnection);
}

JobResult EngineThread::run(const OpenModelJob& job, Ticket& ticket)
{
    // What cannot be opened must not cost the model that is open: that one goes late, or, where there is no
    // room for both, when all that is known before reading the weights is in favour of the new one.
    ModelFiles files = readModelFiles(job.path);
    QMetaObject::invokeMethod(
        this, [this, id = ticket.id, described = files.info] { emit modelDescribed(id, described); },
        Qt::QueuedConnection);
    const uint64_t held = engine() ? engine()->info().weightBytes : 0;
    const uint64_t needed = checkLoading(files.info, job.options, held);
    ticket.cancel.check();
    const bool bothFit = needed > 0 && needed <= availableMemory();
    if (engine() && !bothFit)
        closeModel();
    auto opened = Engine::open(std::move(files), job.options, jobOf(ticket));
    if (engine())
        closeModel();
    setEngine(opened);
    return OpenedModel{opened->info(), opened->model().config()};
}

JobResult EngineThread::run(const ListModelsJob&, Ticket& ticket)
{
    return installedModels(ticket.cancel);
}

JobResult EngineThread::run(const ExtractJob& job, Ticket& ticket)
{
    return std::make_shared<const ExtractResult>(openEngine()->extract(job.request, jobOf(ticket)));
}

JobResult EngineThread::run(const DiagnoseJob& job, Ticket& ticket)
{
    const ExtractResult& e = *job.extracted;
    Diagnosed diagnosed{job.extracted, {}};
    diagnosed.diagnostics = std::make_shared<const Diagnostics>(resample(e.diagnostics, e.bank,
        findExtractor(e.vector.method), parseNormalisation(e.vector.normalisation), {}, jobOf(ticket)));
    return diagnosed;
}

JobResult EngineThread::run(const ScatterJob& job, Ticket&)
{
    const ActivationBank& bank = job.extracted->bank;
    const auto place = std::ranges::find(bank.layers, job.layer) - bank.layers.begin();
    return Scattered{job.extracted, job.layer, job.axes,
        scatter(bank, place, job.extracted->vector.layers.at(job.layer).values, job.axes,
            job.extracted->setAside)};
}

JobResult EngineThread::run(const GenerateJob& job, Ticket& ticket)
{
    const auto open = openEngine();
    const ModelConfig& config = open->model().config();
    GenerateRequest request;
    for (const RunRow& row : job.rows) {
        request.prompts.push_back(idsOf(*open, job.prompt, row, job.begun));
        request.plans.push_back(resolvePlan(row.edits, config));
    }
    request.continued = int(job.begun.size());
    request.sampling = job.sampling;
    request.live = std::make_shared<LivePlans>();
    request.probes = job.probes;

    const auto onStep = [&](const std::vector<TokenEvent>& events) {
        m_mailbox->put(ticket.id, events);
        const auto edits = ticket.takeEdits();
        if (!edits)
            return;
        const Attempt resolved = attempt([&] {
            std::vector<Plan> plans;
            for (const std::vector<Edit>& row : *edits)
                plans.push_back(resolvePlan(row, config));
            request.live->replace(std::move(plans));
        });
        const int next = int(job.begun.size()) + events.front().index + 1;
        QMetaObject::invokeMethod(
            this,
            [this, id = ticket.id, resolved, next, edits = *edits] {
                if (resolved.ok())
                    emit editsTaken(id, next, edits);
                else
                    emit editsRejected(id, resolved.failure);
            },
            Qt::QueuedConnection);
    };

    Generated generated;
    const auto& steered = request.prompts[std::min<size_t>(1, request.prompts.size() - 1)];
    generated.promptIds.assign(steered.begin(), steered.end() - std::ssize(job.begun));
    generated.result = generate(open->model(), open->tokenizer(), request, onStep, jobOf(ticket));
    if (generated.result.cancelled)
        throw Cancelled();
    return generated;
}

JobResult EngineThread::run(const LensJob& job, Ticket& ticket)
{
    constexpr int top = 12;
    const auto open = openEngine();
    const auto wordsOf = [&](const std::vector<LensToken>& tokens) {
        std::vector<LensWord> words;
        for (const LensToken& token : tokens)
            words.push_back({textOf(*open, token.id), token.value});
        return words;
    };
    Lenses lenses;
    for (const DirectionLens& lens : lensOf(open->model(), job.directions, top, ticket.cancel))
        lenses.push_back({wordsOf(lens.raised), wordsOf(lens.lowered)});
    return lenses;
}

JobResult EngineThread::run(const CompareJob& job, Ticket& ticket)
{
    const auto open = openEngine();
    Compared compared;
    for (const CompareJob::Text& text : job.texts) {
        ComparisonRequest request;
        request.ids = idsOf(*open, job.prompt, text.row, text.ids);
        request.promptLength = int(request.ids.size() - text.ids.size());
        request.plan = planOf(text.row, request.promptLength, open->model().config());
        std::vector<ComparedWord>& words = compared.emplace_back();
        for (ComparedToken& token : compareText(open->model(), request, {ticket.cancel, {}})) {
            ComparedWord word{std::move(token), {}};
            for (const OtherToken& other : word.token.alternatives)
                word.alternatives.push_back(textOf(*open, other.id));
            words.push_back(std::move(word));
        }
    }
    return compared;
}

JobResult EngineThread::run(const TraceJob& job, Ticket& ticket)
{
    const auto open = openEngine();
    TraceRequest request;
    request.ids = idsOf(*open, job.prompt, job.row, job.before);
    request.promptLength = int(request.ids.size() - job.before.size());
    request.vectors = job.vectors;
    const auto traced = [&](Plan plan) {
        request.plan = std::move(plan);
        TracedWords result{trace(open->model(), request, {ticket.cancel, {}}), {}};
        for (const TracedLayer& layer : result.layers) {
            std::vector<std::string>& words = result.words.emplace_back();
            for (const LensToken& token : layer.tokens)
                words.push_back(textOf(*open, token.id));
        }
        return result;
    };
    return Traced{traced({}), traced(planOf(job.row, request.promptLength, open->model().config()))};
}

JobResult EngineThread::run(const SweepJob& job, Ticket& ticket)
{
    return runSweep(
        *openEngine(), job, [&](const SweptPart& part) { m_mailbox->put(ticket.id, part); },
        [&] {
            if (!ticket.cancel.cancelled())
                m_compute.runWaiting();
        },
        jobOf(ticket));
}

JobResult EngineThread::run(const PreviewJob& job, Ticket&)
{
    const auto open = openEngine();
    PairPreview preview;
    if (!job.pair.positive.empty())
        preview.positive = open->preview(job.pair.prompt, job.pair.positive, job.read, job.render);
    if (!job.pair.negative.empty())
        preview.negative = open->preview(job.pair.prompt, job.pair.negative, job.read, job.render);
    return preview;
}

JobResult EngineThread::run(const CountTokensJob& job, Ticket& ticket)
{
    const auto open = openEngine();
    const Renderer renderer = open->renderer(job.render);
    const auto count = [&](const ContrastPair& pair, const ContrastText& side) {
        if (side.empty())
            return 0;
        const RenderedText text = renderer.render(pair.prompt, side);
        job.read.positions(text);
        return int(text.ids.size()) - text.headLength;
    };
    TokenCounts counts;
    counts.reserve(job.pairs.size());
    for (const ContrastPair& pair : job.pairs) {
        ticket.cancel.check();
        PairTokens tokens;
        const Attempt counted = attempt([&] {
            tokens.positive = count(pair, pair.positive);
            tokens.negative = count(pair, pair.negative);
        });
        // A template that fails is no fault of the pair: extraction says so, and offers raw text.
        if (!counted.failure.rawHelps)
            tokens.error = counted.failure.cause.toStdString();
        counts.push_back(std::move(tokens));
    }
    return counts;
}

JobResult EngineThread::run(const ReadVectorJob& job, Ticket&)
{
    return std::make_shared<const SteeringVector>(readVector(job.path));
}

JobResult EngineThread::run(const WriteVectorJob& job, Ticket&)
{
    std::vector<std::pair<double, SteeringVector>> terms;
    for (const auto& [weight, vector] : job.terms)
        terms.emplace_back(weight, *vector);
    SteeringVector mixed = terms.size() == 1 && terms.front().first == 1 ? terms.front().second : mix(terms);
    if (!job.name.empty())
        mixed.name = job.name;
    writeVector(job.path, mixed);
    return VectorWritten{job.path};
}

}
