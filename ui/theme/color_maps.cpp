#include "ui/theme/color_maps.h"

#include "ui/theme/theme.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tiller {

namespace {

constexpr std::array<QRgb, 9> amberPlumLight{0xFF5E1049, 0xFF8E3E78, 0xFFBE82AC, 0xFFE3C6DA, 0xFFF6F5F4,
    0xFFEFDCAC, 0xFFD6AA50, 0xFFAC7610, 0xFF744C00};
constexpr std::array<QRgb, 9> amberPlumDark{0xFFF29ACB, 0xFFD858A4, 0xFF9A3B76, 0xFF57294A, 0xFF262A2E,
    0xFF54461F, 0xFF94752A, 0xFFD6AA3E, 0xFFFBE29A};
constexpr std::array<QRgb, 7> emberLight{
    0xFFF7F5F4, 0xFFFCDDD0, 0xFFFBB59A, 0xFFF5845F, 0xFFDB4A36, 0xFFA81B22, 0xFF67000D};
constexpr std::array<QRgb, 7> emberDark{
    0xFF262A2E, 0xFF54302E, 0xFF86382F, 0xFFB9483A, 0xFFDF7556, 0xFFF3A888, 0xFFFFDCC8};

}

std::span<const QRgb> colorStops(ColorMap map, bool dark)
{
    if (map == ColorMap::AmberPlum)
        return dark ? amberPlumDark : amberPlumLight;
    return dark ? std::span<const QRgb>(emberDark) : std::span<const QRgb>(emberLight);
}

QColor colorAt(ColorMap map, double value, bool dark)
{
    const auto stops = colorStops(map, dark);
    const double t = std::clamp(map == ColorMap::AmberPlum ? (value + 1) / 2 : value, 0.0, 1.0);
    const double place = t * double(stops.size() - 1);
    const auto index = std::min(size_t(place), stops.size() - 2);
    return blend(QColor(stops[index]), QColor(stops[index + 1]), place - double(index));
}

QColor amberPlum(double value)
{
    return colorAt(ColorMap::AmberPlum, value, isDarkTheme());
}

QColor ember(double value)
{
    return colorAt(ColorMap::Ember, value, isDarkTheme());
}

}
