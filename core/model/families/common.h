#pragma once

#include "core/io/gguf.h"
#include "core/model/config.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace tiller {

/// What every decoder's config.json holds. Error names the field that is missing or wrong.
ModelConfig commonHuggingFaceConfig(const nlohmann::json& config);
/// `prefix` is the architecture: keys are "<prefix>.block_count" and so on.
ModelConfig commonGgufConfig(const GgufFile& file, std::string_view prefix);

int64_t requiredInt(const nlohmann::json& config, const char* key);
double numberOr(const nlohmann::json& config, const char* key, double fallback);

/// The `rope_theta` and `rope_scaling` fields (both spellings, "type" and "rope_type").
RopeConfig ropeFromHuggingFace(const nlohmann::json& config, int contextLength);

}
