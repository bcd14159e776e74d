#pragma once

#include "core/study/diagnostics.h"

namespace tiller {

/// What the rule below compares.
struct RecommendationRule {
    static constexpr double outside = 0.05; ///< AUC by which a layer near an end must be better
    static constexpr double chance = 0.05; ///< p of a layer that separates
    static constexpr double auc = 0.01; ///< within this of the best: separates as well
    static constexpr double splitHalf = 0.1; ///< within this of the best: repeats as well
};

/// The layer to begin with, as a reader of the curves would find it:
/// 1. The layers that separate at all, p <= 0.05; every layer where none does.
/// 2. Of these the middle half of the model, L / 4 <= layer < L - L / 4: near the ends residuals are those of
///    tokens, read or about to be written. But all of them, where none lies in the middle, or where one
///    outside separates and has an AUC that is better by more than 0.05.
/// 3. Of these the ones that separate best: AUC within 0.01 of the best.
/// 4. Of these the ones that repeat best: split-half cosine within 0.1 of the best.
/// 5. Of these the one with the largest gap between the sides, in units of the mean residual norm; the lowest
///    of equals. For a mean difference as stored the gap is the push. (Of unit vectors the push only falls as
///    the residual grows.)
/// The AUC is the leave-one-out one. Before resampling it is that of the fitted texts, and 1 and 4 are
/// skipped. Layer 0 and no reason where there are no layers.
Recommendation recommend(const Diagnostics& diagnostics);

}
