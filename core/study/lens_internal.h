#pragma once

#include "core/study/lens.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

namespace tiller {

/// The `top` tokens whose values [vocabulary] come first, of equals the lower id.
template <typename Before>
std::vector<LensToken> firstTokens(std::span<const float> values, int top, Before before)
{
    std::vector<TokenId> ids(values.size());
    std::iota(ids.begin(), ids.end(), 0);
    const auto end = ids.begin() + std::min<std::ptrdiff_t>(top, std::ssize(ids));
    const auto value = [&](TokenId id) { return values[static_cast<size_t>(id)]; };
    std::partial_sort(ids.begin(), end, ids.end(),
        [&](TokenId a, TokenId b) { return value(a) != value(b) ? before(value(a), value(b)) : a < b; });
    std::vector<LensToken> tokens;
    for (auto id = ids.begin(); id != end; ++id)
        tokens.push_back({*id, value(*id)});
    return tokens;
}

}
