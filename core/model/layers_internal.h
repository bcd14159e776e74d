#pragma once

#include "core/kernels/activation.h"
#include "core/kernels/attention.h"
#include "core/kernels/rows.h"
#include "core/model/config.h"
#include "core/model/key_values_internal.h"
#include "core/model/weights_internal.h"

#include <cstdint>
#include <vector>

namespace tiller::layers {

// The operations of a block on packed tokens [n, ...]: fused kernels on the CPU, libtorch elsewhere and for
// what the kernels do not cover. Both give the same values up to float rounding.

struct Norm {
    NormKind kind = NormKind::Rms;
    double epsilon = 0;
};

/// x [n, width] float32 -> normed, in type `out`.
at::Tensor normalise(const at::Tensor& x, const Norm& norm, const NormWeights& weights, at::ScalarType out);

/// residual += y, in place; residual float32.
void addTo(at::Tensor& residual, const at::Tensor& y);

/// gateUp [n, 2 width] -> activation(gate) * up [n, width]
at::Tensor activateGated(const at::Tensor& gateUp, Activation activation);
at::Tensor activate(const at::Tensor& x, Activation activation);

/// A packed batch: tokens of all rows one after another, no padding.
struct Packing {
    std::vector<int32_t> row; ///< [n] row of each token
    std::vector<int32_t> position; ///< [n] position in its row
    std::vector<int64_t> offset; ///< [rows] first token of each row
    std::vector<int64_t> count; ///< [rows] tokens of each row, at least 1
    std::vector<int64_t> start; ///< [rows] position of its first token
    int64_t longest = 0; ///< largest position + 1
    at::Tensor positionIndex; ///< [n] int64 on the device, only where there are no kernels
};

struct Heads {
    int64_t heads = 0;
    int64_t kvHeads = 0;
    int64_t headDim = 0;
    kernels::ScoreShape scores;
};

/// Norms queries and keys in place; qkv as below. Each head, or the heads together.
void normaliseHeads(at::Tensor& qkv, const Heads& heads, const Norm& norm, QueryKeyNorm over,
    const NormWeights& queries, const NormWeights& keys);

struct RopeTensors {
    at::Tensor cosine; ///< [turns, rotated / 2] float32; of width 0: nothing is rotated
    at::Tensor sine;
    /// [n] row of the tables for each token of the pass, where rows of a batch turn by different angles;
    /// empty: the position.
    std::vector<int32_t> turn;
    at::Tensor turnIndex; ///< the same on the device, only where there are no kernels
};

/// qkv [n, (heads + 2 kvHeads) headDim] -> rotated queries [n, heads headDim]; rotated keys and values go to
/// their slots of the cache.
at::Tensor rotateAndStore(const at::Tensor& qkv, const Packing& packing, const Heads& heads,
    const RopeTensors& rope, LayerPages& cache);

/// Causal attention -> [n, heads headDim]. window 0: everything before.
at::Tensor attend(const at::Tensor& queries, const LayerPages& cache, const Packing& packing,
    const Heads& heads, int64_t window);

}
