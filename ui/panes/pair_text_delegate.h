#pragma once

#include <QStyledItemDelegate>

namespace tiller {

/// Text cells: marks what is sought and keeps the first match in sight, says of an empty side that is needed
/// that it is missing, and edits texts of any length.
class PairTextDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    /// Whether the next editor holds all turns of a text, or its answer.
    void setEditsWhole(bool whole) { m_whole = whole; }

    void paint(
        QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QWidget* createEditor(
        QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;
    void updateEditorGeometry(
        QWidget* editor, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

private:
    void paintMatch(QPainter* painter, QStyleOptionViewItem option, const QModelIndex& index,
        const QString& sought) const;

    bool m_whole = false;
};

}
