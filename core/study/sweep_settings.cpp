#include "core/study/sweep_settings.h"

#include "core/base/fnv.h"

namespace tiller {

namespace {

void add(Fnv& hash, const SteeringVector& vector)
{
    for (const auto& [layer, direction] : vector.layers) {
        hash.add(&layer, sizeof layer);
        hash.add(direction.values.data(), direction.values.size() * sizeof(float));
    }
}

void add(Fnv& hash, const std::vector<TokenId>& ids)
{
    const uint64_t size = ids.size(); // so that what ends one list does not begin the next
    hash.add(&size, sizeof size);
    hash.add(ids.data(), ids.size() * sizeof(TokenId));
}

}

SweepSettings settingsOf(const SweepRequest& request, const std::string& model, const std::string& compute)
{
    Fnv vector;
    add(vector, *request.vector);
    Fnv neutral;
    add(neutral, request.neutral);
    Fnv contrast;
    for (const SweepItem& item : request.items) {
        for (const auto* ids : {&item.head, &item.positive, &item.negative})
            add(contrast, *ids);
        if (item.vector)
            add(contrast, *item.vector);
    }
    std::string packed = compute;
    std::erase(packed, ' ');
    return {
        {"model", model},
        {"compute", packed},
        {"vector", vector.hex()},
        {"op", std::string(toString(request.op))},
        {"scope", toString(request.scope)},
        {"skip_first", request.scope.skipFirst ? "1" : "0"},
        {"tokens", std::to_string(request.maxNewTokens)},
        {"neutral", request.neutral.empty() ? "" : neutral.hex()},
        {"contrast", request.items.empty() ? "" : contrast.hex()},
    };
}

}
