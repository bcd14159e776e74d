#include "core/steer/extractor.h"

#include "core/base/error.h"
#include "core/base/threads.h"
#include "core/io/text.h"
#include "core/steer/extractors/extractors_internal.h"

#include <cmath>
#include <exception>

namespace tiller {

namespace {

constexpr std::pair<Normalisation, std::string_view> s_normalisations[] = {
    {Normalisation::None, "none"},
    {Normalisation::Unit, "unit"},
    {Normalisation::Residual, "residual"},
};

// Projection on v / |v| of every row.
std::vector<double> projections(
    const std::vector<const float*>& rows, const std::vector<float>& direction, double norm)
{
    std::vector<double> result;
    for (const float* row : rows) {
        double product = 0;
        for (size_t k = 0; k < direction.size(); ++k)
            product += static_cast<double>(row[k]) * static_cast<double>(direction[k]);
        result.push_back(norm > 0 ? product / norm : 0);
    }
    return result;
}

double mean(const std::vector<double>& values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

LayerVector fitLayer(
    const ActivationBank& bank, int64_t layerIndex, const ExtractorInfo& method, Normalisation normalisation)
{
    const std::string where = layerName(bank, layerIndex);
    const auto requireFinite = [&](double value) {
        if (!std::isfinite(value))
            throw Error(where + ": the activations are not finite numbers", "Load the model as float32.");
    };
    LayerVector layer;
    layer.meanResidualNorm = bank.meanResidualNorm(layerIndex);
    requireFinite(*layer.meanResidualNorm);
    layer.values = method.fit(bank, layerIndex);

    const double norm = layer.norm();
    requireFinite(norm);
    if (!(norm > 0))
        throw Error(where + ": the two sides do not differ, so there is no direction",
            "Check that positive and negative texts differ at the read position.");
    if (normalisation != Normalisation::None) {
        const double target = normalisation == Normalisation::Unit ? 1.0 : *layer.meanResidualNorm;
        for (float& value : layer.values)
            value = static_cast<float>(static_cast<double>(value) * (target / norm));
    }

    const double stored = layer.norm();
    layer.positiveProjection = mean(projections(classRows(bank, layerIndex, true), layer.values, stored));
    layer.negativeProjection = mean(projections(classRows(bank, layerIndex, false), layer.values, stored));
    return layer;
}

}

Normalisation parseNormalisation(std::string_view name)
{
    for (const auto& [normalisation, known] : s_normalisations)
        if (known == name)
            return normalisation;
    throw Error("normalisation " + inQuotes(name) + " is not known", "Use none, unit or residual.");
}

std::string_view toString(Normalisation normalisation)
{
    for (const auto& [known, name] : s_normalisations)
        if (known == normalisation)
            return name;
    return {};
}

SteeringVector fitVector(const ActivationBank& bank, const ExtractorInfo& method, Normalisation normalisation)
{
    SteeringVector vector;
    vector.method = method.name;
    vector.normalisation = toString(normalisation);
    vector.pairs = bank.sides == 2 ? static_cast<int>(bank.items) : 0;

    const auto count = static_cast<int64_t>(bank.layers.size());
    std::vector<LayerVector> fitted(bank.layers.size());
    std::vector<std::exception_ptr> failures(bank.layers.size());
    parallelFor(count, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            try {
                fitted[static_cast<size_t>(i)] = fitLayer(bank, i, method, normalisation);
            } catch (...) {
                failures[static_cast<size_t>(i)] = std::current_exception();
            }
        }
    });
    for (size_t i = 0; i < bank.layers.size(); ++i) {
        if (failures[i])
            std::rethrow_exception(failures[i]); // of the lowest layer, whichever thread was first
        vector.layers[bank.layers[i]] = std::move(fitted[i]);
    }
    return vector;
}

}
