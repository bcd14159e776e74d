#include "ui/plots/cosine_map.h"

#include "ui/plots/axis_labels.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/color_maps.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <QKeyEvent>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double largestCell = 44;
constexpr double largestNamedCell = 88;
constexpr double longestName = 120;
constexpr double scaleGap = 12; ///< between the cells and the colour scale
constexpr double scaleWidth = 8;

std::vector<QString> elided(const std::vector<QString>& names, int width)
{
    std::vector<QString> made;
    for (const QString& name : names)
        made.push_back(QFontMetrics(plotFont()).elidedText(name, Qt::ElideRight, width));
    return made;
}

}

CosineMap::CosineMap(QWidget* parent)
    : Plot(parent)
{
    setAccessibleName(tr("Cosines between layers"));
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    for (QCPAxis* axis : {m_plot->xAxis2, m_plot->yAxis2}) {
        axis->setVisible(true);
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
        axis->grid()->setVisible(false);
    m_plot->yAxis->setRangeReversed(true);
    m_rowLabels = new AxisLabels(m_plot->yAxis);
    m_columnLabels = new AxisLabels(m_plot->xAxis);
    new PaintedPart(m_plot->axisRect(), u"main"_s, [this](QCPPainter& painter) { paintCells(painter); });
    new PaintedPart(m_plot->axisRect(), u"overlay"_s, [this](QCPPainter& painter) { paintCursor(painter); });
    new PaintedPart(
        m_plot->axisRect(), u"axes"_s, [this](QCPPainter& painter) { paintScale(painter); },
        PaintedPart::Clip::Nothing);
    restyle();
}

void CosineMap::setLayers(std::vector<int> layers, std::vector<double> cosines)
{
    m_layers = std::move(layers);
    // Consecutive layers stand at their own numbers, so that the labels are the round ones.
    const bool consecutive
        = !m_layers.empty() && m_layers.back() - m_layers.front() + 1 == int(m_layers.size());
    m_firstPlace = consecutive ? m_layers.front() : 0;
    std::vector<QString> names;
    for (const int layer : m_layers)
        names.push_back(QString::number(layer));
    fill(names, names, std::move(cosines));
}

void CosineMap::setMatrix(
    std::vector<QString> rows, std::vector<QString> columns, std::vector<double> cosines)
{
    m_layers.clear();
    m_firstPlace = 0;
    fill(std::move(rows), std::move(columns), std::move(cosines));
}

void CosineMap::fill(std::vector<QString> rows, std::vector<QString> columns, std::vector<double> cosines)
{
    m_rows = std::move(rows);
    m_columns = std::move(columns);
    m_cosines = std::move(cosines);
    m_cosines.resize(m_rows.size() * m_columns.size(), qQNaN());
    m_cursor = {};
    m_rowLabels->setLabels(elided(m_rows, px(longestName)), m_firstPlace);
    m_columnLabels->setLabels(m_columns, m_firstPlace);
    m_plot->yAxis->setRange(m_firstPlace - 0.5, m_firstPlace + std::max(1, rowCount()) - 0.5);
    m_plot->xAxis->setRange(m_firstPlace - 0.5, m_firstPlace + std::max(1, columnCount()) - 0.5);
    setEmpty(m_cosines.empty());
    layOut(m_plot->size());
    restyle();
    replotSoon();
}

void CosineMap::setCurrentLayer(int layer)
{
    m_current = layer;
    restyle();
    replotSoon();
}

void CosineMap::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    std::vector<int> rows;
    std::vector<int> columns;
    if (m_cursor.isValid() && !isPaintingFigure()) {
        rows.push_back(m_firstPlace + m_cursor.row);
        columns.push_back(m_firstPlace + m_cursor.column);
    }
    if (const auto at = std::find(m_layers.begin(), m_layers.end(), m_current); at != m_layers.end()) {
        rows.push_back(m_firstPlace + int(at - m_layers.begin()));
        columns.push_back(rows.back());
    }
    m_rowLabels->setBold(std::move(rows));
    m_columnLabels->setBold(std::move(columns));
    for (AxisLabels* labels : {m_rowLabels, m_columnLabels}) {
        labels->setColors(palette);
        labels->setTitle(m_layers.empty() ? QString() : tr("layer"));
    }
}

