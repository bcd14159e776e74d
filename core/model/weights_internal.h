#pragma once

#include "core/model/model.h"
#include "core/model/torch_internal.h"

#include <memory>
#include <vector>

namespace tiller {

/// A matrix that knows how to multiply: dense through libtorch now; packed blocks are another subclass.
class LinearWeight {
public:
    virtual ~LinearWeight() = default;
    /// x [n, in] in the model's activation type -> [n, out] in the same type.
    virtual at::Tensor multiply(const at::Tensor& x) const = 0;
    /// The same with float32 results, for logits: bfloat16 cannot tell close ones apart.
    virtual at::Tensor multiplyToFloat(const at::Tensor& x) const = 0;
    virtual uint64_t bytes() const = 0;
};

using LinearPtr = std::shared_ptr<const LinearWeight>;

/// `matrix` [out, in] in the activation type, on the model's device.
LinearPtr makeDense(at::Tensor matrix);

struct BlockWeights {
    at::Tensor attentionNorm; ///< [hidden] float32
    LinearPtr queryKeyValue; ///< hidden -> (heads + 2 kvHeads) headDim
    LinearPtr attentionOutput;
    at::Tensor mlpNorm; ///< [hidden] float32
    LinearPtr gateUp; ///< hidden -> 2 intermediate
    LinearPtr down;
};

struct Model::Weights {
    at::Tensor embedding; ///< [vocabulary, hidden] in the activation type
    std::vector<BlockWeights> blocks;
    at::Tensor finalNorm; ///< [hidden] float32
    LinearPtr head;
    at::ScalarType activationType = at::kFloat; ///< of the inputs and results of matrix products
    at::Device device = at::kCPU;
    uint64_t bytes = 0;
};

/// Reads everything the family names. See Model::load.
Model::Weights loadWeights(
    const Checkpoint& checkpoint, ModelConfig& config, ComputeType type, at::Device device, const Job& job);

}
