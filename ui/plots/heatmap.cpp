#include "ui/plots/heatmap.h"

#include "ui/plots/axis_labels.h"
#include "ui/plots/heatmap_layer.h"
#include "ui/plots/heatmap_profiles.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"

#include <QKeyEvent>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int repaintInterval = 34; // ms
constexpr int cardDelay = 150; // ms
constexpr double topProfile = 70;
constexpr double rightProfile = 117;
constexpr double profileGap = 10;
constexpr double smallestCell = 6;

}

/// The parts of the plot that only this file knows.
struct Heatmap::Parts {
    QCPAxisRect* map;
    QCPAxisRect* top;
    QCPAxisRect* right;
    AxisLabels* layerLabels;
    AxisLabels* strengthLabels;
    HeatmapLayer* layer;
    std::unique_ptr<HeatmapProfiles> profiles;
};

Heatmap::Heatmap(QWidget* parent)
    : Plot(parent)
    , m_model(new HeatmapModel(this))
    , m_parts(std::make_unique<Parts>())
{
    setAccessibleName(tr("Map of layers and strengths"));

    QCPLayoutGrid* grid = m_plot->plotLayout();
    grid->clear();
    grid->setRowSpacing(0);
    grid->setColumnSpacing(0);
    const auto addRect = [&](int row, int column) {
        auto* rect = new QCPAxisRect(m_plot, true);
        rect->setAutoMargins(QCP::msNone);
        rect->setMinimumMargins(QMargins());
        grid->addElement(row, column, rect);
        for (QCPAxis* axis : rect->axes()) {
            axis->setVisible(true);
            axis->grid()->setLayer(u"grid"_s);
            axis->setLayer(u"axes"_s);
        }
        for (const auto side : {QCPAxis::atTop, QCPAxis::atRight}) {
            rect->axis(side)->setTicks(false);
            rect->axis(side)->setTickLabels(false);
        }
        return rect;
    };
    m_parts->top = addRect(0, 0);
    m_parts->map = addRect(1, 0);
    m_parts->right = addRect(1, 1);
    for (QCPAxis* axis : m_parts->map->axes())
        axis->grid()->setVisible(false);
    m_parts->layerLabels = new AxisLabels(m_parts->map->axis(QCPAxis::atBottom));
    m_parts->strengthLabels = new AxisLabels(m_parts->map->axis(QCPAxis::atLeft));
    m_parts->layer = new HeatmapLayer(m_parts->map, m_model);
    m_parts->profiles = std::make_unique<HeatmapProfiles>(m_parts->top, m_parts->right, m_model);

    m_cardDelay.setSingleShot(true);
    m_cardDelay.setInterval(cardDelay);
    connect(&m_cardDelay, &QTimer::timeout, this, &Heatmap::showCard);
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(repaintInterval);
    connect(&m_refresh, &QTimer::timeout, this, &Heatmap::refresh);

    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        m_selected = {};
        m_parts->layer->recommendation.reset();
        setHovered({});
        layOut();
    });
    connect(m_model, &QAbstractItemModel::dataChanged, this, [this] {
        if (!m_refresh.isActive())
            m_refresh.start();
    });
    restyle();
    layOut();
}

Heatmap::~Heatmap()
{
    delete m_card;
}

void Heatmap::setColorScale(ColorMap map, std::optional<double> limit)
{
    m_map = map;
    m_limit = limit;
    refresh();
}

double Heatmap::colorLimit() const
{
    if (m_limit)
        return *m_limit;
    const double largest = m_model->largestValue();
    return largest > 0 ? largest : 1;
}

void Heatmap::setCollapseThreshold(std::optional<double> natsPerToken)
{
    m_parts->layer->collapse = natsPerToken;
    refresh();
}

void Heatmap::setContourVisible(bool visible)
{
    m_parts->layer->contour = visible;
    refresh();
}

void Heatmap::setValuesVisible(bool visible)
{
    m_parts->layer->values = visible;
    refresh();
}

void Heatmap::setProfiles(std::vector<HeatmapProfile> profiles)
{
    m_parts->profiles->setProfiles(std::move(profiles));
    m_parts->profiles->recolor(inks());
    layOut();
}

void Heatmap::setProfileRange(double from, double to)
{
    m_parts->profiles->setRange(from, to);
    refresh();
}

void Heatmap::setSelectedCell(CellIndex cell)
{
    m_selected = m_model->contains(cell) ? cell : CellIndex();
    refresh();
}

void Heatmap::setRecommendation(std::optional<Recommendation> recommendation)
{
    m_parts->layer->recommendation = std::move(recommendation);
    refresh();
}

void Heatmap::setCardContent(std::function<HoverCardContent(CellIndex)> content)
{
    m_content = std::move(content);
}

void Heatmap::setColorScaleText(const ColorScale& scale)
{
    m_scale = scale;
}

QString Heatmap::cellText(CellIndex cell) const
{
    if (!m_model->contains(cell))
        return {};
    return tr("Layer %1, strength %2: %3")
        .arg(m_model->layers()[size_t(cell.layer)])
        .arg(strengthText(m_model->strengths()[size_t(cell.strength)]),
            m_model->modelIndex(cell).data().toString());
}

