#pragma once

#include "ui/state/workspace.h"

#include <QMenu>

namespace tiller {

/// What can be opened: through a dialog, once more, or because it is on this machine. Fills itself anew
/// whenever it is shown.
class ModelMenu : public QMenu {
    Q_OBJECT

public:
    /// `dialogs` stand first and stay the caller's.
    ModelMenu(const QString& title, Workspace* workspace, const QList<QAction*>& dialogs,
        QWidget* parent = nullptr);

private:
    void fill();
    void addModel(const QString& title, const QString& path);

    Workspace* m_workspace;
    QList<QAction*> m_dialogs;
    QMenu* m_unsupported;
};

}
