#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tiller {

enum class Activation { Silu, Gelu, GeluTanh };

/// Rotary position embedding of one layer kind.
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
    std::optional<double> attentionFactor; ///< yarn: multiplies cos and sin; default 0.1 ln(factor) + 1
    std::vector<float> frequencyDivisors; ///< GGUF's rope_freqs.weight, one a frequency; empty: none
};

/// Shape and arithmetic of a decoder, read from a checkpoint by its family. Plain data.
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
    double normEpsilon = 1e-5;
    bool tiedEmbeddings = false;
    Activation activation = Activation::Silu;
    RopeConfig rope;
    /// Keys further back than this many positions are not seen (0: all are), one a layer.
    std::vector<int> slidingWindow;
};

}
