#include "ui/plots/heatmap.h"
#include "ui/theme/theme.h"

#include <QKeyEvent>

#include <algorithm>

// The map under pointer and keyboard.

namespace tiller {

void Heatmap::setHovered(CellIndex cell)
{
    const bool takesOver = cell.isValid() && m_cursor.isValid(); // from the linked map
    if (cell == m_hovered && !takesOver)
        return;
    m_hovered = cell;
    if (takesOver)
        m_cursor = {};
    m_cardDelay.stop();
    if (m_card)
        m_card->hide();
    if (cell.isValid() && !m_range) {
        m_cardDelay.start();
        announce(cellText(cell));
    }
    refresh();
    emit cellHovered(cell);
}

void Heatmap::open(CellIndex cell)
{
    m_selected = cell;
    refresh();
    emit cellClicked(cell);
}

/// The cell at a point, or the one at the edge towards it: a drag may leave the map.
CellIndex Heatmap::nearestCell(const QPoint& point) const
{
    const CellIndex last{int(m_model->layers().size()) - 1, int(m_model->strengths().size()) - 1};
    // The outermost pixels may lie under the frame of the axes.
    const QRect cells = cellRect({0, 0}).united(cellRect(last)).adjusted(1, 1, -1, -1);
    return cellAt({std::clamp(point.x(), cells.left(), cells.right()),
        std::clamp(point.y(), cells.top(), cells.bottom())});
}

/// The range from the anchor to this cell; one cell alone is none.
void Heatmap::stretchTo(CellIndex cell)
{
    m_range = cell == m_anchor ? std::nullopt : std::optional(rangeOf(m_anchor, cell));
    setHovered(cell);
    refresh();
    announce(m_range ? rangeText(*m_range) : cellText(cell));
}

void Heatmap::dropRange()
{
    m_dragging = false;
    m_range.reset();
    refresh();
}

void Heatmap::chooseRange()
{
    const CellRange chosen = *m_range;
    dropRange();
    emit rangeChosen(chosen);
}

/// Esc belongs to the frame while there is one, before any shortcut of the window.
bool Heatmap::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride && m_range
        && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape)
        event->accept();
    return Plot::event(event);
}

void Heatmap::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint point = event->position().toPoint();
    m_dragging = m_dragging && event->buttons().testFlag(Qt::LeftButton);
    if (!m_dragging)
        setHovered(cellAt(point));
    else if (const CellIndex cell = nearestCell(point); cell != m_anchor || m_range)
        stretchTo(cell);
}

void Heatmap::mousePressEvent(QMouseEvent* event)
{
    const CellIndex cell = cellAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || !cell.isValid()) {
        event->ignore();
        return;
    }
    dropRange();
    open(cell);
    m_dragging = m_rangesEnabled;
    m_anchor = cell;
}

void Heatmap::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_dragging) {
        event->ignore();
        return;
    }
    m_dragging = false;
    if (m_range)
        chooseRange();
}

void Heatmap::mouseDoubleClickEvent(QMouseEvent* event)
{
    const CellIndex cell = cellAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && cell.isValid())
        emit cellActivated(cell);
}

void Heatmap::leaveEvent(QEvent* event)
{
    setHovered({});
    QWidget::leaveEvent(event);
}

void Heatmap::keyPressEvent(QKeyEvent* event)
{
    const int layers = int(m_model->layers().size());
    const int strengths = int(m_model->strengths().size());
    if (layers == 0 || strengths == 0) {
        Plot::keyPressEvent(event);
        return;
    }
    const bool started = m_hovered.isValid() || m_selected.isValid();
    CellIndex cell = m_hovered.isValid() ? m_hovered : m_selected;
    if (!started)
        cell = {layers / 2, m_model->zeroStrength()};
    const int step = started ? 1 : 0; // the first key only shows where the cursor is
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    const CellIndex from = cell;
    switch (event->key()) {
    case Qt::Key_Left:
        cell.layer -= step;
        break;
    case Qt::Key_Right:
        cell.layer += step;
        break;
    case Qt::Key_Up:
        cell.strength += step;
        break;
    case Qt::Key_Down:
        cell.strength -= step;
        break;
    case Qt::Key_Home:
        cell.layer = 0;
        break;
    case Qt::Key_End:
        cell.layer = layers - 1;
        break;
    case Qt::Key_PageUp:
        cell.strength = strengths - 1;
        break;
    case Qt::Key_PageDown:
        cell.strength = 0;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_range && !event->modifiers().testFlag(Qt::ControlModifier)) // Shift may still be down
            chooseRange();
        else if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier))
            emit cellActivated(cell);
        else
            open(cell);
        return;
    case Qt::Key_Escape:
        if (m_range) {
            dropRange();
            return;
        }
        [[fallthrough]];
    default:
        Plot::keyPressEvent(event);
        return;
    }
    cell = {std::clamp(cell.layer, 0, layers - 1), std::clamp(cell.strength, 0, strengths - 1)};
    if (m_rangesEnabled && shift && started) {
        if (!m_range)
            m_anchor = from;
        stretchTo(cell);
    } else {
        dropRange();
        setHovered(cell);
    }
}

void Heatmap::focusInEvent(QFocusEvent* event)
{
    Plot::focusInEvent(event);
    if (showsFocusRing(this) && !isEmpty() && !m_hovered.isValid())
        setHovered(m_selected.isValid()
                ? m_selected
                : CellIndex{int(m_model->layers().size()) / 2, m_model->zeroStrength()});
    update();
}

void Heatmap::focusOutEvent(QFocusEvent* event)
{
    Plot::focusOutEvent(event);
    if (!underMouse())
        setHovered({});
    update();
}

}
