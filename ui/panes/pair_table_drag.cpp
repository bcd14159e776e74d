// Reordering by drag, and what the table draws besides its cells.
#include "ui/models/pair_filter.h"
#include "ui/panes/pair_table.h"
#include "ui/state/contrast_document.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QDrag>
#include <QDragMoveEvent>
#include <QMimeData>
#include <QPainter>

#include <algorithm>
#include <utility>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// What hangs at the pointer.
QPixmap dragLabel(const QString& text, qreal ratio)
{
    const QFontMetrics metrics(smallFont());
    const QSize size(metrics.horizontalAdvance(text) + px(16), px(24));
    QPixmap pixmap(size * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors().border);
    painter.setBrush(colors().selectedRow);
    painter.drawRoundedRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1), 3, 3);
    painter.setFont(smallFont());
    painter.setPen(colors().text);
    painter.drawText(QRect(QPoint(), size), Qt::AlignCenter, text);
    return pixmap;
}

}

QString PairTable::whyFixed() const
{
    if (!m_filter->sought().isEmpty())
        return tr("Pairs can be moved while all are shown. Clear the filter first.");
    if (!m_filter->showsSetOrder())
        return tr("Pairs can be moved in the order of the set. Click the heading # to return to it.");
    return {};
}

void PairTable::mousePressEvent(QMouseEvent* event)
{
    m_refused = false;
    QTableView::mousePressEvent(event);
}

void PairTable::startDrag(Qt::DropActions)
{
    if (const QString why = whyFixed(); !why.isEmpty()) {
        if (!std::exchange(m_refused, true))
            emit moveRefused(why);
        return;
    }
    const QModelIndexList chosen = selectionModel()->selectedRows();
    if (chosen.isEmpty())
        return;
    // Not the base's: that would remove the rows once they are moved.
    auto* drag = new QDrag(this);
    drag->setMimeData(m_filter->mimeData(chosen));
    const QString label = chosen.size() == 1
        ? tr("Pair %1").arg(m_filter->mapToSource(chosen.front()).row() + 1)
        : tr("%1 pairs").arg(chosen.size());
    drag->setPixmap(dragLabel(label, devicePixelRatioF()));
    drag->setHotSpot({-px(10), px(12)});
    drag->exec(Qt::MoveAction, Qt::MoveAction);
}

int PairTable::dropPlace(const QPoint& position) const
{
    const int row = rowAt(position.y());
    if (row < 0)
        return m_filter->rowCount();
    return position.y() < rowViewportPosition(row) + rowHeight(row) / 2 ? row : row + 1;
}

void PairTable::dragMoveEvent(QDragMoveEvent* event)
{
    QTableView::dragMoveEvent(event); // scrolls near the edges
    if (!m_filter->canDropMimeData(event->mimeData(), Qt::MoveAction, -1, -1, {})) {
        event->ignore();
        return;
    }
    m_dropPlace = dropPlace(event->position().toPoint());
    viewport()->update();
    event->setDropAction(Qt::MoveAction);
    event->accept();
}

void PairTable::dragLeaveEvent(QDragLeaveEvent* event)
{
    QTableView::dragLeaveEvent(event);
    m_dropPlace = -1;
    viewport()->update();
}

void PairTable::dropEvent(QDropEvent* event)
{
    stopAutoScroll();
    setState(NoState);
    m_dropPlace = -1;
    viewport()->update();
    const int place = dropPlace(event->position().toPoint());
    if (!m_filter->dropMimeData(event->mimeData(), Qt::MoveAction, place, 0, {}))
        return;
    event->setDropAction(Qt::MoveAction);
    event->accept();
    scrollTo(currentIndex());
}

void PairTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    QPainter painter(viewport());
    if (m_filter->rowCount() == 0) {
        painter.setFont(bodyFont());
        painter.setPen(colors().secondary);
        painter.drawText(viewport()->rect().adjusted(px(24), px(24), -px(24), -px(24)),
            Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap,
            m_filter->sought().isEmpty()
                ? tr("No pairs yet. Add one (Ins), or paste rows from a spreadsheet (Ctrl+V).")
                : tr("No pair contains “%1”.").arg(m_filter->sought()));
    }
    if (m_dropPlace < 0)
        return;
    const int last = m_filter->rowCount() - 1;
    const int y = m_dropPlace <= last ? rowViewportPosition(m_dropPlace)
                                      : rowViewportPosition(last) + rowHeight(last);
    painter.fillRect(
        QRect(0, std::clamp(y - 1, 0, viewport()->height() - 2), viewport()->width(), 2), colors().text);
}

}
