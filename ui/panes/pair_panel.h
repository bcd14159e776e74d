#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QLabel;
class QScrollArea;
class QToolButton;

namespace tiller {

class LayerPlot;
class SectionHeader;
class TokenStrip;

/// The selected pair as the model reads it: token chips with the read positions marked, and its projections
/// over the layers once a vector has been extracted. Folds to its title.
class PairPanel : public QWidget {
    Q_OBJECT

public:
    explicit PairPanel(Workspace* workspace, QWidget* parent = nullptr);

    void setRow(int row);
    void setFolded(bool folded);
    bool isFolded() const { return m_folded; }

signals:
    void foldedChanged(bool folded);

private:
    void show(const PairPreview& preview);
    void refreshProjections();

    Workspace* m_workspace;
    int m_row = -1;
    bool m_folded = false;
    SectionHeader* m_header;
    QToolButton* m_fold;
    QWidget* m_body;
    TokenStrip* m_prompt;
    TokenStrip* m_positive;
    TokenStrip* m_negative;
    LayerPlot* m_plot;
    QLabel* m_error;
    QLabel* m_projection;
};

}
