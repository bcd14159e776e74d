#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QComboBox;

namespace tiller {

class LayerPlot;
class PlotLegend;
class SectionHeader;

/// What the extraction measured over the layers, as curves with their bands; a click chooses the layer that
/// table, projections and scatter show.
class LayerFigures : public QWidget {
    Q_OBJECT

public:
    explicit LayerFigures(Workspace* workspace, QWidget* parent = nullptr);

    SectionHeader* header() { return m_header; }
    LayerPlot* plot() { return m_plot; }

private:
    void refresh();

    Workspace* m_workspace;
    SectionHeader* m_header;
    QComboBox* m_view;
    LayerPlot* m_plot;
    PlotLegend* m_legend;
};

}
