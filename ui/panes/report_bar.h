#pragma once

#include "ui/state/workspace.h"

namespace tiller {

/// The message bar of one panel: shows what the workspace reports about it.
class ReportBar : public MessageBar {
    Q_OBJECT

public:
    ReportBar(Workspace* workspace, Panel panel, QWidget* parent = nullptr);

private:
    std::function<void()> m_action;
};

/// What goes wrong when a plot inside `pane` is exported is said in the panel.
void reportFailedExports(QWidget* pane, Workspace* workspace, Panel panel);

}
