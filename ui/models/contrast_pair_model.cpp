#include "ui/models/contrast_pair_model.h"

#include <QCoreApplication>
#include <QDataStream>
#include <QIODevice>
#include <QMimeData>

#include <algorithm>
#include <numeric>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

bool isBlock(const std::vector<int>& rows)
{
    return rows.back() - rows.front() + 1 == int(rows.size());
}

const QString rowsMimeType = QStringLiteral("application/x-tiller-pairs");

}

void ContrastPairModel::reset(const ContrastSet& set)
{
    beginResetModel();
    m_rows.clear();
    m_name = QString::fromStdString(set.name);
    m_positiveLabel = QString::fromStdString(set.positiveLabel);
    m_negativeLabel = QString::fromStdString(set.negativeLabel);
    m_unpaired = set.pairs.empty() && !set.labelled.empty();
    const auto add = [this](const ContrastPair& pair) { m_rows.emplace_back(pair, int(m_rows.size()) + 1); };
    for (const ContrastPair& pair : set.pairs)
        add(pair);
    for (const LabelledExample& example : set.labelled) {
        ContrastPair pair;
        (example.label == 1 ? pair.positive : pair.negative) = example.text;
        pair.enabled = example.enabled;
        add(pair);
    }
    endResetModel();
    emit contentsChanged();
}

ContrastSet ContrastPairModel::toSet() const
{
    ContrastSet set;
    set.name = m_name.toStdString();
    set.positiveLabel = m_positiveLabel.toStdString();
    set.negativeLabel = m_negativeLabel.toStdString();
    for (const Row& row : m_rows) {
        if (!m_unpaired) {
            set.pairs.push_back(row.pair);
            continue;
        }
        if (!row.pair.positive.empty())
            set.labelled.push_back({row.pair.positive, 1, row.pair.enabled});
        if (!row.pair.negative.empty())
            set.labelled.push_back({row.pair.negative, 0, row.pair.enabled});
    }
    return set;
}

std::vector<int> ContrastPairModel::rowsOfItems() const
{
    std::vector<int> rows;
    for (int row = 0; row < int(m_rows.size()); ++row) {
        const ContrastPair& pair = m_rows[size_t(row)].pair;
        const int items = m_unpaired ? int(!pair.positive.empty()) + int(!pair.negative.empty()) : 1;
        rows.insert(rows.end(), size_t(items), row);
    }
    return rows;
}

std::vector<ContrastPair> ContrastPairModel::pairs() const
{
    std::vector<ContrastPair> all;
    for (const Row& row : m_rows)
        all.push_back(row.pair);
    return all;
}

int ContrastPairModel::enabledCount() const
{
    return int(std::ranges::count_if(m_rows, [](const Row& row) { return row.pair.enabled; }));
}

int ContrastPairModel::usableCount() const
{
    int count = 0;
    for (int row = 0; row < int(m_rows.size()); ++row)
        count += isEnabled(row) && errorOf(row).isEmpty();
    return count;
}

QString ContrastPairModel::countedRows(int count) const
{
    const QString one = m_unpaired ? tr("text") : tr("pair");
    const QString many = m_unpaired ? tr("texts") : tr("pairs");
    return u"%1 %2"_s.arg(count).arg(count == 1 ? one : many);
}

QString ContrastPairModel::errorOf(int row) const
{
    const Row& r = m_rows[size_t(row)];
    if (!r.pair.enabled)
        return {};
    const bool noPositive = r.pair.positive.empty();
    const bool noNegative = r.pair.negative.empty();
    if (m_unpaired)
        return noPositive && noNegative ? tr("This row is empty.") : r.error;
    if (noPositive || noNegative)
        return noPositive && noNegative ? tr("Both sides of this pair are empty.")
            : noPositive                ? tr("The positive side of this pair is empty.")
                                        : tr("The negative side of this pair is empty.");
    return r.error;
}

int ContrastPairModel::firstIncomplete() const
{
    for (int row = 0; row < int(m_rows.size()); ++row) {
        const ContrastPair& p = pair(row);
        if (p.enabled
            && (m_unpaired ? p.positive.empty() && p.negative.empty()
                           : p.positive.empty() || p.negative.empty()))
            return row;
    }
    return -1;
}

