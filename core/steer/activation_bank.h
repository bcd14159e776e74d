#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/steer/contrast_set.h"
#include "core/steer/read_position.h"
#include "core/steer/rendering.h"

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

    const float* at(int64_t item, int64_t side, int64_t layerIndex) const
    {
        return values.data()
            + ((item * sides + side) * static_cast<int64_t>(layers.size()) + layerIndex) * hidden;
    }
    /// Mean of |h| over all texts at a layer.
    double meanResidualNorm(int64_t layerIndex) const;
};

/// One pass over all items and layers. Error names the item that cannot be rendered.
ActivationBank collectActivations(const Model& model, const Renderer& renderer, const ContrastSet& set,
    const ReadPosition& read, const std::vector<int>& layers, const Job& job);

/// safetensors: `activations` [items, sides, layers, hidden], `labels` int64 when there are any,
/// metadata `layers`.
void writeBank(const std::filesystem::path& path, const ActivationBank& bank);

}
