#include "ui/panes/pair_editor.h"

#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QKeyEvent>
#include <QResizeEvent>
#include <QTextBlock>
#include <QTextLayout>

#include <algorithm>

namespace tiller {

PairEditor::PairEditor(QWidget* view)
    : QPlainTextEdit(view)
{
    setObjectName(QStringLiteral("pairEditor"));
    setFont(smallFont());
    QPalette own = QApplication::palette(); // the table's marks rows, not letters
    own.setColor(QPalette::WindowText, colors().edge); // the frame
    setPalette(own);
    setFrameStyle(Box | Plain);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    document()->setDocumentMargin(px(5));
    document()->setModified(false); // the margin counts as a change
    setToolTip(tr("Return accepts, Shift+Return breaks the line, Tab goes to the next cell, Esc gives up"));
    connect(this, &QPlainTextEdit::textChanged, this, &PairEditor::fit);
}

void PairEditor::setCell(const QRect& cell)
{
    m_cell = cell;
    fit();
}

QString PairEditor::text() const
{
    return document()
        ->toRawText()
        .replace(QChar::ParagraphSeparator, u'\n')
        .replace(QChar::LineSeparator, u'\n');
}

void PairEditor::fit()
{
    constexpr int mostLines = 10;
    const QRect room = parentWidget()->rect();
    const int width = std::min(room.width(), std::max(m_cell.width(), px(360)));
    resize(width, height());
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        blockBoundingRect(block); // lays it out
        lines += std::max(1, block.layout()->lineCount());
    }
    setVerticalScrollBarPolicy(lines > mostLines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    const int height = std::max(m_cell.height(),
        std::min(lines, mostLines) * fontMetrics().lineSpacing() + 2 * (px(5) + frameWidth()));
    setGeometry(std::clamp(m_cell.left(), 0, std::max(0, room.width() - width)),
        std::clamp(m_cell.top(), 0, std::max(0, room.height() - height)), width, height);
    ensureCursorVisible();
}

void PairEditor::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        fit(); // lines break elsewhere
}

// The keys of the window act on the set as it is written, this text included.
bool PairEditor::event(QEvent* event)
{
    const bool done = QPlainTextEdit::event(event);
    if (event->type() != QEvent::ShortcutOverride || event->isAccepted())
        return done;
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool isModifier = key->key() == Qt::Key_Control || key->key() == Qt::Key_Shift
        || key->key() == Qt::Key_Alt || key->key() == Qt::Key_Meta;
    if (key->modifiers() & Qt::ControlModifier && !isModifier)
        emit accepted();
    return done;
}

void PairEditor::keyPressEvent(QKeyEvent* event)
{
    const bool plain = !(event->modifiers() & ~Qt::KeypadModifier);
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (plain)
            emit accepted();
        else
            insertPlainText(QStringLiteral("\n"));
        return;
    case Qt::Key_Tab:
        emit acceptedForNext();
        return;
    case Qt::Key_Backtab:
        emit acceptedForPrevious();
        return;
    case Qt::Key_Escape:
        emit givenUp();
        return;
    default:
        QPlainTextEdit::keyPressEvent(event);
    }
}

}
