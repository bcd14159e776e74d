#pragma once

#include "core/run/generator.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tiller {

/// Throws Error unless every value, a log-sum of logits, is finite: nothing can be sampled or scored from
/// what an edit or damaged weights have driven beyond float. `where` ends the sentence.
void requireFinite(std::span<const float> logSums, const char* where);

/// A uniform number in [0, 1) that depends on nothing but seed and step (splitmix64), so that every row of
/// a batch draws the same and a run can be repeated anywhere.
double uniformDraw(uint64_t seed, uint64_t step);

/// Chooses the next token. Order of the steps: repetition penalty on `seen`, temperature, top-k, min-p,
/// top-p, then the inverse of the cumulative distribution in order of ids. Temperature 0 takes the largest
/// logit (the lowest id among equals). `logits` [vocabulary] is not changed.
TokenId sampleToken(std::span<const float> logits, std::span<const TokenId> seen,
    const SamplingOptions& options, double draw);

/// Throws Error naming the first option that is out of range.
void checkSampling(const SamplingOptions& options);

}
