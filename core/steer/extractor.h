#pragma once

#include "core/steer/activation_bank.h"
#include "core/steer/steering_vector.h"

#include <string>
#include <string_view>
#include <vector>

namespace tiller {

enum class Normalisation { None, Unit, Residual };
Normalisation parseNormalisation(std::string_view name); ///< "none", "unit", "residual"; else Error
std::string_view toString(Normalisation normalisation);

/// One method. Its fit gives the direction of one layer of the bank, pointing so that positives project
/// higher; a method that needs pairs throws Error on labelled examples, and the other way round.
struct ExtractorInfo {
    std::string_view name; ///< "mean_difference"
    std::string_view title; ///< "Mean difference"
    std::vector<float> (*fit)(const ActivationBank& bank, int64_t layerIndex);
    bool unitNorm = false; ///< |v| is 1 by definition and says nothing about the texts
    /// The direction turns with the activations and does not move with their mean: it depends on inner
    /// products of differences between texts, on no single dimension, and so can be fitted in any basis.
    bool rotationInvariant = true;
};

const std::vector<ExtractorInfo>& extractors();
const ExtractorInfo& findExtractor(std::string_view name); ///< Error lists the known names

/// Fits every layer of the bank, on the workers of core/base/threads.h, and measures projections and norms.
/// Deterministic, with any number of threads. The caller adds the provenance that the bank does not know
/// (name, model, read position).
SteeringVector fitVector(
    const ActivationBank& bank, const ExtractorInfo& method, Normalisation normalisation);

}
