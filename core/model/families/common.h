#pragma once

#include "core/io/gguf.h"
#include "core/model/config.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace tiller {

// ---- config.json. A key that is null counts as absent. Errors name the field.

int64_t requiredInt(const nlohmann::json& config, const char* key);
int intOr(const nlohmann::json& config, const char* key, int fallback);
double numberOr(const nlohmann::json& config, const char* key, double fallback);
bool flagOr(const nlohmann::json& config, const char* key, bool fallback);

/// The configuration with the keys it lacks taken from `defaults`, those of the architecture's class in
/// transformers: files leave out what equals them. Keys that are present and null stay null.
nlohmann::json withDefaults(nlohmann::json config, const nlohmann::json& defaults);

/// What every decoder's config.json holds, with one rope and no sliding windows.
ModelConfig commonHuggingFaceConfig(const nlohmann::json& config);

/// The rotary fields: rope_theta, rope_scaling and partial_rotary_factor in their older and newer spellings,
/// or rope_parameters, there perhaps per layer type ("full_attention").
RopeConfig ropeFromHuggingFace(
    const nlohmann::json& config, int contextLength, int headDim, const char* layerType = nullptr);

/// Sets sliding_window where layer_types says so, or, without that list, in the blocks that `slides` names.
void setSlidingWindows(ModelConfig& c, const nlohmann::json& config, bool (*slides)(int block));

// ---- GGUF

/// `prefix` is the architecture: keys are "<prefix>.block_count" and so on.
ModelConfig commonGgufConfig(const GgufFile& file, std::string_view prefix);
double ggufFloatOr(const GgufFile& file, std::string_view prefix, const char* key, double fallback);
int ggufIntOr(const GgufFile& file, std::string_view prefix, const char* key, int fallback);

}
