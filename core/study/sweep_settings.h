#pragma once

#include "core/study/sweep.h"
#include "core/study/sweep_table.h"

#include <string>

namespace tiller {

/// What the figures of a request depend on beside layer, strength, prompt and metric: contents by their
/// hashes. `model`, `compute`: ModelInfo's fingerprint and type.
SweepSettings settingsOf(const SweepRequest& request, const std::string& model, const std::string& compute);

}