/// Square cells on whole pixels, in the middle of the room.
void CosineMap::layOut(const QSize& room)
{
    const QFontMetrics metrics(plotFont());
    const int title = m_layers.empty() ? 0 : metrics.height() + px(2);
    const QMargins around(m_rowLabels->extent() + title + px(4), px(8),
        px(scaleGap) + std::max(metrics.horizontalAdvance(tr("cosine")), px(scaleWidth + 24)) + px(8),
        m_columnLabels->extent() + title + px(4));
    const QSize inner = room.shrunkBy(around);
    const int cell = std::clamp(
        std::min(inner.width() / std::max(1, columnCount()), inner.height() / std::max(1, rowCount())), 1,
        px(m_layers.empty() ? largestNamedCell : largestCell));
    if (m_layers.empty())
        m_columnLabels->setLabels(elided(m_columns, cell - px(14)), m_firstPlace);
    const int spareX = std::max(0, inner.width() - cell * columnCount());
    const int spareY = std::max(0, inner.height() - cell * rowCount());
    m_plot->axisRect()->setMargins(
        around + QMargins(spareX / 2, spareY / 2, spareX - spareX / 2, spareY - spareY / 2));
}

QSize CosineMap::plotSizeInFigure() const
{
    return Plot::plotSizeInFigure().expandedTo(QSize(px(440), px(400)));
}

QSize CosineMap::sizeHint() const
{
    return {px(420), px(300)};
}

bool CosineMap::contains(Cell cell) const
{
    return cell.isValid() && cell.row < rowCount() && cell.column < columnCount();
}

double CosineMap::valueAt(Cell cell) const
{
    return m_cosines[size_t(cell.row) * m_columns.size() + size_t(cell.column)];
}

QRect CosineMap::inPlot(Cell cell) const
{
    const auto edge = [](QCPAxis* axis, double place) { return int(std::lround(axis->coordToPixel(place))); };
    const QPoint from(edge(m_plot->xAxis, m_firstPlace + cell.column - 0.5),
        edge(m_plot->yAxis, m_firstPlace + cell.row - 0.5));
    const QPoint end(edge(m_plot->xAxis, m_firstPlace + cell.column + 0.5),
        edge(m_plot->yAxis, m_firstPlace + cell.row + 0.5));
    return {from, QSize(end.x() - from.x(), end.y() - from.y())};
}

QRect CosineMap::cellRect(Cell cell) const
{
    return contains(cell) ? inPlot(cell).translated(m_plot->pos()) : QRect();
}

CosineMap::Cell CosineMap::cellAt(const QPoint& point) const
{
    const QPoint place = point - m_plot->pos();
    if (isEmpty() || !m_plot->axisRect()->rect().contains(place))
        return {};
    const Cell cell{int(std::lround(m_plot->yAxis->pixelToCoord(place.y()))) - m_firstPlace,
        int(std::lround(m_plot->xAxis->pixelToCoord(place.x()))) - m_firstPlace};
    return contains(cell) ? cell : Cell();
}

QString CosineMap::cellText(Cell cell) const
{
    if (!contains(cell))
        return {};
    const QString text = m_layers.empty() ? u"%1 · %2: %3"_s : tr("layer %1 · layer %2: %3");
    return text.arg(m_rows[size_t(cell.row)], m_columns[size_t(cell.column)], number(valueAt(cell), 2));
}

QString CosineMap::textAt(const QPoint& point) const
{
    return cellText(cellAt(point));
}

PlotTable CosineMap::table() const
{
    QStringList header{m_layers.empty() ? QString() : u"layer"_s};
    header.append(QStringList(m_columns.begin(), m_columns.end()));
    PlotTable rows{header};
    for (int row = 0; row < rowCount(); ++row) {
        QStringList cells{m_rows[size_t(row)]};
        for (int column = 0; column < columnCount(); ++column)
            cells += cellOf(valueAt({row, column}));
        rows.push_back(cells);
    }
    return rows;
}

void CosineMap::paintCells(QCPPainter& painter) const
{
    painter.setAntialiasing(false);
    painter.setFont(plotFont());
    const QFontMetrics metrics(plotFont());
    const bool figures = inPlot({0, 0}).width() >= metrics.horizontalAdvance(u"−0.00"_s) + px(4);
    for (int row = 0; row < rowCount(); ++row) {
        for (int column = 0; column < columnCount(); ++column) {
            const double value = valueAt({row, column});
            if (!std::isfinite(value))
                continue;
            const QRect rect = inPlot({row, column});
            const QColor ground = colorAt(ColorMap::AmberPlum, value, hasDarkInks());
            painter.fillRect(rect, ground);
            if (figures) {
                painter.setPen(inkOn(ground, inks()));
                painter.drawText(rect, Qt::AlignCenter, number(value, 2));
            }
        }
    }
}