CellIndex Heatmap::cellAt(const QPoint& point) const
{
    return isEmpty() ? CellIndex() : m_parts->layer->cellAt(point - m_plot->pos());
}

QRect Heatmap::cellRect(CellIndex cell) const
{
    return m_model->contains(cell) ? m_parts->layer->cellRect(cell).translated(m_plot->pos()) : QRect();
}

/// What stands around the cells: labels left and below, profiles above and right.
QMargins Heatmap::surround() const
{
    const int line = QFontMetrics(plotFont()).height();
    const bool profiles = !m_parts->profiles->isEmpty();
    return {m_parts->strengthLabels->extent() + line + px(6), profiles ? px(topProfile + profileGap) : px(4),
        profiles ? px(rightProfile + profileGap) + px(10) : px(10),
        m_parts->layerLabels->extent() + line + px(4)};
}

QSize Heatmap::cellSize(const QSize& available) const
{
    const int width = window()->width();
    const QSize preferred = width < px(1400) ? QSize(px(22), px(34))
        : width <= px(1800)                  ? QSize(px(26), px(46))
                                             : QSize(px(40), px(56));
    const int layers = std::max(1, int(m_model->layers().size()));
    const int strengths = std::max(1, int(m_model->strengths().size()));
    const QMargins around = surround();
    const int roomX = (available.width() - around.left() - around.right()) / layers;
    const int roomY = (available.height() - around.top() - around.bottom()) / strengths;
    return {std::clamp(roomX, px(smallestCell), preferred.width()),
        std::clamp(roomY, px(smallestCell), preferred.height())};
}

QSize Heatmap::sizeFor(const QSize& cell) const
{
    const QMargins around = surround();
    return {around.left() + around.right() + cell.width() * int(m_model->layers().size()),
        around.top() + around.bottom() + cell.height() * int(m_model->strengths().size())};
}

void Heatmap::layOut()
{
    const int layers = int(m_model->layers().size());
    const int strengths = int(m_model->strengths().size());
    const bool filled = layers > 0 && strengths > 0;
    setEmpty(!filled);
    updateGeometry();
    if (!filled)
        return;

    std::vector<QString> names;
    for (const int layer : m_model->layers())
        names.push_back(QString::number(layer));
    m_parts->layerLabels->setLabels(std::move(names));
    names.clear();
    for (const double strength : m_model->strengths())
        names.push_back(strengthText(strength));
    m_parts->strengthLabels->setLabels(std::move(names));
    m_parts->strengthLabels->setBold({m_model->zeroStrength()});

    const QMargins around = surround();
    const QSize cell = cellSize(size());
    const QSize cells(cell.width() * layers, cell.height() * strengths);
    m_plot->setGeometry(QRect(QPoint(), sizeFor(cell)));

    const bool profiles = !m_parts->profiles->isEmpty();
    const auto fix = [](QCPAxisRect* rect, const QMargins& margins, const QSize& inner) {
        const QSize outer = inner.grownBy(margins);
        rect->setMargins(margins);
        rect->setSizeConstraintRect(QCPLayoutElement::scrOuterRect);
        rect->setMinimumSize(outer);
        rect->setMaximumSize(outer);
    };
    for (QCPAxisRect* rect : {m_parts->top, m_parts->right}) {
        rect->setVisible(profiles);
        for (QCPAxis* axis : rect->axes())
            axis->setVisible(profiles);
    }
    const int gap = px(profileGap);
    fix(m_parts->top, QMargins(around.left(), profiles ? px(10) : around.top(), 0, profiles ? gap : 0),
        QSize(cells.width(), profiles ? around.top() - gap - px(10) : 0));
    fix(m_parts->map, QMargins(around.left(), 0, 0, around.bottom()), cells);
    fix(m_parts->right, QMargins(profiles ? gap : around.right(), 0, profiles ? px(10) : 0, around.bottom()),
        QSize(profiles ? px(rightProfile) : 0, cells.height()));

    for (QCPAxisRect* rect : {m_parts->map, m_parts->top}) {
        for (const auto side : {QCPAxis::atBottom, QCPAxis::atTop})
            rect->axis(side)->setRange(-0.5, layers - 0.5);
    }
    for (QCPAxisRect* rect : {m_parts->map, m_parts->right}) {
        for (const auto side : {QCPAxis::atLeft, QCPAxis::atRight})
            rect->axis(side)->setRange(-0.5, strengths - 0.5);
    }
    refresh();
}

