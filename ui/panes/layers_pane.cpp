#include "ui/panes/layers_pane.h"

#include "core/base/error.h"
#include "ui/panes/cell_texts.h"
#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
#include "ui/panes/map_form.h"
#include "ui/panes/metric_list.h"
#include "ui/panes/recommended_cell.h"
#include "ui/panes/report_bar.h"
#include "ui/plots/color_legend.h"
#include "ui/plots/heatmap.h"
#include "ui/plots/tradeoff_plot.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double scaleTop = 3; ///< nats per token: beyond it text has long collapsed

LayerMap::Place placeOf(CellIndex cell)
{
    return {cell.layer, cell.strength};
}

CellIndex indexOf(LayerMap::Place place)
{
    return {place.layer, place.strength};
}

/// To two digits, for the end of an axis.
double roundedUp(double value)
{
    if (!(value > 0))
        return 0;
    const double step = std::pow(10, std::floor(std::log10(value)) - 1);
    return std::ceil(value / step - 1e-9) * step;
}

/// The beginning of a text, for the hover card.
QString firstWords(const QString& text)
{
    const QString simple = text.simplified();
    return simple.size() <= 110 ? simple : simple.left(simple.lastIndexOf(u' ', 110)) + u'…';
}

}

LayersPane::LayersPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_map(workspace->map())
{
    auto* layout = row(this, 0, 0);
    auto* columns = new QSplitter(Qt::Horizontal);
    columns->setChildrenCollapsible(false);
    columns->addWidget(buildSide());
    m_rows = new QSplitter(Qt::Vertical);
    m_rows->setChildrenCollapsible(false);
    m_rows->addWidget(buildMap());
    m_texts = new CellTexts(m_map);
    m_rows->addWidget(m_texts);
    connect(m_texts, &CellTexts::useRequested, this, &LayersPane::useSelected);
    m_rows->setStretchFactor(0, 3);
    m_rows->setStretchFactor(1, 1);
    m_rows->setSizes({px(580), px(215)});
    columns->addWidget(m_rows);
    columns->setStretchFactor(0, 0);
    columns->setStretchFactor(1, 1);
    columns->setSizes({px(218), px(980)});
    layout->addWidget(columns);

    connect(m_map, &LayerMap::reset, this, &LayersPane::resetMap);
    connect(m_map, &LayerMap::measured, this, [this](const std::vector<LayerMap::Place>& places) {
        for (const auto& place : places)
            m_heatmap->model()->setCell(indexOf(place), cellOf(place));
        setScale();
        refreshRecommendation();
        refreshTasks();
        if (std::ranges::find(places, m_selected) != places.end()) {
            refreshSelected();
        }
    });
    connect(m_metrics, &QListWidget::currentRowChanged, this, &LayersPane::colorAll);
    connect(m_heatmap, &Heatmap::cellClicked, this, &LayersPane::select);
    connect(m_heatmap, &Heatmap::cellActivated, this, [this](CellIndex cell) {
        select(cell);
        useSelected();
    });
    connect(m_heatmap, &Plot::exportFailed, this, [workspace](const QString& problem) {
        workspace->report(
            Panel::Layers, {MessageKind::Error, {problem, tr("Choose another folder or name.")}, {}, {}});
    });
    connect(workspace, &Workspace::tasksChanged, this, &LayersPane::refreshTasks);
    connect(workspace, &Workspace::statusChanged, this, [this] {
        if (m_workspace->isRunning(Task::Map))
            refreshTasks();
    });
    resetMap();
    refreshTasks();
}

QWidget* LayersPane::buildSide()
{
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setMinimumWidth(px(200));
    auto* side = new QWidget;
    m_side = side;
    auto* layout = column(side);
    layout->addWidget(new SectionHeader(tr("Sweep")));
    m_form = new MapForm(m_workspace);
    layout->addWidget(m_form);
    layout->addWidget(new SectionHeader(tr("Metric")));
    m_metrics = new MetricList(m_map);
    layout->addWidget(m_metrics);
    m_recommended = new RecommendedCell(m_map);
    connect(m_recommended, &RecommendedCell::useRequested, this,
        [this] { m_workspace->takeToSteer(m_recommended->recommendation()->best); });
    layout->addWidget(m_recommended);
    layout->addWidget(new SectionHeader(tr("Selected cell")));
    auto* selected = new QWidget;
    auto* selectedLayout = column(selected, 8, 6);
    m_selectedTitle = new QLabel;
    m_selectedTitle->setFont(strong(bodyFont()));
    m_selectedTitle->setWordWrap(true);
    m_facts = new FactList;
    m_use = new QPushButton(icon(u"steer"_s), tr("Use in Steer"));
    m_use->setObjectName(u"useInSteer"_s);
    m_use->setToolTip(tr("Take this layer and strength to Steer (Ctrl+Return, or double click the cell)"));
    selectedLayout->addWidget(m_selectedTitle);
    selectedLayout->addWidget(m_facts);
    selectedLayout->addWidget(m_use);
    layout->addWidget(selected);
    layout->addStretch(1);
    scroll->setWidget(side);
    connect(m_use, &QPushButton::clicked, this, &LayersPane::useSelected);
    return scroll;
}

