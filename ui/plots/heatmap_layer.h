#pragma once

#include "ui/plots/heatmap.h"
#include "ui/plots/plot_style.h"

namespace tiller {

/// Draws the map into its axis rectangle: cells by state, collapse, recommendation, cross-hair, frames. x
/// runs over layer indices, y over strength indices; cell i covers i - 0.5 to i + 0.5.
class HeatmapLayer : public QCPLayerable {
public:
    HeatmapLayer(QCPAxisRect* rect, const HeatmapModel* model);

    QRect cellRect(CellIndex cell) const; ///< in plot coordinates, on whole pixels
    CellIndex cellAt(const QPointF& point) const;

    Colors palette = lightColors();
    bool dark = false;
    ColorMap map = ColorMap::AmberPlum;
    double limit = 1; ///< value of the last colour
    std::optional<double> collapse;
    bool contour = true;
    bool values = false;
    CellIndex selected;
    CellIndex hovered;
    std::optional<Heatmap::Recommendation> recommendation;
    std::optional<CellRange> range; ///< the cross-hair stays away meanwhile
    QString rangeTag;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;
    QRect clipRect() const override;

private:
    QColor colorOf(const HeatmapCell& cell) const;
    QPointF placeOf(double layer, double strengthIndex) const;
    /// Index along the strengths, with fractions between them.
    double strengthIndexOf(double strength) const;

    void drawCell(QCPPainter& painter, CellIndex index) const;
    void drawContour(QCPPainter& painter, int sign) const;
    void drawRecommendation(QCPPainter& painter) const;
    void drawRange(QCPPainter& painter) const;
    /// A tag below the right end of a frame, or above it where the map ends.
    void drawTag(QCPPainter& painter, const QRect& frame, const QString& text) const;
    void drawCrossHair(QCPPainter& painter) const;

    QCPAxisRect* m_rect;
    const HeatmapModel* m_model;
};

}
