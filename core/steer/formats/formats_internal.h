#pragma once

#include "core/io/tensor_view.h"
#include "core/steer/vector_files.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tiller {

extern const VectorFormat s_rotalabsFormat; ///< NAME.pt + NAME.json, or a folder of them
extern const VectorFormat s_ptFormat; ///< a bare tensor
extern const VectorFormat s_ggufFormat; ///< control vector of repeng and llama.cpp
extern const VectorFormat s_safetensorsFormat; ///< layer_N
extern const VectorFormat s_svecFormat; ///< JSON of activation-steering and AISteer360
extern const VectorFormat s_jsonArrayFormat; ///< [0.1, ...], read only

// layer_names.cpp

/// N of "layer_N" or "N": a tensor's name. Nothing for other names.
std::optional<int> layerOfTensorName(std::string_view name);
/// N of "layer_N" standing anywhere in a file's name as a word: "vec_layer_13_Llama-2-7b-chat-hf".
std::optional<int> layerOfFileName(std::string_view stem);
/// N of a tensor name "PREFIX.N".
std::optional<int> layerAfter(std::string_view prefix, std::string_view name);
/// Whether the path ends in this extension, whatever the case.
bool hasExtension(const std::filesystem::path& path, std::string_view extension);

/// Values of a tensor that holds one direction: [n] or [1, n]. Throws Error naming `origin`.
std::vector<float> directionOf(
    const std::vector<int64_t>& shape, std::vector<float> values, const std::string& origin);
/// The same for a tensor inside a file, converted to float32.
std::vector<float> directionOf(const TensorView& tensor, const std::string& origin);
/// Puts a direction into a set; a layer that is there twice is an Error.
void addLayer(SteeringVector& vector, int layer, LayerVector direction, const std::string& origin);
/// Throws Error for a set: `format` holds one layer.
void refuseSeveralLayers(
    const std::filesystem::path& path, const SteeringVector& vector, std::string_view format);
/// Throws Error where the vector does not say its layer, and the file would.
void refuseUnknownLayer(const std::filesystem::path& path, const SteeringVector& vector);

// provenance.cpp: the names under which every layout keeps what a vector says about itself

/// What the whole vector says: name, model_name, method, ...; empty fields are left out.
nlohmann::ordered_json provenanceToJson(const SteeringVector& vector);
/// What was measured at a layer: positive_projection, negative_projection, mean_residual_norm.
nlohmann::ordered_json measuresToJson(const LayerVector& layer);
/// Read what is there and of the right type; anything else is left as it is.
void readProvenance(const nlohmann::json& from, SteeringVector& vector);
void readMeasures(const nlohmann::json& from, LayerVector& layer);

/// All of it as text for layouts that keep strings: measures are JSON objects {"LAYER": number}.
std::map<std::string, std::string> provenanceToStrings(const SteeringVector& vector);
void readProvenance(const std::map<std::string, std::string>& from, SteeringVector& vector);

}
