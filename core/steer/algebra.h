#pragma once

#include "core/steer/steering_vector.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

struct MixTerm {
    double weight = 1;
    std::string name;
    bool operator==(const MixTerm&) const = default;
};

/// Parses `1.0*helpful + 0.5 concise - 0.3*"two words"`: terms with an optional weight, `*` optional, names
/// bare (letters, digits, . _ / - inside) or quoted. Error points at the character (1-based) that is wrong.
std::vector<MixTerm> parseMix(std::string_view text);
std::string formatMix(const std::vector<MixTerm>& terms);

/// Sum of weight x vector over the layers that any of them has. Keeps what all agree on (model, read
/// position) and the mean residual norms; measured projections do not hold for a sum. The caller names it.
/// Error when widths or models differ, or only some say their layer.
SteeringVector mix(const std::vector<std::pair<double, SteeringVector>>& terms);

}
