#include "ui/state/layer_map.h"

#include "core/base/error.h"

#include <QRegularExpression>

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

void LayerMap::start(MapGrid grid)
{
    m_grid = std::move(grid);
    m_cells.clear();
    m_texts.clear();
    emit reset();
}

void LayerMap::put(const std::vector<SweepCell>& cells)
{
    std::vector<Place> places;
    for (const SweepCell& cell : cells) {
        const auto layer = std::find(m_grid.layers.begin(), m_grid.layers.end(), cell.layer);
        const auto strength = std::find(m_grid.strengths.begin(), m_grid.strengths.end(), cell.strength);
        if (layer == m_grid.layers.end() || strength == m_grid.strengths.end())
            continue;
        const Place place{int(layer - m_grid.layers.begin()), int(strength - m_grid.strengths.begin())};
        m_cells[place] = cell;
        places.push_back(place);
    }
    emit measured(places);
}

const SweepCell* LayerMap::cell(Place place) const
{
    const auto found = m_cells.find(place);
    return found == m_cells.end() ? nullptr : &found->second;
}

const RunText* LayerMap::text(Place place) const
{
    const auto found = m_texts.find(place);
    return found == m_texts.end() ? nullptr : &found->second;
}

void LayerMap::startText(Place place)
{
    m_texts[place] = {};
    emit textChanged(place);
}

void LayerMap::addText(Place place, const std::vector<TokenEvent>& events)
{
    m_texts[place].add(events);
    emit textChanged(place);
}

void LayerMap::dropText(Place place)
{
    m_texts.erase(place);
}

void LayerMap::dropTexts()
{
    m_texts.clear();
}

QByteArray LayerMap::toCsv() const
{
    QByteArray csv = "layer,strength,kl,nll_rise,push\n";
    for (int s = 0; s < int(m_grid.strengths.size()); ++s)
        for (int l = 0; l < int(m_grid.layers.size()); ++l)
            if (const SweepCell* c = cell({l, s}))
                csv += QByteArray::number(c->layer) + ',' + QByteArray::number(c->strength, 'g', 9) + ','
                    + QByteArray::number(c->kl, 'g', 9) + ',' + QByteArray::number(c->nllRise, 'g', 9) + ','
                    + QByteArray::number(c->push, 'g', 9) + '\n';
    return csv;
}

}
