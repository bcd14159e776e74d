#include "core/study/layer_texts.h"

#include "core/steer/extractors/dense_internal.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

ActivationBank withoutValues(const ActivationBank& bank, int64_t layerIndex, int64_t width)
{
    ActivationBank layer;
    layer.items = bank.items;
    layer.sides = bank.sides;
    layer.hidden = width;
    layer.layers = {bank.layers.at(static_cast<size_t>(layerIndex))};
    layer.labels = bank.labels;
    layer.values.reserve(static_cast<size_t>(bank.items * bank.sides * width));
    return layer;
}

}

ActivationBank layerOf(const ActivationBank& bank, int64_t layerIndex)
{
    ActivationBank layer = withoutValues(bank, layerIndex, bank.hidden);
    for (int64_t item = 0; item < bank.items; ++item)
        for (int64_t side = 0; side < bank.sides; ++side) {
            const float* row = bank.at(item, side, layerIndex);
            layer.values.insert(layer.values.end(), row, row + bank.hidden);
        }
    return layer;
}

ActivationBank reducedLayerOf(const ActivationBank& bank, int64_t layerIndex)
{
    const auto texts = static_cast<size_t>(bank.items * bank.sides);
    const auto width = static_cast<size_t>(bank.hidden);
    dense::Matrix rows(texts, width);
    for (size_t i = 0; i < texts; ++i)
        std::copy_n(
            bank.at(static_cast<int64_t>(i) / bank.sides, static_cast<int64_t>(i) % bank.sides, layerIndex),
            width, rows.row(i));
    const std::vector<double> mean = dense::meanRow(rows);
    dense::centre(rows);

    // What is left of a row, once all that the basis holds is taken out, is the next vector of the basis.
    constexpr double negligible = 1e-13; // of the largest row, that rounding leaves of one in the span
    double largest = 0;
    for (size_t i = 0; i < texts; ++i)
        largest = std::max(largest, dense::dot(rows.row(i), rows.row(i), width));
    std::vector<std::vector<double>> basis;
    std::vector<std::vector<double>> coordinates(texts);
    for (size_t i = 0; i < texts; ++i) {
        std::vector<double> rest(rows.row(i), rows.row(i) + width);
        coordinates[i].assign(basis.size(), 0.0);
        for (int round = 0; round < 2; ++round)
            for (size_t k = 0; k < basis.size(); ++k) {
                const double along = dense::dot(rest, basis[k]);
                dense::addScaled(rest.data(), -along, basis[k].data(), width);
                coordinates[i][k] += along;
            }
        const double length = std::sqrt(dense::dot(rest, rest));
        if (length * length <= negligible * negligible * largest)
            continue;
        coordinates[i].push_back(length);
        for (double& value : rest)
            value /= length;
        basis.push_back(std::move(rest));
    }

    ActivationBank layer = withoutValues(bank, layerIndex, static_cast<int64_t>(basis.size()) + 1);
    const auto meanNorm = static_cast<float>(std::sqrt(dense::dot(mean, mean)));
    for (std::vector<double>& row : coordinates) {
        row.resize(basis.size(), 0.0);
        for (const double value : row)
            layer.values.push_back(static_cast<float>(value));
        layer.values.push_back(meanNorm);
    }
    return layer;
}

}
