#pragma once

#include <QStyledItemDelegate>

namespace tiller {

/// A pair's two projections as marks on a common scale around zero; of a dropped pair hollow and pale.
class ProjectionDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(
        QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}
