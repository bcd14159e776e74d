#include "core/study/warnings.h"

#include "core/study/words.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

using Warnings = std::vector<DiagnosticWarning>;

// Fewer pairs have less than 20 shufflings that differ: no p is as low as 0.05.
constexpr int64_t s_fewestTold = 5;

void warnOfFewItems(const ActivationBank& bank, Warnings& warnings)
{
    int64_t fewest = bank.items;
    if (bank.sides != 2) {
        const auto positives = std::ranges::count(bank.labels, 1);
        fewest = std::min<int64_t>(positives, bank.items - positives);
    }
    if (fewest >= WarningLimits::fewItems)
        return;
    const std::string what = bank.sides == 2 ? (fewest == 1 ? "pair" : "pairs")
        : fewest == 1                        ? "example of one label"
                                             : "examples of one label";
    warnings.push_back({"Only " + std::to_string(fewest) + ' ' + what
            + ": another choice of texts could give another direction, and every figure here is rough"
            + (fewest == 1 ? "; those of left-out texts say nothing, as without it there is no fit."
                    : bank.sides == 2 && fewest < s_fewestTold
                    ? ", and no test can tell the separation from chance."
                    : "."),
        "Give at least " + std::to_string(WarningLimits::fewItems) + "; 24 are better.", {}, {}});
}

// "Pair 3 has", "Examples 3, 5–7 have": a subject and its verb.
std::string subject(const std::vector<int>& items, const Diagnostics& diagnostics, const ActivationBank& bank,
    const char* one, const char* several)
{
    std::vector<int> numbers;
    for (const int item : items)
        numbers.push_back(diagnostics.itemNumbers.at(static_cast<size_t>(item)));
    std::ranges::sort(numbers);
    const std::string noun = bank.sides == 2 ? "Pair" : "Example";
    return numbers.size() == 1 ? noun + ' ' + numbersInWords(numbers) + ' ' + one
                               : noun + "s " + numbersInWords(numbers) + ' ' + several;
}

void warnOfEqualSides(const Diagnostics& diagnostics, const ActivationBank& bank, Warnings& warnings)
{
    if (bank.equalSides.empty())
        return;
    warnings.push_back({subject(bank.equalSides, diagnostics, bank, "has", "have")
            + " the same text on both sides: nothing can be learnt there about the direction.",
        "Write what differs, or drop what does not.", {}, bank.equalSides});
}

void warnOfRepeated(const Diagnostics& diagnostics, const ActivationBank& bank, Warnings& warnings)
{
    if (bank.repeated.empty())
        return;
    warnings.push_back({subject(bank.repeated, diagnostics, bank, "repeats", "repeat")
            + " texts that stand before: what is left out is still there, and figures of left-out texts and "
              "of "
              "stability are too good.",
        "Drop the copies.", {}, bank.repeated});
}

void warnOfChance(const Diagnostics& diagnostics, const ActivationBank& bank, Warnings& warnings)
{
    if (bank.sides == 2 && bank.items < s_fewestTold) // that they are few is said
        return;
    std::vector<int> layers;
    for (const LayerDiagnostics& layer : diagnostics.layers)
        if (layer.resampled && layer.resampled->p > WarningLimits::chance)
            layers.push_back(layer.layer);
    if (layers.empty())
        return;
    const std::string where = layers.size() == diagnostics.layers.size() && layers.size() > 1
        ? "On every layer"
        : "On " + layersInWords(layers);
    warnings.push_back({where + " the sides separate no better than with shuffled labels (p > "
            + fixed(WarningLimits::chance, 2) + ").",
        "Do not trust a direction there; give more texts, or texts that differ more clearly.",
        std::move(layers), {}});
}

void warnOfSink(const Diagnostics& diagnostics, const ActivationBank& bank, Warnings& warnings)
{
    std::vector<int> layers;
    float most = 0;
    for (const LayerDiagnostics& layer : diagnostics.layers) {
        const auto index
            = static_cast<size_t>(std::ranges::find(bank.layers, layer.layer) - bank.layers.begin());
        if (index >= bank.sinkShare.size() || bank.sinkShare[index] <= WarningLimits::sinkShare)
            continue;
        layers.push_back(layer.layer);
        most = std::max(most, bank.sinkShare[index]);
    }
    if (layers.empty())
        return;
    const bool some = !bank.sinkItems.empty() && bank.sinkItems.size() < static_cast<size_t>(bank.items);
    const std::string of = some ? subject(bank.sinkItems, diagnostics, bank, "is", "are")
            + " read from the first token on: on " + layersInWords(layers) + " it makes up to "
                                : "On " + layersInWords(layers) + " the first token makes up to ";
    warnings.push_back({of + percent(static_cast<double>(most))
            + " of the mean activation. It is an attention sink: large, and the same in every text.",
        some ? "Give a prompt as the others have one, or read \"mean\", which leaves the first token out."
             : "Read \"mean\", which leaves the first token out, or the completion of a prompt.",
        std::move(layers), some ? bank.sinkItems : std::vector<int>()});
}

