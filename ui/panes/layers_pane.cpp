#include "ui/panes/layers_pane.h"

#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
#include "ui/panes/map_form.h"
#include "ui/panes/metric_list.h"
#include "ui/panes/report_bar.h"
#include "ui/panes/row_pane.h"
#include "ui/plots/color_legend.h"
#include "ui/plots/heatmap.h"
#include "ui/state/settings.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/token_text_view.h"

#include <QCheckBox>
#include <QDir>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double collapseLoss = 1; ///< nats per token
constexpr double scaleTop = 3; ///< nats per token; beyond it text has long collapsed

LayerMap::Place placeOf(CellIndex cell)
{
    return {cell.layer, cell.strength};
}

CellIndex indexOf(LayerMap::Place place)
{
    return {place.layer, place.strength};
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
    m_rows->addWidget(buildTexts());
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
        const auto figure = m_metrics->current().figure;
        for (const auto& place : places)
            if (const SweepCell* cell = m_map->cell(place))
                m_heatmap->model()->setCell(
                    indexOf(place), {CellState::Done, cell->*figure, cell->nllRise, {}});
        setScale();
        refreshTasks();
    });
    connect(m_map, &LayerMap::textChanged, this, [this](LayerMap::Place place) {
        if (place == m_selected)
            showTexts();
        refreshCard(place);
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
    auto* title = new QLabel(tr("Layer × strength"));
    title->setFont(strong(bodyFont()));
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
    headRow->addWidget(title);
    headRow->addWidget(m_state, 1);
    headRow->addWidget(m_progress);
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
    m_contour->setToolTip(tr("Outline where the loss passes 1 nat per token"));
    m_values = new QCheckBox(tr("values"));
    m_values->setToolTip(tr("Write each value into its cell"));
    m_export = barButton(u"export"_s, tr("Export"), tr("Export the map as a picture or as figures"));
    m_export->setObjectName(u"exportMap"_s);
    m_export->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_export);
    menu->addAction(tr("Picture (PNG, PDF, SVG)…"), this, &LayersPane::exportPicture)
        ->setObjectName(u"exportMapPicture"_s);
    menu->addAction(tr("Figures (CSV)…"), this, &LayersPane::exportTable)->setObjectName(u"exportMapTable"_s);
    m_export->setMenu(menu);
    barRow->addWidget(m_legend);
    barRow->addStretch(1);
    barRow->addWidget(m_contour);
    barRow->addWidget(m_values);
    barRow->addWidget(m_export);
    layout->addWidget(bar);

    m_heatmap = new Heatmap;
    m_heatmap->setObjectName(u"map"_s);
    m_heatmap->setAccessibleName(tr("Layer by strength map"));
    m_heatmap->setPlaceholderText(
        tr("No map yet. Map measures every layer at every strength;\ncells can be used as they fill."));
    m_heatmap->setCollapseThreshold(collapseLoss);
    m_heatmap->setCardContent([this](CellIndex cell) { return card(cell); });
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_heatmap);
    layout->addWidget(scroll, 1);

    connect(m_cancel, &QPushButton::clicked, m_workspace, &Workspace::cancelMap);
    connect(m_contour, &QCheckBox::toggled, m_heatmap, &Heatmap::setContourVisible);
    connect(m_values, &QCheckBox::toggled, m_heatmap, &Heatmap::setValuesVisible);
    return panel;
}

QWidget* LayersPane::buildTexts()
{
    auto* panel = new QWidget;
    panel->setMinimumHeight(px(130));
    auto* layout = column(panel);
    m_textHeader = new SectionHeader(tr("Cell text"));
    m_useBelow = new QPushButton(icon(u"steer"_s), tr("Use in Steer"));
    m_useBelow->setProperty("compact", true);
    m_textHeader->addWidget(m_useBelow);
    layout->addWidget(m_textHeader);
    auto* panes = row(8);
    panes->setContentsMargins(px(8), px(8), px(8), px(8));
    m_unsteered = new RowPane(RowPane::Kind::Unsteered);
    m_unsteered->setObjectName(u"mapUnsteered"_s);
    m_unsteered->setPlaceholderText(tr("Click a cell: the baseline appears here."));
    m_steered = new RowPane(RowPane::Kind::Steered);
    m_steered->setObjectName(u"mapSteered"_s);
    m_steered->setPlaceholderText(tr("The cell's text appears here."));
    panes->addWidget(m_unsteered, 1);
    panes->addWidget(m_steered, 1);
    layout->addLayout(panes, 1);
    connect(m_useBelow, &QPushButton::clicked, this, &LayersPane::useSelected);
    return panel;
}

