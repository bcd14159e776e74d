#pragma once

#include "ui/state/workspace.h"

#include <QStatusBar>

class QProgressBar;

namespace tiller {

class ElidedLabel;
class NumberLabel;

/// Left what runs or last finished; right device, dtype, memory, token rate and seed, in fixed widths.
class StatusStrip : public QStatusBar {
    Q_OBJECT

public:
    explicit StatusStrip(Workspace* workspace, QWidget* parent = nullptr);

private:
    NumberLabel* addField(const QString& widest);
    void refreshTask();
    void refreshFigures();

    Workspace* m_workspace;
    ElidedLabel* m_task;
    QProgressBar* m_progress;
    NumberLabel* m_device;
    NumberLabel* m_type;
    NumberLabel* m_memory;
    NumberLabel* m_rate;
    NumberLabel* m_seed;
};

}
