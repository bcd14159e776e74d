#pragma once

#include "core/steer/extractor.h"

#include <vector>

namespace tiller {

extern const ExtractorInfo s_meanDifference;

/// The activations [hidden] of one side at a layer: side 0 or 1 of pairs, or the examples labelled 1 or 0.
/// Throws Error when there are none.
std::vector<const float*> classRows(const ActivationBank& bank, int64_t layerIndex, bool positive);

/// Mean of rows of `width` values, summed in double.
std::vector<double> meanOf(const std::vector<const float*>& rows, int64_t width);

}
