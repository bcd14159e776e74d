#include "core/io/pt.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

#include <charconv>

namespace tiller {

namespace {

bool recognises(const std::filesystem::path& path)
{
    return hasExtension(path, ".pt") || hasExtension(path, ".pth");
}

int layerFromScalar(const std::string& text, const std::string& origin)
{
    int layer = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
    if (error != std::errc() || end != text.data() + text.size() || layer < 0)
        throw Error(origin + ": 'layer' is " + inQuotes(text) + ", expected a layer number");
    return layer;
}

// A tensor; a dictionary {"vector": tensor, "layer": number}; or a dictionary of tensors keyed by layer.
SteeringVector read(const std::filesystem::path& path)
{
    const std::string origin = path.string();
    PtFile file = readPt(path);
    SteeringVector result;

    const bool isBare = file.tensors.size() == 1 && file.tensors[0].first.empty();
    const bool isNamed = file.tensors.size() == 1 && file.tensors[0].first == "vector";
    if (isBare || isNamed) {
        HostTensor& tensor = file.tensors[0].second.value;
        LayerVector direction;
        direction.values = directionOf(tensor.shape, std::move(tensor.data), origin);
        std::optional<int> layer = layerOfFileName(path.stem().string());
        if (const auto scalar = file.scalars.find("layer"); scalar != file.scalars.end())
            layer = layerFromScalar(scalar->second, origin);
        result.layerUnknown = !layer;
        addLayer(result, layer.value_or(0), std::move(direction), origin);
        return result;
    }

    for (auto& [name, tensor] : file.tensors) {
        const auto layer = layerOfTensorName(name);
        if (!layer)
            throw Error(origin + ": holds a tensor " + inQuotes(name)
                    + "; expected one tensor, 'vector' with 'layer', or layer numbers",
                "Save the direction alone: torch.save(vector, \"layer_12.pt\").");
        LayerVector direction;
        direction.values = directionOf(
            tensor.value.shape, std::move(tensor.value.data), origin + ": tensor " + inQuotes(name));
        addLayer(result, *layer, std::move(direction), origin);
    }
    return result;
}

// NAME.json is read together with NAME.pt, and would describe another tensor than its own.
void refuseForeign(const std::filesystem::path& path)
{
    const auto description = std::filesystem::path(path).replace_extension(".json");
    std::error_code error;
    if (hasExtension(path, ".pt") && std::filesystem::is_regular_file(description, error))
        throw Error(description.string() + ": describes the .pt beside it, and a bare one has no description",
            "Give the vector another name, or move the .json away.");
}

void write(const std::filesystem::path& path, const SteeringVector& vector)
{
    refuseForeign(path);
    refuseSeveralLayers(path, vector, "a bare .pt");
    const auto& [layer, direction] = *vector.layers.begin();
    const auto named = layerOfFileName(path.stem().string());
    if (named && (vector.layerUnknown || *named != layer))
        throw Error(path.string() + ": the name says layer " + std::to_string(*named) + ", and this "
                + (vector.layerUnknown ? "vector does not say its layer"
                                       : "is the direction of layer " + std::to_string(layer)),
            vector.layerUnknown ? "Choose another name, or give the vector that layer first."
                                : "Choose another name: a bare .pt has no other place for its layer.");
    const auto& values = direction.values;
    writePt(path, {{static_cast<int64_t>(values.size())}, values});
}

}

const VectorFormat s_ptFormat{"pt", "Bare .pt tensor", recognises, read, write, refuseForeign, false};

}
