#pragma once

#include "ui/engine/jobs.h"

#include <functional>

namespace tiller {

/// Measures a grid on the engine's thread. What the cache knows comes at once, the rest as it is measured; it
/// is written to the cache every few seconds and when the work ends, also by a cancel. `between` is called
/// where other work may pass.
Swept runSweep(const Engine& engine, const SweepJob& job, const std::function<void(const SweptPart&)>& onPart,
    const std::function<void()>& between, const Job& work);

}
