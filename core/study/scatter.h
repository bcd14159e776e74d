#pragma once

#include "core/steer/activation_bank.h"

#include <array>
#include <vector>

namespace tiller {

enum class ScatterAxes {
    Principal, ///< the first two principal components of the texts
    Direction, ///< u, and the first principal component of what lies beside it
};

/// The texts of one layer in a plane through their mean. Distances are in units of the residual stream.
struct Scatter {
    using Point = std::array<double, 2>;

    std::vector<Point> points; ///< [items * sides]: item 0 side 0, item 0 side 1, item 1 ...
    std::vector<Point> setAside; ///< of the other bank, likewise
    std::array<double, 2> shares{}; ///< of the texts' variance around their mean, along each axis
};

/// The plane is that of `bank`; the texts of `setAside` (same layer index and width, may have no items) are
/// projected into it. A first principal component points towards the positives; every other one so that its
/// largest weight is positive: refits do not turn the picture over. An axis along which nothing varies is all
/// zeros. `direction` [hidden] is read for ScatterAxes::Direction alone; Error where its width is another.
Scatter scatter(const ActivationBank& bank, int64_t layerIndex, const std::vector<float>& direction,
    ScatterAxes axes, const ActivationBank& setAside = {});

}
