#include "ui/plots/heatmap.h"

#include "ui/plots/axis_labels.h"
#include "ui/plots/depth_brackets.h"
#include "ui/plots/heatmap_layer.h"
#include "ui/plots/heatmap_profiles.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int repaintInterval = 34; // ms
constexpr int cardDelay = 150; // ms
constexpr double topProfile = 70;
constexpr double rightProfile = 117;
constexpr double profileGap = 10;
constexpr double smallestCell = 6;
constexpr double largestCell = 72;
constexpr double labelRoom = 24; ///< right of the right profile: its last label is drawn whole or not at all

}

/// The parts of the plot that only this file knows.
struct Heatmap::Parts {
    QCPAxisRect* map;
    QCPAxisRect* top;
    QCPAxisRect* right;
    AxisLabels* layerLabels;
    DepthBrackets* depth;
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
    m_parts->depth = new DepthBrackets(m_parts->map->axis(QCPAxis::atBottom));
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
        m_cursor = {};
        dropRange();
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

void Heatmap::setModelLayers(int layers)
{
    m_modelLayers = layers;
    layOut();
}

void Heatmap::setRangesEnabled(bool enabled)
{
    m_rangesEnabled = enabled;
    dropRange();
}

void Heatmap::setRangeText(std::function<QString(CellRange)> text)
{
    m_rangeText = std::move(text);
    refresh();
}

QString Heatmap::rangeText(CellRange range) const
{
    if (m_rangeText)
        return m_rangeText(range);
    const auto span = [](const QString& first, const QString& last, const QString& between) {
        return first == last ? first : first + between + last;
    };
    const auto layer
        = [this](CellIndex cell) { return QString::number(m_model->layers()[size_t(cell.layer)]); };
    const auto strength
        = [this](CellIndex cell) { return strengthText(m_model->strengths()[size_t(cell.strength)]); };
    return tr("layers %1, strength %2: %3 × %4 cells")
        .arg(span(layer(range.first), layer(range.last), u"–"_s),
            span(strength(range.first), strength(range.last), tr(" to ")))
        .arg(range.layers())
        .arg(range.strengths());
}

void Heatmap::setCursorCell(CellIndex cell)
{
    if (!m_model->contains(cell))
        cell = {};
    if (cell == m_cursor)
        return;
    m_cursor = cell;
    if (cell.isValid()) {
        m_cardDelay.stop();
        if (m_card)
            m_card->hide();
    }
    refresh();
}

void Heatmap::setStrengthTitle(const QString& title)
{
    if (title == m_strengthTitle)
        return;
    m_strengthTitle = title;
    restyle();
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
    return m_model->modelIndex(cell).data(Qt::AccessibleTextRole).toString();
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
        profiles ? px(rightProfile + profileGap + labelRoom) : px(10),
        m_parts->layerLabels->extent() + m_parts->depth->extent() + line + px(4)};
}

QSize Heatmap::preferredCellSize() const
{
    const int width = window()->width();
    return width < px(1400) ? QSize(px(22), px(34))
        : width <= px(1800) ? QSize(px(26), px(46))
                            : QSize(px(40), px(56));
}

// A small grid may grow to half of the room.
QSize Heatmap::cellSize(const QSize& available) const
{
    const QSize preferred = preferredCellSize();
    const int layers = std::max(1, int(m_model->layers().size()));
    const int strengths = std::max(1, int(m_model->strengths().size()));
    const QMargins around = surround();
    const auto fit = [](int room, int count, int most) {
        const int grown = std::max(most, std::min(px(largestCell), room / 2 / count));
        return std::clamp(room / count, px(smallestCell), grown);
    };
    return {fit(available.width() - around.left() - around.right(), layers, preferred.width()),
        fit(available.height() - around.top() - around.bottom(), strengths, preferred.height())};
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

    m_parts->depth->setParts(depthParts(m_model->layers(), m_modelLayers));
    m_parts->depth->setOffset(m_parts->layerLabels->extent());
    m_parts->layerLabels->setTitleGap(m_parts->depth->extent());

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
    fix(m_parts->right,
        QMargins(profiles ? gap : around.right(), 0, profiles ? px(labelRoom) : 0, around.bottom()),
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
    const CellIndex hovered = isPaintingFigure() ? CellIndex() : shownCell();
    layer.selected = m_selected;
    layer.hovered = hovered;
    layer.range = isPaintingFigure() ? std::nullopt : m_range;
    layer.rangeTag = layer.range ? rangeText(*layer.range) : QString();
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
    m_parts->depth->setColors(palette);
    m_parts->strengthLabels->setColors(palette);
    m_parts->strengthLabels->setTitle(m_strengthTitle);
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
    return sizeFor(preferredCellSize());
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

}
