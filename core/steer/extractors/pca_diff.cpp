#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

namespace {

// First principal component of the differences d = h+ - h-: the top eigenvector of
// sum (d - mean(d)) (d - mean(d))^T. What all pairs have in common is taken out first, so this is how the
// pairs differ most from each other. `pca_diff` of repeng, github.com/vgel/repeng, which hands d to
// scikit-learn's PCA.
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    dense::Matrix d = pairDifferences(bank, layerIndex, s_pcaDiff.name);
    if (d.rows() < 2)
        throw Error("pca_diff compares pairs with each other, and the contrast set has only one",
            "Give at least two pairs, or use mean_difference.");
    dense::centre(d);
    if (dense::sumOfSquares(d) <= roundingAt(bank, layerIndex))
        throw Error(layerName(bank, layerIndex)
                + ": all pairs differ in the same way, so nothing is left once the mean is taken out",
            "Use mean_difference or pca_center, or give pairs that differ in more than one way.");
    return toUnit(pointedAtPositives(bank, layerIndex, dense::mainDirection(d)));
}

}

const ExtractorInfo s_pcaDiff{"pca_diff", "PCA of differences", fit, true};

}