void CosineMap::paintCursor(QCPPainter& painter) const
{
    if (!contains(m_cursor) || isPaintingFigure())
        return;
    const QRect area = m_plot->axisRect()->rect();
    const QRectF cell = inPlot(m_cursor);
    QPen dotted(inks().text, 1);
    dotted.setDashPattern({1, 3});
    painter.setPen(dotted);
    painter.drawLine(QLineF(cell.center().x(), area.top(), cell.center().x(), area.bottom()));
    painter.drawLine(QLineF(area.left(), cell.center().y(), area.right(), cell.center().y()));
    painter.setPen(QPen(inks().text, 1.5, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(cell.adjusted(-0.25, -0.25, 0.25, 0.25));
}

void CosineMap::paintScale(QCPPainter& painter) const
{
    const QRect area = m_plot->axisRect()->rect();
    const QRect bar(area.right() + 1 + px(scaleGap), area.top(), px(scaleWidth), area.height());
    const auto stops = colorStops(ColorMap::AmberPlum, hasDarkInks());
    QLinearGradient gradient(bar.bottomLeft(), bar.topLeft());
    for (size_t i = 0; i < stops.size(); ++i)
        gradient.setColorAt(double(i) / double(stops.size() - 1), QColor(stops[i]));
    painter.setAntialiasing(false);
    painter.fillRect(bar, gradient);
    painter.setPen(inks().border);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar.adjusted(0, 0, -1, -1));

    painter.setFont(plotFont());
    painter.setPen(inks().secondary);
    const int line = QFontMetrics(plotFont()).height();
    const auto label = [&](int top, const QString& text) {
        painter.drawText(QRect(bar.right() + px(4), top, px(24), line),
            int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextDontClip, text);
    };
    label(bar.top() - px(3), u"+1"_s);
    label(bar.center().y() - line / 2, u"0"_s);
    label(bar.bottom() + px(3) - line, u"−1"_s);
    painter.drawText(QRect(bar.left(), bar.bottom() + px(4), px(40), line),
        int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextDontClip, tr("cosine"));
}

void CosineMap::setCursorCell(Cell cell)
{
    if (cell == m_cursor)
        return;
    m_cursor = cell;
    if (cell.isValid())
        announce(cellText(cell));
    restyle();
    replotSoon();
}

void CosineMap::open(Cell cell)
{
    emit cellClicked(cell.row, cell.column);
    if (!m_layers.empty())
        emit layerClicked(m_layers[size_t(cell.column)]);
}

void CosineMap::mouseMoveEvent(QMouseEvent* event)
{
    Plot::mouseMoveEvent(event);
    setCursorCell(cellAt(event->position().toPoint()));
}

void CosineMap::mousePressEvent(QMouseEvent* event)
{
    const Cell cell = cellAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && cell.isValid())
        open(cell);
    else
        event->ignore();
}

void CosineMap::leaveEvent(QEvent* event)
{
    setCursorCell({});
    Plot::leaveEvent(event);
}

void CosineMap::keyPressEvent(QKeyEvent* event)
{
    const bool started = m_cursor.isValid();
    const auto at = std::find(m_layers.begin(), m_layers.end(), m_current);
    const int current = at == m_layers.end() ? 0 : int(at - m_layers.begin());
    Cell cell = started ? m_cursor : Cell{current, current};
    const int step = started ? 1 : 0; // the first key only shows where the cursor is
    switch (event->key()) {
    case Qt::Key_Left:
        cell.column -= step;
        break;
    case Qt::Key_Right:
        cell.column += step;
        break;
    case Qt::Key_Up:
        cell.row -= step;
        break;
    case Qt::Key_Down:
        cell.row += step;
        break;
    case Qt::Key_Home:
        cell.column = 0;
        break;
    case Qt::Key_End:
        cell.column = columnCount() - 1;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (started)
            open(m_cursor);
        return;
    default:
        Plot::keyPressEvent(event);
        return;
    }
    if (isEmpty())
        return;
    setCursorCell({std::clamp(cell.row, 0, rowCount() - 1), std::clamp(cell.column, 0, columnCount() - 1)});
    showTip(cellRect(m_cursor).bottomRight(), cellText(m_cursor));
}

void CosineMap::focusOutEvent(QFocusEvent* event)
{
    Plot::focusOutEvent(event);
    if (!underMouse())
        setCursorCell({});
}

}
