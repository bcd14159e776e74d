#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/io/json.h"
#include "core/io/pt.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tiller {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

// One vector is NAME.pt (the tensor) with NAME.json (what it is); a set is a folder of layer_N with
// metadata.json. https://github.com/rotalabs/rotalabs-steer, core/vectors.py.

bool isFile(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(path, error);
}

bool isFolder(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(path, error);
}

// NAME of NAME.pt, NAME.json or NAME itself.
fs::path baseOf(const fs::path& path)
{
    return hasExtension(path, ".pt") || hasExtension(path, ".json") ? fs::path(path).replace_extension()
                                                                    : path;
}

fs::path with(const fs::path& base, const char* extension)
{
    return fs::path(base) += extension;
}

bool recognises(const fs::path& path)
{
    if (isFolder(path))
        return true;
    const fs::path base = baseOf(path);
    return isFile(with(base, ".pt")) && isFile(with(base, ".json"));
}

std::string text(const json& object, const char* key)
{
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

int layerIndex(const json& value, const std::string& origin)
{
    if (!value.is_number_unsigned() || value > 9999)
        throw Error(origin + " must be a layer number from 0");
    return value.get<int>();
}

void checkShape(const json& root, size_t width, const std::string& origin)
{
    const auto shape = root.find("vector_shape");
    if (shape == root.end())
        return;
    const json row = json::array({width});
    const json matrix = json::array({1, width});
    if (*shape != row && *shape != matrix)
        throw Error(origin + ": 'vector_shape' does not fit the tensor of " + std::to_string(width)
                + " values beside it",
            "The two files do not belong together: export them again.");
}

SteeringVector readOne(const fs::path& base)
{
    const fs::path ptPath = with(base, ".pt");
    const fs::path jsonPath = with(base, ".json");
    const std::string origin = jsonPath.string();
    const json root = readJson(jsonPath);
    if (!root.is_object() || !root.contains("layer_index"))
        throw Error(origin + ": has no 'layer_index'",
            "It describes the .pt beside it. To read that alone, move the .json away.");
    const int layer = layerIndex(root["layer_index"], origin + ": 'layer_index'");

    SteeringVector result = s_ptFormat.read(ptPath);
    if (!result.single())
        throw Error(ptPath.string() + ": expected one direction, as its .json says");
    LayerVector direction = std::move(result.layers.begin()->second);
    checkShape(root, direction.values.size(), origin);
    result = {};
    if (const auto metadata = root.find("metadata"); metadata != root.end() && metadata->is_object()) {
        result.readPosition = text(*metadata, "token_position");
        readProvenance(*metadata, result);
        readMeasures(*metadata, direction);
    }
    // Python changes these and leaves the metadata as it was.
    if (const auto name = text(root, "behavior"); !name.empty())
        result.name = name;
    if (const auto model = text(root, "model_name"); !model.empty())
        result.modelName = model;
    if (const auto method = text(root, "extraction_method"); !method.empty())
        result.method = method;
    addLayer(result, layer, std::move(direction), origin);
    return result;
}

// The provenance of a set is its first layer's.
void join(SteeringVector& set, SteeringVector one, const std::string& origin)
{
    if (set.layers.empty()) {
        set = std::move(one);
        return;
    }
    auto& [layer, direction] = *one.layers.begin();
    addLayer(set, layer, std::move(direction), origin);
}

SteeringVector readSet(const fs::path& folder)
{
    const fs::path metadataPath = folder / "metadata.json";
    const std::string origin = metadataPath.string();
    const json root = readJson(metadataPath);
    if (!root.is_object() || !root.contains("layers") || !root["layers"].is_array())
        throw Error(origin + ": has no list 'layers'");

    SteeringVector result;
    for (const json& value : root["layers"]) {
        const int layer = layerIndex(value, origin + ": every entry of 'layers'");
        const fs::path base = folder / ("layer_" + std::to_string(layer));
        SteeringVector one = readOne(base);
        if (!one.layers.contains(layer))
            throw Error(with(base, ".json").string() + ": 'layer_index' is not the " + std::to_string(layer)
                + " of its name");
        join(result, std::move(one), origin);
    }
    if (const auto name = text(root, "behavior"); !name.empty())
        result.name = name;
    if (const auto model = text(root, "model_name"); !model.empty())
        result.modelName = model;
    return result;
}

// A folder without metadata.json: every .pt whose name says its layer.
SteeringVector readLooseFolder(const fs::path& folder)
{
    std::error_code error;
    std::map<int, fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const fs::path& path = entry.path();
        const auto layer = layerOfFileName(path.stem().string());
        if (layer && hasExtension(path, ".pt") && !files.emplace(*layer, path).second)
            throw Error(folder.string() + ": holds layer " + std::to_string(*layer)
                    + " twice: " + inQuotes(files[*layer].filename().string()) + " and "
                    + inQuotes(path.filename().string()),
                "Open one file, or keep one model's vectors in a folder.");
    }
    if (error)
        throw Error(folder.string() + ": cannot be read: " + error.message());

    SteeringVector result;
    for (const auto& [layer, path] : files) {
        const bool isDescribed = isFile(with(baseOf(path), ".json"));
        SteeringVector one = isDescribed ? readOne(baseOf(path)) : s_ptFormat.read(path);
        if (!one.single() || !one.layers.contains(layer))
            throw Error(
                path.string() + ": does not hold layer " + std::to_string(layer) + " as its name says");
        join(result, std::move(one), folder.string());
    }
    if (result.layers.empty())
        throw Error(folder.string() + ": holds neither metadata.json nor layer_N.pt");
    return result;
}

