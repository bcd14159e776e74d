#include "ui/models/library_model.h"

#include "core/steer/extractor.h"
#include "ui/theme/numbers.h"

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

QString timeOf(const QDateTime& added)
{
    const QDate today = QDate::currentDate();
    const QString form = added.date() == today ? u"HH:mm"_s
        : added.date().year() == today.year()  ? u"d MMM"_s
                                               : u"yyyy-MM-dd"_s;
    return QLocale::c().toString(added, form);
}

QString searchTextOf(const LibraryEntry& entry)
{
    const SteeringVector& vector = *entry.vector;
    QStringList texts{entry.name, entry.summary(), entry.tags.join(u' ')};
    for (const std::string* text :
        {&vector.name, &vector.method, &vector.modelName, &vector.positiveLabel, &vector.negativeLabel})
        texts << QString::fromStdString(*text);
    return texts.join(u'\n');
}

QString toolTipOf(const LibraryEntry& entry)
{
    QStringList lines{entry.name, entry.summary()};
    if (entry.figures)
        lines << LibraryModel::tr("Held out at L%1: AUC %2, halves %3")
                     .arg(entry.figures->layer)
                     .arg(number(entry.figures->auc, 2), number(entry.figures->splitHalf, 2));
    return lines.join(u'\n');
}

std::optional<LibraryFigures> figuresOf(const Diagnostics& diagnostics)
{
    for (const LayerDiagnostics& layer : diagnostics.layers)
        if (layer.layer == diagnostics.recommendation.layer && layer.resampled)
            return LibraryFigures{layer.layer, layer.resampled->auc, layer.resampled->splitHalf};
    return {};
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
    for (const QString& tag : tags)
        parts << u'#' + tag;
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

QString LibraryModel::freeName(const QString& wanted) const
{
    QString name = wanted;
    for (int number = 2; find(name) >= 0; ++number)
        name = u"%1-%2"_s.arg(wanted).arg(number);
    return name;
}

int LibraryModel::add(LibraryEntry entry)
{
    entry.name = freeName(entry.name.isEmpty() ? tr("vector") : entry.name);
    if (!entry.added.isValid())
        entry.added = QDateTime::currentDateTime();
    insert(0, std::move(entry));
    return 0;
}

void LibraryModel::insert(int row, LibraryEntry entry)
{
    beginInsertRows({}, row, row);
    m_entries.insert(m_entries.begin() + row, std::move(entry));
    endInsertRows();
}

void LibraryModel::remove(int row)
{
    beginRemoveRows({}, row, row);
    m_entries.erase(m_entries.begin() + row);
    endRemoveRows();
}

void LibraryModel::replace(int row, LibraryEntry entry)
{
    LibraryEntry& old = m_entries[size_t(row)];
    entry.formerNames = old.formerNames;
    if (entry.name != old.name)
        entry.formerNames << old.name;
    entry.formerNames.removeAll(entry.name);
    old = std::move(entry);
    emit dataChanged(index(row), index(row));
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
    entry.figures = figuresOf(*diagnostics);
    entry.diagnostics = std::move(diagnostics);
    emit dataChanged(index(row), index(row));
}

void LibraryModel::allowOther(int row)
{
    m_entries[size_t(row)].allowOther = true;
    emit dataChanged(index(row), index(row));
}

bool LibraryModel::rename(int row, const QString& name)
{
    const int other = find(name);
    if (name.isEmpty() || (other >= 0 && other != row))
        return false;
    LibraryEntry& entry = m_entries[size_t(row)];
    if (name != entry.name)
        entry.formerNames << entry.name;
    entry.formerNames.removeAll(name);
    entry.name = name;
    emit dataChanged(index(row), index(row));
    return true;
}

void LibraryModel::setTags(int row, const QStringList& tags)
{
    m_entries[size_t(row)].tags = tags;
    emit dataChanged(index(row), index(row));
}

int LibraryModel::find(const QString& name) const
{
    for (int row = 0; row < int(m_entries.size()); ++row)
        if (entry(row).name == name)
            return row;
    for (int row = 0; row < int(m_entries.size()); ++row)
        if (entry(row).formerNames.contains(name))
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
    case Qt::EditRole:
        return e.name;
    case SortRole:
        return e.added;
    case SummaryRole:
        return e.summary();
    case TimeRole:
        return timeOf(e.added);
    case SearchRole:
        return searchTextOf(e);
    case Qt::ToolTipRole:
        return toolTipOf(e);
    case Qt::AccessibleTextRole:
        return u"%1, %2"_s.arg(e.name, e.summary());
    default:
        return {};
    }
}

Qt::ItemFlags LibraryModel::flags(const QModelIndex& index) const
{
    return QAbstractListModel::flags(index) | (index.isValid() ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

}
