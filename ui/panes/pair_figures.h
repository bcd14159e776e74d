#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

namespace tiller {

class PairPlot;
class PlotLegend;
class SectionHeader;

/// Where every pair lies on the direction at the chosen layer. A click chooses its row of the table, Del
/// drops it or takes it back.
class PairFigures : public QWidget {
    Q_OBJECT

public:
    explicit PairFigures(Workspace* workspace, QWidget* parent = nullptr);

    SectionHeader* header() { return m_header; }
    PairPlot* plot() { return m_plot; }

private:
    void refresh();

    Workspace* m_workspace;
    SectionHeader* m_header;
    PairPlot* m_plot;
    PlotLegend* m_legend;
};

}
