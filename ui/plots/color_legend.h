#pragma once

#include "ui/theme/color_maps.h"
#include "ui/theme/colors.h"

#include <QWidget>

class QPainter;

namespace tiller {

/// What the colours of a map mean.
struct ColorScale {
    ColorMap map = ColorMap::Ember; ///< AmberPlum shows the ends as poles (▽ low, high ▲)
    QString title;
    QString low;
    QString high;
    QString collapse; ///< loss at the contour ("1 nat/token"); empty leaves out collapse
    bool contour = true; ///< whether the plot has one
};

/// Metric, low end, bar, high end, and the signs for collapse, in a row.
QSize colorScaleSize(const ColorScale& scale);
void drawColorScale(QPainter& painter, const ColorScale& scale, const Colors& palette, bool dark);

/// A colour scale as a widget; where room is short without the signs for collapse.
class ColorLegend : public QWidget {
    Q_OBJECT

public:
    explicit ColorLegend(QWidget* parent = nullptr);

    void setScale(const ColorScale& scale);
    const ColorScale& scale() const { return m_scale; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ColorScale shortScale() const;

    ColorScale m_scale;
};

}
