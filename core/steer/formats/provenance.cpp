#include "core/steer/formats/formats_internal.h"

#include "core/base/error.h"
#include "core/io/json.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace tiller {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::pair<const char*, std::string SteeringVector::*> s_texts[] = {
    {"name", &SteeringVector::name},
    {"model_name", &SteeringVector::modelName},
    {"model_fingerprint", &SteeringVector::modelFingerprint},
    {"method", &SteeringVector::method},
    {"expression", &SteeringVector::expression},
    {"read_position", &SteeringVector::readPosition},
    {"normalisation", &SteeringVector::normalisation},
    {"positive_label", &SteeringVector::positiveLabel},
    {"negative_label", &SteeringVector::negativeLabel},
    {"created_at", &SteeringVector::createdAt},
};

constexpr std::pair<const char*, std::optional<double> LayerVector::*> s_measures[] = {
    {"positive_projection", &LayerVector::positiveProjection},
    {"negative_projection", &LayerVector::negativeProjection},
    {"mean_residual_norm", &LayerVector::meanResidualNorm},
};

}

ordered_json provenanceToJson(const SteeringVector& vector)
{
    auto result = ordered_json::object();
    for (const auto& [key, field] : s_texts)
        if (!(vector.*field).empty())
            result[key] = vector.*field;
    if (vector.pairs > 0)
        result["num_pairs"] = vector.pairs;
    return result;
}

ordered_json measuresToJson(const LayerVector& layer)
{
    auto result = ordered_json::object();
    for (const auto& [key, field] : s_measures)
        if (layer.*field)
            result[key] = *(layer.*field);
    return result;
}

void readProvenance(const json& from, SteeringVector& vector)
{
    if (!from.is_object())
        return;
    for (const auto& [key, field] : s_texts)
        if (const auto value = from.find(key); value != from.end() && value->is_string())
            vector.*field = value->get<std::string>();
    if (const auto pairs = from.find("num_pairs");
        pairs != from.end() && pairs->is_number_unsigned() && *pairs <= 1'000'000'000)
        vector.pairs = pairs->get<int>();
}

void readMeasures(const json& from, LayerVector& layer)
{
    if (!from.is_object())
        return;
    for (const auto& [key, field] : s_measures)
        if (const auto value = from.find(key); value != from.end() && value->is_number())
            layer.*field = value->get<double>();
}

std::map<std::string, std::string> provenanceToStrings(const SteeringVector& vector)
{
    std::map<std::string, std::string> result;
    const auto texts = provenanceToJson(vector);
    for (const auto& [key, value] : texts.items())
        result[key] = value.is_string() ? value.get<std::string>() : value.dump();
    for (const auto& [key, field] : s_measures) {
        auto perLayer = ordered_json::object();
        for (const auto& [layer, direction] : vector.layers)
            if (direction.*field)
                perLayer[std::to_string(layer)] = *(direction.*field);
        if (!perLayer.empty())
            result[key] = perLayer.dump();
    }
    return result;
}

void readProvenance(const std::map<std::string, std::string>& from, SteeringVector& vector)
{
    for (const auto& [key, field] : s_texts)
        if (const auto value = from.find(key); value != from.end())
            vector.*field = value->second;
    if (const auto pairs = from.find("num_pairs"); pairs != from.end())
        std::from_chars(pairs->second.data(), pairs->second.data() + pairs->second.size(), vector.pairs);
    for (const auto& [key, field] : s_measures) {
        const auto text = from.find(key);
        if (text == from.end())
            continue;
        json perLayer;
        try {
            perLayer = parseJson(text->second, key);
        } catch (const Error&) { // another tool's idea of this key
            continue;
        }
        for (auto& [layer, direction] : vector.layers)
            if (const auto value = perLayer.find(std::to_string(layer));
                value != perLayer.end() && value->is_number())
                direction.*field = value->get<double>();
    }
}

}