void warnOfLengths(const ActivationBank& bank, Warnings& warnings)
{
    const std::vector<int>& tokens = bank.answerTokens.empty() ? bank.readTokens : bank.answerTokens;
    if (tokens.size() != static_cast<size_t>(bank.items * bank.sides))
        return;
    double sum[2] = {};
    double count[2] = {};
    for (size_t i = 0; i < tokens.size(); ++i) {
        const size_t side = bank.sides == 2 ? i % 2 : bank.labels[i] == 1 ? 0 : 1;
        sum[side] += tokens[i];
        count[side] += 1;
    }
    const double positive = sum[0] / count[0];
    const double negative = sum[1] / count[1];
    const double ratio = std::max(positive, negative) / std::min(positive, negative);
    if (!(ratio > WarningLimits::lengthRatio))
        return;
    warnings.push_back(
        {"Positive answers have " + fixed(positive, 0) + " tokens in the mean and negative ones "
                + fixed(negative, 0) + ": the direction may be one of length.",
            "Write both sides equally long, unless length is what the set is about.", {}, {}});
}

void warnOfOutliers(const Diagnostics& diagnostics, const ActivationBank& bank, Warnings& warnings)
{
    struct Outlier {
        int item = 0;
        double lowest = 1; // cosine
        double usual = 1; // third lowest on that layer
        std::vector<int> layers;
    };
    std::vector<Outlier> outliers(static_cast<size_t>(bank.items));
    for (const LayerDiagnostics& layer : diagnostics.layers) {
        if (!layer.resampled || outliers.size() < 3)
            continue;
        const std::vector<float>& cosines = layer.resampled->withoutItem;
        std::vector<float> sorted = cosines;
        for (float& value : sorted)
            value = std::abs(value);
        std::ranges::sort(sorted);
        const auto usual = static_cast<double>(sorted[2]);
        for (size_t i = 0; i < cosines.size(); ++i) {
            const auto cosine = std::abs(static_cast<double>(cosines[i])); // its sign is another matter
            if (cosine == 0)
                continue; // no fit without it
            const double cost = 1 - cosine;
            if (cost < WarningLimits::outlierCosine || cost < WarningLimits::outlierRatio * (1 - usual))
                continue;
            Outlier& outlier = outliers[i];
            outlier.item = static_cast<int>(i);
            outlier.layers.push_back(layer.layer);
            if (cosine < outlier.lowest) {
                outlier.lowest = cosine;
                outlier.usual = usual;
            }
        }
    }
    const double enough = WarningLimits::outlierLayers * static_cast<double>(diagnostics.layers.size());
    std::erase_if(outliers,
        [&](const Outlier& o) { return o.layers.empty() || static_cast<double>(o.layers.size()) < enough; });
    std::ranges::stable_sort(outliers, {}, &Outlier::lowest);
    for (Outlier& outlier : outliers) {
        const int number = diagnostics.itemNumbers.at(static_cast<size_t>(outlier.item));
        const std::string name = (bank.sides == 2 ? "pair " : "example ") + std::to_string(number);
        const std::string where = layersInWords(outlier.layers);
        warnings.push_back({"On " + where + ' ' + name
                + " pulls the direction its own way: the cosine of the direction without it falls to "
                + fixed(outlier.lowest, 2) + ", where most stay above " + fixed(outlier.usual, 3) + '.',
            "Read " + name + " again, and drop it if it is not about the same thing.",
            std::move(outlier.layers), {outlier.item}});
    }
}

