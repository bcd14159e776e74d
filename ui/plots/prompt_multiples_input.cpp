#include "ui/plots/plot_style.h"
#include "ui/plots/prompt_grid.h"
#include "ui/plots/prompt_multiples.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QKeyEvent>
#include <QScrollArea>

#include <algorithm>

// The small multiples under pointer and keyboard.

namespace tiller {

void PromptMultiples::setCursorPlace(const Place& place)
{
    if (place == m_cursor)
        return;
    m_cursor = place;
    if (contains(place))
        announce(text(place));
    showMarks();
}

void PromptMultiples::click(const Place& place)
{
    setSelected(place.prompt, place.cell);
    emit cellClicked(place.prompt, place.cell);
}

void PromptMultiples::mouseMoveEvent(QMouseEvent* event)
{
    Plot::mouseMoveEvent(event);
    setCursorPlace(placeAt(event->position().toPoint()));
}

void PromptMultiples::mousePressEvent(QMouseEvent* event)
{
    const Place place = placeAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && contains(place))
        click(place);
    else
        event->ignore();
}

void PromptMultiples::mouseDoubleClickEvent(QMouseEvent* event)
{
    const Place place = placeAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && contains(place))
        emit cellActivated(place.prompt, place.cell);
}

void PromptMultiples::leaveEvent(QEvent* event)
{
    setCursorPlace({});
    Plot::leaveEvent(event);
}

void PromptMultiples::keyPressEvent(QKeyEvent* event)
{
    if (isEmpty()) {
        Plot::keyPressEvent(event);
        return;
    }
    const int prompts = int(m_grid->prompts().size());
    const int layers = int(m_grid->layers().size());
    const int strengths = int(m_grid->strengths().size());
    const bool started = contains(m_cursor) || contains(m_selected);
    Place place = contains(m_cursor) ? m_cursor : contains(m_selected) ? m_selected : Place{0, {0, 0}};
    const bool panelwise = event->modifiers().testFlag(Qt::ControlModifier);
    const auto walk = [&](int direction) {
        if (!started) // the first key only shows where the cursor is
            return;
        const int column
            = place.cell.strength * layers + place.cell.layer + direction * (panelwise ? layers : 1);
        if (column >= 0 && column < strengths * layers)
            place.cell = {column % layers, column / layers};
    };
    switch (event->key()) {
    case Qt::Key_Left:
        walk(-1);
        break;
    case Qt::Key_Right:
        walk(1);
        break;
    case Qt::Key_Up:
        place.prompt -= started ? 1 : 0;
        break;
    case Qt::Key_Down:
        place.prompt += started ? 1 : 0;
        break;
    case Qt::Key_Home:
        place.cell = {0, 0};
        break;
    case Qt::Key_End:
        place.cell = {layers - 1, strengths - 1};
        break;
    case Qt::Key_PageUp:
        place.prompt = 0;
        break;
    case Qt::Key_PageDown:
        place.prompt = prompts - 1;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier))
            emit cellActivated(place.prompt, place.cell);
        else
            click(place);
        return;
    default:
        Plot::keyPressEvent(event);
        return;
    }
    place.prompt = std::clamp(place.prompt, 0, prompts - 1);
    setCursorPlace(place);
    scrollTo(place);
}

/// Shows the panel, and the labels beside it at the edges of the grid.
void PromptMultiples::scrollTo(const Place& place)
{
    QScrollArea* area = nullptr;
    for (QWidget* above = parentWidget(); above && !area; above = above->parentWidget())
        area = qobject_cast<QScrollArea*>(above);
    if (!area || !area->widget())
        return;
    QRect shown = panelRect(place.prompt, place.cell.strength).adjusted(-px(8), -px(8), px(8), px(8));
    if (place.prompt == 0)
        shown.setTop(0);
    if (place.prompt + 1 == int(m_grid->prompts().size()))
        shown.setBottom(height());
    if (place.cell.strength == 0)
        shown.setLeft(0);
    const QPoint centre = mapTo(area->widget(), shown.center());
    area->ensureVisible(centre.x(), centre.y(), shown.width() / 2 + 1, shown.height() / 2 + 1);
}

void PromptMultiples::focusInEvent(QFocusEvent* event)
{
    Plot::focusInEvent(event);
    if (showsFocusRing(this) && !isEmpty() && !contains(m_cursor))
        setCursorPlace(contains(m_selected) ? m_selected : Place{0, {0, 0}});
}

void PromptMultiples::focusOutEvent(QFocusEvent* event)
{
    Plot::focusOutEvent(event);
    if (!underMouse())
        setCursorPlace({});
}

}
