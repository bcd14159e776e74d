#pragma once

#include "core/steer/activation_bank.h"
#include "core/steer/steering_vector.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tiller {

/// Where 90 % of resampled values lie.
struct Band {
    double low = 0; ///< 5 %
    double high = 0; ///< 95 %
};

/// What one layer's direction is worth on texts that it was not fitted to; resampling.h says how.
struct ResampledFigures {
    double auc = 0; ///< leave-one-out: every item is scored by the fit without it
    double accuracy = 0; ///< of the same scores; threshold: midpoint of the two sides in the fit without it
    double splitHalf = 0; ///< mean cosine of the fits of two random halves
    Band splitHalfBand;
    Band normBand; ///< of |v| under the bootstrap
    std::vector<float> withoutItem; ///< [items] cosine of the fit without the item to the fit of all
    std::vector<float> heldOut; ///< [items * sides] projection of a text on u of the fit without its item
    double foldAuc = 0; ///< cross-validated; the statistic of the permutation test
    double p = 1; ///< (1 + shufflings of the labels with foldAuc as high) / (1 + shufflings)
};

/// u = v / |v|. Distances and norms are in units of the residual stream.
struct LayerDiagnostics {
    int layer = 0;
    double norm = 0; ///< |v| as stored
    double meanResidualNorm = 0; ///< mean |h| over all texts
    double push = 0; ///< norm / meanResidualNorm: the push of strength 1
    double positiveProjection = 0; ///< mean on u
    double negativeProjection = 0;
    double gap = 0; ///< (positiveProjection - negativeProjection) / meanResidualNorm, whatever |v| is
    double separation = 0; ///< AUC of the projections of the fitted texts themselves: optimistic
    /// Share of the texts' variance that lies along u. Of labelled examples: around the mean of all texts. Of
    /// pairs: around the midpoint of each pair, which takes out what the two sides share, so it is
    /// sum (d.u)^2 / sum |d|^2 over the differences d.
    double explainedVariance = 0;
    double outlierShare = 0; ///< of |v|^2, in its largest 1 % of dimensions (rounded; at least one)
    std::optional<ResampledFigures> resampled; ///< nothing before resample()
};

/// In words, where it matters: "On layers 0-3, 29 ...".
struct DiagnosticWarning {
    std::string text; ///< what is wrong; whole sentences
    std::string remedy; ///< what to do; a whole sentence, never empty
    std::vector<int> layers; ///< which; empty: all, or none in particular
    std::vector<int> items; ///< which items of the bank, from 0; empty: none in particular
};

/// A suggestion; recommendation.h states the rule.
struct Recommendation {
    int layer = 0;
    std::string reason; ///< whole sentences, with the figures that decided; they do not name the layer
    std::vector<int> candidates; ///< all layers that passed, ascending; `layer` has the largest gap of them
};

/// All layers that bank and vector have in common, ascending.
struct Diagnostics {
    std::vector<LayerDiagnostics> layers;
    std::vector<std::vector<float>> cosines; ///< [layers][layers] of the directions, 1 on the diagonal
    std::vector<DiagnosticWarning> warnings; ///< the gravest first
    Recommendation recommendation; ///< provisional, from the fitted texts themselves, before resample()

    int modelLayers = 0; ///< of the whole model, which say what its middle is
    std::vector<int> itemNumbers; ///< [items] as warnings call them

    bool resampled() const { return !layers.empty() && layers.front().resampled.has_value(); }
};

/// The immediate stage: everything but the resampled figures, in milliseconds. `itemNumbers` [items] are the
/// rows in which the reader finds the items; empty: 1, 2, 3 ... Error where vector and bank differ in width.
/// The second stage is resample(), core/study/resampling.h.
Diagnostics diagnose(const ActivationBank& bank, const SteeringVector& vector, int modelLayers,
    std::vector<int> itemNumbers = {});

}