// [items] how far each lies on its own side.
std::vector<double> marginsOf(const std::vector<float>& heldOut, const ActivationBank& bank)
{
    std::vector<double> margins;
    if (bank.sides == 2) {
        for (size_t i = 0; i + 1 < heldOut.size(); i += 2)
            margins.push_back(static_cast<double>(heldOut[i]) - static_cast<double>(heldOut[i + 1]));
        return margins;
    }
    double sum[2] = {};
    double count[2] = {};
    for (size_t i = 0; i < heldOut.size(); ++i) {
        const size_t side = bank.labels[i] == 1 ? 0 : 1;
        sum[side] += static_cast<double>(heldOut[i]);
        count[side] += 1;
    }
    const double midpoint = (sum[0] / count[0] + sum[1] / count[1]) / 2;
    for (size_t i = 0; i < heldOut.size(); ++i) {
        const double above = static_cast<double>(heldOut[i]) - midpoint;
        margins.push_back(bank.labels[i] == 1 ? above : -above);
    }
    return margins;
}

void warnOfReversed(const Diagnostics& diagnostics, const ActivationBank& bank, Warnings& warnings)
{
    std::vector<std::vector<int>> layersOf(static_cast<size_t>(bank.items));
    double separating = 0;
    for (const LayerDiagnostics& layer : diagnostics.layers) {
        if (!layer.resampled || layer.resampled->auc < WarningLimits::reversedAuc)
            continue;
        ++separating;
        const std::vector<double> margins = marginsOf(layer.resampled->heldOut, bank);
        std::vector<double> sorted = margins;
        std::ranges::sort(sorted);
        const double usual = sorted[sorted.size() / 2];
        for (size_t i = 0; i < margins.size(); ++i)
            if (margins[i] < WarningLimits::reversedMargin * usual)
                layersOf[i].push_back(layer.layer);
    }
    const double enough = std::max({1.0, WarningLimits::reversedLayers * separating,
        WarningLimits::outlierLayers * static_cast<double>(diagnostics.layers.size())});
    for (size_t i = 0; i < layersOf.size(); ++i) {
        std::vector<int>& layers = layersOf[i];
        if (static_cast<double>(layers.size()) < enough)
            continue;
        const std::string number = std::to_string(diagnostics.itemNumbers.at(i));
        const std::string what = bank.sides == 2
            ? "pair " + number + " lies the wrong way round: fitted without it, its negative projects higher"
            : "example " + number
                + " lies on the other side: fitted without it, it projects as the others do";
        warnings.push_back({"On " + layersInWords(layers) + ' ' + what + '.',
            bank.sides == 2 ? "Swap its sides if they were mixed up, or drop it."
                            : "Correct its label if it is wrong, or drop it.",
            std::move(layers), {static_cast<int>(i)}});
    }
}

void warnOfFlips(const Diagnostics& diagnostics, Warnings& warnings)
{
    const size_t count = diagnostics.layers.size();
    std::vector<int> flipped;
    float least = 0;
    for (size_t first = 0; first < count;) {
        std::vector<bool> turned{false}; // against the first of these layers in a row
        size_t next = first + 1;
        for (; next < count && diagnostics.layers[next].layer == diagnostics.layers[next - 1].layer + 1;
             ++next) {
            const float cosine = diagnostics.cosines[next][next - 1];
            const bool turns = static_cast<double>(cosine) < WarningLimits::flip;
            if (turns)
                least = std::min(least, cosine);
            turned.push_back(turned.back() != turns);
        }
        const auto against = static_cast<size_t>(std::ranges::count(turned, true));
        const bool fewer = 2 * against <= turned.size();
        for (size_t i = 0; i < turned.size(); ++i)
            if (turned[i] == fewer)
                flipped.push_back(diagnostics.layers[first + i].layer);
        first = next;
    }
    if (flipped.empty())
        return;
    const std::string where = layersInWords(flipped);
    warnings.push_back({"On " + where + " the direction points against that of the layers beside (cosine "
            + fixed(static_cast<double>(least), 2) + ").",
        "Steer on layers that point the same way: added together, the others work against them.",
        std::move(flipped), {}});
}

}

std::vector<DiagnosticWarning> warningsOf(const Diagnostics& diagnostics, const ActivationBank& bank)
{
    Warnings warnings;
    warnOfFewItems(bank, warnings);
    warnOfEqualSides(diagnostics, bank, warnings);
    warnOfRepeated(diagnostics, bank, warnings);
    warnOfChance(diagnostics, bank, warnings);
    warnOfSink(diagnostics, bank, warnings);
    warnOfLengths(bank, warnings);
    warnOfReversed(diagnostics, bank, warnings);
    warnOfOutliers(diagnostics, bank, warnings);
    warnOfFlips(diagnostics, warnings);
    return warnings;
}

}
