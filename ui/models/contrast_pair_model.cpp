#include "ui/models/contrast_pair_model.h"

#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"

#include <QBrush>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// Chat turns in one line; they are edited in their file.
QString shown(const ContrastText& text)
{
    if (text.turns.empty())
        return QString::fromStdString(text.text);
    QStringList turns;
    for (const ChatMessage& turn : text.turns)
        turns << u"%1: %2"_s.arg(QString::fromStdString(turn.role), QString::fromStdString(turn.content));
    return turns.join(u" | "_s);
}

}

void ContrastPairModel::reset(const ContrastSet& set)
{
    beginResetModel();
    m_rows.clear();
    m_name = QString::fromStdString(set.name);
    m_positiveLabel = QString::fromStdString(set.positiveLabel);
    m_negativeLabel = QString::fromStdString(set.negativeLabel);
    m_unpaired = set.pairs.empty() && !set.labelled.empty();
    for (const ContrastPair& pair : set.pairs)
        m_rows.push_back({pair, 0, {}, {}, {}, {}});
    for (const LabelledExample& example : set.labelled) {
        ContrastPair pair;
        (example.label == 1 ? pair.positive : pair.negative) = example.text;
        m_rows.push_back({pair, 0, {}, {}, {}, {}});
    }
    for (int row = 0; row < int(m_rows.size()); ++row)
        m_rows[size_t(row)].number = row + 1;
    endResetModel();
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
            set.labelled.push_back({row.pair.positive, 1});
        if (!row.pair.negative.empty())
            set.labelled.push_back({row.pair.negative, 0});
    }
    return set;
}

std::vector<ContrastPair> ContrastPairModel::pairs() const
{
    std::vector<ContrastPair> all;
    for (const Row& row : m_rows)
        all.push_back(row.pair);
    return all;
}

QString ContrastPairModel::errorOf(int row) const
{
    const Row& r = m_rows[size_t(row)];
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
        if (m_unpaired ? p.positive.empty() && p.negative.empty() : p.positive.empty() || p.negative.empty())
            return row;
    }
    return -1;
}

void ContrastPairModel::insertPairs(int at, const std::vector<ContrastPair>& added)
{
    if (added.empty())
        return;
    beginInsertRows({}, at, at + int(added.size()) - 1);
    std::vector<Row> rows;
    for (const ContrastPair& pair : added)
        rows.push_back({pair, 0, {}, {}, {}, {}});
    m_rows.insert(m_rows.begin() + at, rows.begin(), rows.end());
    endInsertRows();
    renumber(at);
}

void ContrastPairModel::removePairs(int at, int count)
{
    beginRemoveRows({}, at, at + count - 1);
    m_rows.erase(m_rows.begin() + at, m_rows.begin() + at + count);
    endRemoveRows();
    renumber(at);
}

void ContrastPairModel::renumber(int from)
{
    for (int row = from; row < int(m_rows.size()); ++row)
        m_rows[size_t(row)].number = row + 1;
    if (from < int(m_rows.size()))
        emit dataChanged(index(from, Number), index(int(m_rows.size()) - 1, Number));
}

void ContrastPairModel::setText(int row, int column, const ContrastText& text)
{
    Row& r = m_rows[size_t(row)];
    (column == Positive ? r.pair.positive : column == Negative ? r.pair.negative : r.pair.prompt) = text;
    r.tokens.reset();
    r.error.clear();
    r.bankItem.reset();
    r.projection.reset();
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void ContrastPairModel::setTokenCounts(int row, int positive, int negative, const QString& error)
{
    Row& r = m_rows[size_t(row)];
    r.tokens = std::pair(positive, negative);
    r.error = error;
    emit dataChanged(index(row, Number), index(row, Tokens));
}

void ContrastPairModel::setBankItems()
{
    for (int row = 0; row < int(m_rows.size()); ++row)
        m_rows[size_t(row)].bankItem = row;
}

int ContrastPairModel::rowOfBankItem(int item) const
{
    for (int row = 0; row < int(m_rows.size()); ++row)
        if (m_rows[size_t(row)].bankItem == item)
            return row;
    return -1;
}

void ContrastPairModel::setProjection(int row, std::optional<PairProjection> projection)
{
    m_rows[size_t(row)].projection = projection;
    emit dataChanged(index(row, Projection), index(row, Projection));
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
    if (index.isValid() && index.column() >= Positive && index.column() <= Prompt
        && text(m_rows[size_t(index.row())], index.column()).turns.empty())
        flags |= Qt::ItemIsEditable;
    return flags;
}

QVariant ContrastPairModel::display(const Row& row, int column) const
{
    switch (column) {
    case Number:
        return QString::number(row.number);
    case Tokens:
        return row.tokens ? u"%1 / %2"_s.arg(row.tokens->first).arg(row.tokens->second) : u"–"_s;
    case Projection:
        return row.projection ? u"%1 / %2"_s.arg(
                   signedNumber(row.projection->positive, 1), signedNumber(row.projection->negative, 1))
                              : u"–"_s;
    default:
        return shown(text(row, column));
    }
}

QVariant ContrastPairModel::sortKey(const Row& row, int column) const
{
    switch (column) {
    case Number:
        return row.number;
    case Tokens:
        return row.tokens ? row.tokens->first + row.tokens->second : -1;
    case Projection:
        return row.projection ? row.projection->positive - row.projection->negative : -1e300;
    default:
        return shown(text(row, column));
    }
}

QVariant ContrastPairModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[size_t(index.row())];
    const int column = index.column();
    const bool isText = column >= Positive && column <= Prompt;
    switch (role) {
    case Qt::DisplayRole:
        return isText ? display(row, column).toString().simplified() : display(row, column);
    case Qt::EditRole:
        return display(row, column);
    case SortRole:
        return sortKey(row, column);
    case ErrorRole: {
        if (column == Positive || column == Negative) {
            const bool required = !m_unpaired || (row.pair.positive.empty() && row.pair.negative.empty());
            return required && text(row, column).empty() ? errorOf(index.row()) : QString();
        }
        return column == Number ? errorOf(index.row()) : QString();
    }
    case ProjectionRole:
        return column == Projection && row.projection ? QVariant::fromValue(*row.projection) : QVariant();
    case Qt::ToolTipRole: {
        const QString error = errorOf(index.row());
        return error.isEmpty() ? display(row, column) : error;
    }
    case Qt::TextAlignmentRole:
        return isText ? int(Qt::AlignLeft | Qt::AlignVCenter) : int(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ForegroundRole:
        return column == Positive || column == Negative ? QVariant() : QVariant(QBrush(colors().secondary));
    default:
        return {};
    }
}

bool ContrastPairModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable))
        return false;
    const QString text = value.toString();
    if (text != display(m_rows[size_t(index.row())], index.column()).toString())
        emit cellEdited(index.row(), index.column(), text);
    return true;
}

QVariant ContrastPairModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section == Tokens ? int(Qt::AlignRight | Qt::AlignVCenter)
                                 : int(Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Number:
        return u"#"_s;
    case Positive:
        return u"▲ "_s
            + (m_positiveLabel == u"positive"_s ? tr("Positive") : tr("Positive: %1").arg(m_positiveLabel));
    case Negative:
        return u"▽ "_s
            + (m_negativeLabel == u"negative"_s ? tr("Negative") : tr("Negative: %1").arg(m_negativeLabel));
    case Prompt:
        return tr("Prompt");
    case Tokens:
        return tr("Tokens");
    case Projection:
        return m_projectionTitle.isEmpty() ? tr("Projection") : m_projectionTitle;
    default:
        return {};
    }
}

}
