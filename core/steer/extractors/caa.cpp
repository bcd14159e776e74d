#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

namespace {

// v = mean(h+ - h-) over pairs: Contrastive Activation Addition, Rimsky et al. 2024, arXiv 2312.06681, which
// reads A/B items at the answer's letter (answerLetterPosition in core/steer/read_position.h). On pairs this
// is the number that mean_difference gives, but for rounding; what it adds is that it insists on pairs.
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    const std::vector<double> mean = dense::meanRow(pairDifferences(bank, layerIndex, s_caa.name));
    return {mean.begin(), mean.end()};
}

}

const ExtractorInfo s_caa{"caa", "CAA (paired)", fit};

}
