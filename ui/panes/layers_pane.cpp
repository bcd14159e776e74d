#include "ui/panes/layers_pane.h"

#include "core/base/error.h"
#include "ui/panes/cell_texts.h"
#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
#include "ui/panes/map_comparison.h"
#include "ui/panes/map_cosines.h"
#include "ui/panes/map_form.h"
#include "ui/panes/map_heatmap.h"
#include "ui/panes/map_picture.h"
#include "ui/panes/map_prompts.h"
#include "ui/panes/map_table.h"
#include "ui/panes/map_tradeoff.h"
#include "ui/panes/metric_list.h"
#include "ui/panes/recommended_cell.h"
#include "ui/panes/report_bar.h"
#include "ui/plots/color_legend.h"
#include "ui/state/settings.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QKeyEvent>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

LayersPane::LayersPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_map(workspace->map())
    , m_selectedMap(m_map)
{
    auto* columns = new QSplitter(Qt::Horizontal);
    columns->setChildrenCollapsible(false);
    columns->addWidget(buildSide());
    auto* rows = new QSplitter(Qt::Vertical);
    rows->setChildrenCollapsible(false);
    rows->addWidget(buildMap());
    m_texts = new CellTexts(m_map);
    rows->addWidget(m_texts);
    rows->setStretchFactor(0, 3);
    rows->setStretchFactor(1, 1);
    rows->setSizes({px(580), px(215)});
    columns->addWidget(rows);
    columns->setStretchFactor(0, 0);
    columns->setStretchFactor(1, 1);
    columns->setSizes({px(218), px(980)});
    row(this, 0, 0)->addWidget(columns);

    connect(m_texts, &CellTexts::useRequested, this, &LayersPane::useSelected);
    connect(m_texts, &CellTexts::promptChanged, this, [this](int prompt) {
        if (m_selected.isValid())
            select(m_selectedMap, m_selected, prompt);
    });
    for (LayerMap* map : {m_map, workspace->comparedMap()}) {
        connect(map, &LayerMap::reset, this, [this, map] { resetMap(map); });
        connect(map, &LayerMap::measured, this, [this, map](const std::vector<LayerMap::Place>& places) {
            refreshTasks();
            if (map == m_selectedMap && std::ranges::find(places, m_selected) != places.end())
                refreshSelected();
        });
    }
    connect(m_map, &LayerMap::measured, this, &LayersPane::refreshRecommendation);
    connect(m_metrics, &QListWidget::currentRowChanged, this, &LayersPane::look);
    connect(workspace, &Workspace::tasksChanged, this, &LayersPane::refreshTasks);
    connect(workspace, &Workspace::statusChanged, this, [this] {
        if (m_workspace->isRunning(Task::Map))
            refreshTasks();
    });
    reportFailedExports(this, workspace, Panel::Layers);
    showView(0);
    resetMap(m_map);
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
    auto* layout = column(side);
    layout->addWidget(new SectionHeader(tr("Sweep")));
    m_form = new MapForm(m_workspace);
    layout->addWidget(m_form);
    layout->addWidget(new SectionHeader(tr("Metric")));
    m_metrics = new MetricList(m_map);
    layout->addWidget(m_metrics);
    m_recommended = new RecommendedCell(m_map);
    connect(m_recommended, &RecommendedCell::useRequested, this,
        [this] { m_workspace->takeToSteer(*m_map, m_recommended->recommendation()->best); });
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
    layout->addWidget(buildHead());
    layout->addWidget(separatorLine(Qt::Horizontal));
    layout->addWidget(buildBar());
    m_views = new QStackedWidget;
    layout->addWidget(m_views, 1);

    m_picture = new MapPicture(m_map);
    MapHeatmap* heatmap = m_picture->heatmap();
    connect(heatmap, &Heatmap::rangeChosen, this,
        [this](CellRange range) { m_workspace->refineMap(placeOf(range.first), placeOf(range.last)); });
    addView(
        tr("Layer × strength"), tr("The map. Drag a rectangle to measure a part of it finer."), m_picture);
    addView(tr("Trade-off"),
        tr("Effect or read-back of every cell against its coherence loss;\n"
           "the lines join the cells that no other beats in both"),
        new MapTradeoff(m_map));
    addView(tr("Prompts"), tr("Every prompt for itself, at every strength over the layers"),
        new MapPrompts(m_map));
    addView(tr("Compare"), tr("Beside another vector, or another method, on one scale"),
        new MapComparison(m_workspace));
    addView(tr("Cosines"), tr("Where the directions of layers and of vectors agree"),
        new MapCosines(m_workspace));
    addView(tr("Table"), tr("The figures one by one"), new MapTable(m_map, heatmap->model()));
    connect(m_tabs, &QTabBar::currentChanged, this, &LayersPane::showView);
    return panel;
}

