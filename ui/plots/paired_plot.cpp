#include "ui/plots/paired_plot.h"

#include <QKeyEvent>

#include <algorithm>

namespace tiller {

PairedPlot::PairedPlot(QWidget* parent)
    : Plot(parent)
    , m_positiveName(tr("positive"))
    , m_negativeName(tr("negative"))
{
}

void PairedPlot::setPoleNames(const QString& positive, const QString& negative)
{
    m_positiveName = positive;
    m_negativeName = negative;
}

void PairedPlot::setJoined(bool joined)
{
    m_joined = joined;
    replotSoon();
}

void PairedPlot::setSelectedRow(int row)
{
    if (row == m_selected)
        return;
    m_selected = row;
    describe();
    restyle();
    replotSoon();
}

void PairedPlot::setRows(std::vector<int> rows)
{
    m_rows = std::move(rows);
    setEmpty(m_rows.empty());
    describe();
}

void PairedPlot::describe()
{
    const bool shown = std::find(m_rows.begin(), m_rows.end(), m_selected) != m_rows.end();
    announce(shown ? figures(m_selected) : QString());
}

std::vector<LegendEntry> PairedPlot::legend() const
{
    return {{m_negativeName, &Colors::negative, SeriesStyle::Solid, SeriesMark::NegativePole},
        {m_positiveName, &Colors::positive, SeriesStyle::Solid, SeriesMark::PositivePole}};
}

QString PairedPlot::title(int row, bool dropped) const
{
    const QString name = (m_joined ? tr("Pair %1") : tr("Text %1")).arg(row + 1);
    return dropped ? tr("%1, dropped").arg(name) : name;
}

QString PairedPlot::textAt(const QPoint& point) const
{
    const int row = rowAt(point);
    return row >= 0 ? figures(row) : QString();
}

void PairedPlot::choose(int row)
{
    setSelectedRow(row);
    emit pairClicked(row);
}

/// Del belongs to the plot that has focus, whatever it means elsewhere in the window.
bool PairedPlot::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride
        && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Delete)) {
        event->accept();
        return true;
    }
    return Plot::event(event);
}

void PairedPlot::mousePressEvent(QMouseEvent* event)
{
    const int row = rowAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && row >= 0)
        choose(row);
    else
        event->ignore();
}

void PairedPlot::keyPressEvent(QKeyEvent* event)
{
    const auto at = std::find(m_rows.begin(), m_rows.end(), m_selected);
    const int last = int(m_rows.size()) - 1;
    const int place = at == m_rows.end() ? -1 : int(at - m_rows.begin());
    int to = 0;
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Left:
        to = place < 0 ? last : place - 1;
        break;
    case Qt::Key_Down:
    case Qt::Key_Right:
        to = place + 1;
        break;
    case Qt::Key_Home:
        break;
    case Qt::Key_End:
        to = last;
        break;
    case Qt::Key_Delete:
        if (place >= 0)
            emit pairDropRequested(m_selected);
        return;
    default:
        Plot::keyPressEvent(event);
        return;
    }
    if (m_rows.empty())
        return;
    const int row = m_rows[size_t(std::clamp(to, 0, last))];
    if (row == m_selected)
        return;
    choose(row);
    showTip(placeOf(row), figures(row));
}

int decimalsFor(double largest)
{
    return largest >= 10 ? 1 : largest >= 1 ? 2 : 3;
}

}
