#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace tiller {

/// What to map: vector, layers, strengths, what texts and figures are made of, and the operation.
class MapForm : public QWidget {
    Q_OBJECT

public:
    explicit MapForm(Workspace* workspace, QWidget* parent = nullptr);

    /// Starts the map as the form says; what is wrong stands at its field.
    void run();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override; ///< the wheel scrolls, it changes no field

private:
    void refresh();
    void refreshPairs();
    void chooseMetrics(MapGrid& grid) const;
    void showError(QLineEdit* field, QLabel* label, const Failure& failure);

    Workspace* m_workspace;
    QComboBox* m_vector;
    QLineEdit* m_layers;
    QLabel* m_layersError;
    QLineEdit* m_strengths;
    QLabel* m_strengthsError;
    QPlainTextEdit* m_prompts; ///< one a line
    QSpinBox* m_tokens;
    QSpinBox* m_pairs;
    QLabel* m_pairsNote; ///< whose pairs these are, where they are not held out
    QCheckBox* m_control;
    QPlainTextEdit* m_neutral;
    QComboBox* m_op;
    QComboBox* m_scope;
    QPushButton* m_run;
};

/// The operations and token scopes that combos offer.
void fillOps(QComboBox* combo);
void fillScopes(QComboBox* combo);

}