QWidget* LayersPane::buildMap()
{
    auto* panel = new QWidget;
    auto* layout = column(panel);
    layout->addWidget(new ReportBar(m_workspace, Panel::Layers));

    auto* head = new QWidget;
    head->setFixedHeight(px(36));
    auto* headRow = row(head, 0, 8);
    headRow->setContentsMargins(px(8), 0, px(8), 0);
    m_tabs = new QTabBar;
    m_tabs->setObjectName(u"mapTabs"_s);
    m_tabs->setDrawBase(false);
    m_tabs->addTab(tr("Layer × strength"));
    m_tabs->addTab(tr("Trade-off"));
    m_tabs->setTabToolTip(1, tr("Effect or read-back of every cell against its coherence loss"));
    m_state = new ElidedLabel;
    m_state->setFont(smallFont());
    m_state->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedSize(px(118), px(8));
    m_progress->setAccessibleName(tr("Progress of the map"));
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(u"cancelMap"_s);
    m_cancel->setProperty("compact", true);
    headRow->addWidget(m_tabs);
    headRow->addWidget(m_state, 1);
    m_pause = new QPushButton(tr("Pause"));
    m_pause->setObjectName(u"pauseMap"_s);
    m_pause->setProperty("compact", true);
    headRow->addWidget(m_progress);
    headRow->addWidget(m_pause);
    headRow->addWidget(m_cancel);
    layout->addWidget(head);
    layout->addWidget(separatorLine(Qt::Horizontal));

    auto* bar = new QWidget;
    bar->setFixedHeight(px(34));
    auto* barRow = row(bar, 0, 8);
    barRow->setContentsMargins(px(8), 0, px(8), 0);
    m_legend = new ColorLegend;
    m_contour = new QCheckBox(tr("contour"));
    m_contour->setChecked(true);
    m_contour->setToolTip(tr("Outline where the coherence loss passes the collapse limit"));
    m_threshold = new QDoubleSpinBox;
    m_threshold->setObjectName(u"collapseLimit"_s);
    m_threshold->setRange(0.05, 20);
    m_threshold->setSingleStep(0.25);
    m_threshold->setValue(1);
    m_threshold->setSuffix(tr(" nats"));
    m_threshold->setProperty("compact", true);
    m_threshold->setAccessibleName(tr("Collapse limit, nats per token"));
    m_threshold->setToolTip(tr("Coherence loss a token beyond which text counts as collapsed"));
    m_shownSide = new QComboBox;
    m_shownSide->setObjectName(u"mapSide"_s);
    m_shownSide->addItem(tr("Vector"), int(MapSide::Vector));
    m_shownSide->addItem(tr("Random control"), int(MapSide::Control));
    m_shownSide->addItem(tr("Difference"), int(MapSide::Difference));
    m_shownSide->setProperty("compact", true);
    m_shownSide->setAccessibleName(tr("Whose figures are shown"));
    m_values = new QCheckBox(tr("values"));
    m_values->setToolTip(tr("Write each value into its cell"));
    m_export = barButton(u"export"_s, tr("Export"), tr("Export the map as a picture or as figures"));
    m_export->setObjectName(u"exportMap"_s);
    m_export->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_export);
    menu->addAction(tr("Picture (PNG, PDF, SVG)…"), this, &LayersPane::exportPicture)
        ->setObjectName(u"exportMapPicture"_s);
    menu->addAction(tr("Figures (CSV, JSON)…"), this, &LayersPane::exportTable)
        ->setObjectName(u"exportMapTable"_s);
    m_export->setMenu(menu);
    barRow->addWidget(m_legend);
    barRow->addStretch(1);
    barRow->addWidget(m_shownSide);
    barRow->addWidget(m_contour);
    barRow->addWidget(m_threshold);
    barRow->addWidget(m_values);
    barRow->addWidget(m_export);
    layout->addWidget(bar);

    m_heatmap = new Heatmap;
    m_heatmap->setObjectName(u"map"_s);
    m_heatmap->setAccessibleName(tr("Layer by strength map"));
    m_heatmap->setPlaceholderText(
        tr("No map yet. Map measures every layer at every strength;\ncells can be used as they fill."));
    m_heatmap->setCollapseThreshold(collapse());
    m_heatmap->setCardContent([this](CellIndex cell) { return card(cell); });
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_heatmap);
    auto* stack = new QStackedWidget;
    stack->addWidget(scroll);
    m_tradeoff = new TradeoffPlot;
    m_tradeoff->setObjectName(u"tradeoff"_s);
    m_tradeoff->setPlaceholderText(tr("What steering gains against what it costs appears here\nonce effect "
                                      "or read-back and coherence are known."));
    stack->addWidget(m_tradeoff);
    layout->addWidget(stack, 1);
    connect(m_tabs, &QTabBar::currentChanged, stack, &QStackedWidget::setCurrentIndex);
    connect(m_tabs, &QTabBar::currentChanged, this, &LayersPane::refreshTradeoff);
    connect(m_tradeoff, &TradeoffPlot::cellClicked, this, &LayersPane::select);
    connect(m_tradeoff, &TradeoffPlot::cellActivated, this, [this](CellIndex cell) {
        select(cell);
        useSelected();
    });

    connect(m_cancel, &QPushButton::clicked, m_workspace, &Workspace::cancelMap);
    connect(m_pause, &QPushButton::clicked, this, [this] {
        if (m_workspace->isRunning(Task::Map))
            m_workspace->pauseMap();
        else
            m_workspace->resumeMap();
    });
    connect(m_threshold, &QDoubleSpinBox::valueChanged, this, [this] {
        m_heatmap->setCollapseThreshold(collapse());
        setScale();
        refreshRecommendation();
    });
    connect(m_shownSide, &QComboBox::currentIndexChanged, this, [this] {
        m_metrics->setSide(MapSide(m_shownSide->currentData().toInt()));
        colorAll();
    });
    connect(m_contour, &QCheckBox::toggled, m_heatmap, &Heatmap::setContourVisible);
    connect(m_values, &QCheckBox::toggled, m_heatmap, &Heatmap::setValuesVisible);
    return panel;
}

