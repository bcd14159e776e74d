#pragma once

#include <vector>

namespace tiller {

struct SweepPlace {
    int layer = 0;
    double strength = 0;
    auto operator<=>(const SweepPlace&) const = default;
};

/// The cells of a grid in stages, so that the picture can be read long before it is whole: every fourth layer
/// at the extreme strengths (of both signs), these layers at all strengths, every second layer, then the
/// rest. Within a stage by layer, then by strength. Strength 0 is left out: it is the same text at every
/// layer.
std::vector<std::vector<SweepPlace>> sweepStages(std::vector<int> layers, std::vector<double> strengths);

}
