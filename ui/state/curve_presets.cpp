#include "ui/state/curve_presets.h"

#include <algorithm>
#include <cmath>

namespace tiller {

LayerCurve presetCurve(CurvePreset preset, const Strip& strip, const Diagnostics* diagnostics, int layerCount)
{
    const int centre = strip.mainLayer() >= 0 ? strip.mainLayer() : startLayer(*strip.vector, layerCount);
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
