#pragma once

#include <vector>

namespace tiller {

/// Shown layers that lie in one third of a model's depth, as places in the list of shown layers.
struct DepthPart {
    int third; ///< 0 early, 1 middle, 2 late
    int first;
    int last;

    bool operator==(const DepthPart&) const = default;
};

/// The thirds that hold some of `layers` (ascending), in a model of `depth` layers. With t = depth / 3
/// rounded up, the early third is 0..t-1, the middle one runs up to 2 depth / 3 rounded up, and the late one
/// takes the rest: 30 layers make 0-9, 10-19, 20-29, and 32 make 0-10, 11-21, 22-31.
std::vector<DepthPart> depthParts(const std::vector<int>& layers, int depth);

}
