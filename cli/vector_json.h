#pragma once

#include "cli/output.h"
#include "core/steer/steering_vector.h"

namespace tiller::cli {

/// What a vector says of itself, without its values; null where it says nothing.
Json toJson(const SteeringVector& vector);

}
