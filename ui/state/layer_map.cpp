#include "ui/state/layer_map.h"

#include "ui/theme/numbers.h"

#include <QCoreApplication>
#include <QStandardPaths>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

std::filesystem::path mapCacheFolder()
{
    if (QCoreApplication::applicationName() != u"tiller"_s)
        return {};
    return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation).toStdString()
        + "/tiller/sweeps";
}

bool MapGrid::measures(Metric metric) const
{
    return std::ranges::find(metrics, metric) != metrics.end();
}

void LayerMap::start(MapGrid grid)
{
    m_grid = std::move(grid);
    m_cells.clear();
    m_unsteered.clear();
    m_table = {};
    emit reset();
}

void LayerMap::put(const std::vector<SweptPart>& parts)
{
    std::vector<Place> places;
    for (const SweptPart& part : parts) {
        const SweepResult& result = part.result;
        if (part.settings && m_table.settings().empty())
            m_table = SweepTable(*part.settings);
        if (result.prompt >= 0 && result.strength == 0 && !part.isControl)
            m_unsteered.try_emplace(result.prompt, QString::fromStdString(result.text));
        const auto layer = std::ranges::find(m_grid.layers, result.layer);
        const auto strength = std::ranges::find(m_grid.strengths, result.strength);
        if (layer == m_grid.layers.end() || strength == m_grid.strengths.end()
            || result.prompt >= m_grid.prompts.size())
            continue;
        m_table.put(result, result.prompt < 0 ? std::string() : m_grid.prompts[result.prompt].toStdString(),
            part.isControl);
        const Place place{int(layer - m_grid.layers.begin()), int(strength - m_grid.strengths.begin())};
        Cell& cell = m_cells[place];
        cell.push = result.push;
        if (result.prompt < 0) {
            for (const auto& [metric, figure] : result.figures)
                (part.isControl ? cell.control : cell.figures)[metric] = figure;
        } else {
            (part.isControl ? cell.controlTexts : cell.texts)[result.prompt] = result;
            gather(cell, part.isControl);
        }
        places.push_back(place);
    }
    emit measured(places);
}

// Figures of the texts of a cell: mean and band over the prompts that are there.
void LayerMap::gather(Cell& cell, bool isControl) const
{
    std::map<Metric, std::vector<double>> values;
    for (const auto& [prompt, result] : isControl ? cell.controlTexts : cell.texts)
        for (const auto& [metric, figure] : result.figures)
            values[metric].push_back(figure.value);
    for (const auto& [metric, ofTexts] : values) {
        const MeanBand band = meanBand(ofTexts);
        (isControl ? cell.control : cell.figures)[metric] = {band.mean, band.low, band.high};
    }
}

int LayerMap::doneCount() const
{
    const auto isDone = [&](const auto& entry) {
        const Cell& cell = entry.second;
        return int(cell.texts.size()) == int(m_grid.prompts.size())
            && std::ranges::all_of(m_grid.metrics, [&](Metric metric) {
                   // A text of no token has no figures of its own.
                   return cell.figures.contains(metric)
                       || (factsOf(metric).on == MeasuredOn::Text && !cell.texts.empty());
               });
    };
    return int(std::ranges::count_if(m_cells, isDone));
}

std::optional<SweepFigure> LayerMap::figure(Place place, Metric metric, MapSide side) const
{
    const auto found = m_cells.find(place);
    if (found == m_cells.end())
        return {};
    const auto of = [&](const std::map<Metric, SweepFigure>& figures) -> std::optional<SweepFigure> {
        const auto figure = figures.find(metric);
        return figure == figures.end() ? std::nullopt : std::optional(figure->second);
    };
    if (side == MapSide::Vector)
        return of(found->second.figures);
    const auto control = of(found->second.control);
    if (side == MapSide::Control || !control)
        return control;
    const auto own = of(found->second.figures);
    if (!own)
        return {};
    const double difference = own->value - control->value;
    return SweepFigure{difference, difference, difference};
}

std::optional<double> LayerMap::figureOfText(Place place, int prompt, Metric metric) const
{
    const auto cell = m_cells.find(place);
    if (cell == m_cells.end())
        return {};
    const auto text = cell->second.texts.find(prompt);
    if (text == cell->second.texts.end())
        return {};
    const auto figure = text->second.figures.find(metric);
    return figure == text->second.figures.end() ? std::nullopt : std::optional(figure->second.value);
}

std::optional<double> LayerMap::push(Place place) const
{
    const auto found = m_cells.find(place);
    return found == m_cells.end() ? std::nullopt : std::optional(found->second.push);
}

std::optional<QString> LayerMap::text(Place place, int prompt) const
{
    const auto cell = m_cells.find(place);
    if (cell == m_cells.end())
        return {};
    const auto text = cell->second.texts.find(prompt);
    if (text == cell->second.texts.end())
        return {};
    return QString::fromStdString(text->second.text);
}

std::optional<QString> LayerMap::unsteeredText(int prompt) const
{
    const auto text = m_unsteered.find(prompt);
    return text == m_unsteered.end() ? std::nullopt : std::optional(text->second);
}

QString LayerMap::titleOf(Place place) const
{
    return tr("Layer %1, strength %2")
        .arg(m_grid.layers[size_t(place.layer)])
        .arg(strengthText(m_grid.strengths[size_t(place.strength)]));
}

}
