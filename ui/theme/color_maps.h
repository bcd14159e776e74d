#pragma once

#include <QColor>

#include <span>

namespace tiller {

enum class ColorMap {
    AmberPlum, ///< diverging: effect, read-back, cosine. Domain -1..1, limits symmetric about zero.
    Ember, ///< sequential, 0 is the ground: coherence loss, KL, repetition. Domain 0..1.
};

/// Stops of the map, equally spaced over its domain, first the lowest.
std::span<const QRgb> colorStops(ColorMap map, bool dark);

/// Colour at `value` in the map's own domain, clamped; linear in sRGB between stops.
QColor colorAt(ColorMap map, double value, bool dark);

/// The maps in the current theme.
QColor amberPlum(double value);
QColor ember(double value);

}
