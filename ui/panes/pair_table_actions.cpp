// What can be done to the pairs: actions with their keys, and the menu at the pointer.
#include "ui/models/pair_filter.h"
#include "ui/panes/pair_table.h"
#include "ui/panes/pair_text_delegate.h"
#include "ui/state/contrast_document.h"
#include "ui/theme/icons.h"

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QMenu>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// A cell as spreadsheets put it on the clipboard.
QString quoted(QString text)
{
    if (!text.contains(u'\t') && !text.contains(u'\n') && !text.contains(u'"'))
        return text;
    text.replace(u"\""_s, u"\"\""_s);
    return u'"' + text + u'"';
}

}

void PairTable::buildActions()
{
    const auto add = [this](PairAction which, const QString& name, const QString& iconName,
                         const QString& text, const QList<QKeySequence>& keys, const QString& help, auto slot,
                         Qt::ShortcutContext where = Qt::WidgetShortcut) {
        auto* made = new QAction(iconName.isEmpty() ? QIcon() : icon(iconName), text, this);
        made->setObjectName(name);
        made->setShortcuts(keys);
        made->setShortcutContext(where);
        made->setProperty("help", help);
        connect(made, &QAction::triggered, this, [this, slot] {
            emit aboutToAct();
            (this->*slot)();
        });
        addAction(made);
        m_actions[size_t(which)] = made;
    };
    add(PairAction::Edit, u"editPair"_s, {}, tr("&Edit text"), {Qt::Key_F2},
        tr("Write in the current cell; Return accepts, Shift+Return breaks the line"),
        &PairTable::editCurrent);
    add(PairAction::EditTurns, u"editTurns"_s, {}, tr("Edit chat &turns"), {Qt::SHIFT | Qt::Key_F2},
        tr("Write system prompt, question and answer of the current side as a list of turns"),
        &PairTable::editTurns);
    add(PairAction::Add, u"addPairAction"_s, u"add"_s, tr("&Add pair"), {Qt::Key_Insert},
        tr("Add a pair at the end"), &PairTable::addPair);
    add(PairAction::Duplicate, u"duplicatePairs"_s, u"copy"_s, tr("D&uplicate"), {Qt::CTRL | Qt::Key_D},
        tr("Copy the selected pairs below the last of them"), &PairTable::duplicateSelected);
    add(PairAction::Swap, u"swapSides"_s, {}, tr("S&wap sides"), {Qt::CTRL | Qt::Key_T},
        tr("Positive becomes negative, negative positive"), &PairTable::swapSelected);
    add(PairAction::Drop, u"dropPairs"_s, {}, {}, {Qt::Key_Delete, Qt::Key_Space}, {},
        &PairTable::dropSelected);
    add(PairAction::MoveUp, u"movePairsUp"_s, {}, tr("Move &up"), {Qt::ALT | Qt::Key_Up},
        tr("Move the selected pairs up by one; rows can be dragged too"), &PairTable::moveUp);
    add(PairAction::MoveDown, u"movePairsDown"_s, {}, tr("Move &down"), {Qt::ALT | Qt::Key_Down},
        tr("Move the selected pairs down by one; rows can be dragged too"), &PairTable::moveDown);
    add(PairAction::Copy, u"copyPairs"_s, {}, tr("&Copy"), QKeySequence::keyBindings(QKeySequence::Copy),
        tr("Copy the selected pairs as rows for a spreadsheet"), &PairTable::copy);
    add(PairAction::Paste, u"pastePairsAction"_s, u"paste"_s, tr("&Paste pairs"),
        QKeySequence::keyBindings(QKeySequence::Paste),
        tr("Paste rows from a spreadsheet below the current pair"), &PairTable::paste);
    add(PairAction::Delete, u"deletePairs"_s, u"trash"_s, tr("De&lete from the set"),
        {Qt::SHIFT | Qt::Key_Delete}, tr("Delete the selected pairs from the set"),
        &PairTable::deleteSelected);
    add(PairAction::Find, u"findPairs"_s, u"filter"_s, tr("&Find…"),
        QKeySequence::keyBindings(QKeySequence::Find), tr("Show only the pairs that contain some words"),
        &PairTable::findRequested, Qt::WindowShortcut);
    add(PairAction::FindNext, u"findNextPair"_s, {}, tr("Find &next"), {Qt::Key_F3},
        tr("Go to the next match"), &PairTable::findNext, Qt::WindowShortcut);
    add(PairAction::FindPrevious, u"findPreviousPair"_s, {}, tr("Find p&revious"), {Qt::SHIFT | Qt::Key_F3},
        tr("Go to the match before"), &PairTable::findPrevious, Qt::WindowShortcut);
    refreshActions();
}

