// The library of vectors: what the Library dock asks for.
#include "core/steer/vector_files.h"
#include "ui/state/library_store.h"
#include "ui/state/wording.h"
#include "ui/state/workspace.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// The vector files of a folder that is no set, no model and no repository of one.
QStringList vectorsIn(const QString& path)
{
    const QDir folder(path);
    if (!QFileInfo(path).isDir() || folder.exists(u"config.json"_s) || looksLikeVector(path.toStdString()))
        return {};
    QStringList vectors;
    for (const QFileInfo& file :
        folder.entryInfoList(
            {u"*.pt"_s, u"*.pth"_s, u"*.gguf"_s, u"*.safetensors"_s, u"*.svec"_s}, QDir::Files, QDir::Name)) {
        if (!looksLikeVector(file.filePath().toStdString()))
            return {}; // the GGUF of a model, whatever lies beside it
        vectors << file.filePath();
    }
    return vectors;
}

/// "a.pt: not a ZIP archive", whatever folder it lies in.
QString shortened(const QString& path, const QString& cause)
{
    const QString name = QFileInfo(path).fileName();
    QString said = cause;
    said.replace(path, name);
    if (!said.contains(name))
        said = u"%1: %2"_s.arg(name, said);
    while (said.endsWith(u'.'))
        said.chop(1);
    return said;
}

}

void Workspace::openLibrary(const std::filesystem::path& folder)
{
    if (m_store)
        return;
    m_store = std::make_shared<LibraryStore>(m_library, folder);
    const auto chooseOne = [this] {
        if (m_currentVector < 0 && m_library->rowCount() > 0)
            setCurrentVector(0);
    };
    connect(m_store.get(), &LibraryStore::loaded, this, chooseOne);
    connect(m_store.get(), &LibraryStore::shared, this, chooseOne);
    connect(m_store.get(), &LibraryStore::skipped, this, &Workspace::reportSkipped);
    connect(m_store.get(), &LibraryStore::shared, this,
        [this] { setStatus(tr("Another window has changed the library.")); });
    // Another window's vectors come and go anywhere: the current one stays the current one.
    connect(m_library, &QAbstractItemModel::rowsAboutToBeInserted, this,
        [this](const QModelIndex&, int first, int last) {
            if (m_currentVector >= first)
                m_currentVector += last - first + 1;
        });
    connect(
        m_library, &QAbstractItemModel::rowsRemoved, this, [this](const QModelIndex&, int first, int last) {
            if (m_currentVector > last)
                setCurrentVector(m_currentVector - (last - first + 1));
            else if (m_currentVector >= first)
                setCurrentVector(std::min(first, m_library->rowCount() - 1));
        });
    connect(m_store.get(), &LibraryStore::failed, this, [this](const Failure& failure) {
        fail(Panel::Window,
            {tr("The library could not be kept: %1").arg(failure.cause),
                tr("Its vectors last until the window closes; export what you need. %1")
                    .arg(failure.remedy)
                    .trimmed()});
    });
}

void Workspace::reportSkipped(const QStringList& files, const Failure& first)
{
    Report report{MessageKind::Warning, first, {}, {}};
    if (files.size() > 1)
        report.failure.cause = tr("%1 vectors of the library could not be read. The first: %2")
                                   .arg(files.size())
                                   .arg(first.cause);
    if (!files.isEmpty()) {
        report.failure.remedy = tr("The others are there. Put the missing file back, or forget it.");
        report.actionText = tr("Forget");
        report.action = [this] { m_store->forgetSkipped(); };
    }
    emit reported(Panel::Window, report);
}

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

Attempt Workspace::fits(const SteeringVector& vector, bool allowOther) const
{
    if (!model())
        return {};
    return attempt([&] { checkFits(vector, model()->config, model()->info.fingerprint, allowOther); });
}

