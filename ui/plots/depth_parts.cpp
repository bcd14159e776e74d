#include "ui/plots/depth_parts.h"

#include <cstddef>

namespace tiller {

std::vector<DepthPart> depthParts(const std::vector<int>& layers, int depth)
{
    std::vector<DepthPart> parts;
    if (depth <= 0)
        return parts;
    const int middle = (depth + 2) / 3;
    const int late = (2 * depth + 2) / 3;
    for (int place = 0; place < int(layers.size()); ++place) {
        const int layer = layers[std::size_t(place)];
        const int third = layer < middle ? 0 : layer < late ? 1 : 2;
        if (parts.empty() || parts.back().third != third)
            parts.push_back({third, place, place});
        parts.back().last = place;
    }
    return parts;
}

}
