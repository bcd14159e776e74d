#pragma once

#include "core/io/checkpoint.h"
#include "core/model/config.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// Names of a decoder's tensors in one kind of file, and how it stores them. "{}" stands for the block
/// number, "{e}" for the expert. Empty: the architecture has no such tensor. Names end in ".weight"; a bias
/// is read wherever the file has the same name with ".bias".
struct TensorNames {
    std::string embedding;
    std::string positions; ///< learned position embeddings
    std::string finalNorm;
    std::string head; ///< absent from the file when tied to the embedding

    std::string attentionNorm;
    std::string queryKeyValue; ///< the three in one, where the file has it; else query, key and value
    std::string query;
    std::string key;
    std::string value;
    std::string queryNorm;
    std::string keyNorm;
    std::string attentionOutput;
    std::string attentionOutputNorm; ///< on attention's result, before it is added

    std::string mlpNorm; ///< parallel blocks may share attentionNorm: then the file has none
    std::string gateUp; ///< the two in one, where the file has it; else gate and up
    std::string gate;
    std::string up;
    std::string down;
    std::string mlpOutputNorm; ///< on the MLP's result, before it is added

    std::string router;
    std::string expertGate; ///< without "{e}" the file holds all experts in one tensor [experts, out, in]
    std::string expertUp;
    std::string expertDown;

    std::string ropeDivisors; ///< optional tables of frequency divisors
    std::string longRopeDivisors;

    /// The converter interleaved the rotated pairs of q and k rows (llama.cpp's order); undone on loading.
    bool interleavedQk = false;
    /// queryKeyValue holds q, k and v of one head after another, else all of q, then k, then v.
    bool queryKeyValueByHead = false;
    bool inputMajor = false; ///< matrices of blocks are [in, out] (GPT-2's Conv1D)
    double normOffset = 0; ///< added to norm weights (Gemma stores weight - 1)
};

/// "model.layers.{}.x" and 3 -> "model.layers.3.x".
std::string blockName(std::string_view pattern, int block, int expert = 0);

/// "x.weight" -> "x.bias"
std::string biasName(std::string_view weight);

/// Every tensor that the decoder may read. Error names a tensor of the file that is not among them and is
/// not known to be without effect (masks, rotary frequencies, the parts of a model that see images):
/// what it would do is never guessed.
void refuseUnknownTensors(const Checkpoint& checkpoint, const TensorNames& names, const ModelConfig& config);

}
