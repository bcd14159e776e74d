#include "ui/state/run_history.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

QString mixOf(const QString& expression, const QString& movedTo)
{
    const QString mix = expression.isEmpty() ? QObject::tr("unsteered") : expression;
    return movedTo.isEmpty() ? mix : QObject::tr("%1, moved to %2").arg(mix, movedTo);
}

QString mixOf(const Run& run)
{
    return mixOf(run.expression, run.movedTo);
}

int RunHistory::add(Run run)
{
    m_replaced.reset();
    if (!m_runs.empty() && run.automatic && m_runs.back().automatic && !m_runs.back().starred) {
        m_replaced = m_runs.back();
        removeAt(int(m_runs.size()) - 1);
    }
    if (int(m_runs.size()) >= most) {
        const auto oldest = std::ranges::find(m_runs, false, &Run::starred);
        removeAt(oldest == m_runs.end() ? 0 : int(oldest - m_runs.begin()));
    }
    append(std::move(run));
    return int(m_runs.size()) - 1;
}

void RunHistory::takeBack()
{
    removeAt(int(m_runs.size()) - 1);
    if (m_replaced)
        append(*std::exchange(m_replaced, {}));
}

void RunHistory::append(Run run)
{
    const int row = int(m_runs.size());
    run.number = row + 1;
    beginInsertRows({}, row, row);
    m_runs.push_back(std::move(run));
    endInsertRows();
}

void RunHistory::removeAt(int row)
{
    beginRemoveRows({}, row, row);
    m_runs.erase(m_runs.begin() + row);
    endRemoveRows();
    const int last = int(m_runs.size()) - 1;
    for (int moved = row; moved <= last; ++moved)
        m_runs[size_t(moved)].number = moved + 1;
    if (row <= last)
        emit dataChanged(index(row, Number), index(last, Number));
}

void RunHistory::update(int row, RunText text, std::vector<RunRow> rows, std::vector<TokenId> promptIds)
{
    Run& run = m_runs[size_t(row)];
    run.text = std::move(text);
    run.rows = std::move(rows);
    run.promptIds = std::move(promptIds);
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void RunHistory::setMoved(int row, const QString& expression)
{
    m_runs[size_t(row)].movedTo = expression;
    emit dataChanged(index(row, Mix), index(row, Mix));
}

void RunHistory::setStarred(int row, bool starred)
{
    m_runs[size_t(row)].starred = starred;
    emit dataChanged(index(row, Star), index(row, Star));
}

int RunHistory::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_runs.size());
}

int RunHistory::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

Qt::ItemFlags RunHistory::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const auto flags = QAbstractTableModel::flags(index) | Qt::ItemNeverHasChildren;
    return index.column() == Star ? flags | Qt::ItemIsUserCheckable : flags;
}

QVariant RunHistory::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Run& r = run(index.row());
    const int column = index.column();
    if (role == Qt::CheckStateRole && column == Star)
        return int(r.starred ? Qt::Checked : Qt::Unchecked);
    if (role == SortRole && column == Star)
        return r.starred;
    if (role == SortRole && column == Number)
        return r.number;
    if (role == Qt::AccessibleTextRole && column == Star)
        return r.starred ? tr("starred") : tr("not starred");
    const bool shows = role == Qt::DisplayRole || role == SortRole || role == Qt::ToolTipRole;
    if (!shows)
        return {};
    switch (column) {
    case Number:
        return QString::number(r.number);
    case Started:
        return QLocale::c().toString(r.started.time(), u"HH:mm:ss"_s);
    case Mix:
        return mixOf(r);
    case Prompt:
        return r.settings.prompt.simplified();
    case Text:
        return r.text.rows[RunText::steered].text().simplified();
    default:
        return {};
    }
}

bool RunHistory::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || index.column() != Star || !checkIndex(index))
        return false;
    setStarred(index.row(), value.toInt() == Qt::Checked);
    return true;
}

QVariant RunHistory::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString titles[] = {tr("Star"), tr("Run"), tr("Time"), tr("Mix"), tr("Prompt"), tr("Steered text")};
    return titles[section];
}

}
