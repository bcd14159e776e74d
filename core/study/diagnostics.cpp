#include "core/study/diagnostics.h"

#include "core/base/error.h"
#include "core/base/threads.h"
#include "core/steer/extractors/extractors_internal.h"
#include "core/study/recommendation.h"
#include "core/study/separation.h"
#include "core/study/warnings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace tiller {

namespace {

double mean(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double explainedVariance(const ActivationBank& bank, int64_t layerIndex, const std::vector<double>& unit)
{
    dense::Matrix rows = bank.sides == 2 ? sideAt(bank, layerIndex, true) : textsAt(bank, layerIndex);
    if (bank.sides == 2) {
        const dense::Matrix negative = sideAt(bank, layerIndex, false);
        for (size_t i = 0; i < rows.rows(); ++i)
            dense::addScaled(rows.row(i), -1, negative.row(i), rows.columns());
    } else {
        dense::centre(rows);
    }
    const std::vector<double> along = dense::times(rows, unit);
    const double all = dense::sumOfSquares(rows);
    return all > 0 ? dense::dot(along, along) / all : 0;
}

double outlierShare(const std::vector<double>& unit)
{
    const auto width = static_cast<double>(unit.size());
    const auto largest = static_cast<std::ptrdiff_t>(std::max(1.0, std::round(width / 100)));
    std::vector<double> squares;
    for (const double value : unit)
        squares.push_back(value * value);
    std::ranges::nth_element(squares, squares.begin() + largest - 1, std::greater());
    return std::accumulate(squares.begin(), squares.begin() + largest, 0.0);
}

LayerDiagnostics measure(
    const ActivationBank& bank, int64_t layerIndex, double norm, const std::vector<double>& unit)
{
    LayerDiagnostics layer;
    layer.layer = bank.layers[static_cast<size_t>(layerIndex)];
    layer.norm = norm;
    layer.meanResidualNorm = bank.meanResidualNorm(layerIndex);
    const auto positive = dense::times(sideAt(bank, layerIndex, true), unit);
    const auto negative = dense::times(sideAt(bank, layerIndex, false), unit);
    layer.positiveProjection = mean(positive);
    layer.negativeProjection = mean(negative);
    if (layer.meanResidualNorm > 0) {
        layer.push = layer.norm / layer.meanResidualNorm;
        layer.gap = (layer.positiveProjection - layer.negativeProjection) / layer.meanResidualNorm;
    }
    layer.separation = areaUnderCurve(positive, negative);
    layer.explainedVariance = explainedVariance(bank, layerIndex, unit);
    layer.outlierShare = outlierShare(unit);
    return layer;
}

std::vector<std::vector<float>> cosinesOf(const dense::Matrix& units)
{
    const dense::Matrix products = dense::gram(units);
    std::vector<std::vector<float>> cosines(units.rows());
    for (size_t i = 0; i < units.rows(); ++i)
        for (size_t j = 0; j < units.rows(); ++j)
            cosines[i].push_back(
                i == j ? 1.0F : static_cast<float>(std::clamp(products.row(i)[j], -1.0, 1.0)));
    return cosines;
}

}

Diagnostics diagnose(
    const ActivationBank& bank, const SteeringVector& vector, int modelLayers, std::vector<int> itemNumbers)
{
    std::vector<size_t> shared; // indices into bank.layers
    for (size_t i = 0; i < bank.layers.size(); ++i) {
        const auto found = vector.layers.find(bank.layers[i]);
        if (found == vector.layers.end())
            continue;
        const size_t width = found->second.values.size();
        if (static_cast<int64_t>(width) != bank.hidden)
            throw Error("layer " + std::to_string(found->first) + ": the vector has " + std::to_string(width)
                + " values and the activations have " + std::to_string(bank.hidden));
        shared.push_back(i);
    }

    Diagnostics diagnostics;
    diagnostics.modelLayers = modelLayers;
    diagnostics.itemNumbers = std::move(itemNumbers);
    if (diagnostics.itemNumbers.empty()) {
        diagnostics.itemNumbers.resize(static_cast<size_t>(bank.items));
        std::iota(diagnostics.itemNumbers.begin(), diagnostics.itemNumbers.end(), 1);
    }
    diagnostics.layers.resize(shared.size());
    dense::Matrix units(shared.size(), static_cast<size_t>(bank.hidden)); // zeros where v is zero
    parallelFor(static_cast<int64_t>(shared.size()), 1, [&](int64_t begin, int64_t end) {
        for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
            const LayerVector& direction = vector.layers.at(bank.layers[shared[i]]);
            const double norm = direction.norm();
            std::vector<double> unit(direction.values.begin(), direction.values.end());
            for (double& value : unit)
                value = norm > 0 ? value / norm : 0;
            std::ranges::copy(unit, units.row(i));
            diagnostics.layers[i] = measure(bank, static_cast<int64_t>(shared[i]), norm, unit);
        }
    });
    if (!shared.empty())
        diagnostics.cosines = cosinesOf(units);
    diagnostics.warnings = warningsOf(diagnostics, bank);
    diagnostics.recommendation = recommend(diagnostics);
    return diagnostics;
}

}
