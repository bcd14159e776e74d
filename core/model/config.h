#pragma once

#include "core/kernels/activation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tiller {

using Activation = kernels::Activation;

/// Rotary position embedding.
struct RopeConfig {
    double theta = 10000.0;
    int dimensions = 0; ///< rotated dimensions of a head; 0: all

    enum class Scaling { None, Linear, DynamicNtk, Yarn, Llama3 };
    Scaling scaling = Scaling::None;
    double factor = 1.0;
    int originalContext = 0;
    double lowFrequencyFactor = 1.0; ///< llama3
    double highFrequencyFactor = 4.0; ///< llama3
    double betaFast = 32.0; ///< yarn
    double betaSlow = 1.0; ///< yarn
    bool wholeDimensions = true; ///< yarn: its range is rounded to whole dimensions
    /// Multiplies cos and sin. Without a value: 0.1 ln(factor) + 1 for yarn, else 1.
    std::optional<double> attentionFactor;
    /// One a frequency (GGUF's rope_freqs.weight, LongRoPE's short factors); empty: none.
    std::vector<float> divisors;
    std::vector<float> longDivisors; ///< in place of them beyond originalContext (LongRoPE); empty: the same
};

enum class NormKind { Rms, Layer };
/// What queries and keys are normed over before they are rotated.
enum class QueryKeyNorm { None, EachHead, AllHeads };

/// What may differ from block to block.
struct BlockConfig {
    int slidingWindow = 0; ///< keys further back than this many positions are not seen; 0: all are
    int rope = 0; ///< among ModelConfig::ropes; noRope: positions are not encoded
    bool sparse = false; ///< a mixture of experts in place of the MLP
};
constexpr int noRope = -1;

/// A sparse MLP: each token goes through the `perToken` experts with the largest router probabilities.
struct ExpertsConfig {
    int count = 0; ///< 0: the model has none
    int perToken = 0;
    int intermediate = 0;
    bool normalised = true; ///< the chosen probabilities are scaled to sum to 1
};

/// Shape and arithmetic of a decoder, read from a checkpoint by its family. Plain data: the decoder knows no
/// family.
struct ModelConfig {
    std::string family; ///< "llama"
    std::string name; ///< as the checkpoint calls itself, or its file name
    int layers = 0;
    int hidden = 0;
    int heads = 0;
    int kvHeads = 0;
    int headDim = 0;
    int intermediate = 0;
    int vocabulary = 0;
    int contextLength = 0;
    bool tiedEmbeddings = false;

    double embeddingScale = 1; ///< multiplies token embeddings
    bool learnedPositions = false; ///< an embedding a position, added; at most contextLength positions
    std::vector<RopeConfig> ropes;
    std::vector<BlockConfig> blocks; ///< [layers]

    NormKind norm = NormKind::Rms;
    double normEpsilon = 1e-5;
    QueryKeyNorm queryKeyNorm = QueryKeyNorm::None;
    /// Attention and MLP read the same residual and are added together; else the MLP reads the sum.
    bool parallelResidual = false;

    double attentionScale = 0; ///< of query-key products; 0: 1 / sqrt(headDim)
    double attentionSoftCap = 0; ///< c: scores become c tanh(score / c); 0: none
    double logitSoftCap = 0; ///< the same of the logits

    Activation activation = Activation::Silu;
    bool gatedMlp = true; ///< down(activation(gate x) * up x), else down(activation(up x))
    ExpertsConfig experts;
};

}
