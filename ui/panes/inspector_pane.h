#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QComboBox;
class QTreeWidget;
class QToolButton;

namespace tiller {

class LayerPlot;
class SectionHeader;

/// One token of a run: what it came from, layer by layer, and what might have stood in its place.
class InspectorPane : public QWidget {
    Q_OBJECT

public:
    explicit InspectorPane(Workspace* workspace, QWidget* parent = nullptr);

    /// Row and token of the run; -1 for none.
    void inspect(int row, int token);
    /// Shows a token's alternatives while the pointer is on it; -1: the inspected one again.
    void peek(int row, int token);
    int inspectedRow() const { return m_row; }
    int inspectedToken() const { return m_token; }
    void setFolded(bool folded);

private:
    void refreshAlternatives();
    void showAlternatives(int row, int token);
    void showTrace(const Traced& traced);
    void refreshPlot();
    void fork();

    Workspace* m_workspace;
    int m_row = -1;
    int m_token = -1;
    bool m_folded = false;
    Traced m_traced;
    std::vector<QString> m_vectors; ///< names of what m_traced projects on
    SectionHeader* m_header;
    QComboBox* m_view;
    QToolButton* m_fork;
    QToolButton* m_fold;
    QWidget* m_body;
    LayerPlot* m_plot;
    QTreeWidget* m_layers; ///< lens over the layers
    QTreeWidget* m_alternatives;
};

}
