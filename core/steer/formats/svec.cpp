#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/io/json.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

#include <nlohmann/json.hpp>

namespace tiller {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

bool recognises(const std::filesystem::path& path)
{
    return hasExtension(path, ".svec");
}

std::vector<float> numbers(const json& values, const std::string& origin)
{
    std::vector<float> result;
    for (const json& value : values) {
        if (!value.is_number())
            throw Error(origin + ": expected a list of numbers");
        result.push_back(value.get<float>());
    }
    if (result.empty())
        throw Error(origin + ": the direction is empty");
    return result;
}

// directions[L] is [[...]] with one row a component, or the older flat [...].
SteeringVector read(const std::filesystem::path& path)
{
    const std::string origin = path.string();
    const json root = readJson(path);
    if (!root.is_object() || !root.contains("directions") || !root["directions"].is_object())
        throw Error(origin + ": holds no object 'directions'");
    if (root.contains("num_heads") && !root["num_heads"].is_null())
        throw Error(origin + ": holds directions of attention heads, not of layers");

    SteeringVector result;
    for (const auto& [key, rows] : root["directions"].items()) {
        const std::string where = origin + ": directions[" + inQuotes(key) + "]";
        const auto layer = layerAfter("", key);
        if (!layer)
            throw Error(where + ": is not a layer number");
        if (!rows.is_array() || rows.empty())
            throw Error(where + ": expected a list of numbers");
        const bool isNested = rows.front().is_array();
        if (isNested && rows.size() > 1)
            throw Error(where + ": has " + std::to_string(rows.size()) + " components",
                "A steering vector is one direction a layer: keep the first.");
        LayerVector direction;
        direction.values = numbers(isNested ? rows.front() : rows, where);
        addLayer(result, *layer, std::move(direction), origin);
    }

    if (const auto type = root.find("model_type"); type != root.end() && type->is_string())
        result.modelName = type->get<std::string>();
    if (const auto own = root.find("tiller"); own != root.end() && own->is_object()) {
        readProvenance(*own, result);
        if (const auto measures = own->find("layers"); measures != own->end() && measures->is_object())
            for (auto& [layer, direction] : result.layers)
                if (const auto found = measures->find(std::to_string(layer)); found != measures->end())
                    readMeasures(*found, direction);
    }
    return result;
}

void write(const std::filesystem::path& path, const SteeringVector& vector)
{
    refuseUnknownLayer(path, vector);
    auto directions = ordered_json::object();
    auto measures = ordered_json::object();
    for (const auto& [layer, direction] : vector.layers) {
        directions[std::to_string(layer)] = ordered_json::array({direction.values});
        measures[std::to_string(layer)] = measuresToJson(direction);
    }
    ordered_json root;
    root["model_type"] = vector.modelName;
    root["directions"] = std::move(directions);
    root["explained_variances"] = ordered_json::object(); // its readers ask for the key
    root["tiller"] = provenanceToJson(vector);
    root["tiller"]["layers"] = std::move(measures);
    atomicWrite(path, root.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

}

const VectorFormat s_svecFormat{"svec", ".svec JSON", recognises, read, write};

}
