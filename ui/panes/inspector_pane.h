#pragma once

#include "ui/state/workspace.h"

#include <QDockWidget>

class QComboBox;
class QStackedLayout;
class QTreeWidget;
class QToolButton;

namespace tiller {

class DockTitleBar;
class ElidedLabel;
class LayerPlot;
class PlotLegend;

/// One token of a run: what it came from, layer by layer, and what might have stood in its place. A dock.
class InspectorPane : public QDockWidget {
    Q_OBJECT

public:
    explicit InspectorPane(Workspace* workspace, QWidget* parent = nullptr);

    /// Row and token of the run; -1 for none.
    void inspect(int row, int token);
    /// Shows a token's alternatives while the pointer is on it; -1: the inspected one again.
    void peek(int row, int token);
    int inspectedRow() const { return m_row; }
    int inspectedToken() const { return m_token; }
    /// To its title, where room is short.
    void setFolded(bool folded);
    /// Unfolds if that fits into `room` and nobody folded it by hand.
    void unfoldWithin(int room);
    /// Neither folded nor closed.
    bool isShown() const { return !m_folded && isVisible(); }
    /// What is known of a token, in a few lines: for where the pane itself has no room.
    QString summary(int row, int token) const;

private:
    /// What is shown layer by layer: one of `Projection` a vector, then these two.
    enum class View { Projection, Norm, Lens };
    View view() const;
    void fillViews();
    void showView();
    void refreshAlternatives();
    void showAlternatives(int row, int token);
    void showTrace(const Traced& traced);
    const RowText* rowOf(int row, int token) const;
    QString noteOf(int row, int token) const;
    bool isSteered(int row) const;
    void refreshPlot();
    void fork();

    Workspace* m_workspace;
    int m_row = -1;
    int m_token = -1;
    bool m_folded = false;
    bool m_foldedByHand = false;
    View m_wanted = View::Projection; ///< also while there is no vector, or not the one that was chosen
    QString m_wantedVector;
    Traced m_traced;
    std::vector<TracedVector> m_vectors; ///< what m_traced projects on
    DockTitleBar* m_header;
    QComboBox* m_view;
    QToolButton* m_fork;
    QToolButton* m_fold;
    QWidget* m_body;
    QStackedLayout* m_stack;
    PlotLegend* m_legend;
    ElidedLabel* m_scale;
    LayerPlot* m_plot;
    QTreeWidget* m_layers; ///< lens over the layers
    QTreeWidget* m_alternatives;
};

}