void ContrastPairModel::insertBlock(int at, const std::vector<ContrastPair>& added)
{
    beginInsertRows({}, at, at + int(added.size()) - 1);
    std::vector<Row> rows;
    for (const ContrastPair& pair : added)
        rows.emplace_back(pair, at + int(rows.size()) + 1);
    m_rows.insert(m_rows.begin() + at, rows.begin(), rows.end());
    endInsertRows();
}

void ContrastPairModel::removeBlock(int at, int count)
{
    beginRemoveRows({}, at, at + count - 1);
    m_rows.erase(m_rows.begin() + at, m_rows.begin() + at + count);
    endRemoveRows();
}

void ContrastPairModel::permute(const std::vector<int>& order)
{
    emit layoutAboutToBeChanged();
    std::vector<Row> rows;
    std::vector<int> place(order.size());
    rows.reserve(order.size());
    for (size_t i = 0; i < order.size(); ++i) {
        rows.push_back(std::move(m_rows[size_t(order[i])]));
        rows.back().number = int(i) + 1;
        place[size_t(order[i])] = int(i);
    }
    m_rows = std::move(rows);
    const QModelIndexList before = persistentIndexList();
    QModelIndexList after;
    for (const QModelIndex& old : before)
        after << index(place[size_t(old.row())], old.column());
    changePersistentIndexList(before, after);
    emit layoutChanged();
}

void ContrastPairModel::renumber(int from)
{
    for (int row = from; row < int(m_rows.size()); ++row)
        m_rows[size_t(row)].number = row + 1;
    if (from < int(m_rows.size()))
        emit dataChanged(
            index(from, Number), index(int(m_rows.size()) - 1, Number), {Qt::DisplayRole, SortRole});
}

void ContrastPairModel::insertPairs(int at, const std::vector<ContrastPair>& added)
{
    std::vector<int> rows(added.size());
    std::iota(rows.begin(), rows.end(), at);
    insertPairs(rows, added);
}

void ContrastPairModel::insertPairs(const std::vector<int>& rows, const std::vector<ContrastPair>& added)
{
    if (isBlock(rows)) {
        insertBlock(rows.front(), added);
        renumber(rows.back() + 1);
    } else { // one block at the end, then all to their places: signals do not grow with the rows
        const int kept = int(m_rows.size());
        insertBlock(kept, added);
        std::vector<int> order;
        int old = 0;
        size_t fresh = 0;
        while (order.size() < m_rows.size()) {
            const bool isNew = fresh < rows.size() && rows[fresh] == int(order.size());
            order.push_back(isNew ? kept + int(fresh++) : old++);
        }
        permute(order);
    }
    emit contentsChanged();
}

