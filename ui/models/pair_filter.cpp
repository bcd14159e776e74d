#include "ui/models/pair_filter.h"

#include "ui/models/contrast_pair_model.h"

namespace tiller {

PairFilter::PairFilter(QObject* parent)
    : QSortFilterProxyModel(parent)
{
    setSortRole(ContrastPairModel::SortRole);
    setSortCaseSensitivity(Qt::CaseInsensitive);
}

void PairFilter::setSought(const QString& text)
{
    m_sought = text;
    invalidateFilter();
}

bool PairFilter::isMatch(const QModelIndex& index) const
{
    return !m_sought.isEmpty() && ContrastPairModel::isText(index.column())
        && index.data().toString().contains(m_sought, Qt::CaseInsensitive);
}

bool PairFilter::showsSetOrder() const
{
    return sortColumn() < 0 && m_sought.isEmpty();
}

void PairFilter::sort(int column, Qt::SortOrder order)
{
    const bool asInSet = column == ContrastPairModel::Number && order == Qt::AscendingOrder;
    QSortFilterProxyModel::sort(asInSet ? -1 : column, order);
}

bool PairFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    if (m_sought.isEmpty())
        return true;
    for (int column = 0; column < ContrastPairModel::ColumnCount; ++column)
        if (ContrastPairModel::isText(column)
            && sourceModel()
                   ->index(row, column, parent)
                   .data()
                   .toString()
                   .contains(m_sought, Qt::CaseInsensitive))
            return true;
    return false;
}

}
