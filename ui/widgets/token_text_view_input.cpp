// Mouse, keys and clipboard of TokenTextView.

#include "ui/theme/theme.h"
#include "ui/widgets/token_text_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>
#include <QToolTip>

namespace tiller {

void TokenTextView::copy() const
{
    QString chosen = selectedText();
    if (chosen.isEmpty())
        chosen = tokenText(m_current);
    if (!chosen.isEmpty())
        QApplication::clipboard()->setText(chosen);
}

void TokenTextView::selectAll()
{
    setSelection(0, int(m_text.size()));
}

void TokenTextView::setHovered(int index)
{
    if (index == m_hovered)
        return;
    m_hovered = index;
    viewport()->update();
    emit tokenHovered(index);
}

void TokenTextView::choose(int token)
{
    if (token == m_current)
        return;
    setCurrentToken(token);
    emit currentTokenChanged(m_current);
}

void TokenTextView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) {
        event->ignore();
        return;
    }
    m_pressed = true;
    m_pressPoint = event->position().toPoint();
    const int position = positionAt(m_pressPoint);
    setSelection(event->modifiers() & Qt::ShiftModifier ? m_anchor : position, position);
}

void TokenTextView::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint point = event->position().toPoint();
    if (!m_pressed) {
        setHovered(tokenAt(point));
        return;
    }
    if ((point - m_pressPoint).manhattanLength() >= QApplication::startDragDistance() || hasSelection())
        setSelection(m_anchor, positionAt(point));
    if (point.y() < 0 || point.y() > viewport()->height())
        verticalScrollBar()->setValue(
            verticalScrollBar()->value() + (point.y() < 0 ? point.y() : point.y() - viewport()->height()));
}

void TokenTextView::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_pressed)
        return;
    m_pressed = false;
    if (hasSelection()) {
        if (QClipboard* clipboard = QApplication::clipboard(); clipboard->supportsSelection())
            clipboard->setText(selectedText(), QClipboard::Selection);
        return;
    }
    const int token = tokenAt(event->position().toPoint());
    choose(token);
    if (token >= 0)
        emit tokenClicked(token);
}

void TokenTextView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const int token = tokenAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && token >= 0)
        setSelection(m_tokens[size_t(token)].begin, m_tokens[size_t(token)].end);
}

bool TokenTextView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        setHovered(-1);
    if (event->type() == QEvent::ToolTip && m_toolTips) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int token = tokenAt(help->pos());
        QToolTip::showText(help->globalPos(), token < 0 ? QString() : m_toolTips(token), viewport(),
            token < 0 ? QRect() : tokenRect(token));
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

/// Makes `token` current; with `extend` the selection grows to include it.
void TokenTextView::walk(int token, bool extend)
{
    if (m_tokens.empty())
        return;
    token = std::clamp(token, 0, tokenCount() - 1);
    const Token& target = m_tokens[size_t(token)];
    if (extend) {
        if (!hasSelection() && m_current >= 0) {
            const Token& from = m_tokens[size_t(m_current)];
            m_anchor = token < m_current ? from.end : from.begin;
        }
        setSelection(m_anchor, target.begin < m_anchor ? target.begin : target.end);
    } else {
        setSelection(target.begin, target.begin);
    }
    choose(token);
    scrollTo(token);
}

/// The token as many lines below the current one, at the same place in the line.
int TokenTextView::tokenBelow(int lines) const
{
    if (m_current < 0)
        return lines < 0 ? tokenCount() - 1 : 0;
    const QPoint from = tokenRect(m_current).center();
    const QPoint to(from.x(), from.y() + lines * lineHeight());
    if (to.y() < lineTop(0).y() || to.y() > lineTop(int(m_lines.size())).y())
        return m_current;
    const int token = tokenOf(std::min(positionAt(to), int(m_text.size()) - 1));
    return token < 0 ? m_current : token;
}

void TokenTextView::scrollTo(int token)
{
    const QRect rect = tokenRect(token);
    QScrollBar* bar = verticalScrollBar();
    if (rect.top() < 0)
        bar->setValue(bar->value() + rect.top() - lineHeight() / 2);
    else if (rect.bottom() > viewport()->height())
        bar->setValue(bar->value() + rect.bottom() - viewport()->height() + lineHeight() / 2);
}

void TokenTextView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy))
        return copy();
    if (event->matches(QKeySequence::SelectAll))
        return selectAll();
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        event->ignore();
        return;
    }
    const bool extend = event->modifiers() & Qt::ShiftModifier;
    QScrollBar* bar = verticalScrollBar();
    switch (event->key()) {
    case Qt::Key_Left:
        return walk(m_current < 0 ? tokenCount() - 1 : m_current - 1, extend);
    case Qt::Key_Right:
        return walk(m_current + 1, extend);
    case Qt::Key_Up:
        return walk(tokenBelow(-1), extend);
    case Qt::Key_Down:
        return walk(tokenBelow(1), extend);
    case Qt::Key_Home:
        return walk(0, extend);
    case Qt::Key_End:
        return walk(tokenCount() - 1, extend);
    case Qt::Key_PageUp:
        return bar->triggerAction(QAbstractSlider::SliderPageStepSub);
    case Qt::Key_PageDown:
        return bar->triggerAction(QAbstractSlider::SliderPageStepAdd);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current >= 0) {
            emit tokenClicked(m_current);
            return;
        }
        break;
    case Qt::Key_Escape:
        if (hasSelection() || m_current >= 0) {
            setSelection(m_cursor, m_cursor);
            choose(-1);
            return;
        }
        break;
    default:
        break;
    }
    event->ignore();
}

void TokenTextView::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    QAction* copyAction = menu.addAction(tr("Copy"), this, &TokenTextView::copy);
    copyAction->setShortcut(QKeySequence::Copy);
    copyAction->setEnabled(hasSelection() || m_current >= 0);
    QAction* allAction = menu.addAction(tr("Select all"), this, &TokenTextView::selectAll);
    allAction->setShortcut(QKeySequence::SelectAll);
    allAction->setEnabled(!m_text.isEmpty());
    menu.exec(event->globalPos());
}

void TokenTextView::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TokenTextView::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

}
