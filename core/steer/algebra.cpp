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

// What is made of vectors says what all of them agree on, and nothing else that was said or measured of one.
SteeringVector madeOf(const std::vector<const SteeringVector*>& parts)
{
    const SteeringVector& first = *parts.front();
    SteeringVector result;
    result.method = "mix";
    result.layerUnknown = first.layerUnknown;
    result.readPosition = first.readPosition;
    for (const SteeringVector* part : parts) {
        checkMixable(first, *part);
        if (result.modelName.empty())
            result.modelName = part->modelName;
        if (result.modelFingerprint.empty())
            result.modelFingerprint = part->modelFingerprint;
        if (part->readPosition != result.readPosition)
            result.readPosition.clear();
    }
    return result;
}

}

SteeringVector mix(const std::vector<std::pair<double, SteeringVector>>& terms)
{
    if (terms.empty())
        throw Error("nothing to mix", "Name at least one vector.");
    std::vector<const SteeringVector*> parts;
    for (const auto& [weight, vector] : terms)
        parts.push_back(&vector);
    SteeringVector result = madeOf(parts);
    const size_t width = terms.front().second.width();

    std::map<int, std::vector<double>> sums;
    std::map<int, std::pair<double, int>> residualNorms; // sum and count of what the terms measured
    for (const auto& [weight, vector] : terms) {
        for (const auto& [layer, direction] : vector.layers) {
            auto& sum = sums[layer];
            if (direction.values.size() != width)
                throw Error(described(vector) + ": layer " + std::to_string(layer)
                    + " has another width than the others");
            sum.resize(width, 0.0);
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

SteeringVector unit(const SteeringVector& vector)
{
    SteeringVector result = madeOf({&vector});
    result.normalisation = "unit";
    result.layers = vector.layers; // projections are on v / |v| anyway
    std::map<int, double> norms;
    for (const auto& [layer, direction] : result.layers)
        norms[layer] = 1;
    return withNorms(std::move(result), norms);
}

SteeringVector withNorms(SteeringVector vector, const std::map<int, double>& norms)
{
    for (auto& [layer, direction] : vector.layers) {
        const auto wanted = norms.find(layer);
        if (wanted == norms.end())
            continue;
        const double norm = direction.norm();
        if (!(norm > 0))
            throw Error(described(vector) + ": the direction of layer " + std::to_string(layer) + " is zero");
        for (float& value : direction.values)
            value = static_cast<float>(static_cast<double>(value) * wanted->second / norm);
    }
    return vector;
}

SteeringVector projectOut(const SteeringVector& vector, const SteeringVector& other)
{
    SteeringVector result = madeOf({&vector, &other});
    for (const auto& [layer, whole] : vector.layers) {
        const auto found = other.single() ? other.layers.begin() : other.layers.find(layer);
        if (found == other.layers.end())
            throw Error(described(other) + " has no layer " + std::to_string(layer) + ", and "
                + described(vector) + " has");
        const std::vector<float>& w = found->second.values;
        const double squares = dot(w, w);
        if (!(squares > 0))
            throw Error(described(other) + ": the direction of layer " + std::to_string(layer) + " is zero");
        const double share = dot(whole.values, w) / squares;
        LayerVector& rest = result.layers[layer];
        rest.meanResidualNorm = whole.meanResidualNorm;
        for (size_t k = 0; k < w.size(); ++k)
            rest.values.push_back(
                static_cast<float>(static_cast<double>(whole.values[k]) - share * static_cast<double>(w[k])));
        constexpr double rounding = 1e-6;
        if (!(rest.norm() > rounding * whole.norm()))
            throw Error("nothing is left of " + described(vector) + " at layer " + std::to_string(layer)
                + " without " + described(other) + ": they point the same way");
    }
    return result;
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
    vector.expression.clear();
    vector.positiveLabel.clear();
    vector.negativeLabel.clear();
    return vector;
}

SteeringVector interpolate(const SteeringVector& a, const SteeringVector& b, double t)
{
    return mix({{1 - t, a}, {t, b}});
}

}
