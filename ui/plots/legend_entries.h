#pragma once

#include "ui/theme/colors.h"

#include <QSize>
#include <QString>

#include <vector>

class QPainter;
class QPoint;
class QRectF;

namespace tiller {

enum class SeriesStyle { Solid, Dashed, Bars };
enum class SeriesMark {
    None,
    PositivePole,
    NegativePole,
    LayerTag, ///< of a recommended layer: in legends, not on curves
};

/// A sample and a name.
struct LegendEntry {
    QString name;
    ColorToken color = &Colors::text;
    SeriesStyle style = SeriesStyle::Solid;
    SeriesMark mark = SeriesMark::None;
};

/// Entries in a row, in smallFont().
QSize legendSize(const std::vector<LegendEntry>& entries);
void drawLegend(
    QPainter& painter, const QPoint& topLeft, const std::vector<LegendEntry>& entries, const Colors& palette);

/// A small tag that points down: neither pole has its shape.
void drawLayerTag(QPainter& painter, const QRectF& rect, const QColor& ink);

}
