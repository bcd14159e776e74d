#pragma once

#include "core/study/diagnostics.h"
#include "ui/models/strip_model.h"

namespace tiller {

/// Ways to spread a strip's strength over the layers. The factors add up to 1, so that the strength means as
/// much as on one layer.
enum class CurvePreset {
    Single, ///< where the curve is centred now: the layer of its largest factor
    Window, ///< five layers around that one, heaviest in the middle
    Ramp, ///< nine layers up to it, rising
    Diagnostics, ///< the layers among which the suggestion chose, alike
};

/// Layers that the vector lacks are left out; empty when none is left. `diagnostics` may be null.
LayerCurve presetCurve(
    CurvePreset preset, const Strip& strip, const Diagnostics* diagnostics, int layerCount);

}
