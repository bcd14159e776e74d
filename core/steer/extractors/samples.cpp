#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

#include <algorithm>

namespace tiller {

namespace {

dense::Matrix inDouble(const std::vector<const float*>& rows, int64_t width)
{
    dense::Matrix result(rows.size(), static_cast<size_t>(width));
    for (size_t i = 0; i < rows.size(); ++i)
        std::copy_n(rows[i], width, result.row(i));
    return result;
}

[[noreturn]] void refuseEqualSides(const ActivationBank& bank, int64_t layerIndex)
{
    throw Error(layerName(bank, layerIndex) + ": the two sides do not differ, so there is no direction",
        "Check that positive and negative texts differ at the read position.");
}

}

std::string layerName(const ActivationBank& bank, int64_t layerIndex)
{
    return "layer " + std::to_string(bank.layers.at(static_cast<size_t>(layerIndex)));
}

double roundingAt(const ActivationBank& bank, int64_t layerIndex)
{
    constexpr double rounding = 1e-7;
    return dense::sumOfSquares(textsAt(bank, layerIndex)) * rounding * rounding;
}

dense::Matrix sideAt(const ActivationBank& bank, int64_t layerIndex, bool positive)
{
    return inDouble(classRows(bank, layerIndex, positive), bank.hidden);
}

dense::Matrix textsAt(const ActivationBank& bank, int64_t layerIndex)
{
    std::vector<const float*> rows = classRows(bank, layerIndex, true);
    const std::vector<const float*> negative = classRows(bank, layerIndex, false);
    rows.insert(rows.end(), negative.begin(), negative.end());
    return inDouble(rows, bank.hidden);
}

dense::Matrix pairDifferences(const ActivationBank& bank, int64_t layerIndex, std::string_view method)
{
    if (bank.sides != 2)
        throw Error(std::string(method) + " needs pairs, and the contrast set has labelled examples",
            "Give pairs of texts, or use mean_difference, repe_pca, logistic or whitened.");
    dense::Matrix d = sideAt(bank, layerIndex, true);
    const dense::Matrix negative = sideAt(bank, layerIndex, false);
    for (size_t i = 0; i < d.rows(); ++i)
        dense::addScaled(d.row(i), -1, negative.row(i), d.columns());
    if (dense::sumOfSquares(d) <= roundingAt(bank, layerIndex))
        refuseEqualSides(bank, layerIndex);
    return d;
}

std::vector<double> differenceOfMeans(const ActivationBank& bank, int64_t layerIndex)
{
    std::vector<double> difference = meanOf(classRows(bank, layerIndex, true), bank.hidden);
    const std::vector<double> negative = meanOf(classRows(bank, layerIndex, false), bank.hidden);
    dense::addScaled(difference.data(), -1, negative.data(), difference.size());
    const double texts = static_cast<double>(bank.items * bank.sides);
    if (dense::dot(difference, difference) <= roundingAt(bank, layerIndex) / texts)
        refuseEqualSides(bank, layerIndex);
    return difference;
}

}
