#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

#include <cmath>

namespace tiller {

namespace {

double mean(const std::vector<double>& values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

}

std::vector<float> toUnit(const std::vector<double>& v)
{
    const double norm = std::sqrt(dense::dot(v, v));
    std::vector<float> unit(v.size(), 0.0F);
    if (norm > 0)
        for (size_t k = 0; k < v.size(); ++k)
            unit[k] = static_cast<float>(v[k] / norm);
    return unit;
}

std::vector<double> pointedAtPositives(const ActivationBank& bank, int64_t layerIndex, std::vector<double> v)
{
    const auto positive = dense::times(sideAt(bank, layerIndex, true), v);
    const auto negative = dense::times(sideAt(bank, layerIndex, false), v);
    double side = 0;
    if (bank.sides == 2)
        for (size_t i = 0; i < positive.size(); ++i)
            side += positive[i] > negative[i] ? 1 : positive[i] < negative[i] ? -1 : 0;
    if (side == 0) {
        side = mean(positive) - mean(negative);
        const double texts = static_cast<double>(bank.items * bank.sides);
        if (side * side <= roundingAt(bank, layerIndex) / texts)
            throw Error(layerName(bank, layerIndex)
                    + ": positives and negatives project alike on the main direction, so its sign is open",
                "Use mean_difference, or give more items.");
    }
    if (side < 0)
        for (double& value : v)
            value = -value;
    return v;
}

}