void PairTable::refreshActions()
{
    const std::vector<int> rows = selectedRows();
    const bool some = !rows.empty();
    const ContrastPairModel* pairs = m_document->model();
    const bool allDropped
        = some && std::ranges::none_of(rows, [&](int row) { return pairs->isEnabled(row); });
    QAction* drop = action(PairAction::Drop);
    drop->setText(allDropped ? tr("Use a&gain") : tr("Dr&op from the vector"));
    drop->setProperty("help",
        allDropped ? tr("Use the selected pairs again")
                   : tr("Leave the selected pairs out of the vector; they stay in the set"));

    const QString whyNoMove = some ? whyFixed() : QString();
    for (size_t i = 0; i < m_actions.size(); ++i) {
        QAction* each = m_actions[i];
        const auto which = PairAction(i);
        const bool moves = which == PairAction::MoveUp || which == PairAction::MoveDown;
        const bool always
            = which == PairAction::Add || which == PairAction::Paste || which >= PairAction::Find;
        each->setEnabled(always || (some && !(moves && !whyNoMove.isEmpty())));
        const QString help = u"%1 (%2)"_s.arg(
            each->property("help").toString(), each->shortcut().toString(QKeySequence::NativeText));
        each->setToolTip(each->isEnabled() ? help : some ? whyNoMove : tr("No pair is selected."));
    }
}

void PairTable::addActionsTo(QMenu* menu) const
{
    menu->setToolTipsVisible(true);
    for (size_t i = 0; i < m_actions.size(); ++i) {
        const auto which = PairAction(i);
        if (which == PairAction::MoveUp || which == PairAction::Copy || which == PairAction::Delete
            || which == PairAction::Find)
            menu->addSeparator();
        menu->addAction(m_actions[i]);
    }
}

void PairTable::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    addActionsTo(&menu);
    const bool atCell = event->reason() == QContextMenuEvent::Keyboard && currentIndex().isValid();
    menu.exec(atCell ? viewport()->mapToGlobal(visualRect(currentIndex()).bottomLeft()) : event->globalPos());
}

void PairTable::editCurrent()
{
    const QModelIndex current = currentIndex();
    if (!current.isValid())
        return;
    const bool isText = ContrastPairModel::isText(current.column());
    const QModelIndex cell = isText ? current : current.siblingAtColumn(ContrastPairModel::Positive);
    scrollTo(cell);
    selectionModel()->setCurrentIndex(cell, QItemSelectionModel::NoUpdate);
    if (cell.flags() & Qt::ItemIsEditable)
        edit(cell);
}

void PairTable::editTurns()
{
    m_texts->setEditsWhole(true);
    editCurrent();
    m_texts->setEditsWhole(false);
}

void PairTable::addPair()
{
    const int at = m_document->model()->rowCount();
    m_document->addPair(at);
    showRow(at);
    edit(currentIndex());
}

void PairTable::duplicateSelected()
{
    const std::vector<int> rows = selectedRows();
    if (const int at = m_document->duplicateRows(rows); at >= 0)
        selectRows(at, int(rows.size()));
}

void PairTable::swapSelected()
{
    m_document->swapSides(selectedRows());
}

void PairTable::dropSelected()
{
    const std::vector<int> rows = selectedRows();
    const bool anyUsed
        = std::ranges::any_of(rows, [this](int row) { return m_document->model()->isEnabled(row); });
    m_document->setEnabled(rows, !anyUsed);
}

void PairTable::moveByOne(bool up)
{
    if (!whyFixed().isEmpty())
        return;
    m_document->moveRowsByOne(selectedRows(), up ? ContrastDocument::Way::Up : ContrastDocument::Way::Down);
    scrollTo(currentIndex());
}

void PairTable::moveUp()
{
    moveByOne(true);
}

void PairTable::moveDown()
{
    moveByOne(false);
}

void PairTable::deleteSelected()
{
    const std::vector<int> rows = selectedRows();
    if (rows.empty())
        return;
    // The selection goes with the rows; the next one on the screen takes its place.
    const QModelIndexList chosen = selectionModel()->selectedRows();
    int next = chosen.front().row();
    for (const QModelIndex& index : chosen)
        next = std::min(next, index.row());
    m_document->removeRows(rows);
    if (const int count = m_filter->rowCount(); count > 0)
        showRow(m_filter->mapToSource(m_filter->index(std::min(next, count - 1), 0)).row());
}

void PairTable::paste()
{
    const int at = currentRow() >= 0 ? currentRow() + 1 : m_document->model()->rowCount();
    ContrastDocument::Pasted result;
    const Attempt done = m_document->paste(QGuiApplication::clipboard()->text(), at, &result);
    if (!done.ok()) {
        emit pasteFailed(done.failure.cause, done.failure.remedy);
        return;
    }
    selectRows(result.at, result.count);
    emit pasted(result.count, result.skipped);
}

void PairTable::copy() const
{
    QStringList lines;
    const auto cell = [](const ContrastText& text) { return quoted(QString::fromStdString(toCell(text))); };
    for (const int row : selectedRows()) {
        const ContrastPair& pair = m_document->model()->pair(row);
        lines << cell(pair.positive) + u'\t' + cell(pair.negative) + u'\t' + cell(pair.prompt);
    }
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

}
