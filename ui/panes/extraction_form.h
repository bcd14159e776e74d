#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace tiller {

/// Method, read position, layers and norm; Extract, which becomes Cancel while it runs.
class ExtractionForm : public QWidget {
    Q_OBJECT

public:
    explicit ExtractionForm(Workspace* workspace, QWidget* parent = nullptr);

    /// The plain form has no second button: the start card holds it.
    void setSteerButtonVisible(bool visible);

private:
    void apply();
    bool followSet();
    void refresh();

    Workspace* m_workspace;
    QComboBox* m_method;
    QComboBox* m_read;
    QSpinBox* m_readNumber;
    QLineEdit* m_layers;
    QLabel* m_layersError;
    QComboBox* m_norm;
    QCheckBox* m_raw;
    QLabel* m_info;
    QProgressBar* m_progress;
    QPushButton* m_extract;
    QPushButton* m_extractAndSteer;
    ReadPosition m_suggestedRead; ///< followed until another one is chosen
};

}