bool Workspace::checkVector(
    const SteeringVector& vector, bool allowOther, Panel panel, std::function<void()> useAnyway)
{
    const Attempt strict = fits(vector, allowOther);
    if (strict.ok())
        return true;
    if (useAnyway && fits(vector, true).ok())
        fail(panel, strict.failure, tr("Use anyway"), std::move(useAnyway));
    else
        fail(panel, strict.failure);
    return false;
}

void Workspace::importVector(const QString& path)
{
    m_offered.removeAll(path);
    emit reportsCleared(Panel::Window);
    start(Task::ReadVector, ReadVectorJob{path.toStdString()}, path);
}

void Workspace::offerVector(const QString& path)
{
    for (const auto& [job, running] : m_running)
        if (running.task == Task::ReadVector && running.subject == path && m_offered.contains(path))
            return; // on its way
    importVector(path);
    m_offered << path;
}

void Workspace::openAllDropped(const QStringList& paths)
{
    QStringList vectors;
    for (const QString& path : paths) {
        const QStringList inside = vectorsIn(path);
        if (!inside.isEmpty())
            vectors << inside;
        else if (looksLikeVector(path.toStdString()))
            vectors << path;
        else
            openDropped(path);
    }
    openVectors(vectors);
}

void Workspace::openVectors(const QStringList& paths)
{
    if (paths.size() == 1)
        return offerVector(paths.front());
    importAll(paths);
}

void Workspace::importAll(const QStringList& paths)
{
    if (paths.isEmpty())
        return;
    emit reportsCleared(Panel::Window);
    for (const QString& path : paths) {
        const auto isThis
            = [&](const auto& task) { return task.second.isOfSeveral && task.second.subject == path; };
        if (std::ranges::any_of(m_running, isThis))
            continue; // asked for twice, read once
        const JobId job = start(Task::ReadVector, ReadVectorJob{path.toStdString()}, path);
        m_running[job].isOfSeveral = true;
        ++m_imports.files;
    }
}

void Workspace::importRead(const QString& path, const VectorRead& vector)
{
    LibraryEntry entry = importedEntry(path, vector);
    const Attempt strict = fits(*entry.vector, false);
    if (strict.ok()) {
        addToLibrary(std::move(entry));
    } else {
        m_imports.failed.emplace_back(path, strict.failure);
        if (fits(*entry.vector, true).ok())
            m_imports.foreign.push_back(std::move(entry));
    }
    importsEnded();
}

void Workspace::importFailed(const QString& path, const Failure& failure)
{
    m_imports.failed.emplace_back(path, failure);
    importsEnded();
}

void Workspace::importCancelled()
{
    --m_imports.files;
    importsEnded();
}

void Workspace::importsEnded()
{
    if (std::ranges::any_of(m_running, [](const auto& task) { return task.second.isOfSeveral; }))
        return;
    const Imports imports = std::exchange(m_imports, {});
    const int failures = int(imports.failed.size());
    setStatus(tr("Imported %1.").arg(counted(imports.files - failures, tr("file"), tr("files"))));
    if (failures == 0)
        return;
    Report report{MessageKind::Error, imports.failed.front().second, {}, {}};
    if (failures > 1) {
        constexpr int named = 3;
        QStringList reasons;
        bool oneRemedy = true;
        for (const auto& [path, failure] : imports.failed) {
            oneRemedy = oneRemedy && failure.remedy == report.failure.remedy;
            if (reasons.size() < named)
                reasons << shortened(path, failure.cause);
        }
        if (failures > named)
            reasons << tr("and %1 more").arg(failures - named);
        report.failure.cause = tr("%1 of %2 files could not be imported. %3.")
                                   .arg(failures)
                                   .arg(imports.files)
                                   .arg(reasons.join(u"; "_s));
        if (!oneRemedy || report.failure.remedy.isEmpty())
            report.failure.remedy = tr("Import one by itself to see what helps.");
        if (failures < imports.files)
            report.failure.remedy += u' ' + tr("The rest are in the library.");
    }
    if (!imports.foreign.empty()) {
        report.actionText
            = failures == 1 ? tr("Use anyway") : tr("Use %1 anyway").arg(imports.foreign.size());
        report.action = [this, foreign = imports.foreign] {
            for (LibraryEntry entry : foreign) {
                entry.allowOther = true;
                addToLibrary(std::move(entry));
            }
        };
    }
    emit reported(Panel::Window, report);
}

