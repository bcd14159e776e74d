#include "core/base/error.h"
#include "core/io/json.h"
#include "core/steer/formats/formats_internal.h"

#include <nlohmann/json.hpp>

namespace tiller {

namespace {

bool recognises(const std::filesystem::path& path)
{
    return hasExtension(path, ".json");
}

SteeringVector read(const std::filesystem::path& path)
{
    const std::string origin = path.string();
    const auto root = readJson(path);
    if (!root.is_array() || root.empty())
        throw Error(origin + ": expected a list of numbers",
            "A .json beside a .pt of the same name is read together with it; any other is one direction "
            "[0.1, ...].");
    LayerVector direction;
    for (const auto& value : root) {
        if (!value.is_number())
            throw Error(origin + ": expected numbers only; number "
                + std::to_string(direction.values.size() + 1) + " is none");
        direction.values.push_back(value.get<float>());
    }
    SteeringVector result;
    result.layerUnknown = true;
    addLayer(result, 0, std::move(direction), origin);
    return result;
}

}

const VectorFormat s_jsonArrayFormat{"json", "JSON array of numbers", recognises, read, nullptr};

}
