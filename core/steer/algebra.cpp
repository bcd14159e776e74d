#include "core/steer/algebra.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/steer/model_name.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tiller {

namespace {

std::string described(const SteeringVector& vector)
{
    return inQuotes(vector.name.empty() ? "a vector" : vector.name);
}

void checkMixable(const SteeringVector& first, const SteeringVector& other)
{
    const std::string names = described(first) + " and " + described(other);
    if (first.width() != other.width())
        throw Error(names + " have different widths: " + std::to_string(first.width()) + " and "
                + std::to_string(other.width()),
            "Vectors of different models cannot be mixed.");
    const bool bothKnown = !first.modelFingerprint.empty() && !other.modelFingerprint.empty();
    const bool same = bothKnown ? first.modelFingerprint == other.modelFingerprint
                                : modelNamesAgree(first.modelName, other.modelName);
    if (!same)
        throw Error(names + " belong to different models: " + inQuotes(first.modelName) + " and "
                + inQuotes(other.modelName),
            "Vectors of different models cannot be mixed.");
    if (first.layerUnknown != other.layerUnknown)
        throw Error(described(first.layerUnknown ? first : other) + " does not say its layer, and "
                + described(first.layerUnknown ? other : first) + " does",
            "Save it with its layer first.");
}

}

SteeringVector mix(const std::vector<std::pair<double, SteeringVector>>& terms)
{
    if (terms.empty())
        throw Error("nothing to mix", "Name at least one vector.");
    const SteeringVector& first = terms.front().second;

    SteeringVector result;
    result.method = "mix";
    result.layerUnknown = first.layerUnknown;
    result.modelName = first.modelName;
    result.modelFingerprint = first.modelFingerprint;
    result.readPosition = first.readPosition;

    std::map<int, std::vector<double>> sums;
    std::map<int, std::pair<double, int>> residualNorms; // sum and count of what the terms measured
    for (const auto& [weight, vector] : terms) {
        checkMixable(first, vector);
        if (result.modelName.empty())
            result.modelName = vector.modelName;
        if (result.modelFingerprint.empty())
            result.modelFingerprint = vector.modelFingerprint;
        if (vector.readPosition != result.readPosition)
            result.readPosition.clear();
        for (const auto& [layer, direction] : vector.layers) {
            auto& sum = sums[layer];
            if (direction.values.size() != first.width())
                throw Error(described(vector) + ": layer " + std::to_string(layer)
                    + " has another width than the others");
            sum.resize(first.width(), 0.0);
            for (size_t k = 0; k < sum.size(); ++k)
                sum[k] += weight * static_cast<double>(direction.values[k]);
            if (direction.meanResidualNorm) {
                residualNorms[layer].first += *direction.meanResidualNorm;
                ++residualNorms[layer].second;
            }
        }
    }
    for (const auto& [layer, sum] : sums) {
        LayerVector& direction = result.layers[layer];
        direction.values.assign(sum.begin(), sum.end());
        if (const auto norms = residualNorms.find(layer); norms != residualNorms.end())
            direction.meanResidualNorm = norms->second.first / norms->second.second;
    }
    return result;
}

SteeringVector unit(SteeringVector vector)
{
    for (auto& [layer, direction] : vector.layers) {
        const double norm = direction.norm();
        if (!(norm > 0))
            throw Error(described(vector) + ": the direction of layer " + std::to_string(layer) + " is zero");
        for (float& value : direction.values)
            value = static_cast<float>(static_cast<double>(value) / norm);
    }
    vector.normalisation = "unit";
    return vector;
}

SteeringVector projectOut(SteeringVector vector, const SteeringVector& other)
{
    checkMixable(vector, other);
    for (auto& [layer, direction] : vector.layers) {
        const auto found = other.single() ? other.layers.begin() : other.layers.find(layer);
        if (found == other.layers.end())
            throw Error(described(other) + " has no layer " + std::to_string(layer) + ", and "
                + described(vector) + " has");
        const std::vector<float>& w = found->second.values;
        const double squares = dot(w, w);
        if (!(squares > 0))
            throw Error(described(other) + ": the direction of layer " + std::to_string(layer) + " is zero");
        const double before = direction.norm();
        const double share = dot(direction.values, w) / squares;
        for (size_t k = 0; k < w.size(); ++k)
            direction.values[k] = static_cast<float>(
                static_cast<double>(direction.values[k]) - share * static_cast<double>(w[k]));
        constexpr double rounding = 1e-6;
        if (!(direction.norm() > rounding * before))
            throw Error("nothing is left of " + described(vector) + " at layer " + std::to_string(layer)
                + " without " + described(other) + ": they point the same way");
        direction.positiveProjection.reset(); // of another direction
        direction.negativeProjection.reset();
    }
    vector.method = "mix";
    return vector;
}

SteeringVector randomLike(SteeringVector vector, uint64_t seed)
{
    uint64_t state = seed;
    const auto uniform = [&state] { // in (0, 1]
        uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return static_cast<double>(((z ^ (z >> 31)) >> 11) + 1) * 0x1p-53;
    };
    for (auto& [layer, direction] : vector.layers) {
        const double norm = direction.norm();
        std::vector<double> values(direction.values.size());
        double squares = 0;
        for (double& value : values) {
            const double radius = std::sqrt(-2 * std::log(uniform()));
            value = radius * std::cos(2 * std::numbers::pi * uniform());
            squares += value * value;
        }
        for (size_t k = 0; k < values.size(); ++k)
            direction.values[k] = static_cast<float>(values[k] * norm / std::sqrt(squares));
        direction.positiveProjection.reset();
        direction.negativeProjection.reset();
    }
    vector.method = "random";
    vector.positiveLabel.clear();
    vector.negativeLabel.clear();
    return vector;
}

SteeringVector interpolate(const SteeringVector& a, const SteeringVector& b, double t)
{
    return mix({{1 - t, a}, {t, b}});
}

}
