#pragma once

#include "core/model/families/tensor_names.h"

#include <string_view>
#include <vector>

namespace tiller {

/// How one architecture is spelt on disk. Adding one: a file here and a line in registry.cpp.
struct Family {
    std::string_view name;
    std::vector<std::string_view> modelTypes; ///< config.json "model_type"
    std::vector<std::string_view> ggufArchitectures; ///< "general.architecture"
    ModelConfig (*fromHuggingFace)(const nlohmann::json& config) = nullptr;
    ModelConfig (*fromGguf)(const GgufFile& file) = nullptr;
    std::vector<TensorNames> huggingFaceNames; ///< spellings in use; the first whose embedding a file has
    TensorNames ggufNames;
};

const std::vector<Family>& families();

/// Error lists the families that are known.
const Family& findFamily(const Checkpoint& checkpoint);

/// The spelling that this checkpoint uses. Error when it has no embedding under any known name.
const TensorNames& tensorNames(const Checkpoint& checkpoint);

/// Reads and checks the configuration; every number is positive and fits the others.
ModelConfig readConfig(const Checkpoint& checkpoint);

}
