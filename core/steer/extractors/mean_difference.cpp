#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

namespace {

// v = mean(h+) - mean(h-). The sides may differ in number; on pairs this is CAA (caa.cpp).
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
