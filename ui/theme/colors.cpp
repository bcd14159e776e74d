#include "ui/theme/colors.h"

#include <algorithm>
#include <cmath>

namespace tiller {

const Colors& lightColors()
{
    static const Colors light{
        .window = 0xECEEF0,
        .toolbar = 0xF3F4F6,
        .base = 0xFFFFFF,
        .alternate = 0xF5F6F8,
        .buttonTop = 0xF7F8F9,
        .buttonBottom = 0xE9ECEE,
        .line = 0xD3D8DD,
        .border = 0xB9C0C7,
        .edge = 0x88919A,
        .text = 0x1B2026,
        .secondary = 0x505963,
        .disabled = 0x727B84,
        .highlight = 0x3F4C5A,
        .onHighlight = 0xFFFFFF,
        .selectedRow = 0xDDE4EB,
        .focusRing = 0x1B2026,
        .unsteered = 0x666E78,
        .unsteeredHeader = 0xF0F1F3,
        .steered = 0x1565C0,
        .steeredHeader = 0xE6F0FB,
        .positive = 0x946200,
        .positiveChip = 0xF3E3BC,
        .positiveTint = 0xE8B93C,
        .negative = 0x7A1A5E,
        .negativeChip = 0xEBD0E2,
        .negativeTint = 0xC978B2,
        .warning = 0x8A5A00,
        .warningGround = 0xFFF4D6,
        .error = 0xB3261E,
        .errorGround = 0xFCE8E6,
        .plotGrid = 0xE3E6EA,
    };
    return light;
}

const Colors& darkColors()
{
    static const Colors dark{
        .window = 0x262A2F,
        .toolbar = 0x2B3036,
        .base = 0x1B1E22,
        .alternate = 0x20242A,
        .buttonTop = 0x373D44,
        .buttonBottom = 0x30353B,
        .line = 0x3A4047,
        .border = 0x4E565F,
        .edge = 0x6F7984,
        .text = 0xE6E9EC,
        .secondary = 0xAAB2BB,
        .disabled = 0x87909A,
        .highlight = 0x8C9BAB,
        .onHighlight = 0x14181C,
        .selectedRow = 0x364250,
        .focusRing = 0xF0F2F4,
        .unsteered = 0xB4BBC2,
        .unsteeredHeader = 0x2A2F35,
        .steered = 0x62AEF5,
        .steeredHeader = 0x1D3148,
        .positive = 0xF0C75E,
        .positiveChip = 0x51431B,
        .positiveTint = 0x94732A,
        .negative = 0xE063AE,
        .negativeChip = 0x512441,
        .negativeTint = 0x9A3B76,
        .warning = 0xF0C75E,
        .warningGround = 0x3A3117,
        .error = 0xFF8A80,
        .errorGround = 0x43211F,
        .plotGrid = 0x2C3238,
    };
    return dark;
}

QColor blend(const QColor& from, const QColor& to, double amount)
{
    const double t = std::clamp(amount, 0.0, 1.0);
    const auto mix = [t](int a, int b) { return int(std::lround(a + (b - a) * t)); };
    return QColor(mix(from.red(), to.red()), mix(from.green(), to.green()), mix(from.blue(), to.blue()),
        mix(from.alpha(), to.alpha()));
}

}
