#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

namespace {

// First principal component of all activations, whatever their label: the top eigenvector of
// sum (h - mean(h)) (h - mean(h))^T; the labels choose only its sign. Linear Artificial Tomography on single
// stimuli, Representation Engineering, Zou et al. 2023, arXiv 2310.01405. The two sides of a pair are two
// examples.
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    dense::Matrix h = textsAt(bank, layerIndex);
    dense::centre(h);
    if (dense::sumOfSquares(h) <= roundingAt(bank, layerIndex))
        throw Error(layerName(bank, layerIndex) + ": all texts have the same activation",
            "Check that the texts differ at the read position.");
    return toUnit(pointedAtPositives(bank, layerIndex, dense::mainDirection(h)));
}

}

const ExtractorInfo s_repePca{"repe_pca", "RepE PCA", fit, true};

}
