#pragma once

#include "ui/theme/colors.h"

class QWidget;

namespace tiller {

enum class ThemeChoice {
    Light,
    Dark,
    Desktop, ///< light or dark, as the desktop was when the program started
};

/// Gives the application its style, palette and fonts; may be called again at any time. Every widget then
/// receives QEvent::PaletteChange. `textScale` multiplies all type and, with it, all metrics.
void applyTheme(ThemeChoice choice, double textScale = 1.0);

/// Colours of the current theme (light before the first applyTheme).
const Colors& colors();
bool isDarkTheme();

/// True where a focus ring is due: the widget has focus and it came by keyboard.
bool showsFocusRing(const QWidget* widget);

}
