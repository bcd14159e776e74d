#include "ui/state/workspace.h"

#include "core/steer/vector_files.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"

#include <QFileInfo>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

bool isShown(Task task)
{
    return task < Task::ListModels;
}

/// Looks at what is there: a failure is one of the thing looked at, and is said where that is made.
bool isQuiet(Task task)
{
    return task == Task::Preview || task == Task::CountTokens || task == Task::Scatter
        || task == Task::ListModels || task == Task::Lens || task == Task::Compare || task == Task::Trace;
}

/// Which panel a task's failure concerns.
Panel panelOf(Task task)
{
    switch (task) {
    case Task::OpenModel:
    case Task::ListModels:
    case Task::ReadVector:
    case Task::WriteVector:
        return Panel::Window;
    case Task::Extract:
    case Task::Preview:
    case Task::CountTokens:
    case Task::Refit:
    case Task::Diagnose:
    case Task::Scatter:
        return Panel::Contrast;
    case Task::Map:
    case Task::FitToCompare:
        return Panel::Layers;
    case Task::Generate:
    case Task::Lens:
    case Task::Compare:
    case Task::Trace:
        return Panel::Steer;
    }
    return Panel::Window;
}

QString titleOf(Task task)
{
    switch (task) {
    case Task::OpenModel:
        return QObject::tr("Opening the model");
    case Task::Extract:
    case Task::Refit:
    case Task::FitToCompare:
    case Task::Diagnose:
        return QObject::tr("Extraction");
    case Task::Map:
        return QObject::tr("Map");
    case Task::Generate:
        return QObject::tr("Generation");
    case Task::WriteVector:
        return QObject::tr("Export");
    default:
        return QObject::tr("Reading");
    }
}

QString timeLeft(qint64 elapsedMs, double share)
{
    if (share <= 0 || elapsedMs < 1000)
        return {};
    const int seconds = int(double(elapsedMs) * (1 - share) / share / 1000 + 0.5);
    return QObject::tr(", %1:%2 left").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
}

}

Workspace::Workspace(std::unique_ptr<EngineApi> engine, QObject* parent)
    : QObject(parent)
    , m_engine(std::move(engine))
    , m_loadOptions(settings::loadOptions())
    , m_contrast(new ContrastDocument(this))
    , m_library(new LibraryModel(this))
    , m_mixer(new StripModel(this))
    , m_history(new RunHistory(this))
    , m_map(new LayerMap(this))
    , m_comparedMap(new LayerMap(this))
{
    m_generation.prompt = tr("Tell me about your weekend plans.");

    connect(m_engine.get(), &EngineApi::progressed, this, &Workspace::onProgressed);
    connect(m_engine.get(), &EngineApi::tokensArrived, this, &Workspace::onTokens);
    connect(m_engine.get(), &EngineApi::partsArrived, this,
        [this](JobId job, const std::vector<SweptPart>& parts) {
            if (const auto found = m_running.find(job); found != m_running.end() && found->second.map)
                found->second.map->put(parts);
        });
    connect(m_engine.get(), &EngineApi::editsTaken, this, &Workspace::onEditsTaken);
    connect(m_engine.get(), &EngineApi::editsRejected, this,
        [this](JobId, const Failure& failure) { fail(Panel::Steer, failure); });
    connect(m_engine.get(), &EngineApi::modelDescribed, this, [this](JobId job, const ModelInfo& info) {
        const auto found = m_running.find(job);
        if (found == m_running.end() || found->second.subject != m_modelPath)
            return;
        m_describedModel = info;
        emit modelChanged();
    });
    connect(m_engine.get(), &EngineApi::modelClosed, this, &Workspace::forgetModel);
    connect(m_engine.get(), &EngineApi::finished, this, &Workspace::onFinished);
    connect(m_engine.get(), &EngineApi::failed, this, &Workspace::onFailed);
    connect(m_engine.get(), &EngineApi::cancelled, this, &Workspace::onCancelled);

    m_countSoon.setSingleShot(true);
    m_countSoon.setInterval(150);
    connect(&m_countSoon, &QTimer::timeout, this, &Workspace::countTokens);
    m_refitSoon.setSingleShot(true);
    m_refitSoon.setInterval(0);
    connect(&m_refitSoon, &QTimer::timeout, this, &Workspace::refit);
    m_steerAtLatest.setSingleShot(true);
    m_steerAtLatest.setInterval(1000);
    connect(&m_steerAtLatest, &QTimer::timeout, this, &Workspace::steerNow);
    connect(m_contrast, &ContrastDocument::replaced, this, &Workspace::forgetExtraction);
    connect(m_contrast, &ContrastDocument::replaced, this, [this] {
        setStatus(
            tr("%1 in the set “%2”.")
                .arg(m_contrast->model()->countedRows(m_contrast->model()->rowCount()), m_contrast->name()));
    });
    connect(m_contrast, &ContrastDocument::contentsChanged, this, &Workspace::contrastChanged);
    connect(m_contrast, &ContrastDocument::enabledChanged, this, &Workspace::pairsSwitched);
    connect(m_contrast->model(), &QAbstractItemModel::dataChanged, this, &Workspace::forgetPairFault);
    connect(m_contrast->model(), &QAbstractItemModel::rowsRemoved, this, &Workspace::forgetPairFault);
    connect(m_contrast->model(), &QAbstractItemModel::modelReset, this, &Workspace::forgetPairFault);
    connect(m_contrast->model(), &QAbstractItemModel::modelReset, &m_countSoon, qOverload<>(&QTimer::start));
    connect(
        m_contrast->model(), &QAbstractItemModel::rowsInserted, &m_countSoon, qOverload<>(&QTimer::start));
    connect(m_contrast->model(), &QAbstractItemModel::dataChanged, this,
        [this](const QModelIndex&, const QModelIndex&, const QList<int>& roles) {
            // Texts have changed where everything may have; figures alone need no new count.
            if (roles.isEmpty())
                m_countSoon.start();
        });

    m_regenerateSoon.setSingleShot(true);
    m_regenerateSoon.setInterval(300);
    m_lensSoon.setSingleShot(true);
    m_lensSoon.setInterval(150);
    connect(&m_lensSoon, &QTimer::timeout, this, &Workspace::refreshLenses);
    connect(&m_regenerateSoon, &QTimer::timeout, this, [this] {
        m_automatic = true;
        generate();
        m_automatic = false;
    });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(m_mixer, signal, this, &Workspace::mixChanged);
    connect(m_mixer, &QAbstractItemModel::dataChanged, this, &Workspace::mixChanged);
    connect(this, &Workspace::modelChanged, &m_lensSoon, qOverload<>(&QTimer::start));
}