void LayersPane::addView(const QString& title, const QString& toolTip, MapView* view)
{
    m_views->addWidget(view);
    m_tabs->setTabToolTip(m_tabs->addTab(title), toolTip);
    connect(view, &MapView::cellClicked, this, &LayersPane::select);
    connect(view, &MapView::cellActivated, this, [this](const LayerMap* map, LayerMap::Place place) {
        select(map, place, -1);
        useSelected();
    });
    connect(view, &MapView::scaleChanged, this, &LayersPane::refreshScale);
}

QWidget* LayersPane::buildHead()
{
    auto* head = new QWidget;
    head->setFixedHeight(px(36));
    auto* layout = row(head, 0, 8);
    layout->setContentsMargins(px(8), 0, px(8), 0);
    m_tabs = new QTabBar;
    m_tabs->setObjectName(u"mapTabs"_s);
    m_tabs->setAccessibleName(tr("Views of the map"));
    m_tabs->setDrawBase(false);
    m_state = new ElidedLabel;
    m_state->setFont(smallFont());
    m_state->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedSize(px(80), px(8));
    m_progress->setAccessibleName(tr("Progress of the map"));
    const auto button = [](const QString& text, const QString& name) {
        auto* compact = new QPushButton(text);
        compact->setObjectName(name);
        compact->setProperty("compact", true);
        return compact;
    };
    m_widen = button(tr("Wider map"), u"widenMap"_s);
    m_widen->setToolTip(tr("Back to the map that this is a part of"));
    m_pause = button(tr("Pause"), u"pauseMap"_s);
    m_cancel = button(tr("Cancel"), u"cancelMap"_s);
    layout->addWidget(m_tabs);
    layout->addWidget(m_state, 1);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_widen, m_progress, m_pause, m_cancel})
        layout->addWidget(widget);

    connect(m_widen, &QPushButton::clicked, m_workspace, &Workspace::widenMap);
    connect(m_cancel, &QPushButton::clicked, m_workspace, &Workspace::cancelMap);
    connect(m_pause, &QPushButton::clicked, this, &LayersPane::togglePause);
    return head;
}

QWidget* LayersPane::buildBar()
{
    auto* bar = new QWidget;
    bar->setFixedHeight(px(34));
    auto* layout = row(bar, 0, 8);
    layout->setContentsMargins(px(8), 0, px(8), 0);
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
    m_exportPicture = menu->addAction(tr("Picture (PNG, PDF, SVG)…"), this, &LayersPane::exportPicture);
    m_exportPicture->setObjectName(u"exportMapPicture"_s);
    menu->addAction(tr("Figures (CSV, JSON)…"), this, &LayersPane::exportTable)
        ->setObjectName(u"exportMapTable"_s);
    m_export->setMenu(menu);
    layout->addWidget(m_legend);
    layout->addStretch(1);
    for (QWidget* tool :
        std::initializer_list<QWidget*>{m_shownSide, m_contour, m_threshold, m_values, m_export})
        layout->addWidget(tool);

    connect(m_threshold, &QDoubleSpinBox::valueChanged, this, [this] {
        look();
        refreshRecommendation();
    });
    connect(m_shownSide, &QComboBox::currentIndexChanged, this, [this] {
        m_metrics->setSide(MapSide(m_shownSide->currentData().toInt()));
        look();
    });
    for (QCheckBox* box : {m_contour, m_values})
        connect(box, &QCheckBox::toggled, this, &LayersPane::look);
    return bar;
}

MapView* LayersPane::view() const
{
    return static_cast<MapView*>(m_views->currentWidget());
}

void LayersPane::showView(int index)
{
    m_views->setCurrentIndex(index);
    const MapView::Tools tools = view()->tools();
    m_legend->parentWidget()->setVisible(tools != MapView::Tools());
    m_legend->setVisible(tools & MapView::Scale);
    m_threshold->setVisible(tools & MapView::Limit);
    m_contour->setVisible(tools & MapView::Contour);
    m_values->setVisible(tools & MapView::Values);
    m_shownSide->setVisible((tools & MapView::Side) && m_map->grid().control);
    m_export->setVisible(tools & MapView::Export);
    m_exportPicture->setEnabled(view()->picture());
    refreshScale();
}

