#pragma once

#include "ui/theme/color_maps.h"

#include <QWidget>

namespace tiller {

/// What the colours of a map mean: metric, low end, bar, high end, and the signs for collapse.
class ColorLegend : public QWidget {
    Q_OBJECT

public:
    explicit ColorLegend(QWidget* parent = nullptr);

    /// AmberPlum shows the ends as poles (▽ low, high ▲).
    void setScale(ColorMap map, const QString& title, const QString& low, const QString& high);
    /// Adds "collapsed" and the contour with this text ("1 nat/token"); empty leaves both out.
    void setCollapseText(const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int layOut(class QPainter* painter) const;

    ColorMap m_map = ColorMap::Ember;
    QString m_title;
    QString m_low;
    QString m_high;
    QString m_collapse;
};

}
