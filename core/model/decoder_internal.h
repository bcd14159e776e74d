#pragma once

#include "core/base/cancel.h"
#include "core/model/key_values_internal.h"
#include "core/model/layers_internal.h"
#include "core/model/weights_internal.h"

#include <functional>
#include <span>
#include <vector>

namespace tiller {

/// One pass of new tokens through blocks firstBlock .. lastBlock.
struct Pass {
    layers::Packing packing;
    int firstBlock = 0;
    int lastBlock = 0;
    /// [layers] with room for every position of the pass; null: rows start at 0 and nothing is kept
    std::vector<LayerPages>* cache = nullptr;
    /// What comes out of the model's last block is needed for the last position of each row alone: there
    /// `packing` is reduced to them.
    bool lastPositionsOnly = false;
    /// Called after each block with its output [n, hidden] float32, which it may change in place.
    std::function<void(int block, at::Tensor& residual)> onBlock;
    CancelToken cancel;
};

/// The arithmetic of one model. Stateless but for rotary tables that grow; one thread.
class Decoder {
public:
    explicit Decoder(const Model& model);

    /// Rows of new tokens; starts[r] positions of row r are already in the cache.
    layers::Packing pack(std::span<const std::vector<int32_t>> rows, std::span<const int64_t> starts) const;
    /// The same into a packing whose memory is used again.
    void pack(std::span<const std::vector<int32_t>> rows, std::span<const int64_t> starts,
        layers::Packing& packing) const;
    /// [rows] int64 on the device: where each row's last token is among the packed ones.
    at::Tensor lastTokens(const layers::Packing& packing) const;
    /// [n, hidden] float32: input of block 0. `packing` as of the same rows. Error names a token outside the
    /// vocabulary, or a position that a model with learned positions does not have.
    at::Tensor embed(std::span<const std::vector<int32_t>> rows, const layers::Packing& packing);
    /// Runs the blocks on `residual` (changed in place and returned).
    at::Tensor run(Pass& pass, at::Tensor residual);
    /// Final norm and head: [n, hidden] -> [n, vocabulary] float32, without the model's soft cap.
    at::Tensor readOut(const at::Tensor& residual) const;
    /// The same with the soft cap: logits.
    at::Tensor logits(const at::Tensor& residual) const;

    const Model& model() const { return m_model; }

private:
    void placeOnDevice(layers::Packing& packing) const;
    layers::Packing lastPositions(const layers::Packing& packing) const;
    void prepareRopes(const layers::Packing& packing);
    void prepareRope(const RopeConfig& config, const layers::Packing& packing, layers::RopeTensors& rope);
    const layers::RopeTensors& ropeOf(const BlockConfig& block) const;
    void placePages(const Pass& pass, std::span<LayerPages> caches) const;
    LayerPages pagesOf(const layers::Packing& packing) const;
    at::Tensor normed(const at::Tensor& x, const NormWeights& weights) const;
    at::Tensor queries(const at::Tensor& x, const BlockWeights& w, const BlockConfig& block,
        const layers::Packing& packing, LayerPages& cache) const;
    at::Tensor attention(const at::Tensor& queries, const BlockWeights& w, const BlockConfig& block,
        const layers::Packing& packing, const LayerPages& cache) const;
    at::Tensor mlp(const MlpWeights& w, const at::Tensor& x) const;
    at::Tensor feedForward(const BlockWeights& w, const BlockConfig& block, const at::Tensor& x) const;

    const Model& m_model;
    const ModelConfig& m_config;
    const Model::Weights& m_weights;
    layers::Heads m_heads;
    layers::Norm m_norm;
    std::vector<layers::RopeTensors> m_ropes; ///< one each of the configuration, then one that turns nothing
    std::vector<int64_t> m_ids; ///< of a pass
    std::vector<int64_t> m_tableOfRow; ///< of a pass: length of the rope table that a row needs
};

}
