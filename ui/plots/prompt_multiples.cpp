#include "ui/plots/prompt_multiples.h"

#include "ui/plots/prompt_grid.h"
#include "ui/plots/prompt_panels.h"
#include "ui/theme/numbers.h"

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int repaintInterval = 34; // ms
constexpr int longestPrompt = 300; ///< characters in a tip

}

PromptMultiples::PromptMultiples(QWidget* parent)
    : Plot(parent)
    , m_grid(std::make_unique<PromptGrid>())
    , m_valueName(tr("Value"))
{
    setAccessibleName(tr("Every prompt over the layers, at every strength"));
    QCPAxisRect* rect = m_plot->axisRect();
    rect->setAutoMargins(QCP::msNone);
    rect->setMargins(QMargins());
    for (QCPAxis* axis : rect->axes())
        axis->setVisible(false);
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
        axis->grid()->setVisible(false);
    m_panels = std::make_unique<PromptPanels>(rect, m_grid.get());
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(repaintInterval);
    connect(&m_refresh, &QTimer::timeout, this, &PromptMultiples::replotSoon);
    connect(m_plot, &QCustomPlot::afterReplot, this,
        [this] { m_painted = true; }); // layers have no buffer before
    restyle();
}

PromptMultiples::~PromptMultiples() = default;

void PromptMultiples::setGrid(QStringList prompts, std::vector<int> layers, std::vector<double> strengths)
{
    m_grid->reset(std::move(prompts), std::move(layers), std::move(strengths));
    m_selected = {};
    m_cursor = {};
    setEmpty(m_grid->isEmpty());
    refresh();
}

void PromptMultiples::setCell(int prompt, CellIndex cell, double value, double loss)
{
    m_grid->set(prompt, cell, {value, loss});
    if (!m_refresh.isActive())
        m_refresh.start();
}

double PromptMultiples::value(int prompt, CellIndex cell) const
{
    return m_grid->at(prompt, cell).value;
}

void PromptMultiples::setColorScale(ColorMap map, double limit)
{
    m_panels->map = map;
    m_panels->limit = limit;
    replotSoon();
}

void PromptMultiples::setColorScaleText(const ColorScale& scale)
{
    m_scale = scale;
    m_scale.contour = false;
}

void PromptMultiples::setValueRange(double from, double to)
{
    m_panels->from = from;
    m_panels->to = to;
    refresh();
}

void PromptMultiples::setCollapseThreshold(std::optional<double> natsPerToken)
{
    m_panels->collapse = natsPerToken;
    replotSoon();
}

void PromptMultiples::setValueName(const QString& name)
{
    m_valueName = name;
}

void PromptMultiples::setSelected(int prompt, CellIndex cell)
{
    const Place place{prompt, cell};
    m_selected = contains(place) ? place : Place();
    showMarks();
}

bool PromptMultiples::contains(const Place& place) const
{
    return m_grid->contains(place.prompt, place.cell);
}

PromptMultiples::Place PromptMultiples::placeAt(const QPoint& point) const
{
    const QPoint place = point - m_plot->pos();
    const CellIndex cell = isEmpty() ? CellIndex() : m_grid->cellAt(place);
    return cell.isValid() ? Place{m_grid->promptAt(place), cell} : Place();
}

QRect PromptMultiples::panelRect(int prompt, int strength) const
{
    return m_grid->contains(prompt, {0, strength}) ? m_grid->panel(prompt, strength).translated(m_plot->pos())
                                                   : QRect();
}

QRect PromptMultiples::cellRect(const Place& place) const
{
    return contains(place) ? m_grid->column(place.prompt, place.cell).translated(m_plot->pos()) : QRect();
}

