#include "ui/widgets/cosine_triangle.h"

#include "ui/theme/color_maps.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double rowHeight = 22;
constexpr double cellWidth = 52;
constexpr double margin = 8;

}

CosineTriangle::CosineTriangle(QWidget* parent)
    : QWidget(parent)
{
    setFont(smallFont());
    setAccessibleName(tr("Pairwise cosines"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void CosineTriangle::setCells(
    QStringList names, std::vector<std::vector<double>> cells, std::vector<QStringList> tips)
{
    m_names = std::move(names);
    m_cells = std::move(cells);
    m_tips = std::move(tips);
    QStringList spoken;
    for (const QStringList& row : m_tips)
        spoken += row;
    setAccessibleDescription(spoken.join(u". "_s));
    updateGeometry();
    update();
}

QSize CosineTriangle::sizeHint() const
{
    return {px(200), px(rowHeight) * int(m_names.size()) + px(margin)};
}

QSize CosineTriangle::minimumSizeHint() const
{
    return {px(120), sizeHint().height()};
}

int CosineTriangle::nameWidth() const
{
    const int columns = std::max(0, int(m_names.size()) - 1);
    return std::max(px(90), std::min(px(170), width() - 2 * px(margin) - columns * px(cellWidth)));
}

QRect CosineTriangle::cellRect(int row, int column) const
{
    return {px(margin) + nameWidth() + column * px(cellWidth), row * px(rowHeight) + px(2), px(cellWidth) - 2,
        px(rowHeight) - 2};
}

bool CosineTriangle::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    for (int row = 0; row < int(m_tips.size()); ++row)
        for (int column = 0; column < m_tips[size_t(row)].size(); ++column)
            if (cellRect(row, column).contains(help->pos())) {
                QToolTip::showText(help->globalPos(), m_tips[size_t(row)][column], this);
                return true;
            }
    QToolTip::hideText();
    return true;
}

void CosineTriangle::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(font());
    for (int row = 0; row < m_names.size(); ++row) {
        const QRect name(px(margin), row * px(rowHeight), nameWidth() - px(6), px(rowHeight));
        painter.setPen(colors().text);
        painter.drawText(name, Qt::AlignLeft | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(
                u"%1  %2"_s.arg(row + 1).arg(m_names[row]), Qt::ElideRight, name.width()));
        for (int column = 0; column < int(m_cells[size_t(row)].size()); ++column) {
            const double value = m_cells[size_t(row)][size_t(column)];
            const QRect cell = cellRect(row, column);
            const QColor ground = std::isnan(value) ? colors().base : amberPlum(value);
            painter.fillRect(cell, ground);
            painter.setPen(ground.lightnessF() > 0.5F ? QColor(0x1B, 0x20, 0x26) : QColor(0xF0, 0xF2, 0xF4));
            painter.drawText(cell, Qt::AlignCenter, std::isnan(value) ? u"–"_s : number(value, 2));
        }
        painter.setPen(colors().secondary);
        if (row + 1 < m_names.size())
            painter.drawText(cellRect(row, row), Qt::AlignCenter, u"1"_s);
    }
}

}
