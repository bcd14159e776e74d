#pragma once

#include "ui/theme/colors.h"
#include "ui/widgets/pole_label.h"

#include <QPointF>

namespace tiller {

enum class PairState { Plain, Selected, Dropped };

/// A side of a pair in a plot: ▲ filled or ▽ hollow; larger when selected, ▲ with an edge in `text`; pale,
/// and hollow on both sides, when dropped.
void drawPairMark(
    QPainter& painter, const QPointF& centre, double size, Pole pole, PairState state, const Colors& palette);

}
