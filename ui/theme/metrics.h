#pragma once

#include <QFont>

namespace tiller {

/// Sizes are written as at 96 dpi with a body font of 13 px, and scaled by the body font in use.
int px(double size);

/// System font at the sizes of the window. Weights are 400 and, through `strong`, 600.
QFont bodyFont(); ///< 13 px
QFont smallFont(); ///< 12 px: tables, secondary text, dock titles
QFont plotFont(); ///< 11 px: labels of plots
QFont readingFont(); ///< 14 px: generated text
QFont headingFont(); ///< 16 px, 600
QFont fixedFont(); ///< 13 px, system fixed font
QFont strong(QFont font);

}
