#pragma once

#include "core/tokenizer/tokenizer.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// What a sweep measures of a cell, one layer at one strength.
enum class Metric { Effect, Readback, Coherence, Kl, Repetition, Length, Ab, Refusal };

/// What a metric is measured on.
enum class MeasuredOn {
    Text, ///< what is generated from a prompt: a figure for each
    Items, ///< contrast items, teacher-forced: a figure a cell
    Neutral, ///< a neutral text, teacher-forced: a figure a cell
};

struct MetricFacts {
    Metric metric;
    std::string_view name; ///< "effect", as the command line has it
    std::string_view title; ///< "Effect"
    std::string_view unit; ///< "nats/token"; empty: a number
    MeasuredOn on;
    bool isSigned; ///< zero means no change, both directions count
    std::string_view definition; ///< a sentence or two, for people
};

/// Of every metric, in the order of the enumeration.
std::span<const MetricFacts> allMetrics();
const MetricFacts& factsOf(Metric metric);
Metric parseMetric(std::string_view name); ///< Error names those there are

/// Whether a text refuses: one of the phrases that refusal studies look for (Zou et al. 2023, Arditi et al.
/// 2024) stands in it, whatever its case and apostrophes.
bool refuses(std::string_view text);
std::span<const std::string_view> refusalPhrases();

/// 1 - distinct-3 (Li et al. 2016): the share of three-token sequences that are not new. 0 for fewer than
/// three.
double repetition(const std::vector<TokenId>& ids);

/// Mean over the figures, and where the mean of as many drawn with replacement lies in 90 of 100 draws
/// (percentile bootstrap, 1000 draws of a fixed seed). Figures that are not numbers do not count.
struct MeanBand {
    double mean; ///< NaN without figures
    double low; ///< 5 %; the mean itself for one figure
    double high; ///< 95 %
    int count;
};
MeanBand meanBand(std::span<const double> figures);

}