void LayersPane::runMap()
{
    m_form->run();
}

void LayersPane::setCompact(bool compact)
{
    m_texts->setCompact(compact);
}

void LayersPane::resetMap()
{
    const MapGrid& grid = m_map->grid();
    m_heatmap->model()->setGrid(grid.layers, grid.strengths);
    m_selected = {};
    m_heatmap->setSelectedCell({});
    m_shownSide->setCurrentIndex(0);
    m_shownSide->setVisible(grid.control);
    if (grid.vector) {
        const QString model
            = m_workspace->model() ? QString::fromStdString(m_workspace->model()->info.name) : QString();
        const QString caption = tr("%1 on %2: %3, %4; %5 of %6 tokens, %7")
                                    .arg(grid.vectorName, model, titleOf(grid.op), titleOf(grid.scope),
                                        counted(int(grid.prompts.size()), tr("prompt"), tr("prompts")))
                                    .arg(grid.tokens)
                                    .arg(counted(int(grid.pairs.size()), tr("pair"), tr("pairs")));
        m_heatmap->setCaption(caption);
        m_tradeoff->setCaption(caption);
    }
    setScale();
    refreshRecommendation();
    refreshSelected();
    refreshTasks();
}

double LayersPane::collapse() const
{
    return m_threshold->value();
}

HeatmapCell LayersPane::cellOf(LayerMap::Place place) const
{
    const auto value = m_map->figure(place, m_metrics->current(), m_metrics->side());
    if (!value)
        return {};
    const auto loss = m_map->figure(place, Metric::Coherence);
    return {CellState::Done, value->value, loss ? loss->value : std::nan(""), {}};
}

void LayersPane::colorAll()
{
    const MapGrid& grid = m_map->grid();
    std::vector<HeatmapCell> cells(size_t(m_map->cellCount()));
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l)
            cells[size_t(s) * grid.layers.size() + size_t(l)] = cellOf({l, s});
    m_heatmap->model()->setCells(std::move(cells));
    setScale();
    refreshTradeoff();
}

