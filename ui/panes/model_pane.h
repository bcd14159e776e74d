#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QProgressBar;
class QStackedLayout;

namespace tiller {

class ElidedLabel;
class FactList;

/// What is loaded, and what it costs.
class ModelPane : public QWidget {
    Q_OBJECT

public:
    explicit ModelPane(Workspace* workspace, QWidget* parent = nullptr);

    QSize minimumSizeHint() const override { return {100, 60}; }

private:
    void refresh();
    void refreshMemory();

    Workspace* m_workspace;
    ElidedLabel* m_name;
    FactList* m_facts;
    QProgressBar* m_memory;
};

QString gibibytes(quint64 bytes);
/// "0.62 of 15.6 GiB"
QString memoryText();
/// "CPU, 2 threads"
QString deviceText(const ModelInfo& info);

}
