#include "ui/panes/map_comparison.h"

#include "core/steer/extractor.h"
#include "ui/panes/layouts.h"
#include "ui/panes/map_heatmap.h"
#include "ui/panes/metric_list.h"
#include "ui/panes/recommended_cell.h"
#include "ui/plots/plot_export.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QPushButton>
#include <QStandardItemModel>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// What a choice stands for: a vector of the library by its name, or a method.
enum Role { VectorRole = Qt::UserRole, MethodRole };

QString methodTitle(std::string_view method)
{
    for (const ExtractorInfo& info : extractors())
        if (info.name == method)
            return QString::fromUtf8(info.title.data(), qsizetype(info.title.size()));
    return QString::fromUtf8(method.data(), qsizetype(method.size()));
}

LayerMap::Place sameCell(const LayerMap& from, LayerMap::Place place, const LayerMap& to)
{
    if (!place.isValid())
        return {};
    const int layer = from.grid().layers[size_t(place.layer)];
    const double strength = from.grid().strengths[size_t(place.strength)];
    const auto l = std::ranges::find(to.grid().layers, layer);
    const auto s = std::ranges::find(to.grid().strengths, strength);
    if (l == to.grid().layers.end() || s == to.grid().strengths.end())
        return {};
    return {int(l - to.grid().layers.begin()), int(s - to.grid().strengths.begin())};
}

}

MapComparison::MapComparison(Workspace* workspace, QWidget* parent)
    : MapView(workspace->map(), parent)
    , m_workspace(workspace)
    , m_other(new QComboBox)
    , m_equalPush(new QCheckBox(tr("at equal push")))
    , m_measure(new QPushButton(tr("Measure")))
{
    auto* bar = new QWidget;
    auto* choices = row(bar, 0, 8);
    choices->setContentsMargins(px(8), 0, px(8), px(6));
    m_other->setObjectName(u"compareWith"_s);
    m_other->setAccessibleName(tr("Vector or method to compare the map with"));
    m_other->setMinimumContentsLength(24);
    m_other->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_measure->setObjectName(u"measureCompared"_s);
    choices->addWidget(fieldLabel(tr("Compare with"), m_other));
    choices->addWidget(m_other);
    m_equalPush->setObjectName(u"equalPush"_s);
    m_equalPush->setChecked(true);
    m_equalPush->setToolTip(
        tr("Set the other vector to the norms of the map's, layer by layer, so that a "
           "strength pushes both as far.\nOtherwise each is multiplied as it is stored."));
    choices->addWidget(m_equalPush);
    choices->addWidget(m_measure);
    choices->addStretch(1);
    auto* halves = row(0);
    halves->addWidget(build(m_halves[0], workspace->map(), u"comparedLeft"_s), 1);
    halves->addWidget(separatorLine(Qt::Vertical));
    halves->addWidget(build(m_halves[1], workspace->comparedMap(), u"comparedRight"_s), 1);
    auto* layout = column(this);
    layout->addWidget(bar);
    layout->addLayout(halves, 1);
    m_halves[0].heatmap->setPlaceholderText(tr("Map a vector first."));
    m_halves[1].heatmap->setPlaceholderText(
        tr("Choose another vector, or another method for the same pairs,\nand measure the same grid."));
    link(m_halves[0], m_halves[1]);
    link(m_halves[1], m_halves[0]);

    connect(m_measure, &QPushButton::clicked, this, &MapComparison::measure);
    connect(m_other, &QComboBox::currentIndexChanged, this, &MapComparison::refreshMeasure);
    connect(workspace->comparedMap(), &LayerMap::measured, this, &MapComparison::refreshSoon);
    connect(workspace->comparedMap(), &LayerMap::reset, this, &MapComparison::refreshSoon);
    connect(workspace, &Workspace::tasksChanged, this, &MapComparison::refreshSoon);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(workspace->library(), signal, this, &MapComparison::refreshSoon);
    connect(workspace->library(), &QAbstractItemModel::dataChanged, this, &MapComparison::refreshSoon);
}

QWidget* MapComparison::build(Half& half, const LayerMap* map, const QString& name)
{
    half.map = map;
    half.heatmap = new MapHeatmap(map);
    half.heatmap->setObjectName(name);
    half.heatmap->setProfilesVisible(false);
    half.title = new ElidedLabel;
    half.title->setFont(strong(bodyFont()));
    half.best = new QLabel;
    half.best->setFont(smallFont());
    half.best->setWordWrap(true);
    half.best->setContentsMargins(px(8), 0, px(8), px(6));
    auto* panel = new QWidget;
    auto* layout = column(panel);
    auto* head = row(4);
    head->setContentsMargins(px(8), 0, px(4), 0);
    head->addWidget(half.title, 1);
    head->addWidget(exportButton(half.heatmap));
    layout->addLayout(head);
    layout->addWidget(half.heatmap, 1);
    layout->addWidget(half.best);
    connect(half.heatmap, &MapHeatmap::rescaled, this, &MapComparison::shareScale);
    connect(half.heatmap, &Heatmap::cellClicked, this,
        [this, map](CellIndex cell) { emit cellClicked(map, placeOf(cell)); });
    connect(half.heatmap, &Heatmap::cellActivated, this,
        [this, map](CellIndex cell) { emit cellActivated(map, placeOf(cell)); });
    return panel;
}

void MapComparison::link(const Half& from, const Half& to)
{
    connect(from.heatmap, &Heatmap::cellHovered, this, [from, to](CellIndex cell) {
        to.heatmap->setCursorCell(indexOf(sameCell(*from.map, placeOf(cell), *to.map)));
    });
}

void MapComparison::setLook(const MapLook& look)
{
    for (const Half& half : m_halves)
        half.heatmap->setLook(look);
    MapView::setLook(look);
}

