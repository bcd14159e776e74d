#pragma once

#include "ui/plots/plot_style.h"
#include "ui/plots/prompt_grid.h"
#include "ui/plots/prompt_multiples.h"

namespace tiller {

/// Draws the panels of PromptMultiples: what is measured on one layer of the plot, names and marks, which
/// follow the pointer, on the one above it.
class PromptPanels {
public:
    PromptPanels(QCPAxisRect* rect, const PromptGrid* grid);

    Colors palette = lightColors();
    bool dark = false;
    ColorMap map = ColorMap::AmberPlum;
    double limit = 1; ///< value of the last colour
    double from = -1; ///< value at the lower edge of a panel
    double to = 1;
    std::optional<double> collapse;
    PromptMultiples::Place selected;
    PromptMultiples::Place cursor;

    /// Of the labels of values.
    int labelWidth() const;

private:
    double heightOf(double value, const QRect& panel) const;
    void drawPanels(QCPPainter& painter) const;
    void drawPanel(QCPPainter& painter, int prompt, int strength) const;
    void drawBar(QCPPainter& painter, const QRect& column, const PromptGrid::Figures& figures) const;
    void drawLabels(QCPPainter& painter) const;
    void drawValueLabels(QCPPainter& painter, const QRect& room) const;
    void drawLayerLabels(QCPPainter& painter, int strength) const;
    void drawMarks(QCPPainter& painter) const;

    const PromptGrid* m_grid;
};

}