void LayersPane::runMap()
{
    m_form->run();
}

void LayersPane::setCompact(bool compact)
{
    m_useBelow->setVisible(!compact);
}

void LayersPane::resetMap()
{
    const MapGrid& grid = m_map->grid();
    m_heatmap->model()->setGrid(grid.layers, grid.strengths);
    m_selected = {};
    m_heatmap->setSelectedCell({});
    m_unsteered->clear();
    m_steered->clear();
    setScale();
    refreshSelected();
    refreshTasks();
}

void LayersPane::colorAll()
{
    const MapGrid& grid = m_map->grid();
    const auto figure = m_metrics->current().figure;
    std::vector<HeatmapCell> cells(size_t(m_map->cellCount()));
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l)
            if (const SweepCell* cell = m_map->cell({l, s}))
                cells[size_t(s) * grid.layers.size() + size_t(l)]
                    = {CellState::Done, cell->*figure, cell->nllRise, {}};
    m_heatmap->model()->setCells(std::move(cells));
    setScale();
}

void LayersPane::setScale()
{
    const double largest = m_heatmap->model()->largestValue();
    const double limit = largest > 0 ? std::min(largest, scaleTop) : 1.0;
    m_heatmap->setColorScale(ColorMap::Ember, limit);
    m_legend->setScale(ColorMap::Ember, MetricList::tr(m_metrics->current().title), u"0"_s,
        u"%1%2 %3"_s.arg(largest > limit ? u"≥ "_s : QString(), number(limit, limit < 1 ? 2 : 1),
            MetricList::tr(m_metrics->current().unit)));
    m_legend->setCollapseText(tr("loss 1 nat/token"));
    m_heatmap->setColorScaleText(m_legend->scale());

    const MapGrid& grid = m_map->grid();
    HeatmapProfile profiles[]
        = {{tr("KL"), {}, &Colors::text, false}, {tr("loss"), {}, &Colors::error, true}};
    double highest = 0.01;
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l) {
            const SweepCell* cell = m_map->cell({l, s});
            profiles[0].values.push_back(cell ? cell->kl : std::nan(""));
            profiles[1].values.push_back(cell ? cell->nllRise : std::nan(""));
            if (cell)
                highest = std::max({highest, cell->kl, cell->nllRise});
        }
    m_heatmap->setProfiles({profiles[0], profiles[1]});
    m_heatmap->setProfileRange(0, std::min(highest, scaleTop));
}

void LayersPane::select(CellIndex cell)
{
    m_selected = placeOf(cell);
    m_heatmap->setSelectedCell(cell);
    m_unsteered->clear();
    m_steered->clear();
    if (m_selected.isValid())
        m_workspace->requestCellText(m_selected);
    refreshSelected();
    showTexts();
    emit selectionChanged();
}

void LayersPane::useSelected()
{
    if (m_selected.isValid())
        m_workspace->takeToSteer(m_selected);
}

QString LayersPane::cellTitle(LayerMap::Place place) const
{
    const MapGrid& grid = m_map->grid();
    return tr("Layer %1, strength %2")
        .arg(grid.layers[size_t(place.layer)])
        .arg(strengthText(grid.strengths[size_t(place.strength)]));
}

void LayersPane::refreshSelected()
{
    const SweepCell* cell = m_selected.isValid() ? m_map->cell(m_selected) : nullptr;
    for (QPushButton* button : {m_use, m_useBelow})
        button->setEnabled(m_selected.isValid());
    m_selectedTitle->setText(
        m_selected.isValid() ? cellTitle(m_selected) : tr("None. Click a cell of the map."));
    m_textHeader->setTitle(m_selected.isValid() ? cellTitle(m_selected) : tr("Cell text"));
    m_textHeader->setNote(m_selected.isValid() ? u"“%1”"_s.arg(m_workspace->generation().prompt) : QString());
    std::vector<std::pair<QString, QString>> facts;
    if (cell)
        facts = {{tr("Push"), cell->push != 0 ? signedNumber(cell->push, 2) : number(cell->push, 2)},
            {tr("KL"), tr("%1 nats").arg(number(cell->kl, 3))},
            {tr("Loss"), tr("%1 nats/token").arg(signedNumber(cell->nllRise, 3))}};
    m_facts->setFacts(facts);
    m_facts->setVisible(cell != nullptr);
}

