#include "ui/theme/metrics.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontInfo>

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

constexpr double designBody = 13;

QFont sized(QFont font, double size)
{
    font.setPixelSize(std::max(1, px(size)));
    return font;
}

}

int px(double size)
{
    return int(std::lround(size * QFontInfo(QApplication::font()).pixelSize() / designBody));
}

QFont bodyFont()
{
    return sized(QApplication::font(), 13);
}

QFont smallFont()
{
    return sized(QApplication::font(), 12);
}

QFont plotFont()
{
    return sized(QApplication::font(), 11);
}

QFont readingFont()
{
    return sized(QApplication::font(), 14);
}

QFont headingFont()
{
    return strong(sized(QApplication::font(), 16));
}

QFont fixedFont()
{
    return sized(QFontDatabase::systemFont(QFontDatabase::FixedFont), 13);
}

QFont strong(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

}