void LayersPane::setScale()
{
    const Metric metric = m_metrics->current();
    const MapGrid& grid = m_map->grid();
    const bool diverges = factsOf(metric).isSigned || m_metrics->side() == MapSide::Difference;
    const double largest = m_heatmap->model()->largestValue();
    // Losses are cut off where text has long collapsed, so that what comes before can be told apart.
    const bool isLoss = metric == Metric::Kl || metric == Metric::Coherence;
    const double limit = largest > 0 ? (isLoss ? std::min(largest, scaleTop) : largest) : 1.0;
    const QString end = number(limit, limit < 1 ? 2 : 1);
    if (diverges) {
        const QString negative = grid.vector ? QString::fromStdString(grid.vector->negativeLabel) : QString();
        const QString positive = grid.vector ? QString::fromStdString(grid.vector->positiveLabel) : QString();
        m_heatmap->setColorScale(ColorMap::AmberPlum, limit);
        m_legend->setScale(ColorMap::AmberPlum, titleOf(metric), u"%1 −%2"_s.arg(negative, end).trimmed(),
            u"+%1 %2"_s.arg(end, positive).trimmed());
    } else {
        m_heatmap->setColorScale(ColorMap::Ember, limit);
        m_legend->setScale(ColorMap::Ember, titleOf(metric), u"0"_s,
            u"%1%2 %3"_s.arg(largest > limit ? u"≥ "_s : QString(), end, unitOf(metric)));
    }
    const bool hasLoss = grid.measures(Metric::Coherence);
    m_legend->setCollapseText(hasLoss
            ? tr("loss %1 nat/token").arg(number(collapse(), collapse() == std::floor(collapse()) ? 0 : 2))
            : QString());
    m_heatmap->setColorScaleText(m_legend->scale());

    std::vector<HeatmapProfile> profiles{{titleOf(metric), {}, &Colors::positive, false}};
    if (hasLoss && metric != Metric::Coherence)
        profiles.push_back({tr("loss"), {}, &Colors::error, true});
    double lowest = 0;
    double highest = 0.01;
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l)
            for (size_t p = 0; p < profiles.size(); ++p) {
                const auto figure = p == 0 ? m_map->figure({l, s}, metric, m_metrics->side())
                                           : m_map->figure({l, s}, Metric::Coherence);
                profiles[p].values.push_back(figure ? figure->value : std::nan(""));
                if (figure) {
                    lowest = std::min(lowest, figure->value);
                    highest = std::max(highest, figure->value);
                }
            }
    m_heatmap->setProfiles(std::move(profiles));
    m_heatmap->setProfileRange(
        -roundedUp(std::min(-lowest, limit)), roundedUp(std::min(highest, std::max(limit, 0.01))));
}

void LayersPane::refreshRecommendation()
{
    refreshTradeoff();
    m_recommended->refresh(collapse(), *m_heatmap);
}

// Only while it is seen: cells arrive many times a second.
void LayersPane::refreshTradeoff()
{
    if (m_tabs->currentIndex() != 1)
        return;
    const MapGrid& grid = m_map->grid();
    const Metric shown = m_metrics->current();
    const Metric goal = factsOf(shown).isSigned ? shown
        : grid.measures(Metric::Effect)         ? Metric::Effect
                                                : Metric::Readback;
    std::vector<TradeoffPoint> points;
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l) {
            const auto gain = m_map->figure({l, s}, goal, m_metrics->side());
            const auto loss = m_map->figure({l, s}, Metric::Coherence, m_metrics->side());
            if (gain && loss && grid.strengths[size_t(s)] != 0)
                points.push_back(
                    {{l, s}, m_map->titleOf({l, s}), grid.strengths[size_t(s)], loss->value, gain->value});
        }
    m_tradeoff->setGainLabel(titleOf(goal));
    m_tradeoff->setLimit(collapse());
    m_tradeoff->setPoints(std::move(points));
    m_tradeoff->setSelectedCell(indexOf(m_selected));
}

void LayersPane::select(CellIndex cell)
{
    m_selected = placeOf(cell);
    m_heatmap->setSelectedCell(cell);
    m_tradeoff->setSelectedCell(cell);
    refreshSelected();
    emit selectionChanged();
}

void LayersPane::useSelected()
{
    if (m_selected.isValid())
        m_workspace->takeToSteer(m_selected);
}

