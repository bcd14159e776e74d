#include "ui/state/curve_presets.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

/// The layer of the largest factor, of several the one that acts most; -1 for none. Not simply where the
/// strip acts most: a long direction beside it must not move the curve from preset to preset.
int centreOf(const Strip& strip)
{
    int centre = strip.mainLayer();
    for (const auto& [layer, factor] : strip.layers)
        if (strip.direction(layer) && std::abs(factor) > std::abs(strip.layers.at(centre)))
            centre = layer;
    return centre;
}

}

LayerCurve presetCurve(CurvePreset preset, const Strip& strip, const Diagnostics* diagnostics, int layerCount)
{
    const int now = centreOf(strip);
    const int centre = now >= 0 ? now : startLayer(*strip.vector, layerCount);
    LayerCurve curve;
    const auto put = [&](int layer, double weight) {
        if (layer >= 0 && layer < layerCount && strip.direction(layer))
            curve[layer] = weight;
    };
    switch (preset) {
    case CurvePreset::Single:
        put(centre, 1);
        break;
    case CurvePreset::Window:
        for (int offset = -2; offset <= 2; ++offset)
            put(centre + offset, offset == 0 ? 4 : std::abs(offset) == 1 ? 2 : 1);
        break;
    case CurvePreset::Ramp:
        for (int step = 1; step <= 9; ++step)
            put(centre - 9 + step, step);
        break;
    case CurvePreset::Diagnostics:
        if (diagnostics)
            for (const int layer : diagnostics->recommendation.candidates)
                put(layer, 1);
        break;
    }
    double sum = 0;
    for (const auto& [layer, weight] : curve)
        sum += weight;
    // Figures that can be read and typed, of the same sum still: the largest takes what rounding leaves.
    constexpr double digits = 10000;
    double left = digits;
    for (auto& [layer, weight] : curve)
        left -= weight = std::round(digits * weight / sum);
    if (const auto largest = std::ranges::max_element(curve, {}, &LayerCurve::value_type::second);
        largest != curve.end())
        largest->second += left;
    for (auto& [layer, weight] : curve)
        weight /= digits;
    return curve;
}

}
