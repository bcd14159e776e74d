#pragma once

#include "ui/theme/colors.h"

#include <QSize>
#include <QString>

#include <qcustomplot.h>

// What our plots have in common. Includes qcustomplot.h, so for the files of this folder only.

namespace tiller {

/// Colours and fonts of an axis rectangle: `base` ground in a `line` frame, grid in `plotGrid`, small outward
/// labels.
void styleAxisRect(QCPAxisRect& rect, const Colors& palette);

/// Writes the plot as it stands to .png (twice the size), .pdf or .svg. Returns what went wrong, empty if
/// nothing.
QString writePlot(QCustomPlot& plot, const QString& fileName);

}
