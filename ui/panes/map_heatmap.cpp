#include "ui/panes/map_heatmap.h"

#include "ui/panes/metric_list.h"
#include "ui/theme/numbers.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double lossTop = 3; ///< nats per token: where it is cut off

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

MapHeatmap::MapHeatmap(const LayerMap* map, QWidget* parent)
    : Heatmap(parent)
    , m_map(map)
{
    setCardContent([this](CellIndex cell) { return card(placeOf(cell)); });
    setRangeText([this](CellRange range) { return rangeText(range); });
    connect(map, &LayerMap::reset, this, &MapHeatmap::begin);
    connect(map, &LayerMap::measured, this, [this](const std::vector<LayerMap::Place>& places) {
        for (const auto& place : places)
            model()->setCell(indexOf(place), cellOf(place));
        rescale();
    });
    begin();
}

void MapHeatmap::setLook(const MapLook& look)
{
    m_look = look;
    setCollapseThreshold(look.collapse);
    setContourVisible(look.contour);
    setValuesVisible(look.values);
    colorAll();
}

void MapHeatmap::setLimit(std::optional<double> limit)
{
    if (limit == m_limit)
        return;
    m_limit = limit;
    rescale();
}

void MapHeatmap::setProfilesVisible(bool visible)
{
    m_profiles = visible;
    rescale();
}

void MapHeatmap::begin()
{
    const MapGrid& grid = m_map->grid();
    model()->setGrid(grid.layers, grid.strengths);
    setSelectedCell({});
    setModelLayers(grid.modelLayers);
    setCaption(m_map->caption());
    colorAll();
}

void MapHeatmap::colorAll()
{
    const MapGrid& grid = m_map->grid();
    std::vector<HeatmapCell> cells;
    for (int s = 0; s < int(grid.strengths.size()); ++s)
        for (int l = 0; l < int(grid.layers.size()); ++l)
            cells.push_back(cellOf({l, s}));
    model()->setCells(std::move(cells));
    rescale();
}

HeatmapCell MapHeatmap::cellOf(LayerMap::Place place) const
{
    const auto value = m_map->figure(place, m_look.metric, m_look.side);
    if (!value)
        return {m_map->isRunning(place) ? CellState::Running : CellState::Pending, std::nan(""), std::nan(""),
            {}};
    const auto loss = m_map->figure(place, Metric::Coherence);
    return {CellState::Done, value->value, loss ? loss->value : std::nan(""), {}};
}

void MapHeatmap::rescale()
{
    const double largest = model()->largestValue();
    const double limit = m_limit.value_or(m_look.limit(largest));
    setColorScale(m_look.colors(), limit);
    setColorScaleText(m_look.scale(m_map->grid(), limit, largest));

    if (m_profiles)
        profile(limit);
    else
        setProfiles({});
    emit rescaled();
}

// The metric, and beside it the loss, divided until it fits.
void MapHeatmap::profile(double limit)
{
    const MapGrid& grid = m_map->grid();
    const auto figures = [&](Metric metric, MapSide side) {
        std::vector<double> values;
        for (int s = 0; s < int(grid.strengths.size()); ++s)
            for (int l = 0; l < int(grid.layers.size()); ++l) {
                const auto figure = m_map->figure({l, s}, metric, side);
                values.push_back(figure ? figure->value : std::nan(""));
            }
        return values;
    };
    const auto within = [](const std::vector<double>& values) {
        std::pair<double, double> range{0, 0};
        for (const double value : values)
            if (!std::isnan(value))
                range = {std::min(range.first, value), std::max(range.second, value)};
        return range;
    };
    std::vector<HeatmapProfile> profiles{
        {titleOf(m_look.metric), figures(m_look.metric, m_look.side), &Colors::positive, false}};
    const auto [lowest, highest] = within(profiles.front().values);
    const double top = roundedUp(std::clamp(std::max(highest, -lowest), 0.01, std::max(limit, 0.01)));
    if (grid.measures(Metric::Coherence) && m_look.metric != Metric::Coherence) {
        std::vector<double> loss = figures(Metric::Coherence, MapSide::Vector);
        const double largest = std::min(within(loss).second, lossTop);
        int divisor = 1;
        for (const int next : {2, 3, 5, 10, 20, 50, 100, 200, 500})
            if (largest > top * divisor)
                divisor = next;
        for (double& value : loss)
            value /= divisor;
        profiles.push_back({divisor == 1 ? tr("loss") : tr("loss ÷ %1").arg(divisor), std::move(loss),
            &Colors::error, true});
    }
    setProfiles(std::move(profiles));
    setProfileRange(lowest < 0 ? -roundedUp(std::min(-lowest, limit)) : 0, top);
}

HoverCardContent MapHeatmap::card(LayerMap::Place place) const
{
    HoverCardContent content;
    content.title = m_map->titleOf(place);
    if (!m_map->isMeasured(place)) {
        content.hint = m_map->isRunning(place) ? tr("Being measured.") : tr("Not measured.");
        return content;
    }
    if (const auto push = m_map->push(place); push && *push != 0)
        content.aside = tr("push %1").arg(number(*push, 2));
    for (const Metric metric : m_map->grid().metrics)
        if (const auto figure = m_map->figure(place, metric)) {
            content.figures.emplace_back(metric == Metric::Coherence ? tr("Loss") : titleOf(metric),
                figureText(metric, figure->value));
            if (metric == m_look.metric && figure->low != figure->high)
                content.figures.emplace_back(
                    tr("90 %"), u"%1…%2"_s.arg(number(figure->low, 2), number(figure->high, 2)));
        }
    if (const auto text = m_map->text(place, m_prompt))
        content.words = u"“%1”"_s.arg(firstWords(*text));
    content.hint = tr("Click: read below. Double click: use in Steer.");
    return content;
}

// What would be measured of the part that is drawn.
QString MapHeatmap::rangeText(CellRange range) const
{
    const MapGrid finer
        = m_map->grid().finer(range.first.layer, range.last.layer, range.first.strength, range.last.strength);
    const QString layers = finer.layers.size() == 1
        ? tr("layer %1").arg(finer.layers.front())
        : tr("layers %1–%2").arg(finer.layers.front()).arg(finer.layers.back());
    return tr("%1, strengths %2 to %3: %4 × %5 cells")
        .arg(layers, strengthText(finer.strengths.front()), strengthText(finer.strengths.back()))
        .arg(finer.layers.size())
        .arg(finer.strengths.size());
}

}
