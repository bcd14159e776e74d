// The library of vectors: what the Library dock asks for.
#include "ui/state/workspace.h"

#include <QFileInfo>

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

}
