#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/steer/activation_cache.h"
#include "core/steer/rendered_set.h"

#include <filesystem>
#include <vector>

namespace tiller {

/// Activations [items, sides, layers, hidden] float32 of one pass, from which every fit reads. Pairs have
/// two sides (positive first); labelled examples one side and labels.
struct ActivationBank {
    int64_t items = 0;
    int64_t sides = 0;
    int64_t hidden = 0;
    std::vector<int> layers; ///< which blocks, ascending
    std::vector<float> values;
    std::vector<int64_t> labels; ///< [items] for labelled examples, else empty
    int64_t tokens = 0; ///< in all texts that were read
    std::vector<int> readTokens; ///< [items * sides] tokens whose mean an activation is
    std::vector<int> answerTokens; ///< [items * sides] tokens after the head
    std::vector<int> equalSides; ///< items whose two sides are the same tokens, ascending
    std::vector<int> repeated; ///< items of the same tokens as one before, ascending
    /// [layers] share of the first token in a mean over n, (h_0 . mean) / (n |mean|^2), where the read
    /// position takes it in: the largest over the texts. Empty where it takes it in nowhere.
    std::vector<float> sinkShare;
    std::vector<int> sinkItems; ///< items with a text whose first token is read, ascending

    const float* at(int64_t item, int64_t side, int64_t layerIndex) const
    {
        return values.data()
            + ((item * sides + side) * static_cast<int64_t>(layers.size()) + layerIndex) * hidden;
    }
    /// Mean of |h| over all texts at a layer.
    double meanResidualNorm(int64_t layerIndex) const;
};

/// One pass over the items, of which there is at least one and all have as many sides, and layers. With a
/// cache of this model's, only texts that it lacks are computed: what it gives was computed in other batches,
/// which changes float rounding. Throws Error on a layer that the model has not.
ActivationBank collectActivations(const Model& model, const std::vector<RenderedItem>& items,
    const std::vector<int>& layers, const Job& job, ActivationCache* cache = nullptr);

/// safetensors: `activations` [items, sides, layers, hidden], `labels` int64 when there are any,
/// metadata `layers`.
void writeBank(const std::filesystem::path& path, const ActivationBank& bank);

}
