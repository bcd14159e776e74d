#include "ui/panes/library_delegate.h"

#include "ui/models/library_model.h"
#include "ui/theme/icons.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QLineEdit>
#include <QPainter>

namespace tiller {

using namespace Qt::StringLiterals;

void LibraryDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem ground = option;
    initStyleOption(&ground, index);
    ground.text.clear();
    const QStyle* style = ground.widget ? ground.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, ground.widget);

    painter->save();
    const QRect area = option.rect.adjusted(px(8), px(3), -px(8), -px(3));
    const QRect iconArea(area.left(), area.top() + px(7), px(16), px(16));
    icon(u"vector"_s).paint(painter, iconArea);

    painter->setFont(smallFont());
    painter->setPen(colors().secondary);
    const QString time = index.data(LibraryModel::TimeRole).toString();
    const int timeWidth = painter->fontMetrics().horizontalAdvance(time);
    const QRect text = area.adjusted(px(22), 0, 0, 0);
    painter->drawText(text.adjusted(0, px(1), 0, 0), int(Qt::AlignRight | Qt::AlignTop), time);
    painter->drawText(text, int(Qt::AlignLeft | Qt::AlignBottom),
        painter->fontMetrics().elidedText(
            index.data(LibraryModel::SummaryRole).toString(), Qt::ElideRight, text.width()));
    painter->setFont(bodyFont());
    painter->setPen(colors().text);
    painter->drawText(text, int(Qt::AlignLeft | Qt::AlignTop),
        painter->fontMetrics().elidedText(
            index.data().toString(), Qt::ElideRight, text.width() - timeWidth - px(6)));
    painter->restore();
}

QSize LibraryDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const
{
    return {px(120), px(38)};
}

QWidget* LibraryDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex&) const
{
    auto* editor = new QLineEdit(parent);
    editor->setObjectName(u"vectorName"_s);
    editor->setAccessibleName(tr("Name of the vector"));
    return editor;
}

void LibraryDelegate::updateEditorGeometry(
    QWidget* editor, const QStyleOptionViewItem& option, const QModelIndex&) const
{
    editor->setGeometry(option.rect.adjusted(px(26), px(5), -px(6), -px(5)));
}

void LibraryDelegate::setModelData(QWidget* editor, QAbstractItemModel*, const QModelIndex& index) const
{
    emit renamed(index, qobject_cast<QLineEdit*>(editor)->text());
}

}