void Workspace::done(const Running& job, const VectorRead& vector)
{
    if (job.isOfSeveral)
        importRead(job.subject, vector);
    else if (m_offered.removeAll(job.subject) > 0)
        emit vectorOffered(job.subject, vector);
    else
        addImported(job.subject, vector);
}

LibraryEntry Workspace::importedEntry(const QString& path, const VectorRead& vector) const
{
    LibraryEntry entry;
    entry.name
        = vector->name.empty() ? QFileInfo(path).completeBaseName() : QString::fromStdString(vector->name);
    entry.vector = vector;
    entry.suggestedLayer = startLayer(*vector, model() ? model()->config.layers : int(vector->layers.size()));
    return entry;
}

void Workspace::addImported(const QString& path, const VectorRead& vector)
{
    const LibraryEntry entry = importedEntry(path, vector);
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

void Workspace::removeVectors(std::vector<int> rows)
{
    if (rows.empty())
        return;
    std::ranges::sort(rows);
    std::vector<std::pair<int, LibraryEntry>> removed;
    for (const int row : rows)
        removed.emplace_back(row, m_library->entry(row));
    for (auto row = rows.rbegin(); row != rows.rend(); ++row)
        m_library->remove(*row);
    setCurrentVector(std::min(rows.front(), m_library->rowCount() - 1));
    const auto undo = [this, removed] {
        for (auto [row, entry] : removed) {
            entry.name = m_library->freeName(entry.name);
            m_library->insert(std::min(row, m_library->rowCount()), std::move(entry));
        }
        setCurrentVector(std::min(removed.front().first, m_library->rowCount() - 1));
    };
    const QString what = removed.size() == 1 ? u"“%1”"_s.arg(removed.front().second.name)
                                             : tr("%1 vectors").arg(removed.size());
    emit reported(Panel::Window,
        {MessageKind::Info, {tr("Removed %1 from the library.").arg(what), {}}, tr("Undo"), undo});
}

void Workspace::duplicateVector(int row)
{
    LibraryEntry copy = m_library->entry(row);
    copy.file.clear();
    copy.formerNames.clear();
    copy.added = {};
    addToLibrary(std::move(copy));
    setStatus(tr("Copied as %1.").arg(m_library->entry(0).name));
}

void Workspace::renameVector(int row, const QString& name)
{
    const QString from = m_library->entry(row).name;
    const QString to = name.simplified();
    if (to == from)
        return;
    emit reportsCleared(Panel::Window);
    if (!m_library->rename(row, to))
        return fail(Panel::Window,
            to.isEmpty() ? Failure{tr("A vector needs a name."), tr("“%1” keeps its own.").arg(from)}
                         : Failure{tr("There is another vector named “%1”.").arg(to),
                             tr("Choose a name of its own for “%1”.").arg(from)});
    renameStrips(from, to);
    renameKept(from, to);
    for (auto& [fit, own] : m_fits)
        if (own == from)
            own = to;
    emit diagnosticsChanged(); // which name their vector
    setStatus(tr("Renamed %1 to %2.").arg(from, to));
}

// Strips name their vector as the library does.
void Workspace::renameStrips(const QString& from, const QString& to)
{
    if (const int row = m_mixer->find(from); row >= 0)
        m_mixer->rename(row, to);
}

QString Workspace::presentName(const QString& name) const
{
    const int row = m_library->find(name);
    return row < 0 ? name : m_library->entry(row).name;
}

}
