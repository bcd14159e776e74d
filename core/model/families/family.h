#pragma once

#include "core/io/checkpoint.h"
#include "core/model/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// Names of a decoder's tensors in one kind of file; "{}" stands for the block number.
struct TensorNames {
    std::string embedding;
    std::string finalNorm;
    std::string head; ///< absent from the file when tied to the embedding
    std::string attentionNorm;
    std::string query;
    std::string key;
    std::string value;
    std::string attentionOutput;
    std::string mlpNorm;
    std::string gate;
    std::string up;
    std::string down;
    std::string ropeDivisors; ///< optional table of frequency divisors; empty: the file kind has none
    /// The converter interleaved the rotated pairs of q and k rows (llama.cpp's order); undone on loading.
    bool interleavedQk = false;
};

/// How one architecture is spelt on disk. Adding one: a file here and a line in registry.cpp.
struct Family {
    std::string_view name;
    std::vector<std::string_view> modelTypes; ///< config.json "model_type"
    std::vector<std::string_view> ggufArchitectures; ///< "general.architecture"
    ModelConfig (*fromHuggingFace)(const nlohmann::json& config);
    ModelConfig (*fromGguf)(const GgufFile& file);
    TensorNames huggingFaceNames;
    TensorNames ggufNames;
};

const std::vector<Family>& families();

/// Error lists the families that are known.
const Family& findFamily(const Checkpoint& checkpoint);

/// Reads and checks the configuration; every number is positive and fits the others.
ModelConfig readConfig(const Checkpoint& checkpoint);

/// "model.layers.{}.x" and 3 -> "model.layers.3.x".
std::string blockName(const std::string& pattern, int block);

}
