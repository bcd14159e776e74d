#include "core/study/held_out.h"

#include <algorithm>

namespace tiller {

namespace {

ActivationBank withoutFold(const ActivationBank& bank, int fold, int folds)
{
    ActivationBank rest;
    rest.sides = bank.sides;
    rest.hidden = bank.hidden;
    rest.layers = bank.layers;
    const int64_t width = bank.sides * static_cast<int64_t>(bank.layers.size()) * bank.hidden;
    for (int64_t item = 0; item < bank.items; ++item) {
        if (item % folds == fold)
            continue;
        ++rest.items;
        const auto begin = bank.values.begin() + item * width;
        rest.values.insert(rest.values.end(), begin, begin + width);
        if (!bank.labels.empty())
            rest.labels.push_back(bank.labels[static_cast<size_t>(item)]);
    }
    return rest;
}

}

std::vector<std::shared_ptr<const SteeringVector>> heldOutVectors(
    const ActivationBank& bank, const ExtractorInfo& method, Normalisation normalisation, int folds)
{
    folds = static_cast<int>(std::min<int64_t>(folds, bank.items));
    std::vector<std::shared_ptr<const SteeringVector>> fitted;
    for (int fold = 0; fold < folds; ++fold)
        fitted.push_back(std::make_shared<const SteeringVector>(
            fitVector(withoutFold(bank, fold, folds), method, normalisation)));
    std::vector<std::shared_ptr<const SteeringVector>> ofItems;
    for (int64_t item = 0; item < bank.items; ++item)
        ofItems.push_back(fitted[static_cast<size_t>(item % folds)]);
    return ofItems;
}

}
