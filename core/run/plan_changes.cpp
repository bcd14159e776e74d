#include "core/run/plan_changes.h"

#include <algorithm>

namespace tiller {

Plan planOverTime(const Plan& first, const std::vector<PlanChange>& changes, int promptLength)
{
    // A token is chosen at the position before it.
    const auto positionOf = [&](const PlanChange& change) { return promptLength - 1 + change.token; };
    Plan whole;
    const auto append = [&](const Plan& plan, int begin, int end) {
        for (LayerEdit edit : plan.edits) {
            edit.begin = std::max(edit.begin, begin);
            edit.end = std::min(edit.end, end);
            if (edit.begin < edit.end)
                whole.edits.push_back(std::move(edit));
        }
    };
    append(first, 0, changes.empty() ? LayerEdit::noEnd : positionOf(changes.front()));
    for (size_t i = 0; i < changes.size(); ++i)
        append(changes[i].plan, positionOf(changes[i]),
            i + 1 < changes.size() ? positionOf(changes[i + 1]) : LayerEdit::noEnd);
    return whole;
}

}
