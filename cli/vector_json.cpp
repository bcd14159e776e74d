#include "cli/vector_json.h"

#include <optional>

namespace tiller::cli {

namespace {

Json orNull(const std::optional<double>& value)
{
    return value ? Json(*value) : Json();
}

Json orNull(const std::string& text)
{
    return text.empty() ? Json() : Json(text);
}

}

Json toJson(const SteeringVector& vector)
{
    Json layers = Json::array();
    for (const auto& [layer, direction] : vector.layers) {
        layers.push_back({
            {"layer", vector.layerUnknown ? Json() : Json(layer)},
            {"norm", direction.norm()},
            {"mean_residual_norm", orNull(direction.meanResidualNorm)},
            {"push", orNull(direction.pushPerUnit())},
            {"positive_projection", orNull(direction.positiveProjection)},
            {"negative_projection", orNull(direction.negativeProjection)},
        });
    }
    return {
        {"name", vector.name},
        {"format", orNull(vector.sourceFormat)},
        {"hidden", vector.width()},
        {"model", orNull(vector.modelName)},
        {"fingerprint", orNull(vector.modelFingerprint)},
        {"method", orNull(vector.method)},
        {"expression", orNull(vector.expression)},
        {"read", orNull(vector.readPosition)},
        {"normalize", orNull(vector.normalisation)},
        {"positive_label", orNull(vector.positiveLabel)},
        {"negative_label", orNull(vector.negativeLabel)},
        {"pairs", vector.pairs > 0 ? Json(vector.pairs) : Json()},
        {"created_at", orNull(vector.createdAt)},
        {"layers", std::move(layers)},
    };
}

}