void ContrastPairModel::removePairs(const std::vector<int>& rows)
{
    if (isBlock(rows)) {
        removeBlock(rows.front(), int(rows.size()));
        renumber(rows.front());
    } else {
        std::vector<int> order(m_rows.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_partition(order.begin(), order.end(),
            [&](int row) { return !std::binary_search(rows.begin(), rows.end(), row); });
        permute(order);
        removeBlock(int(m_rows.size() - rows.size()), int(rows.size()));
    }
    emit contentsChanged();
}

void ContrastPairModel::setPairs(const std::vector<int>& rows, const std::vector<ContrastPair>& pairs)
{
    std::vector<int> toggled;
    bool textsChanged = false;
    for (size_t i = 0; i < rows.size(); ++i) {
        Row& row = m_rows[size_t(rows[i])];
        if (row.pair.enabled != pairs[i].enabled)
            toggled.push_back(rows[i]);
        ContrastPair sameTexts = pairs[i];
        sameTexts.enabled = row.pair.enabled;
        if (sameTexts == row.pair) {
            row.pair.enabled = pairs[i].enabled;
        } else {
            row = Row(pairs[i], row.number);
            textsChanged = true;
        }
    }
    // All columns and no roles means new texts, which are to be tokenised again.
    const QList<int> look{EnabledRole, Qt::FontRole, Qt::ForegroundRole};
    emit dataChanged(
        index(rows.front(), 0), index(rows.back(), ColumnCount - 1), textsChanged ? QList<int>() : look);
    if (!toggled.empty())
        emit enabledChanged(toggled);
    emit contentsChanged();
}

void ContrastPairModel::reorder(const std::vector<int>& order)
{
    permute(order);
    emit contentsChanged();
}

void ContrastPairModel::setTokenCounts(int row, int positive, int negative, const QString& error)
{
    Row& r = m_rows[size_t(row)];
    r.tokens = std::pair(positive, negative);
    r.error = error;
    emit dataChanged(
        index(row, Number), index(row, Tokens), {Qt::DisplayRole, Qt::ToolTipRole, SortRole, ErrorRole});
}

void ContrastPairModel::setBankItems(const std::vector<std::optional<int>>& items)
{
    for (size_t row = 0; row < m_rows.size(); ++row)
        m_rows[row].bankItem = items[row];
}

int ContrastPairModel::rowOfBankItem(int item) const
{
    for (int row = 0; row < int(m_rows.size()); ++row)
        if (m_rows[size_t(row)].bankItem == item)
            return row;
    return -1;
}

void ContrastPairModel::setProjections(const std::vector<std::optional<PairProjection>>& projections)
{
    if (m_rows.empty())
        return;
    for (size_t row = 0; row < m_rows.size(); ++row)
        m_rows[row].projection = projections[row];
    emit dataChanged(index(0, Projection), index(int(m_rows.size()) - 1, Projection),
        {Qt::DisplayRole, Qt::ToolTipRole, SortRole, ProjectionRole});
}

void ContrastPairModel::setProjectionTitle(const QString& title)
{
    m_projectionTitle = title;
    emit headerDataChanged(Qt::Horizontal, Projection, Projection);
}

int ContrastPairModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ContrastPairModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

const ContrastText& ContrastPairModel::text(const Row& row, int column) const
{
    return column == Positive ? row.pair.positive : column == Negative ? row.pair.negative : row.pair.prompt;
}

Qt::ItemFlags ContrastPairModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (!index.isValid())
        return flags | Qt::ItemIsDropEnabled; // between rows, not on them
    flags |= Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
    if (isText(index.column()) && !holdsQuestion(m_rows[size_t(index.row())], index.column()))
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool ContrastPairModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable))
        return false;
    const QString text = value.toString();
    if (text != data(index, Qt::EditRole).toString() && text != data(index, WholeRole).toString())
        emit cellEdited(index.row(), index.column(), text);
    return true;
}

QStringList ContrastPairModel::mimeTypes() const
{
    return {rowsMimeType};
}

QMimeData* ContrastPairModel::mimeData(const QModelIndexList& indexes) const
{
    std::vector<int> rows;
    for (const QModelIndex& index : indexes)
        rows.push_back(index.row());
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream << QCoreApplication::applicationPid() << quint64(quintptr(this))
           << QList<int>(rows.begin(), rows.end());
    auto* data = new QMimeData;
    data->setData(rowsMimeType, bytes);
    return data;
}

std::vector<int> ContrastPairModel::droppedRows(const QMimeData* data) const
{
    qint64 process = 0;
    quint64 model = 0;
    QList<int> rows;
    QDataStream stream(data->data(rowsMimeType));
    stream >> process >> model;
    if (process != QCoreApplication::applicationPid() || model != quint64(quintptr(this)))
        return {};
    stream >> rows;
    return {rows.begin(), rows.end()};
}

bool ContrastPairModel::canDropMimeData(
    const QMimeData* data, Qt::DropAction action, int, int, const QModelIndex& parent) const
{
    return data && action == Qt::MoveAction && !parent.isValid() && !droppedRows(data).empty();
}

bool ContrastPairModel::dropMimeData(
    const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent)
{
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    emit rowsDropped(droppedRows(data), row < 0 ? rowCount() : row);
    return true;
}

}
