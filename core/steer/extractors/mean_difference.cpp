#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

namespace {

// v = mean(h+) - mean(h-). On pairs this is the mean of the pairs' differences: Contrastive Activation
// Addition, Rimsky et al. 2024, arXiv 2312.06681.
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    const auto positive = meanOf(classRows(bank, layerIndex, true), bank.hidden);
    const auto negative = meanOf(classRows(bank, layerIndex, false), bank.hidden);
    std::vector<float> direction(positive.size());
    for (size_t k = 0; k < direction.size(); ++k)
        direction[k] = static_cast<float>(positive[k] - negative[k]);
    return direction;
}

}

const ExtractorInfo s_meanDifference{"mean_difference", "Mean difference", fit};

}
