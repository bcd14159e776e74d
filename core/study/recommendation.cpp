#include "core/study/recommendation.h"

#include "core/study/words.h"

#include <algorithm>
#include <functional>

namespace tiller {

namespace {

using Layers = std::vector<const LayerDiagnostics*>;

double aucOf(const LayerDiagnostics* layer)
{
    return layer->resampled ? layer->resampled->auc : layer->separation;
}

double splitHalfOf(const LayerDiagnostics* layer)
{
    return layer->resampled->splitHalf;
}

double bestOf(const Layers& layers, double (*figure)(const LayerDiagnostics*))
{
    double best = -1;
    for (const LayerDiagnostics* layer : layers)
        best = std::max(best, figure(layer));
    return best;
}

Layers where(const Layers& layers, const std::function<bool(const LayerDiagnostics*)>& holds)
{
    Layers kept;
    std::ranges::copy_if(layers, std::back_inserter(kept), holds);
    return kept;
}

// What is left of the layers, and the words for what there was to choose from.
struct Choice {
    Layers layers;
    std::string from;
    bool separates = true;
};

Choice separating(const Diagnostics& diagnostics)
{
    Choice choice;
    for (const LayerDiagnostics& layer : diagnostics.layers)
        choice.layers.push_back(&layer);
    if (!diagnostics.resampled())
        return choice;
    Layers significant = where(choice.layers,
        [](const LayerDiagnostics* layer) { return layer->resampled->p <= RecommendationRule::chance; });
    choice.separates = !significant.empty();
    if (choice.separates)
        choice.layers = std::move(significant);
    return choice;
}

void preferMiddle(Choice& choice, const Diagnostics& diagnostics)
{
    const int end = diagnostics.modelLayers;
    const auto inMiddle = [&](int layer) { return layer >= end / 4 && layer < end - end / 4; };
    const size_t extracted
        = static_cast<size_t>(std::ranges::count_if(diagnostics.layers, inMiddle, &LayerDiagnostics::layer));
    const Layers middle
        = where(choice.layers, [&](const LayerDiagnostics* layer) { return inMiddle(layer->layer); });
    const bool better = choice.separates
        && bestOf(choice.layers, aucOf) > bestOf(middle, aucOf) + RecommendationRule::outside;
    if (extracted == 0 || extracted == diagnostics.layers.size())
        choice.from = "the layers extracted";
    else if (middle.empty() || better)
        choice.from = "all layers, as the middle of the model separates less,";
    else
        choice.from = "the middle half of the model";
    if (!middle.empty() && !better)
        choice.layers = middle;
}

void keepBest(Choice& choice, double (*figure)(const LayerDiagnostics*), double within)
{
    const double best = bestOf(choice.layers, figure);
    choice.layers
        = where(choice.layers, [&](const LayerDiagnostics* layer) { return figure(layer) >= best - within; });
}

std::string reasonFor(const LayerDiagnostics& layer, const Choice& choice, size_t extracted, bool resampled)
{
    std::string reason;
    if (!choice.separates)
        reason = "No layer separates better than with shuffled labels: one to look at, not to trust. ";
    if (resampled)
        reason += "Leave-one-out AUC " + fixed(layer.resampled->auc, 2) + ", split-half cosine "
            + fixed(layer.resampled->splitHalf, 2) + ". ";
    else
        reason += "AUC " + fixed(layer.separation, 2) + " on the texts that it was fitted to. ";
    const std::string gap = fixed(layer.gap, 2) + " of the residual norm";
    const std::string figures = resampled ? "AUC and split-half cosine" : "AUC";
    if (extracted == 1)
        reason += "It is the only layer extracted; the gap between the sides is " + gap + '.';
    else if (choice.layers.size() == 1)
        reason += "Of " + choice.from + " it has the best " + figures + "; the gap between the sides is "
            + gap + '.';
    else
        reason += "Of " + choice.from + ' ' + std::to_string(choice.layers.size())
            + " come close to the best " + figures + "; of these the gap between the sides is largest here, "
            + gap + '.';
    if (!resampled)
        reason += " Provisional, until the figures of left-out texts are there.";
    return reason;
}

}

Recommendation recommend(const Diagnostics& diagnostics)
{
    if (diagnostics.layers.empty())
        return {};
    const bool resampled = diagnostics.resampled();
    Choice choice = separating(diagnostics);
    preferMiddle(choice, diagnostics);
    keepBest(choice, aucOf, RecommendationRule::auc);
    if (resampled)
        keepBest(choice, splitHalfOf, RecommendationRule::splitHalf);
    const LayerDiagnostics* best = *std::ranges::max_element(choice.layers, {}, &LayerDiagnostics::gap);

    Recommendation recommendation;
    recommendation.layer = best->layer;
    recommendation.reason = reasonFor(*best, choice, diagnostics.layers.size(), resampled);
    for (const LayerDiagnostics* layer : choice.layers)
        recommendation.candidates.push_back(layer->layer);
    return recommendation;
}

}