void LayersPane::togglePause()
{
    if (m_workspace->isRunning(Task::Map))
        m_workspace->pauseMap();
    else if (m_workspace->isMapPaused())
        m_workspace->resumeMap();
}

void LayersPane::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space && m_pause->isVisible())
        togglePause();
    else
        QWidget::keyPressEvent(event);
}

void LayersPane::runMap()
{
    m_form->run();
}

void LayersPane::setCompact(bool compact)
{
    m_texts->setCompact(compact);
}

void LayersPane::resetMap(const LayerMap* map)
{
    if (map == m_selectedMap) {
        m_selectedMap = m_map;
        m_selected = {};
        emit selectionChanged();
    }
    if (map == m_map) {
        m_shownSide->setCurrentIndex(0);
        showView(m_views->currentIndex());
        look();
    }
    refreshRecommendation();
    refreshSelected();
    refreshTasks();
}

void LayersPane::look()
{
    const MapLook look{m_metrics->current(), m_metrics->side(), m_threshold->value(), m_contour->isChecked(),
        m_values->isChecked()};
    for (int i = 0; i < m_views->count(); ++i)
        static_cast<MapView*>(m_views->widget(i))->setLook(look);
    refreshScale();
}

void LayersPane::refreshScale()
{
    m_legend->setScale(view()->scale());
}

void LayersPane::refreshRecommendation()
{
    m_recommended->refresh(m_threshold->value(), *m_picture->heatmap());
}

void LayersPane::select(const LayerMap* map, LayerMap::Place place, int prompt)
{
    m_selectedMap = map;
    m_selected = place;
    if (prompt >= 0)
        m_texts->setPrompt(prompt);
    refreshSelected();
    for (int i = 0; i < m_views->count(); ++i)
        static_cast<MapView*>(m_views->widget(i))->setSelected(map, place, m_texts->prompt());
    emit selectionChanged();
}

void LayersPane::useSelected()
{
    if (m_selected.isValid())
        m_workspace->takeToSteer(*m_selectedMap, m_selected);
}

void LayersPane::refreshSelected()
{
    const bool selected = m_selected.isValid();
    m_use->setEnabled(selected);
    m_selectedTitle->setText(
        selected ? m_selectedMap->titleOf(m_selected) : tr("None. Click a cell of the map."));
    QString title = selected ? m_selectedMap->titleOf(m_selected) : tr("Cell text");
    if (m_selectedMap != m_map)
        title = u"%1: %2"_s.arg(m_selectedMap->grid().vectorName, title);
    m_texts->show(*m_selectedMap, m_selected, title);
    std::vector<std::pair<QString, QString>> facts;
    if (const auto push = selected ? m_selectedMap->push(m_selected) : std::nullopt; push && *push != 0)
        facts.emplace_back(tr("Push"), signedNumber(*push, 2));
    for (const Metric metric : m_selectedMap->grid().metrics)
        if (const auto figure = selected ? m_selectedMap->figure(m_selected, metric) : std::nullopt) {
            facts.emplace_back(titleOf(metric), figureText(metric, figure->value));
            if (figure->low != figure->high)
                facts.emplace_back(
                    QString(), u"%1…%2"_s.arg(number(figure->low, 2), number(figure->high, 2)));
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
    m_pause->setToolTip(
        paused ? tr("Go on where it was (Space)") : tr("Stop for now; what is measured is kept (Space)"));
    m_progress->setRange(0, 1000);
    if (running)
        m_progress->setValue(int(1000 * m_workspace->progress().value_or(0)));
    m_state->setText(running          ? m_workspace->status().section(u": "_s, 1)
            : m_map->doneCount() == 0 ? QString()
                                      : tr("%1: %2 of %3 cells%4")
                                            .arg(m_workspace->titleOfMap())
                                            .arg(m_map->doneCount())
                                            .arg(m_map->cellCount())
                                            .arg(paused ? tr(", paused") : QString()));
    m_widen->setVisible(m_workspace->canWidenMap());
    m_export->setEnabled(m_map->doneCount() > 0);
    m_export->setToolTip(m_map->doneCount() > 0 ? tr("Export the map as a picture or as figures")
                                                : tr("There is no map yet."));
}

void LayersPane::exportPicture()
{
    const QString path = Dialogs::getSaveFileName(this, tr("Export the map"),
        QDir(settings::lastFolder()).filePath(m_map->grid().vectorName + u"-map.png"_s),
        tr("PNG (*.png);;PDF (*.pdf);;SVG (*.svg)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    const QString problem = view()->picture()->exportTo(path);
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