void MapComparison::setSelected(const LayerMap* map, LayerMap::Place place, int prompt)
{
    m_read = map;
    m_place = place;
    MapView::setSelected(map, place, prompt);
}

void MapComparison::shareScale()
{
    const double limit = std::max(m_halves[0].heatmap->ownLimit(), m_halves[1].heatmap->ownLimit());
    const bool both = m_halves[0].heatmap->model()->largestValue() > 0
        && m_halves[1].heatmap->model()->largestValue() > 0;
    for (const Half& half : m_halves)
        half.heatmap->setLimit(both ? std::optional(limit) : std::nullopt);
    emit scaleChanged();
}

ColorScale MapComparison::scale() const
{
    double largest = 0;
    for (const Half& half : m_halves)
        largest = std::max(largest, half.heatmap->model()->largestValue());
    return m_look.scale(m_map->grid(), m_look.limit(largest), largest);
}

void MapComparison::fillChoices()
{
    const QString library = m_other->currentData(VectorRole).toString();
    const QString method = m_other->currentData(MethodRole).toString();
    const MapGrid& grid = m_map->grid();
    const QSignalBlocker quiet(m_other);
    m_other->clear();
    for (int i = 0; i < m_workspace->library()->rowCount(); ++i) {
        const LibraryEntry& entry = m_workspace->library()->entry(i);
        if (m_workspace->library()->find(grid.vectorName) == i)
            continue;
        m_other->addItem(u"%1 (%2)"_s.arg(entry.name, methodTitle(entry.vector->method)));
        m_other->setItemData(m_other->count() - 1, entry.name, VectorRole);
    }
    if (m_workspace->canCompareMethods()) {
        if (m_other->count() > 0)
            m_other->insertSeparator(m_other->count());
        for (const ExtractorInfo& info : extractors()) {
            if (info.name == grid.extracted->vector.method)
                continue;
            m_other->addItem(tr("same pairs by %1").arg(methodTitle(info.name)));
            m_other->setItemData(m_other->count() - 1,
                QString::fromUtf8(info.name.data(), qsizetype(info.name.size())), MethodRole);
        }
    }
    if (!m_workspace->canCompareMethods()) {
        m_other->addItem(tr("other methods: extract, then map"));
        auto* model = qobject_cast<QStandardItemModel*>(m_other->model());
        model->item(m_other->count() - 1)->setEnabled(false);
    }
    int chosen = -1;
    for (int i = 0; i < m_other->count() && chosen < 0; ++i)
        if ((!library.isEmpty() && m_other->itemData(i, VectorRole) == library)
            || (!method.isEmpty() && m_other->itemData(i, MethodRole) == method))
            chosen = i;
    m_other->setCurrentIndex(chosen >= 0 ? chosen : 0);
}

void MapComparison::refreshMeasure()
{
    const bool running = m_workspace->isRunning(Task::Map) || m_workspace->isRunning(Task::FitToCompare);
    const bool mapped = m_workspace->model() && !m_map->grid().isEmpty();
    const bool chosen
        = m_other->currentData(VectorRole).isValid() || m_other->currentData(MethodRole).isValid();
    m_measure->setEnabled(!running && mapped && chosen);
    m_measure->setToolTip(running ? tr("A map is being measured.")
            : !mapped             ? tr("Map a vector first.")
            : !chosen             ? tr("There is no other vector in the library.")
                                  : tr("Measure the same layers, strengths, prompts and pairs"));
}

void MapComparison::measure()
{
    const QString name = m_other->currentData(VectorRole).toString();
    const QString method = m_other->currentData(MethodRole).toString();
    if (!method.isEmpty())
        m_workspace->compareMapBy(method.toStdString(), m_equalPush->isChecked());
    else if (const int row = m_workspace->library()->find(name); row >= 0)
        m_workspace->compareMap(row, m_equalPush->isChecked());
}

void MapComparison::refresh()
{
    fillChoices();
    refreshMeasure();
    for (const Half& half : m_halves)
        refreshHalf(half);
    for (const Half& half : m_halves)
        half.heatmap->setSelectedCell(half.map == m_read ? indexOf(m_place) : CellIndex());
}

void MapComparison::refreshHalf(const Half& half)
{
    const MapGrid& grid = half.map->grid();
    if (grid.isEmpty()) {
        half.title->setText({});
        half.best->setText({});
        half.heatmap->setRecommendation({});
        return;
    }
    QStringList words{
        half.map == m_map ? m_workspace->titleOfMap() : grid.vectorName, methodTitle(grid.vector->method)};
    if (!grid.norms.empty())
        words << tr("equal push");
    if (grid.measures(Metric::Effect))
        words << (grid.extracted ? tr("pairs held out") : tr("pairs as they are"));
    half.title->setText(words.join(u" · "_s));
    half.title->setToolTip(!grid.measures(Metric::Effect) ? QString()
            : grid.extracted ? tr("Effect: each pair is judged by a vector that was fitted without it.")
                             : tr("Effect: the vector may have been fitted to the pairs that judge it."));
    half.heatmap->setStrengthTitle(grid.norms.empty() ? tr("strength (× vector as stored)")
                                                      : tr("strength (× norm of the map's vector)"));
    const auto found = recommend(*half.map, m_look.collapse);
    half.heatmap->setRecommendation(frameOf(*half.map, found));
    QString best = found ? tr("Recommended: %1").arg(half.map->titleOf(found->best))
                         : tr("No cell can be recommended yet.");
    if (found)
        for (const Metric metric : {found->goal, Metric::Coherence})
            if (const auto figure = half.map->figure(found->best, metric))
                best += u", "_s + titleOf(metric).toLower() + u' ' + figureText(metric, figure->value);
    half.best->setText(best);
}
}