void LayersPane::refreshSelected()
{
    const bool selected = m_selected.isValid();
    m_use->setEnabled(selected);
    m_selectedTitle->setText(selected ? m_map->titleOf(m_selected) : tr("None. Click a cell of the map."));
    m_texts->show(m_selected, selected ? m_map->titleOf(m_selected) : tr("Cell text"));
    std::vector<std::pair<QString, QString>> facts;
    if (const auto push = selected ? m_map->push(m_selected) : std::nullopt; push && *push != 0)
        facts.emplace_back(tr("Push"), signedNumber(*push, 2));
    for (const Metric metric : m_map->grid().metrics)
        if (const auto figure = selected ? m_map->figure(m_selected, metric) : std::nullopt) {
            QString shown = figureText(metric, figure->value);
            if (figure->low != figure->high)
                shown += tr(" (%1 to %2)").arg(number(figure->low, 2), number(figure->high, 2));
            facts.emplace_back(titleOf(metric), shown);
        }
    m_facts->setFacts(facts);
    m_facts->setVisible(!facts.empty());
}

void LayersPane::refreshTasks()
{
    const bool running = m_workspace->isRunning(Task::Map);
    const bool paused = !running && m_workspace->isMapPaused();
    m_progress->setVisible(running || paused);
    m_cancel->setVisible(running || paused);
    m_pause->setVisible(running || paused);
    m_pause->setText(paused ? tr("Resume") : tr("Pause"));
    m_pause->setToolTip(paused ? tr("Go on where it was") : tr("Stop for now; what is measured is kept"));
    m_progress->setRange(0, 1000);
    if (running)
        m_progress->setValue(int(1000 * m_workspace->progress().value_or(0)));
    m_state->setText(running          ? m_workspace->status().section(u": "_s, 1)
            : m_map->doneCount() == 0 ? QString()
                                      : tr("%1: %2 of %3 cells%4")
                                            .arg(m_map->grid().vectorName)
                                            .arg(m_map->doneCount())
                                            .arg(m_map->cellCount())
                                            .arg(paused ? tr(", paused") : QString()));
    m_export->setEnabled(m_map->doneCount() > 0);
    m_export->setToolTip(m_map->doneCount() > 0 ? tr("Export the map as a picture or as figures")
                                                : tr("There is no map yet."));
}

HoverCardContent LayersPane::card(CellIndex index) const
{
    const LayerMap::Place place = placeOf(index);
    HoverCardContent content;
    content.title = m_map->titleOf(place);
    if (!m_map->isMeasured(place)) {
        content.hint = m_workspace->isRunning(Task::Map) ? tr("Not measured yet.")
                                                         : tr("Not measured: the map was stopped.");
        return content;
    }
    if (const auto push = m_map->push(place); push && *push != 0)
        content.aside = tr("push %1").arg(number(*push, 2));
    for (const Metric metric : m_map->grid().metrics)
        if (const auto figure = m_map->figure(place, metric)) {
            content.figures.emplace_back(metric == Metric::Coherence ? tr("Loss") : titleOf(metric),
                figureText(metric, figure->value));
            if (metric == m_metrics->current() && figure->low != figure->high)
                content.figures.emplace_back(
                    tr("90 %"), u"%1 to %2"_s.arg(number(figure->low, 2), number(figure->high, 2)));
        }
    if (const auto text = m_map->text(place, m_texts->prompt()))
        content.words = u"“%1”"_s.arg(firstWords(*text));
    content.hint = tr("Click: read below. Double click: use in Steer.");
    return content;
}

void LayersPane::exportPicture()
{
    const QString path = Dialogs::getSaveFileName(this, tr("Export the map"),
        QDir(settings::lastFolder()).filePath(m_map->grid().vectorName + u"-map.png"_s),
        tr("PNG (*.png);;PDF (*.pdf);;SVG (*.svg)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    Plot* shown = m_tabs->currentIndex() == 1 ? static_cast<Plot*>(m_tradeoff) : m_heatmap;
    const QString problem = shown->exportTo(path);
    if (!problem.isEmpty())
        m_workspace->report(
            Panel::Layers, {MessageKind::Error, {problem, tr("Choose another folder or name.")}, {}, {}});
}

void LayersPane::exportTable()
{
    const QString path = Dialogs::getSaveFileName(this, tr("Export the map's figures"),
        QDir(settings::lastFolder()).filePath(m_map->grid().vectorName + u"-map.csv"_s),
        tr("CSV (*.csv);;JSON (*.json)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    const Attempt written = attempt([&] { m_map->table().write(path.toStdString(), true); });
    if (!written.ok())
        m_workspace->report(Panel::Layers, {MessageKind::Error, written.failure, {}, {}});
}

}
