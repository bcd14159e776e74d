#pragma once

#include "core/steer/steering_vector.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tiller {

// What is made of vectors is none of them: its method is "mix", it says what all agree on (model, read
// position) and the mean residual norms, but no labels, pairs, date or measured projections, and the caller
// names it. Error when widths or models differ, or only some say their layer.

/// Sum of weight x vector over the layers that any of them has; mean residual norms are averaged.
SteeringVector mix(const std::vector<std::pair<double, SteeringVector>>& terms);

/// Every direction at length 1. Projections stay: they are on v / |v| anyway. Error on a zero.
SteeringVector unit(const SteeringVector& vector);

/// Directions at the length that is given for their layer; the others stay as they are. Projections stay.
/// Error on a zero.
SteeringVector withNorms(SteeringVector vector, const std::map<int, double>& norms);

/// v - (v.w / w.w) w at every layer of v: what v says beside w. A direction of one layer is taken out of all
/// of them; of a set that lacks one of the layers Error. Error too where nothing of v is left.
SteeringVector projectOut(const SteeringVector& vector, const SteeringVector& other);

/// A control: at every layer a random direction of the same norm (independent normal values, splitmix64 and
/// Box-Muller, so the same seed gives the same vector anywhere). What was measured of `vector` stays where it
/// speaks of the residuals; projections do not.
SteeringVector randomLike(SteeringVector vector, uint64_t seed);

/// (1 - t) a + t b, as mix().
SteeringVector interpolate(const SteeringVector& a, const SteeringVector& b, double t);

}