Workspace::~Workspace()
{
    m_engine->disconnect(this);
    m_engine->cancelAll();
}

JobId Workspace::start(Task task, JobRequest request, const QString& subject)
{
    const bool goesFirst
        = task == Task::OpenModel || task == Task::Extract || task == Task::Map || task == Task::Generate;
    if (goesFirst && isRunning(Task::Diagnose)) {
        stop(Task::Diagnose);
        m_diagnoseLater = true;
    }
    const JobId job = m_engine->start(std::move(request));
    Running& running = m_running[job];
    running.task = task;
    running.subject = subject;
    running.clock.start();
    if (isShown(task)) {
        emit reportsCleared(panelOf(task));
        emit tasksChanged();
    }
    return job;
}

bool Workspace::isRunning(Task task) const
{
    for (const auto& [job, running] : m_running)
        if (running.task == task)
            return true;
    return false;
}

void Workspace::stop(Task task)
{
    for (const auto& [job, running] : m_running)
        if (running.task == task)
            m_engine->cancel(job);
}

void Workspace::stopAll()
{
    m_regenerateSoon.stop();
    bool any = false;
    for (const auto& [job, running] : m_running)
        if (isShown(running.task)) {
            m_engine->cancel(job);
            any = true;
        }
    if (any)
        setStatus(tr("Stopping…"));
}

void Workspace::setStatus(const QString& text, std::optional<double> progress)
{
    m_status = text;
    m_progress = progress;
    emit statusChanged();
}

void Workspace::fail(Panel panel, const Failure& failure, const QString& action, std::function<void()> act)
{
    emit reported(panel, {MessageKind::Error, failure, action, std::move(act)});
}

void Workspace::onProgressed(JobId job, const Progress& progress)
{
    const auto found = m_running.find(job);
    if (found == m_running.end() || !isShown(found->second.task) || found->second.task == Task::Generate)
        return;
    if (progress.total <= 0) {
        setStatus(QString::fromStdString(progress.stage));
        return;
    }
    const double share = double(progress.done) / double(progress.total);
    if (const LayerMap* map = found->second.map) {
        setStatus(tr("Mapping %1: %2 of %3 cells%4")
                      .arg(map->grid().vectorName)
                      .arg(map->doneCount())
                      .arg(map->cellCount())
                      .arg(timeLeft(found->second.clock.elapsed(), share)),
            share);
        return;
    }
    setStatus(QString::fromStdString(progress.stage) + timeLeft(found->second.clock.elapsed(), share), share);
}

