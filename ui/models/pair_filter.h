#pragma once

#include <QSortFilterProxyModel>

namespace tiller {

/// The pairs whose texts contain the words sought, in the set's order or sorted by a column.
class PairFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit PairFilter(QObject* parent = nullptr);

    void setSought(const QString& text);
    const QString& sought() const { return m_sought; }
    /// Whether a cell, by its place in this model, contains what is sought.
    bool isMatch(const QModelIndex& index) const;

    /// Whether the rows stand as in the set, and all of them.
    bool showsSetOrder() const;
    /// Ascending numbers are the set's order.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QString m_sought;
};

}
