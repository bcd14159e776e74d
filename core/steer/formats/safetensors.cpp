#include "core/io/safetensors.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

namespace tiller {

namespace {

bool recognises(const std::filesystem::path& path)
{
    return hasExtension(path, ".safetensors");
}

SteeringVector read(const std::filesystem::path& path)
{
    const std::string origin = path.string();
    const SafetensorsFile file = SafetensorsFile::open(path);
    SteeringVector result;
    for (const TensorView& tensor : file.tensors()) {
        const auto layer = layerOfTensorName(tensor.name);
        if (!layer)
            throw Error(origin + ": tensor " + inQuotes(tensor.name) + " is not named layer_N",
                "Tiller reads safetensors in which every tensor is the direction of one layer.");
        LayerVector direction;
        direction.values = directionOf(tensor, origin);
        addLayer(result, *layer, std::move(direction), origin);
    }
    readProvenance(file.metadata(), result);
    return result;
}

void write(const std::filesystem::path& path, const SteeringVector& vector)
{
    std::vector<NamedTensor> tensors;
    for (const auto& [layer, direction] : vector.layers)
        tensors.push_back({"layer_" + std::to_string(layer), DType::F32,
            {static_cast<int64_t>(direction.values.size())}, std::as_bytes(std::span(direction.values))});
    writeSafetensors(path, tensors, provenanceToStrings(vector));
}

}

const VectorFormat s_safetensorsFormat{"safetensors", "safetensors layer_N", recognises, read, write};

}