void Workspace::onFinished(JobId job, const JobResult& result)
{
    const auto found = m_running.find(job);
    if (found == m_running.end())
        return;
    const Running running = found->second;
    m_running.erase(found);
    const bool shown = m_runJob == job;
    if (shown)
        m_runJob = 0;
    std::visit([&](const auto& value) { done(running, value); }, result);
    if (shown)
        emit runEnded();
    ended(running);
}

void Workspace::onFailed(JobId job, const Failure& failure)
{
    const auto found = m_running.find(job);
    if (found == m_running.end())
        return;
    const Running running = found->second;
    m_running.erase(found);
    if (isQuiet(running.task))
        return;

    setStatus(tr("%1 failed.").arg(titleOf(running.task)));
    // Of two the newer one has taken the place.
    const bool superseded = running.task == Task::Generate
        ? job != m_runJob
        : running.task == Task::OpenModel && isRunning(Task::OpenModel);
    if (running.isOfSeveral)
        importFailed(running.subject, failure);
    else if (!superseded)
        failTask(running, failure);
    if (running.task == Task::Extract)
        m_steerAfterExtraction = false;
    if (job == m_runJob) {
        m_runJob = 0;
        emit runEnded();
    }
    ended(running);
}

void Workspace::onCancelled(JobId job)
{
    const auto found = m_running.find(job);
    if (found == m_running.end())
        return;
    const Running running = found->second;
    m_running.erase(found);
    if (running.task == Task::OpenModel && !isRunning(Task::OpenModel))
        restoreModel();
    if (running.task == Task::Extract)
        m_steerAfterExtraction = false;
    if (running.isOfSeveral)
        importCancelled();
    if (job == m_runJob) {
        m_runJob = 0;
        keepRun();
        compareRun();
        emit runEnded();
    }
    if (isShown(running.task) && !isRunning(running.task))
        setStatus((running.map && running.map == m_pausedMap ? tr("%1 paused.") : tr("%1 stopped."))
                      .arg(titleOf(running.task)));
    ended(running);
}

void Workspace::ended(const Running& running)
{
    if (running.map)
        running.map->pause();
    if (isShown(running.task))
        emit tasksChanged();
    if (running.task == Task::Diagnose)
        emit diagnosticsChanged();
    if (m_diagnoseLater)
        diagnose();
}

void Workspace::failTask(const Running& running, const Failure& failure)
{
    const auto raw = [this](bool generation, const std::function<void()>& again) {
        return [this, generation, again] {
            if (generation) {
                GenerationSettings settings = m_generation;
                settings.render.raw = true;
                setGeneration(settings);
            } else {
                ExtractionOptions options = m_extraction;
                options.render.raw = true;
                setExtraction(options);
            }
            again();
        };
    };
    if (running.task == Task::OpenModel) {
        Failure said = failure;
        const bool fitsPacked = m_describedModel && m_loadOptions.device == "cpu"
            && m_loadOptions.dtype != "q8"
            && !attempt([this] { checkLoading(*m_describedModel, m_loadOptions, 0); }).ok()
            && attempt([this] {
                   checkLoading(*m_describedModel, {"q8", "cpu"}, 0);
               }).ok();
        restoreModel();
        if (m_model)
            said.remedy += u' ' + tr("“%1” stays open.").arg(modelTitle(m_modelPath));
        if (fitsPacked)
            return fail(Panel::Window, said, tr("Open in 8 bits"), [this, path = running.subject] {
                m_loadOptions = {"q8", "cpu"};
                emit loadOptionsChanged();
                openModel(path);
            });
        if (m_model)
            return fail(Panel::Window, said);
        fail(Panel::Window, said, tr("Open model…"), [this] { emit openModelRequested(); });
    } else if (failure.rawHelps && running.task == Task::Extract) {
        const bool thenSteer = m_steerAfterExtraction;
        fail(Panel::Contrast, failure, tr("Extract raw"), raw(false, [this, thenSteer] {
            m_steerAfterExtraction = thenSteer;
            extract();
        }));
    } else if (failure.rawHelps && running.task == Task::Generate) {
        fail(Panel::Steer, failure, tr("Continue raw"), raw(true, [this] { generate(); }));
    } else if (failure.rawHelps && running.map) {
        fail(Panel::Layers, failure, tr("Map raw"), raw(true, [this, map = running.map] { sweep(map); }));
    } else {
        fail(panelOf(running.task), failure);
    }
}