QString PromptMultiples::text(const Place& place) const
{
    if (!contains(place))
        return {};
    QString prompt = m_grid->prompts()[place.prompt].simplified();
    if (prompt.size() > longestPrompt)
        prompt = prompt.left(longestPrompt).trimmed() + u'…';
    const PromptGrid::Figures& figures = m_grid->at(place.prompt, place.cell);
    QString measured = tr("%1 unmeasured").arg(m_valueName);
    if (!std::isnan(figures.value))
        measured = u"%1 %2"_s.arg(m_valueName,
            m_panels->map == ColorMap::AmberPlum ? signedNumber(figures.value, 2) : number(figures.value, 2));
    if (!std::isnan(figures.loss))
        measured = tr("%1, loss %2 nats/token").arg(measured, number(figures.loss, 2));
    if (m_panels->collapse && figures.loss > *m_panels->collapse)
        measured = tr("%1, collapsed").arg(measured);
    return tr("“%1”\nLayer %2, strength %3\n%4")
        .arg(prompt, QString::number(m_grid->layers()[size_t(place.cell.layer)]),
            strengthText(m_grid->strengths()[size_t(place.cell.strength)]), measured);
}

QString PromptMultiples::textAt(const QPoint& point) const
{
    const QRect names(m_plot->pos(), QSize(panelRect(0, 0).left() - m_plot->x(), m_plot->height()));
    if (!isEmpty() && names.contains(point)) {
        const int prompt = m_grid->promptAt(point - m_plot->pos());
        return prompt >= 0 ? m_grid->prompts()[prompt] : QString();
    }
    return text(placeAt(point));
}

PlotTable PromptMultiples::table() const
{
    PlotTable rows{{u"prompt"_s, u"strength"_s, u"layer"_s, m_valueName, u"loss"_s}};
    for (int prompt = 0; prompt < int(m_grid->prompts().size()); ++prompt) {
        for (int strength = 0; strength < int(m_grid->strengths().size()); ++strength) {
            for (int layer = 0; layer < int(m_grid->layers().size()); ++layer) {
                const PromptGrid::Figures& figures = m_grid->at(prompt, {layer, strength});
                rows.push_back({m_grid->prompts()[prompt], cellOf(m_grid->strengths()[size_t(strength)]),
                    QString::number(m_grid->layers()[size_t(layer)]), cellOf(figures.value),
                    cellOf(figures.loss)});
            }
        }
    }
    return rows;
}

QSize PromptMultiples::sizeHint() const
{
    return m_grid->isEmpty() ? Plot::sizeHint()
                             : m_grid->sizeFor(PromptGrid::preferredPanel()).grownBy({3, 3, 3, 3});
}

QSize PromptMultiples::minimumSizeHint() const
{
    return m_grid->isEmpty() ? Plot::minimumSizeHint()
                             : m_grid->sizeFor(PromptGrid::smallestPanel()).grownBy({3, 3, 3, 3});
}

QSize PromptMultiples::plotSizeInFigure() const
{
    return m_grid->sizeFor(m_grid->panelFor(m_plot->size()).expandedTo(PromptGrid::preferredPanel()));
}

QSize PromptMultiples::legendSizeInFigure() const
{
    return m_scale.title.isEmpty() ? QSize() : colorScaleSize(m_scale);
}

void PromptMultiples::drawLegendInFigure(QPainter& painter, const QPoint& topLeft) const
{
    painter.translate(topLeft);
    drawColorScale(painter, m_scale, inks(), hasDarkInks());
    painter.translate(-topLeft);
}

void PromptMultiples::restyle()
{
    m_plot->setBackground(inks().base);
    m_panels->palette = inks();
    m_panels->dark = hasDarkInks();
    m_panels->selected = m_selected;
    m_panels->cursor = isPaintingFigure() ? Place() : m_cursor;
}

void PromptMultiples::layOut(const QSize& room)
{
    m_grid->measure(m_panels->labelWidth());
    m_grid->layOut(room);
}

void PromptMultiples::refresh()
{
    layOut(m_plot->size());
    updateGeometry();
    restyle();
    replotSoon();
}

/// Marks alone are drawn anew: there may be thousands of bars below them.
void PromptMultiples::showMarks()
{
    restyle();
    if (m_painted)
        m_plot->layer(u"overlay"_s)->replot();
}

}
