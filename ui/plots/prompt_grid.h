#pragma once

#include "ui/plots/heatmap_model.h"

#include <QRect>
#include <QStringList>

namespace tiller {

/// The figures of PromptMultiples, and where their panels stand in a plot of a given size. Panels share one
/// size in whole pixels; each layer has a column of its panel.
class PromptGrid {
public:
    struct Figures {
        double value = std::numeric_limits<double>::quiet_NaN();
        double loss = std::numeric_limits<double>::quiet_NaN();
    };

    void reset(QStringList prompts, std::vector<int> layers, std::vector<double> strengths);
    const QStringList& prompts() const { return m_prompts; }
    const std::vector<int>& layers() const { return m_layers; }
    const std::vector<double>& strengths() const { return m_strengths; }
    bool isEmpty() const { return m_figures.empty(); }
    bool contains(int prompt, CellIndex cell) const;
    const Figures& at(int prompt, CellIndex cell) const;
    void set(int prompt, CellIndex cell, Figures figures);

    /// Sizes of panels at 96 dpi: the smallest that can be read, and the one preferred.
    static QSize smallestPanel();
    static QSize preferredPanel();
    /// Room for panels of this size with their labels.
    QSize sizeFor(const QSize& panel) const;
    /// Largest panel that fits, within limits.
    QSize panelFor(const QSize& room) const;

    /// Takes the fonts' measures, before anything below and above is asked for; `valueLabelWidth` is that of
    /// the widest label of the values.
    void measure(int valueLabelWidth);
    void layOut(const QSize& room) { m_panel = panelFor(room); }

    QRect panel(int prompt, int strength) const;
    /// The layer's column in its panel.
    QRect column(int prompt, CellIndex cell) const;
    /// Names of prompts, left; headers of strengths, above; labels of values, between names and panels.
    QRect name(int prompt) const;
    QRect header(int strength) const;
    QRect valueLabels(int prompt) const;
    /// Labels of layers, below the last panel of a strength.
    QRect layerLabels(int strength) const;

    /// Prompt under a point, -1 for none, with the cell.
    int promptAt(const QPoint& point) const;
    CellIndex cellAt(const QPoint& point) const;

private:
    size_t offset(int prompt, CellIndex cell) const;

    QStringList m_prompts;
    std::vector<int> m_layers;
    std::vector<double> m_strengths;
    std::vector<Figures> m_figures;
    QSize m_panel;
    QPoint m_origin; ///< upper left corner of the first panel
    int m_names = 0;
    int m_valueLabels = 0;
    int m_line = 0;
    int m_margin = 0;
    int m_gap = 0;
};

}
