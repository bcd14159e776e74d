#include "ui/state/curve_presets.h"

namespace tiller {

LayerCurve presetCurve(CurvePreset preset, const Strip& strip, const Diagnostics* diagnostics, int layerCount)
{
    const int centre = strip.firstLayer() >= 0 ? strip.firstLayer() : startLayer(*strip.vector, layerCount);
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
            put(centre - 7 + step, step);
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
    for (auto& [layer, weight] : curve)
        weight /= sum;
    return curve;
}

}