SteeringVector read(const fs::path& path)
{
    if (!isFolder(path))
        return readOne(baseOf(path));
    return isFile(path / "metadata.json") ? readSet(path) : readLooseFolder(path);
}

void writeJson(const fs::path& path, const ordered_json& root)
{
    atomicWrite(path, root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

void writeOne(const fs::path& base, const SteeringVector& vector, int layer, const LayerVector& direction)
{
    auto metadata = ordered_json::object();
    metadata["num_pairs"] = vector.pairs;
    if (!vector.readPosition.empty())
        metadata["token_position"] = vector.readPosition;
    metadata["vector_norm"] = direction.norm();
    metadata.update(provenanceToJson(vector));
    metadata.update(measuresToJson(direction));
    for (const char* key : {"name", "model_name"}) // stand beside the metadata
        metadata.erase(key);

    ordered_json root;
    root["behavior"] = vector.name;
    root["layer_index"] = layer;
    root["model_name"] = vector.modelName;
    root["extraction_method"] = vector.method;
    root["metadata"] = std::move(metadata);
    root["vector_shape"] = ordered_json::array({direction.values.size()});

    writePt(with(base, ".pt"), {{static_cast<int64_t>(direction.values.size())}, direction.values});
    writeJson(with(base, ".json"), root);
}

bool describesVector(const fs::path& path)
{
    try {
        const json root = readJson(path);
        return root.is_object() && root.contains("layer_index");
    } catch (const Error&) {
        return false;
    }
}

// Only an earlier vector or set gives way: anything else is somebody's own.
void refuseForeign(const fs::path& path)
{
    std::error_code error;
    if (!isFolder(path) && hasExtension(path, ".pt")) {
        const fs::path description = with(baseOf(path), ".json");
        if (isFile(description) && !describesVector(description))
            throw Error(description.string() + ": stands where the vector's description would go",
                "Give the vector another name.");
    } else if (isFolder(path) && !fs::is_empty(path, error) && !isFile(path / "metadata.json")) {
        throw Error(path.string() + ": holds other files and no set of vectors", "Name a new folder.");
    }
}

// What an earlier set had and this one has not would be taken for a part of it by whoever lists the folder.
void removeOtherLayers(const fs::path& folder, const SteeringVector& vector)
{
    std::error_code error;
    std::vector<fs::path> stale;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const fs::path& path = entry.path();
        const std::string stem = path.stem().string();
        if (!stem.starts_with("layer_") || !(hasExtension(path, ".pt") || hasExtension(path, ".json")))
            continue;
        const bool ours = std::any_of(vector.layers.begin(), vector.layers.end(),
            [&](const auto& layer) { return stem == "layer_" + std::to_string(layer.first); });
        if (!ours)
            stale.push_back(path);
    }
    for (const fs::path& path : stale)
        fs::remove(path, error);
}

void writeSet(const fs::path& folder, const SteeringVector& vector)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (!isFolder(folder))
        throw Error(folder.string() + ": cannot be made a folder" + (error ? ": " + error.message() : ""),
            "Choose another name, or delete what is there.");
    auto layers = ordered_json::array();
    for (const auto& [layer, direction] : vector.layers) {
        writeOne(folder / ("layer_" + std::to_string(layer)), vector, layer, direction);
        layers.push_back(layer);
    }
    // Last: it names the layers, so files of an earlier set in the same folder are not taken for this one's.
    ordered_json root;
    root["behavior"] = vector.name;
    root["layers"] = std::move(layers);
    root["model_name"] = vector.modelName;
    writeJson(folder / "metadata.json", root);
    removeOtherLayers(folder, vector);
}

void write(const fs::path& path, const SteeringVector& vector)
{
    refuseUnknownLayer(path, vector);
    refuseForeign(path);
    if (isFolder(path) || !hasExtension(path, ".pt")) {
        writeSet(path, vector);
        return;
    }
    refuseSeveralLayers(path, vector, "a rotalabs .pt");
    const auto& [layer, direction] = *vector.layers.begin();
    writeOne(baseOf(path), vector, layer, direction);
}

}

const VectorFormat s_rotalabsFormat{
    "rotalabs", "rotalabs-steer .pt + .json", recognises, read, write, refuseForeign};

}
