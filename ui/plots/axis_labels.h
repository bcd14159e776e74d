#pragma once

#include "ui/plots/plot_style.h"

#include <vector>

namespace tiller {

/// Labels of an axis whose places are counted, layers below a plot or strengths beside it: as many as fit,
/// some of them bold. QCustomPlot has one font an axis, so they are drawn here.
class AxisLabels : public QCPLayerable {
public:
    explicit AxisLabels(QCPAxis* axis);

    /// One label a place of the axis, from coordinate 0 (or `firstPlace`) in steps of 1.
    void setLabels(std::vector<QString> labels, int firstPlace = 0);
    /// Places shown in bold at any rate; labels that would touch them give way.
    void setBold(std::vector<int> places);
    /// First and last place are shown next to the bold ones, for things counted from 1.
    void setEndsShown(bool shown);

    /// Name of the axis, beyond its labels.
    void setTitle(const QString& title);
    /// Room between labels and title, for what else stands along the axis.
    void setTitleGap(int gap);
    void setColors(const Colors& palette);
    /// Room that the labels need across the axis, without gap and title.
    int extent() const;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;
    QRect clipRect() const override;

private:
    void drawTitle(QCPPainter& painter) const;
    QRectF labelRect(int place, const QFont& font) const;

    QCPAxis* m_axis;
    QString m_title;
    int m_titleGap = 0;
    std::vector<QString> m_labels;
    int m_firstPlace = 0;
    std::vector<int> m_bold;
    bool m_endsShown = false;
    QColor m_ink;
    QColor m_boldInk;
};

}
