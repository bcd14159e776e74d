#include "core/io/gguf.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

namespace tiller {

namespace {

// Our own keys; other readers look at the tensors only.
constexpr std::string_view s_prefix = "tiller.";

bool recognises(const std::filesystem::path& path)
{
    return hasExtension(path, ".gguf");
}

// `direction.N` acts on the output of block N, as llama.cpp applies it and repeng writes it.
SteeringVector read(const std::filesystem::path& path)
{
    const std::string origin = path.string();
    const GgufFile file = GgufFile::open(path);
    const auto architecture = file.getString("general.architecture").value_or("");
    if (architecture != "controlvector")
        throw Error(origin + ": is no control vector: its general.architecture is " + inQuotes(architecture),
            "A model is opened as a model, not as a vector.");

    SteeringVector result;
    for (const TensorView& tensor : file.tensors()) {
        const auto layer = layerAfter("direction.", tensor.name);
        if (!layer)
            throw Error(origin + ": tensor " + inQuotes(tensor.name) + " is not named direction.N");
        LayerVector direction;
        direction.values = directionOf(tensor, origin);
        addLayer(result, *layer, std::move(direction), origin);
    }

    result.modelName = file.getString("controlvector.model_hint").value_or("");
    std::map<std::string, std::string> provenance;
    for (const auto& [key, value] : file.metadata())
        if (const auto* text = std::get_if<std::string>(&value); text && key.starts_with(s_prefix))
            provenance[key.substr(s_prefix.size())] = *text;
    readProvenance(provenance, result);
    return result;
}

void write(const std::filesystem::path& path, const SteeringVector& vector)
{
    refuseUnknownLayer(path, vector);
    if (vector.layers.contains(0))
        throw Error(
            path.string() + ": a GGUF control vector cannot steer block 0, and this vector has layer 0",
            "Leave layer 0 out, or choose rotalabs or safetensors.");
    std::vector<std::pair<std::string, GgufValue>> metadata{
        {"general.architecture", "controlvector"},
        {"controlvector.model_hint", vector.modelName},
        {"controlvector.layer_count", static_cast<int64_t>(vector.layers.size())},
    };
    for (const auto& [key, value] : provenanceToStrings(vector))
        metadata.emplace_back(std::string(s_prefix) + key, value);
    std::vector<GgufTensorOut> tensors;
    for (const auto& [layer, direction] : vector.layers)
        tensors.push_back({"direction." + std::to_string(layer),
            {static_cast<int64_t>(direction.values.size())}, direction.values});
    writeGguf(path, metadata, tensors);
}

}

const VectorFormat s_ggufFormat{.name = "gguf",
    .title = "GGUF control vector",
    .recognises = recognises,
    .read = read,
    .write = write,
    .firstLayer = 1};

}