void LayersPane::showTexts()
{
    const RunText* text = m_selected.isValid() ? m_map->text(m_selected) : nullptr;
    if (!text)
        return;
    const bool running = m_workspace->isRunning(Task::CellText);
    const auto show = [&](RowPane* pane, int index) {
        const RowText& shown = text->rows[size_t(index)];
        pane->show(shown);
        pane->setStreaming(running && shown.finish() == Finish::Running);
        pane->setFigures(figuresOf(shown));
    };
    show(m_unsteered, RunText::unsteered);
    show(m_steered, RunText::steered);
}

void LayersPane::refreshTasks()
{
    const bool running = m_workspace->isRunning(Task::Map);
    m_progress->setVisible(running);
    m_cancel->setVisible(running);
    m_progress->setRange(0, std::max(1, m_map->cellCount()));
    m_progress->setValue(m_map->doneCount());
    m_state->setText(running          ? m_workspace->status().section(u": "_s, 1)
            : m_map->doneCount() == 0 ? QString()
                                      : tr("%1: %2 of %3 cells")
                                            .arg(m_map->grid().vectorName)
                                            .arg(m_map->doneCount())
                                            .arg(m_map->cellCount()));
    m_export->setEnabled(m_map->doneCount() > 0);
    m_export->setToolTip(m_map->doneCount() > 0 ? tr("Export the map as a picture or as figures")
                                                : tr("There is no map yet."));
    if (m_selected.isValid())
        showTexts();
    // Two short panes are compared from their beginnings.
    const bool reading = m_workspace->isRunning(Task::CellText);
    if (m_readingCell && !reading)
        for (RowPane* pane : {m_unsteered, m_steered})
            pane->view()->verticalScrollBar()->setValue(0);
    m_readingCell = reading;
}

void LayersPane::refreshCard(LayerMap::Place place)
{
    auto* shown = window()->findChild<HoverCard*>();
    if (!shown || !shown->isVisible() || !(m_heatmap->hoveredCell() == indexOf(place)))
        return;
    const QRect cell = m_heatmap->cellRect(indexOf(place));
    shown->showBeside(QRect(m_heatmap->mapTo(window(), cell.topLeft()), cell.size()), card(indexOf(place)));
}

HoverCardContent LayersPane::card(CellIndex index) const
{
    const LayerMap::Place place = placeOf(index);
    HoverCardContent content;
    content.title = cellTitle(place);
    const SweepCell* cell = m_map->cell(place);
    if (!cell) {
        content.hint = m_workspace->isRunning(Task::Map) ? tr("Not measured yet.")
                                                         : tr("Not measured: the map was stopped.");
        return content;
    }
    if (cell->push != 0)
        content.aside = tr("push %1").arg(number(cell->push, 2));
    content.figures = {{tr("KL"), tr("%1 nats").arg(number(cell->kl, 3))},
        {tr("Loss"), tr("%1 nats").arg(signedNumber(cell->nllRise, 3))}};
    const RunText* text = m_map->text(place);
    if (text && !text->rows[RunText::steered].tokens.empty())
        content.words = u"“%1”"_s.arg(firstWords(text->rows[RunText::steered].text()));
    else
        content.words = tr("on “%1”").arg(firstWords(m_map->grid().neutralText));
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
    const QString problem = m_heatmap->exportTo(path);
    if (!problem.isEmpty())
        m_workspace->report(
            Panel::Layers, {MessageKind::Error, {problem, tr("Choose another folder or name.")}, {}, {}});
}

void LayersPane::exportTable()
{
    const QString path = Dialogs::getSaveFileName(this, tr("Export the map's figures"),
        QDir(settings::lastFolder()).filePath(m_map->grid().vectorName + u"-map.csv"_s), tr("CSV (*.csv)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    const Attempt written = attempt([&] { atomicWrite(path.toStdString(), m_map->toCsv().toStdString()); });
    if (!written.ok())
        m_workspace->report(Panel::Layers, {MessageKind::Error, written.failure, {}, {}});
}

}
