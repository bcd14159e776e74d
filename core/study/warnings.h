#pragma once

#include "core/study/diagnostics.h"

namespace tiller {

/// Where a warning begins.
struct WarningLimits {
    static constexpr int fewItems = 8; ///< pairs, or examples of one label: fewer is too few
    static constexpr double chance = 0.05; ///< p above it: no better than shuffled labels
    static constexpr double sinkShare = 0.5; ///< of the mean activation, from the first token
    static constexpr double lengthRatio = 1.5; ///< of the mean numbers of tokens in the answers of two sides
    /// Cosine to the layer before, below which the direction turns over. Of neighbouring layers that point
    /// one way and the other, the fewer are named; of as many, those that point against the first.
    static constexpr double flip = -0.3;
    /// An item pulls the direction its own way where leaving it out costs so many times the cosine, 1 - c,
    /// that leaving out the third worst costs (two outliers do not hide each other), and at least this much.
    /// It is named where that is so on a quarter of the layers.
    static constexpr double outlierRatio = 3;
    static constexpr double outlierCosine = 0.01;
    static constexpr double outlierLayers = 0.25;
    /// An item lies the wrong way round where its held-out margin is below so many times the median margin:
    /// its positive's score less its negative's, or an example's distance to its side of the midpoint. It is
    /// named where that is so on half of the layers on which the leave-one-out AUC is at least this, and on a
    /// quarter of all.
    static constexpr double reversedMargin = -0.5;
    static constexpr double reversedLayers = 0.5;
    static constexpr double reversedAuc = 0.8;
};

/// Of the figures that are there: before resampling those of separation and outliers are left out. `bank` is
/// read for its tokens and labels.
std::vector<DiagnosticWarning> warningsOf(const Diagnostics& diagnostics, const ActivationBank& bank);

}