void Workspace::restoreModel()
{
    m_describedModel.reset();
    m_modelState = m_model ? ModelState::Ready : ModelState::None;
    m_modelPath = m_model ? QString::fromStdString(m_model->info.path.string()) : QString();
    m_loadOptions = settings::loadOptions();
    emit loadOptionsChanged();
    emit modelChanged();
    m_countSoon.start(); // the set may have changed meanwhile
}

const ModelInfo* Workspace::modelInfo() const
{
    return model() ? &model()->info : m_describedModel ? &*m_describedModel : nullptr;
}

void Workspace::setLoadOptions(const LoadOptions& options)
{
    if (options.dtype == m_loadOptions.dtype && options.device == m_loadOptions.device)
        return;
    m_loadOptions = options;
    emit loadOptionsChanged();
    if (!m_modelPath.isEmpty())
        openModel(m_modelPath);
}

void Workspace::findModels()
{
    if (!isRunning(Task::ListModels))
        start(Task::ListModels, ListModelsJob{});
}

void Workspace::done(const Running&, const InstalledModels& models)
{
    if (models == m_installedModels)
        return;
    m_installedModels = models;
    emit installedModelsChanged();
}

void Workspace::openDropped(const QString& path)
{
    if (looksLikeVector(path.toStdString()))
        importVector(path);
    else
        openModel(path);
}

void Workspace::openModel(const QString& path)
{
    // Whatever computes belongs to the model that goes.
    m_regenerateSoon.stop();
    for (const auto& [job, running] : m_running)
        if (running.task != Task::ListModels)
            m_engine->cancel(job);
    m_describedModel.reset();
    m_modelPath = path;
    m_modelState = ModelState::Opening;
    setStatus(tr("Opening %1").arg(modelTitle(path)));
    emit modelChanged();
    start(Task::OpenModel, OpenModelJob{path.toStdString(), m_loadOptions}, path);
}

void Workspace::forgetModel()
{
    m_model.reset();
    forgetExtraction();
    clearMaps();
    emit modelChanged();
}

// What was said and written with the model before is not this one's.
void Workspace::forgetRun()
{
    for (const Panel panel : {Panel::Contrast, Panel::Layers, Panel::Steer})
        emit reportsCleared(panel); // the window's was when the opening began
    m_run = {};
    m_runRows.clear();
    m_promptIds.clear();
    m_shownRun = -1;
    newChat();
    m_hasRun = false;
    m_tokensPerSecond = 0;
    emit runStarted();
    emit runEnded();
}

void Workspace::reportProblems(const ModelInfo& info)
{
    const QString name = modelTitle(m_modelPath);
    if (!info.tokenizerProblem.empty()) {
        fail(Panel::Window,
            {tr("“%1” has no tokenizer that can be used: %2.")
                    .arg(name, QString::fromStdString(info.tokenizerProblem)),
                tr("Put the tokenizer.json of the model beside its weights and open it again.")});
    } else if (!info.templateProblem.empty() && !(m_generation.render.raw && m_extraction.render.raw)) {
        fail(Panel::Window,
            {tr("The chat template of “%1” fails: %2.")
                    .arg(name, QString::fromStdString(info.templateProblem)),
                tr("Raw text needs no template.")},
            tr("Use raw text"), [this] { setRaw(true); });
    }
}

void Workspace::setRaw(bool raw)
{
    GenerationSettings generation = m_generation;
    generation.render.raw = raw;
    setGeneration(generation);
    ExtractionOptions extraction = m_extraction;
    extraction.render.raw = raw;
    setExtraction(extraction);
}

void Workspace::done(const Running& job, const OpenedModel& model)
{
    const QString path = QFileInfo(QString::fromStdString(model.info.path.string())).absoluteFilePath();
    if (path != m_shownModel)
        setRaw(false);
    m_shownModel = path;
    forgetRun();
    m_model = model;
    m_describedModel.reset();
    m_modelPath = QFileInfo(QString::fromStdString(model.info.path.string())).absoluteFilePath();
    m_modelState = ModelState::Ready;
    settings::addRecentModel(m_modelPath);
    settings::setLoadOptions(m_loadOptions);
    setStatus(tr("Model ready in %1 s. %2 in the set “%3”.")
                  .arg(QString::number(double(job.clock.elapsed()) / 1000, 'f', 1),
                      m_contrast->model()->countedRows(m_contrast->model()->rowCount()), m_contrast->name()));
    emit modelChanged();
    countTokens();
    checkMixer();
    m_regenerateSoon.stop(); // switching strips off is no wish for text
    reportProblems(model.info);
}

}
