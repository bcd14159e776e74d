#include "ui/state/run_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tiller {

QString RowText::text() const
{
    std::string all;
    for (const TokenEvent& token : tokens)
        all += token.text;
    return QString::fromStdString(all);
}

double RowText::perplexity() const
{
    if (tokens.empty())
        return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (const TokenEvent& token : tokens)
        sum += double(token.logprob);
    return std::exp(-sum / double(tokens.size()));
}

std::vector<TokenId> RowText::ids() const
{
    std::vector<TokenId> all;
    for (const TokenEvent& token : tokens)
        all.push_back(token.id);
    return all;
}

double RowText::unsteeredPerplexity() const
{
    double sum = 0;
    for (const ComparedWord& word : compared)
        sum += double(word.token.unsteered.logprob);
    return compared.empty() ? std::nan("") : std::exp(-sum / double(compared.size()));
}

double RowText::meanKl() const
{
    double sum = 0;
    for (const ComparedWord& word : compared)
        sum += double(word.token.kl);
    return compared.empty() ? std::nan("") : sum / double(compared.size());
}

void RunText::add(const std::vector<TokenEvent>& events)
{
    for (const TokenEvent& event : events)
        if (event.row >= 0 && event.row < int(rows.size()))
            rows[size_t(event.row)].tokens.push_back(event);
}

int RunText::firstDifference() const
{
    const auto& a = rows[unsteered].tokens;
    const auto& b = rows[steered].tokens;
    const size_t shared = std::min(a.size(), b.size());
    for (size_t i = 0; i < shared; ++i)
        if (a[i].id != b[i].id)
            return int(i);
    return -1;
}

std::vector<std::optional<double>> RunText::tints(int row, Tint tint, size_t probe) const
{
    std::vector<std::optional<double>> tints(rows[size_t(row)].tokens.size());
    if (tint == Tint::LogGap) {
        constexpr double full = 2; // nats
        const auto& compared = rows[size_t(row)].compared;
        for (size_t i = 0; i < std::min(tints.size(), compared.size()); ++i) {
            const ComparedToken& token = compared[i].token;
            tints[i] = std::clamp(double(token.steered.logprob - token.unsteered.logprob) / full, -1.0, 1.0);
        }
    }
    if (tint != Tint::Projection || probe >= probes.size())
        return tints;
    const auto distance
        = [&](const TokenEvent& token) { return double(token.projections[probe]) - probes[probe].centre; };
    std::vector<double> magnitudes;
    for (const TokenEvent& token : rows[unsteered].tokens)
        if (probe < token.projections.size())
            magnitudes.push_back(std::abs(distance(token)));
    double scale = 0;
    if (!magnitudes.empty()) {
        const auto place = magnitudes.begin() + std::ptrdiff_t((magnitudes.size() - 1) * 95 / 100);
        std::nth_element(magnitudes.begin(), place, magnitudes.end());
        scale = *place;
    }
    for (size_t i = 0; i < tints.size(); ++i)
        if (const TokenEvent& token = rows[size_t(row)].tokens[i];
            probe < token.projections.size() && scale > 0)
            tints[i] = std::clamp(distance(token) / scale, -1.0, 1.0);
    return tints;
}

}
