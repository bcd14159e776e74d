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
    /// x [n, in] in the model's activation type -> x W^T + bias [n, out] in the same type.
    virtual at::Tensor multiply(const at::Tensor& x) const = 0;
    /// The same with float32 results, for logits: bfloat16 cannot tell close ones apart.
    virtual at::Tensor multiplyToFloat(const at::Tensor& x) const = 0;
    virtual uint64_t bytes() const = 0;
};

using LinearPtr = std::shared_ptr<const LinearWeight>;

/// `parts`, each [some outputs, in] in the activation type on the model's device, one below the other: what
/// is stored apart is multiplied in place instead of being copied together. bias [out] float32, undefined for
/// none.
LinearPtr makeDense(std::vector<at::Tensor> parts, at::Tensor bias = {});

/// Vectors of tokens, looked up by id.
class EmbeddingTable {
public:
    virtual ~EmbeddingTable() = default;
    /// ids within the vocabulary -> [n, hidden] float32 on the model's device.
    virtual at::Tensor rows(const std::vector<int64_t>& ids) const = 0;
    virtual uint64_t bytes() const = 0;
};

using EmbeddingPtr = std::shared_ptr<const EmbeddingTable>;

/// `table` [vocabulary, hidden].
EmbeddingPtr makeDenseEmbedding(at::Tensor table);
/// Rows are expanded from the file where it is mapped whenever they are asked for.
EmbeddingPtr makeStoredEmbedding(const TensorView& table);

/// Undefined weight: no such norm.
struct NormWeights {
    at::Tensor weight; ///< [width] float32
    at::Tensor bias; ///< undefined: none
};

struct MlpWeights {
    LinearPtr gateUp; ///< hidden -> 2 intermediate, or without a gate hidden -> intermediate
    LinearPtr down;
};

struct BlockWeights {
    NormWeights attentionNorm;
    LinearPtr queryKeyValue; ///< hidden -> (heads + 2 kvHeads) headDim
    NormWeights queryNorm; ///< [heads headDim]
    NormWeights keyNorm; ///< [kvHeads headDim]
    LinearPtr attentionOutput;
    NormWeights attentionOutputNorm;
    NormWeights mlpNorm; ///< undefined in a parallel block: attention's
    MlpWeights mlp; ///< dense blocks
    LinearPtr router; ///< sparse ones: hidden -> experts
    std::vector<MlpWeights> experts;
    NormWeights mlpOutputNorm;
};

struct Model::Weights {
    EmbeddingPtr embedding;
    at::Tensor positions; ///< [contextLength, hidden] float32, or undefined
    std::vector<BlockWeights> blocks;
    NormWeights finalNorm;
    LinearPtr head;
    at::ScalarType activationType = at::kFloat; ///< of the inputs and results of matrix products
    at::ScalarType cacheType = at::kFloat; ///< of keys and values
    at::Device device = at::kCPU;
    uint64_t bytes = 0;
    bool mapped = false; ///< some are read from the file where it is mapped
};

/// Reads everything the family names. See Model::load.
Model::Weights loadWeights(
    const Checkpoint& checkpoint, ModelConfig& config, ComputeType type, at::Device device, const Job& job);

}
