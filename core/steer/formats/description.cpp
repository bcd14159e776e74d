#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/pt.h"
#include "core/io/safetensors.h"
#include "core/steer/formats/formats_internal.h"

namespace tiller {

namespace {

namespace fs = std::filesystem;

// Only Tiller says how it normalised, or that it mixed.
bool isOurs(const SteeringVector& vector)
{
    return !vector.normalisation.empty() || vector.method == "mix";
}

const VectorFormat& formatOf(const SteeringVector& vector)
{
    for (const VectorFormat& format : vectorFormats())
        if (format.name == vector.sourceFormat)
            return format;
    throw Error("the vector was read from no file");
}

// The .pt that holds the first direction of NAME.pt, NAME.json, NAME or a set.
fs::path firstTensorFile(const fs::path& path, const SteeringVector& vector)
{
    const std::string layer = "layer_" + std::to_string(vector.layers.begin()->first) + ".pt";
    if (fs::is_directory(path))
        return path / layer;
    if (path.filename() == "metadata.json")
        return path.parent_path() / layer;
    return hasExtension(path, ".json") || hasExtension(path, ".pt") ? fs::path(path).replace_extension(".pt")
                                                                    : fs::path(path) += ".pt";
}

std::string typeOf(const fs::path& path, const SteeringVector& vector)
{
    const std::string& format = vector.sourceFormat;
    if (format == "safetensors")
        return std::string(info(SafetensorsFile::open(path).tensors().front().dtype).name);
    if (format == "gguf")
        return std::string(info(GgufFile::open(path).tensors().front().dtype).name);
    if (format == "pt" || format == "rotalabs")
        return std::string(info(
            readPt(format == "pt" ? path : firstTensorFile(path, vector)).tensors.front().second.storedAs)
                               .name);
    return "decimal numbers";
}

bool isEasySteer(const fs::path& path)
{
    return GgufFile::open(path).getString("controlvector.method").has_value();
}

std::string toolsOf(const fs::path& path, const SteeringVector& vector)
{
    if (isOurs(vector))
        return "Tiller";
    const std::string& format = vector.sourceFormat;
    if (format == "gguf")
        return isEasySteer(path) ? "EasySteer" : "repeng, llama.cpp";
    if (format == "rotalabs")
        return "rotalabs-steer";
    if (format == "pt")
        return "CAA and other PyTorch code";
    if (format == "safetensors")
        return "saklas and others";
    if (format == "svec")
        return "activation-steering, AISteer360";
    return "";
}

std::string doubtOf(const fs::path& path, const SteeringVector& vector)
{
    if (isOurs(vector) || vector.layerUnknown)
        return "";
    if (vector.sourceFormat == "gguf" && !isEasySteer(path))
        return "llama.cpp's own generator names block i as layer i + 1; repeng names it i. Shift what the "
               "first "
               "wrote.";
    if (vector.sourceFormat == "pt" && !layerOfFileName(path.stem().string()))
        return "Tools that count the embeddings as layer 0, as RepE does, name block i as layer i + 1. Shift "
               "what "
               "they wrote.";
    return "";
}

}

VectorFileFacts describeVectorFile(const fs::path& path, const SteeringVector& vector)
{
    return {std::string(formatOf(vector).title), toolsOf(path, vector), typeOf(path, vector),
        doubtOf(path, vector)};
}

SteeringVector shiftLayers(SteeringVector vector, int by)
{
    if (!vector.layers.empty() && vector.layers.begin()->first + by < 0)
        throw Error("layer " + std::to_string(vector.layers.begin()->first) + " cannot be shifted by "
                + std::to_string(by),
            "Layers count from 0: leave it out, or keep the layers as they are.");
    std::map<int, LayerVector> shifted;
    for (auto& [layer, direction] : vector.layers)
        shifted[layer + by] = std::move(direction);
    vector.layers = std::move(shifted);
    return vector;
}

}
