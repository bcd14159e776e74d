#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QLabel;
class QScrollArea;
class QToolButton;

namespace tiller {

class SectionHeader;

/// What the figures say in words: the layer to begin with and why, and what to beware of.
class Findings : public QWidget {
    Q_OBJECT

public:
    explicit Findings(Workspace* workspace, QWidget* parent = nullptr);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void fitText(); ///< no higher than the text needs, up to a few lines

    Workspace* m_workspace;
    SectionHeader* m_header;
    QToolButton* m_show;
    QToolButton* m_warnings;
    QScrollArea* m_scroll;
    QLabel* m_text;
};

}
