#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace tiller {

/// What to map: vector, layers, strengths, neutral text and operation.
class MapForm : public QWidget {
    Q_OBJECT

public:
    explicit MapForm(Workspace* workspace, QWidget* parent = nullptr);

    /// Starts the map as the form says; what is wrong stands at its field.
    void run();

private:
    void refresh();
    void showError(QLineEdit* field, QLabel* label, const Failure& failure);

    Workspace* m_workspace;
    QComboBox* m_vector;
    QLineEdit* m_layers;
    QLabel* m_layersError;
    QLineEdit* m_strengths;
    QLabel* m_strengthsError;
    QPlainTextEdit* m_neutral;
    QComboBox* m_op;
    QComboBox* m_scope;
    QPushButton* m_run;
};

/// The operations and token scopes that combos offer.
void fillOps(QComboBox* combo);
void fillScopes(QComboBox* combo);

}
