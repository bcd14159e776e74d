#pragma once

#include "core/steer/activation_bank.h"
#include "core/steer/extractor.h"

#include <memory>
#include <vector>

namespace tiller {

/// For each item of a bank a vector that was fitted without it: item i with those of the other folds, i mod
/// `folds` being its own. What such a vector does to the item is no echo of the fit. Throws Error where a
/// fold leaves too little to fit.
std::vector<std::shared_ptr<const SteeringVector>> heldOutVectors(
    const ActivationBank& bank, const ExtractorInfo& method, Normalisation normalisation, int folds = 4);

}
