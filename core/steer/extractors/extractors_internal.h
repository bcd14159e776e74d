#pragma once

#include "core/steer/extractor.h"
#include "core/steer/extractors/dense_internal.h"

#include <string>
#include <vector>

namespace tiller {

extern const ExtractorInfo s_meanDifference;
extern const ExtractorInfo s_caa;
extern const ExtractorInfo s_pcaDiff;
extern const ExtractorInfo s_pcaCenter;
extern const ExtractorInfo s_repePca;
extern const ExtractorInfo s_logistic;
extern const ExtractorInfo s_whitened;

/// The activations [hidden] of one side at a layer: side 0 or 1 of pairs, or the examples labelled 1 or 0.
/// Throws Error when there are none.
std::vector<const float*> classRows(const ActivationBank& bank, int64_t layerIndex, bool positive);

/// Mean of rows of `width` values, summed in double.
std::vector<double> meanOf(const std::vector<const float*>& rows, int64_t width);

/// "layer 12", which begins the message of an Error about one layer.
std::string layerName(const ActivationBank& bank, int64_t layerIndex);

/// Sum of |h|^2 over all texts at a layer, times the square of float32's rounding: squares of differences
/// that stay below it in sum are no differences.
double roundingAt(const ActivationBank& bank, int64_t layerIndex);

/// The rows of classRows in double.
dense::Matrix sideAt(const ActivationBank& bank, int64_t layerIndex, bool positive);

/// Positives, then negatives. A pair's two sides count as two labelled examples.
dense::Matrix textsAt(const ActivationBank& bank, int64_t layerIndex);

/// d = h+ - h- of every pair. Error on labelled examples, which names the method, and where no pair differs.
dense::Matrix pairDifferences(const ActivationBank& bank, int64_t layerIndex, std::string_view method);

/// mean(h+) - mean(h-); Error where they do not differ.
std::vector<double> differenceOfMeans(const ActivationBank& bank, int64_t layerIndex);

/// v / |v| as it is stored; zeros stay.
std::vector<float> toUnit(const std::vector<double>& v);

/// v or -v, so that positives project higher: in most pairs (repeng's rule), or, where as many project higher
/// as lower and for labelled examples, in the mean. Error where both leave it open.
std::vector<double> pointedAtPositives(const ActivationBank& bank, int64_t layerIndex, std::vector<double> v);

}
