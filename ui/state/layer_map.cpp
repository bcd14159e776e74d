#include "ui/state/layer_map.h"

#include "ui/models/strip_model.h"
#include "ui/state/wording.h"
#include "ui/theme/numbers.h"

#include <QCoreApplication>
#include <QStandardPaths>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// A set steers a layer with that layer's direction, a single direction steers any.
auto directionOf(const SteeringVector& vector, int layer)
{
    return vector.single() ? vector.layers.begin() : vector.layers.find(layer);
}

}

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

double MapGrid::storedStrength(int layer, double strength) const
{
    const auto found = directionOf(*vector, layer);
    const auto norm = found == vector->layers.end() ? norms.end() : norms.find(found->first);
    return norm == norms.end() ? strength
                               : std::round(strength * norm->second / found->second.norm() * 1e4) / 1e4;
}

bool MapGrid::hasPairScale() const
{
    return std::ranges::all_of(layers, [this](int layer) {
        const auto found = directionOf(*vector, layer);
        return found != vector->layers.end() && found->second.onPairScale(0);
    });
}

MapGrid MapGrid::finer(int firstLayer, int lastLayer, int firstStrength, int lastStrength) const
{
    MapGrid part = *this;
    part.layers.clear();
    for (int layer = layers[size_t(firstLayer)]; layer <= layers[size_t(lastLayer)]; ++layer)
        if (std::ranges::find(layers, layer) != layers.end()
            || (vector && (vector->single() || vector->layers.contains(layer))))
            part.layers.push_back(layer);

    const auto middle = [](double a, double b) { return std::round((a + b) / 2 * 1e6) / 1e6; };
    const auto at = [&](int i) { return strengths[size_t(i)]; };
    std::set<double> finer;
    if (firstStrength == lastStrength) {
        const double own = at(firstStrength);
        finer.insert(own);
        for (const int next : {firstStrength - 1, firstStrength + 1})
            if (next >= 0 && next < int(strengths.size())) {
                const double half = middle(own, at(next));
                finer.insert({half, middle(own, half)});
            }
    }
    for (int i = firstStrength; i < lastStrength; ++i)
        finer.insert({at(i), middle(at(i), at(i + 1)), at(i + 1)});
    part.strengths.assign(finer.begin(), finer.end());
    return part;
}

void LayerMap::restore(Contents contents)
{
    m_known = std::move(contents);
    m_begun.clear();
    emit reset();
}

void LayerMap::put(const std::vector<SweptPart>& parts)
{
    std::vector<Place> places;
    for (const SweptPart& part : parts) {
        const SweepResult& result = part.result;
        if (part.settings && m_known.table.settings().empty())
            m_known.table = SweepTable(*part.settings);
        if (result.prompt >= 0 && result.strength == 0 && !part.isControl)
            m_known.unsteered.try_emplace(result.prompt, QString::fromStdString(result.text));
        const auto layer = std::ranges::find(m_known.grid.layers, result.layer);
        const auto strength = std::ranges::find(m_known.grid.strengths, result.strength);
        if (layer == m_known.grid.layers.end() || strength == m_known.grid.strengths.end()
            || result.prompt >= m_known.grid.prompts.size())
            continue;
        const Place place{
            int(layer - m_known.grid.layers.begin()), int(strength - m_known.grid.strengths.begin())};
        places.push_back(place);
        if (part.begun) {
            m_begun.insert(place);
            continue;
        }
        m_begun.erase(place);
        m_known.table.put(result,
            result.prompt < 0 ? std::string() : m_known.grid.prompts[result.prompt].toStdString(),
            part.isControl);
        Cell& cell = m_known.cells[place];
        cell.push = result.push;
        if (result.prompt < 0) {
            for (const auto& [metric, figure] : result.figures)
                (part.isControl ? cell.control : cell.figures)[metric] = figure;
        } else {
            (part.isControl ? cell.controlTexts : cell.texts)[result.prompt] = result;
            gather(cell, part.isControl);
        }
    }
    emit measured(places);
}

void LayerMap::pause()
{
    const std::vector<Place> begun(m_begun.begin(), m_begun.end());
    m_begun.clear();
    if (!begun.empty())
        emit measured(begun);
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
        return int(cell.texts.size()) == int(m_known.grid.prompts.size())
            && std::ranges::all_of(m_known.grid.metrics, [&](Metric metric) {
                   // A text of no token has no figures of its own.
                   return cell.figures.contains(metric)
                       || (factsOf(metric).on == MeasuredOn::Text && !cell.texts.empty());
               });
    };
    return int(std::ranges::count_if(m_known.cells, isDone));
}

std::optional<SweepFigure> LayerMap::figure(Place place, Metric metric, MapSide side) const
{
    const auto found = m_known.cells.find(place);
    if (found == m_known.cells.end())
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
    const auto cell = m_known.cells.find(place);
    if (cell == m_known.cells.end())
        return {};
    const auto text = cell->second.texts.find(prompt);
    if (text == cell->second.texts.end())
        return {};
    const auto figure = text->second.figures.find(metric);
    return figure == text->second.figures.end() ? std::nullopt : std::optional(figure->second.value);
}

std::optional<double> LayerMap::push(Place place) const
{
    const auto found = m_known.cells.find(place);
    return found == m_known.cells.end() ? std::nullopt : std::optional(found->second.push);
}

std::optional<QString> LayerMap::text(Place place, int prompt) const
{
    const auto cell = m_known.cells.find(place);
    if (cell == m_known.cells.end())
        return {};
    const auto text = cell->second.texts.find(prompt);
    if (text == cell->second.texts.end())
        return {};
    return QString::fromStdString(text->second.text);
}

std::optional<QString> LayerMap::unsteeredText(int prompt) const
{
    const auto text = m_known.unsteered.find(prompt);
    return text == m_known.unsteered.end() ? std::nullopt : std::optional(text->second);
}

QString LayerMap::caption() const
{
    const MapGrid& asked = grid();
    if (asked.isEmpty())
        return {};
    const SteeringVector& vector = *asked.vector;
    QStringList made{QString::fromStdString(vector.method).replace(u'_', u' ')};
    if (!vector.readPosition.empty())
        made << tr("read at %1").arg(QString::fromStdString(vector.readPosition));
    if (!asked.norms.empty())
        made << tr("at the norms of the vector beside it");
    if (vector.single())
        made << tr("one direction for every layer");
    made.removeAll({});
    QStringList parts{tr("%1 (%2) on %3: %4, %5")
                          .arg(asked.vectorName, made.join(u", "_s), asked.modelName,
                              tiller::titleOf(asked.op), tiller::titleOf(asked.scope))};
    if (!asked.prompts.isEmpty())
        parts << tr("%1 of %2 tokens")
                     .arg(counted(int(asked.prompts.size()), tr("prompt"), tr("prompts")))
                     .arg(asked.tokens);
    if (!asked.pairs.empty())
        parts << tr("effect on %1 of “%2”, %3")
                     .arg(counted(int(asked.pairs.size()), tr("pair"), tr("pairs")), asked.pairsName,
                         asked.extracted ? tr("each held out of the fit that it judges")
                                         : tr("not held out"));
    return parts.join(u"; "_s);
}

QString LayerMap::titleOf(Place place) const
{
    return tr("Layer %1, strength %2")
        .arg(m_known.grid.layers[size_t(place.layer)])
        .arg(strengthText(m_known.grid.strengths[size_t(place.strength)]));
}

}
