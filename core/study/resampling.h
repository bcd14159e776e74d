#pragma once

#include "core/base/progress.h"
#include "core/steer/extractor.h"
#include "core/study/diagnostics.h"

namespace tiller {

/// How often the fit is repeated. Every figure says more with more of them, and costs as many fits a layer.
struct ResampleOptions {
    int halves = 100; ///< random splits in two, two fits each
    int bootstraps = 200; ///< none where |v| has a length by definition
    int folds = 4; ///< of the cross-validation that the permutation test repeats
    int shuffles = 200;
};

/// The second stage of diagnose(), of the same bank, method and normalisation: fits hundreds of samples of
/// the bank and adds the resampled figures to every layer; warnings and recommendation follow them. Returns
/// what it was given and more, so that the first stage can be shown meanwhile.
///
/// Items are left out, split, drawn and shuffled whole: both sides of a pair together. Labelled examples are
/// split, drawn and folded within their label.
///   score of a text: (h - mean of all texts) . u of a fit without it. The mean is blind to the labels, and
///     the same for every fit: scores of different fits can be compared.
///   heldOut: these scores, of leave-one-out fits. auc, accuracy: of them; a tie counts half. Where a set is
///   balanced over
///     something that matters more than the labels (the letter of an answer, the topic of two examples that
///     should be a pair), an item left out leaves the rest unbalanced against it, and both fall below chance.
///   splitHalf: floor(n / 2) items against the others. It says how much of a direction half the set repeats,
///     so it is less than the whole set would.
///   normBand: |v*| of n items drawn with replacement. Drawing twice adds noise, in every one of the hidden
///     dimensions, to every v*, which would put all |v*| above |v|; so the mean excess of |v*|^2 over |v|^2
///     is taken out first. Where the length is set (unit vectors), both ends are |v|.
///   foldAuc: AUC of the scores from `folds` fits, each without one fold.
///   p: sides are swapped within random pairs, labels permuted within each fold; folds stay as they are. In
///     more dimensions than texts, fitted texts separate whatever their labels: hence the cross-validation.
/// A sample that has no direction (fit() throws Error: sides equal, one class only, no sign) counts as one
/// that knows nothing: scores and cosines are 0, |v*| is 0.
///
/// Deterministic, with any number of threads: every layer meets the same samples, of fixed seeds. Progress in
/// fits; polls `job.cancel` between fits and throws Cancelled.
Diagnostics resample(Diagnostics diagnostics, const ActivationBank& bank, const ExtractorInfo& method,
    Normalisation normalisation, const ResampleOptions& options, const Job& job);

}
