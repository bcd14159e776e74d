#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QComboBox;
class QProgressBar;
class QPushButton;

namespace tiller {

class ElidedLabel;
class FactList;

/// What is loaded or being loaded and what it costs; where and in which numbers it computes.
class ModelPane : public QWidget {
    Q_OBJECT

public:
    explicit ModelPane(Workspace* workspace, QWidget* parent = nullptr);

    QSize minimumSizeHint() const override { return {100, 60}; }

private:
    QLayout* buildOpening();
    QLayout* buildOptions();
    void refresh();
    void refreshOpening();
    void refreshOptions();
    void refreshMemory();

    Workspace* m_workspace;
    ElidedLabel* m_name;
    FactList* m_facts;
    QProgressBar* m_memory;
    QProgressBar* m_opening; ///< share of the weights read
    QPushButton* m_cancel;
    QComboBox* m_dtype;
    QComboBox* m_device;
};

QString gibibytes(quint64 bytes);
/// "0.62 of 15.6 GiB"
QString memoryText();
/// "CPU, 2 threads"
QString deviceText(const ModelInfo& info);

}
