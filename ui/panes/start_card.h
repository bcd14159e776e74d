#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace tiller {

/// What there is to do before the first vector: one press from pairs to two streaming panes.
class StartCard : public QWidget {
    Q_OBJECT

public:
    explicit StartCard(Workspace* workspace, QWidget* parent = nullptr);

signals:
    void openModelRequested();
    void chooseSetRequested();
    void importVectorRequested();

private:
    void refresh();

    Workspace* m_workspace;
    QLabel* m_title;
    QLabel* m_text;
    QPushButton* m_go;
    QPushButton* m_default; ///< opens the default model
    QLabel* m_links;
    QLabel* m_key; ///< the shortcut, which extracts and so needs a model
    bool m_offered = false;
};

}
