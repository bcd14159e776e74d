#pragma once

#include "core/model/config.h"
#include "core/run/hooks.h"
#include "core/steer/steering_vector.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// Layers with a factor each: {"12":0.5,"13":1}. A plain layer or range has factor 1.
using LayerCurve = std::map<int, double>;

/// "18", "10-20", "8,10-12", "all", and with factors "12:0.5,13-15:2". En dash and minus count as hyphens.
/// Throws Error naming what is wrong; a layer from `layerCount` on is wrong.
LayerCurve parseLayers(std::string_view text, int layerCount);
std::string toString(const LayerCurve& curve); ///< as parseLayers reads it, runs joined: "8-20"

/// One edit as people name it: a vector (or set) and where to put it.
struct Edit {
    std::shared_ptr<const SteeringVector> vector;
    Op op = Op::Add;
    double strength = 1;
    std::optional<LayerCurve> layers; ///< nothing: the layers stored with the vector
    TokenScope scope;
};

/// Spreads edits over layers. A one-layer vector goes to every layer named; a set puts its layer i at layer
/// i, and a named layer that it lacks is an Error. Width and layers must fit the model.
Plan resolvePlan(const std::vector<Edit>& edits, const ModelConfig& config);

/// What a plan file holds, for people.
std::string planHelp();

/// Reads plan JSON ({"edits":[{"vector","op","strength","layers","scope","skip_first"}]}); vector
/// paths are relative to the plan's folder, then to the current one. Unknown keys are Errors that name the
/// known ones.
std::vector<Edit> readPlan(const std::filesystem::path& path, const ModelConfig& config);

/// Vectors are model-specific: throws Error when the vector's width or layers do not fit, and, unless
/// `allowOther`, when it names another model: by fingerprint where both have one, else by name
/// (modelNamesAgree). A vector that names no model passes.
void checkFits(
    const SteeringVector& vector, const ModelConfig& config, const std::string& fingerprint, bool allowOther);

}
