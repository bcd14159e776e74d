#pragma once

#include "core/run/hooks.h"

#include <vector>

namespace tiller {

/// The plan that a generation goes on with from one of its new tokens on: see LivePlans.
struct PlanChange {
    int token = 0; ///< the first that it chose, counted from the first after the prompt
    Plan plan;
};

/// One plan that does to every position of a text what `first` and then `changes`, in the order of their
/// tokens, did while it was generated. What was computed before a change stays as it was, so a text read
/// again under this plan has the states, and each token the distribution, that it was generated with.
Plan planOverTime(const Plan& first, const std::vector<PlanChange>& changes, int promptLength);

}
