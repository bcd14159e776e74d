#include "ui/models/strip_cosines.h"

namespace tiller {

bool StripCosine::doubles(const std::vector<Strip>& strips) const
{
    const auto weight = [&](int row) {
        const Strip& strip = strips[size_t(row)];
        const auto factor = strip.layers.find(layer);
        return strip.strength * (factor == strip.layers.end() ? 0 : factor->second);
    };
    return cosine * weight(first) * weight(second) > 0;
}

std::vector<StripCosine> stripCosines(const std::vector<Strip>& strips)
{
    std::vector<StripCosine> cosines;
    for (int second = 1; second < int(strips.size()); ++second)
        for (int first = 0; first < second; ++first) {
            StripCosine pair{first, second};
            for (const auto& [layer, factor] : strips[size_t(first)].layers) {
                const LayerVector* a = strips[size_t(first)].direction(layer);
                const LayerVector* b = strips[size_t(second)].layers.contains(layer)
                    ? strips[size_t(second)].direction(layer)
                    : nullptr;
                if (!a || !b || a->values.size() != b->values.size())
                    continue;
                pair.layer = layer;
                pair.cosine = cosine(a->values, b->values);
                break;
            }
            cosines.push_back(pair);
        }
    return cosines;
}

}
