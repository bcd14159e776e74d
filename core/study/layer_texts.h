#pragma once

#include "core/steer/activation_bank.h"

namespace tiller {

/// One layer of a bank, as a bank of its own.
ActivationBank layerOf(const ActivationBank& bank, int64_t layerIndex);

/// layerOf() in coordinates of few dimensions: [items, sides, 1, r + 1] with r the rank of the texts around
/// their mean. The first r are h - mean in an orthonormal basis (Gram-Schmidt in double, each row twice); the
/// last is |mean|, the same for every text. Differences between texts, and with them their inner products and
/// angles, stay as they are, and so does the sum of |h|^2, which thresholds of rounding are measured by. So a
/// fit that depends on nothing else, ExtractorInfo::rotationInvariant, finds the same direction here, at the
/// cost of r rather than of the hidden size.
ActivationBank reducedLayerOf(const ActivationBank& bank, int64_t layerIndex);

}
