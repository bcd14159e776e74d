#include "ui/models/library_model.h"

#include "core/steer/extractor.h"

#include <QLocale>

#include <cstdlib>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString titleOfMethod(const std::string& method)
{
    for (const ExtractorInfo& info : extractors())
        if (info.name == method)
            return QString::fromUtf8(info.title.data(), qsizetype(info.title.size()));
    return QString::fromStdString(method);
}

}

QString LibraryEntry::positiveLabel() const
{
    return QString::fromStdString(vector->positiveLabel);
}

QString LibraryEntry::negativeLabel() const
{
    return QString::fromStdString(vector->negativeLabel);
}

QString LibraryEntry::summary() const
{
    QStringList parts;
    if (!vector->sourceFormat.empty())
        parts << QObject::tr("%1 import").arg(QString::fromStdString(vector->sourceFormat));
    parts << layersOf(*vector);
    if (vector->pairs > 0)
        parts << QObject::tr("%1 pairs").arg(vector->pairs);
    if (!vector->method.empty())
        parts << titleOfMethod(vector->method);
    return parts.join(u" · "_s);
}

QString layersOf(const SteeringVector& vector)
{
    if (vector.layers.empty())
        return {};
    if (vector.layerUnknown)
        return QObject::tr("layer unknown");
    const int first = vector.layers.begin()->first;
    const int last = vector.layers.rbegin()->first;
    if (vector.single())
        return u"L%1"_s.arg(first);
    if (last - first + 1 == int(vector.layers.size()))
        return u"L%1–%2"_s.arg(first).arg(last);
    return QObject::tr("L%1 and %2 more").arg(first).arg(vector.layers.size() - 1);
}

int LibraryModel::add(LibraryEntry entry)
{
    const QString base = entry.name.isEmpty() ? tr("vector") : entry.name;
    entry.name = base;
    for (int number = 2; find(entry.name) >= 0; ++number)
        entry.name = u"%1-%2"_s.arg(base).arg(number);
    if (!entry.added.isValid())
        entry.added = QDateTime::currentDateTime();
    beginInsertRows({}, 0, 0);
    m_entries.insert(m_entries.begin(), std::move(entry));
    endInsertRows();
    return 0;
}

void LibraryModel::remove(int row)
{
    beginRemoveRows({}, row, row);
    m_entries.erase(m_entries.begin() + row);
    endRemoveRows();
}

void LibraryModel::refit(
    int row, std::shared_ptr<const SteeringVector> vector, std::shared_ptr<const Diagnostics> diagnostics)
{
    m_entries[size_t(row)].vector = std::move(vector);
    setDiagnostics(row, std::move(diagnostics));
}

void LibraryModel::setDiagnostics(int row, std::shared_ptr<const Diagnostics> diagnostics)
{
    LibraryEntry& entry = m_entries[size_t(row)];
    entry.suggestedLayer = diagnostics->recommendation.layer;
    entry.diagnostics = std::move(diagnostics);
    emit dataChanged(index(row), index(row));
}

void LibraryModel::allowOther(int row)
{
    m_entries[size_t(row)].allowOther = true;
}

int LibraryModel::find(const QString& name) const
{
    for (int row = 0; row < int(m_entries.size()); ++row)
        if (entry(row).name == name)
            return row;
    return -1;
}

int LibraryModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_entries.size());
}

QVariant LibraryModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const LibraryEntry& e = entry(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return e.name;
    case SortRole:
        return e.added;
    case SummaryRole:
        return e.summary();
    case TimeRole:
        return QLocale::c().toString(e.added.time(), u"HH:mm"_s);
    case Qt::ToolTipRole:
        return u"%1\n%2"_s.arg(e.name, e.summary());
    case Qt::AccessibleTextRole:
        return u"%1, %2"_s.arg(e.name, e.summary());
    default:
        return {};
    }
}

}
