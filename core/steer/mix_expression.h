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

// Sums of vectors as text: `1.0*helpful + 0.5 concise - 0.3*"two words"`, `2*(a - b) / 3`. Names are bare
// (letters, digits, . _ / - inside) or quoted; a weight may stand before its vector without `*`; `/` after a
// space or a parenthesis divides by a number. Functions of vectors: unit(a) of length 1, without(a, b) what
// is left of a when b's direction is projected out, lerp(a, b, t) on the way from a to b.
// Errors point at the character (1-based) that is wrong. Nesting is limited to 64.

/// The terms of a sum, parentheses multiplied out. Error also on a function: what it gives is no sum of the
/// vectors named.
std::vector<MixTerm> parseMix(std::string_view text);
std::string formatMix(const std::vector<MixTerm>& terms);

/// What the expression gives, as algebra.h describes it, with the expression recorded. `vectorOf` finds a
/// named vector or throws Error, which is told where the name stands.
SteeringVector evaluateMix(
    std::string_view text, const std::function<SteeringVector(const std::string& name)>& vectorOf);

}
