#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

namespace {

// PCA of the pairs, each centred on its own midpoint: of +d/2 and -d/2, whose mean is zero, so this is the
// top eigenvector of the uncentred second moment sum d d^T. `pca_center` of repeng, github.com/vgel/repeng;
// `pca_pairwise` of IBM's activation-steering (Lee et al. 2024, arXiv 2409.05907).
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    const dense::Matrix d = pairDifferences(bank, layerIndex, s_pcaCenter.name);
    return toUnit(pointedAtPositives(bank, layerIndex, dense::mainDirection(d)));
}

}

const ExtractorInfo s_pcaCenter{"pca_center", "Pair-centred PCA", fit, true};

}
