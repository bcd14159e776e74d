#include "core/steer/steering_vector.h"

#include "core/base/error.h"

#include <cmath>

namespace tiller {

double LayerVector::norm() const
{
    return std::sqrt(dot(values, values));
}

std::optional<double> LayerVector::pushPerUnit() const
{
    if (!meanResidualNorm || !(*meanResidualNorm > 0))
        return std::nullopt;
    return norm() / *meanResidualNorm;
}

std::optional<double> LayerVector::onPairScale(double projection) const
{
    if (!positiveProjection || !negativeProjection || *positiveProjection == *negativeProjection)
        return {};
    const double centre = (*positiveProjection + *negativeProjection) / 2;
    return (projection - centre) / (*positiveProjection - centre);
}

int startLayer(const SteeringVector& vector, int layerCount)
{
    if (vector.layers.empty() || vector.layerUnknown)
        return layerCount / 2;
    if (vector.single())
        return vector.layers.begin()->first;
    int best = vector.layers.begin()->first;
    double largest = -1;
    for (const auto& [layer, direction] : vector.layers) {
        const auto push = direction.pushPerUnit();
        if (push && layer >= layerCount / 4 && layer < layerCount - layerCount / 4 && *push > largest) {
            largest = *push;
            best = layer;
        }
    }
    if (largest >= 0)
        return best;
    for (const auto& [layer, direction] : vector.layers)
        if (std::abs(layer - layerCount / 2) < std::abs(best - layerCount / 2))
            best = layer;
    return best;
}

double dot(const std::vector<float>& a, const std::vector<float>& b)
{
    if (a.size() != b.size())
        throw Error("directions of widths " + std::to_string(a.size()) + " and " + std::to_string(b.size())
            + " cannot be compared");
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b)
{
    const double product = dot(a, b);
    const double norms = std::sqrt(dot(a, a)) * std::sqrt(dot(b, b));
    return norms > 0 ? product / norms : 0;
}

}