void Heatmap::refresh()
{
    m_refresh.stop();
    HeatmapLayer& layer = *m_parts->layer;
    layer.map = m_map;
    layer.limit = colorLimit();
    // A figure shows the measurement, not where the pointer happens to be.
    const CellIndex hovered = isPaintingFigure() ? CellIndex() : m_hovered;
    layer.selected = m_selected;
    layer.hovered = hovered;
    std::vector<int> bold;
    for (const CellIndex cell : {hovered, m_selected}) {
        if (m_model->contains(cell))
            bold.push_back(cell.layer);
    }
    m_parts->layerLabels->setBold(std::move(bold));
    const CellIndex middle{int(m_model->layers().size()) / 2, int(m_model->strengths().size()) - 1};
    m_parts->profiles->show(hovered.isValid() ? hovered : m_selected.isValid() ? m_selected : middle);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void Heatmap::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(isPaintingFigure() ? palette.base : palette.window);
    styleAxisRect(*m_parts->map, palette);
    for (QCPAxis* axis : m_parts->map->axes())
        axis->setBasePen(QPen(palette.border));
    m_parts->map->axis(QCPAxis::atBottom)->setLabel(QString());
    m_parts->profiles->recolor(palette);
    m_parts->layerLabels->setColors(palette);
    m_parts->layerLabels->setTitle(tr("layer (block output)"));
    m_parts->strengthLabels->setColors(palette);
    m_parts->strengthLabels->setTitle(tr("strength (× vector as stored)"));
    m_parts->layer->palette = palette;
    m_parts->layer->dark = hasDarkInks();
    refresh();
}

void Heatmap::layOut(const QSize&)
{
    layOut();
}

QSize Heatmap::legendSizeInFigure() const
{
    return m_scale.title.isEmpty() ? QSize() : colorScaleSize(m_scale);
}

void Heatmap::drawLegendInFigure(QPainter& painter, const QPoint& topLeft) const
{
    painter.translate(topLeft);
    drawColorScale(painter, m_scale, inks(), hasDarkInks());
    painter.translate(-topLeft);
}

PlotTable Heatmap::table() const
{
    PlotTable rows{{u"layer"_s, u"strength"_s, u"value"_s, u"loss"_s, u"state"_s}};
    const QStringList states{u"pending"_s, u"running"_s, u"done"_s, u"failed"_s};
    for (int layer = 0; layer < int(m_model->layers().size()); ++layer) {
        for (int strength = 0; strength < int(m_model->strengths().size()); ++strength) {
            const HeatmapCell& cell = m_model->cell({layer, strength});
            const bool done = cell.state == CellState::Done;
            rows.push_back({QString::number(m_model->layers()[size_t(layer)]),
                cellOf(m_model->strengths()[size_t(strength)]), done ? cellOf(cell.value) : QString(),
                done ? cellOf(cell.loss) : QString(), states[int(cell.state)]});
        }
    }
    return rows;
}

QSize Heatmap::sizeHint() const
{
    if (isEmpty())
        return {px(700), px(440)};
    return sizeFor(cellSize(QSize(100000, 100000)));
}

QSize Heatmap::minimumSizeHint() const
{
    return {px(240), px(160)};
}

void Heatmap::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().window);
    if (isEmpty()) {
        painter.setPen(colors().secondary);
        painter.setFont(smallFont());
        painter.drawText(
            rect().adjusted(px(24), 0, -px(24), 0), Qt::AlignCenter | Qt::TextWordWrap, placeholderText());
        if (showsFocusRing(this))
            drawFocusRing(painter, rect());
    }
}

void Heatmap::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    layOut();
}

void Heatmap::setHovered(CellIndex cell)
{
    if (cell == m_hovered)
        return;
    m_hovered = cell;
    m_cardDelay.stop();
    if (m_card)
        m_card->hide();
    if (cell.isValid()) {
        m_cardDelay.start();
        announce(cellText(cell));
    }
    refresh();
    emit cellHovered(cell);
}

void Heatmap::showCard()
{
    if (!m_model->contains(m_hovered) || !isVisible())
        return;
    HoverCardContent content;
    if (m_content)
        content = m_content(m_hovered);
    if (content.isEmpty()) {
        const HeatmapCell& cell = m_model->cell(m_hovered);
        content.title = tr("Layer %1, strength %2")
                            .arg(m_model->layers()[size_t(m_hovered.layer)])
                            .arg(strengthText(m_model->strengths()[size_t(m_hovered.strength)]));
        const QString value = m_model->modelIndex(m_hovered).data().toString();
        if (cell.state == CellState::Failed)
            content.words = cell.failure;
        else
            content.figures.push_back({tr("Value"), value});
    }
    if (!m_card || m_card->parentWidget() != window()) {
        delete m_card;
        m_card = new HoverCard(window());
        m_card->setObjectName(u"heatmapCard"_s);
    }
    const QRect cell = cellRect(m_hovered);
    m_card->showBeside(QRect(mapTo(window(), cell.topLeft()), cell.size()), content);
}

void Heatmap::open(CellIndex cell)
{
    m_selected = cell;
    refresh();
    emit cellClicked(cell);
}

void Heatmap::mouseMoveEvent(QMouseEvent* event)
{
    setHovered(cellAt(event->position().toPoint()));
}

void Heatmap::mousePressEvent(QMouseEvent* event)
{
    const CellIndex cell = cellAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && cell.isValid())
        open(cell);
    else
        event->ignore();
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
        if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier))
            emit cellActivated(cell);
        else
            open(cell);
        return;
    default:
        Plot::keyPressEvent(event);
        return;
    }
    setHovered({std::clamp(cell.layer, 0, layers - 1), std::clamp(cell.strength, 0, strengths - 1)});
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
