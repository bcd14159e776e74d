#include "ui/state/layer_map.h"

#include "core/base/error.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStandardPaths>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostStrengths = 101;

double toNumber(QString text)
{
    text.replace(QChar(0x2212), u'-');
    bool ok = false;
    const double value = text.trimmed().toDouble(&ok);
    if (!ok || !std::isfinite(value))
        throw Error("'" + text.trimmed().toStdString() + "' is not a number.",
            "Write strengths as -4 to 4 step 1, or -2, 0, 2.");
    return value;
}

std::vector<double> range(double from, double to, double step)
{
    if (!(step > 0))
        throw Error("The step between strengths must be above zero.");
    if (from > to)
        std::swap(from, to);
    if ((to - from) / step > mostStrengths - 1)
        throw Error(
            "These are more than " + std::to_string(mostStrengths) + " strengths.", "Take a larger step.");
    std::vector<double> values;
    const int count = int(std::floor((to - from) / step + 1e-9)) + 1;
    for (int i = 0; i < count; ++i) {
        const double value = from + i * step;
        values.push_back(std::abs(value) < 1e-9 * step ? 0 : std::round(value * 1e9) / 1e9);
    }
    return values;
}

}

std::filesystem::path mapCacheFolder()
{
    if (QCoreApplication::applicationName() != u"tiller"_s)
        return {};
    return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation).toStdString()
        + "/tiller/sweeps";
}

std::vector<double> parseStrengths(const QString& text)
{
    static const QRegularExpression span(u"^\\s*(.+?)\\s+to\\s+(.+?)(?:\\s+step\\s+(.+?))?\\s*$"_s);
    static const QRegularExpression symmetric(u"^\\s*±\\s*(.+?)(?:\\s+step\\s+(.+?))?\\s*$"_s);
    std::vector<double> values;
    if (const auto match = span.match(text); match.hasMatch()) {
        values = range(toNumber(match.captured(1)), toNumber(match.captured(2)),
            match.captured(3).isEmpty() ? 1 : toNumber(match.captured(3)));
    } else if (const auto both = symmetric.match(text); both.hasMatch()) {
        const double end = std::abs(toNumber(both.captured(1)));
        values = range(-end, end, both.captured(2).isEmpty() ? 1 : toNumber(both.captured(2)));
    } else {
        for (const QString& part : text.split(u',', Qt::SkipEmptyParts))
            values.push_back(toNumber(part));
    }
    if (values.empty())
        throw Error("No strengths are given.", "Write strengths as -4 to 4 step 1, or -2, 0, 2.");
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (int(values.size()) > mostStrengths)
        throw Error("These are more than " + std::to_string(mostStrengths) + " strengths.", "Name fewer.");
    return values;
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
    m_hasSettings = false;
    emit reset();
}

void LayerMap::put(const std::vector<SweptPart>& parts)
{
    std::vector<Place> places;
    for (const SweptPart& part : parts) {
        const SweepResult& result = part.result;
        if (!m_hasSettings && part.settings) {
            m_table = SweepTable(*part.settings);
            m_hasSettings = true;
        }
        const QString text = QString::fromStdString(result.text);
        if (result.prompt >= 0 && result.strength == 0 && !part.isControl)
            m_unsteered.try_emplace(result.prompt, text);
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
            if (!part.isControl)
                cell.shown[result.prompt] = text;
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

const QString* LayerMap::text(Place place, int prompt) const
{
    const auto cell = m_cells.find(place);
    if (cell == m_cells.end())
        return nullptr;
    const auto text = cell->second.shown.find(prompt);
    return text == cell->second.shown.end() ? nullptr : &text->second;
}

const QString* LayerMap::unsteeredText(int prompt) const
{
    const auto text = m_unsteered.find(prompt);
    return text == m_unsteered.end() ? nullptr : &text->second;
}

}
