#pragma once

#include <QColor>

namespace tiller {

/// Every colour of the window, once for light and once for dark. Widgets ask colors() when they paint and
/// never keep one: a change of theme then needs no more than the repaint that QEvent::PaletteChange brings.
struct Colors {
    QColor window; ///< panels, status bar
    QColor toolbar;
    QColor base; ///< views, panes, plots
    QColor alternate; ///< every second row
    QColor buttonTop;
    QColor buttonBottom; ///< also the ground of dock titles and table headers
    QColor line; ///< separators
    QColor border; ///< buttons
    QColor edge; ///< editable controls
    QColor text;
    QColor secondary;
    QColor disabled;
    QColor highlight; ///< default button, progress, text selection
    QColor onHighlight;
    QColor selectedRow; ///< drawn with a 3 px bar of `text` at the left
    QColor focusRing;
    QColor unsteered; ///< grey means unsteered and nothing else
    QColor unsteeredHeader;
    QColor steered; ///< blue means steered and nothing else
    QColor steeredHeader;
    QColor positive; ///< amber, with a filled triangle
    QColor positiveChip;
    QColor positiveTint;
    QColor negative; ///< plum, with a hollow triangle
    QColor negativeChip;
    QColor negativeTint;
    QColor warning;
    QColor warningGround;
    QColor error; ///< also the collapse mark
    QColor errorGround;
    QColor plotGrid;
};

/// A colour by name: what a series or legend keeps instead of a QColor, so that it follows the theme.
using ColorToken = QColor Colors::*;

const Colors& lightColors();
const Colors& darkColors();

/// `from` moved by `amount` (0..1) towards `to`, per channel.
QColor blend(const QColor& from, const QColor& to, double amount);

}
