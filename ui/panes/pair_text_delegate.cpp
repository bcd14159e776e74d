#include "ui/panes/pair_text_delegate.h"

#include "ui/models/contrast_pair_model.h"
#include "ui/models/pair_filter.h"
#include "ui/panes/pair_editor.h"
#include "ui/theme/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QPainter>
#include <QTextLayout>

#include <algorithm>

namespace tiller {

namespace {

const PairFilter* filterOf(const QModelIndex& index)
{
    return qobject_cast<const PairFilter*>(index.model());
}

/// `text` cut to `width` such that the characters from `at` on are in sight, with some that lead to them.
QString cutAround(const QString& text, qsizetype at, qsizetype length, const QFontMetrics& metrics, int width)
{
    constexpr qsizetype lead = 8;
    const QString head = metrics.elidedText(text, Qt::ElideRight, width);
    if (head == text || at + length < head.size())
        return head;
    const QString tail = QStringLiteral("…") + text.mid(std::max<qsizetype>(0, at - lead));
    return metrics.elidedText(tail, Qt::ElideRight, width);
}

}

void PairTextDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const bool dropped = !index.data(ContrastPairModel::EnabledRole).toBool();
    option->palette.setBrush(
        QPalette::HighlightedText, dropped ? colors().secondary : option->palette.brush(QPalette::Text));
    if (index.data(ContrastPairModel::ErrorRole).toString().isEmpty())
        return;
    if (option->text.isEmpty())
        option->text = tr("empty");
    for (const auto role : {QPalette::Text, QPalette::HighlightedText})
        option->palette.setColor(role, colors().error);
}

void PairTextDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const PairFilter* filter = filterOf(index);
    if (filter && filter->isMatch(index))
        paintMatch(painter, option, index, filter->sought());
    else
        QStyledItemDelegate::paint(painter, option, index);
    if (index.column() == ContrastPairModel::Number
        || index.data(ContrastPairModel::ErrorRole).toString().isEmpty())
        return;
    painter->save();
    painter->setPen(QPen(colors().error, 1, Qt::DashLine));
    painter->drawRect(option.rect.adjusted(1, 1, -2, -2));
    painter->restore();
}

void PairTextDelegate::paintMatch(
    QPainter* painter, QStyleOptionViewItem option, const QModelIndex& index, const QString& sought) const
{
    initStyleOption(&option, index);
    const QString text = option.text;
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    const QStyle* style = view ? view->style() : QApplication::style();
    const int margin = style->pixelMetric(QStyle::PM_FocusFrameHMargin, &option, view) + 1;
    const QRect area
        = style->subElementRect(QStyle::SE_ItemViewItemText, &option, view).adjusted(margin, 0, -margin, 0);
    option.text.clear();
    style->drawControl(QStyle::CE_ItemViewItem, &option, painter, view);

    const qsizetype at = text.indexOf(sought, 0, Qt::CaseInsensitive);
    const QString shown = cutAround(text, at, sought.size(), option.fontMetrics, area.width());
    const bool isCurrent = view && view->currentIndex() == index;
    QTextCharFormat mark;
    mark.setBackground(isCurrent ? colors().highlight : colors().warningGround);
    mark.setForeground(isCurrent ? colors().onHighlight : colors().text);
    QList<QTextLayout::FormatRange> marks;
    for (qsizetype from = shown.indexOf(sought, 0, Qt::CaseInsensitive); from >= 0;
         from = shown.indexOf(sought, from + sought.size(), Qt::CaseInsensitive))
        marks << QTextLayout::FormatRange{int(from), int(sought.size()), mark};

    QTextLayout layout(shown, option.font);
    QTextOption oneLine;
    oneLine.setWrapMode(QTextOption::NoWrap);
    layout.setTextOption(oneLine);
    layout.setFormats(marks);
    layout.beginLayout();
    const QTextLine line = layout.createLine();
    layout.endLayout();
    painter->save();
    painter->setClipRect(area);
    const bool selected = option.state & QStyle::State_Selected;
    painter->setPen(option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    layout.draw(painter, QPointF(area.left(), area.top() + (area.height() - line.height()) / 2));
    painter->restore();
}

QWidget* PairTextDelegate::createEditor(
    QWidget* parent, const QStyleOptionViewItem&, const QModelIndex& index) const
{
    auto* editor = new PairEditor(parent);
    editor->setAccessibleName(tr("%1, %2").arg(
        index.siblingAtColumn(ContrastPairModel::Number).data(Qt::AccessibleTextRole).toString(),
        index.model()->headerData(index.column(), Qt::Horizontal).toString()));
    auto* self = const_cast<PairTextDelegate*>(this);
    const auto finish = [self, editor](EndEditHint then) {
        return [self, editor, then] {
            emit self->commitData(editor);
            emit self->closeEditor(editor, then);
        };
    };
    connect(editor, &PairEditor::accepted, self, finish(NoHint));
    connect(editor, &PairEditor::acceptedForNext, self, finish(EditNextItem));
    connect(editor, &PairEditor::acceptedForPrevious, self, finish(EditPreviousItem));
    connect(editor, &PairEditor::givenUp, self,
        [self, editor] { emit self->closeEditor(editor, RevertModelCache); });
    return editor;
}

void PairTextDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    auto* text = qobject_cast<PairEditor*>(editor);
    // Changes elsewhere in the row must not take away what is being written.
    if (!text || text->document()->isModified())
        return;
    text->setPlainText(
        index.data(m_whole ? int(ContrastPairModel::WholeRole) : int(Qt::EditRole)).toString());
    text->document()->setModified(false);
    text->selectAll();
}

void PairTextDelegate::setModelData(
    QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const
{
    const auto* text = qobject_cast<PairEditor*>(editor);
    if (text && text->document()->isModified())
        model->setData(index, text->text());
}

void PairTextDelegate::updateEditorGeometry(
    QWidget* editor, const QStyleOptionViewItem& option, const QModelIndex&) const
{
    if (auto* text = qobject_cast<PairEditor*>(editor))
        text->setCell(option.rect);
}

}
