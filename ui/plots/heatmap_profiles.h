#pragma once

#include "ui/plots/heatmap.h"
#include "ui/plots/plot_style.h"

namespace tiller {

class ProfileLegend;

/// The curves beside the map: above it over the layers, right of it over the strengths, both through one
/// cell.
class HeatmapProfiles {
public:
    /// `top` shares the layers with the map, `right` the strengths; both are owned by the plot.
    HeatmapProfiles(QCPAxisRect* top, QCPAxisRect* right, const HeatmapModel* model);

    void setProfiles(std::vector<HeatmapProfile> profiles);
    bool isEmpty() const { return m_profiles.empty(); }
    void setRange(double from, double to);
    /// Curves through this cell; invalid clears them.
    void show(CellIndex cell);
    void recolor(const Colors& palette);

private:
    double valueAt(const HeatmapProfile& profile, CellIndex cell) const;

    QCPAxisRect* m_top;
    QCPAxisRect* m_right;
    const HeatmapModel* m_model;
    QCPItemText* m_topCaption;
    QCPItemText* m_rightCaption;
    QCPItemStraightLine* m_topLine;
    QCPItemStraightLine* m_rightLine;
    ProfileLegend* m_legend;
    std::vector<HeatmapProfile> m_profiles;
    std::vector<QCPGraph*> m_topCurves;
    std::vector<QCPCurve*> m_rightCurves;
    double m_from = 0;
    double m_to = 1;
};

}
