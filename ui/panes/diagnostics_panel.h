#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

namespace tiller {

class ActivationFigures;
class LayerFigures;
class PairFigures;
class PlotStack;

/// What an extraction is worth: findings in words, curves over the layers, every pair, the activations.
class DiagnosticsPanel : public QWidget {
    Q_OBJECT

public:
    explicit DiagnosticsPanel(Workspace* workspace, QWidget* parent = nullptr);

    void setTabbed(bool tabbed);
    /// Row of the contrast set; -1 for none.
    void setSelectedRow(int row);

signals:
    void rowClicked(int row);

private:
    Workspace* m_workspace;
    PlotStack* m_stack;
    LayerFigures* m_layers;
    PairFigures* m_pairs;
    ActivationFigures* m_activations;
};

}
