#pragma once

#include "ui/state/workspace.h"

#include <QDialog>

class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSortFilterProxyModel;
class QTreeView;

namespace tiller {

class ElidedLabel;

/// The runs of the session beside the window: find, star, look at one or two, take one up again, take them
/// elsewhere.
class HistoryDialog : public QDialog {
    Q_OBJECT

public:
    explicit HistoryDialog(Workspace* workspace, QWidget* parent = nullptr);

    std::vector<int> selectedRuns() const; ///< rows of the history, ascending

private:
    QWidget* buildTexts();
    QWidget* buildButtons();
    void refresh();
    void exportLines();
    void copy(QString (*format)(const Run& run));

    Workspace* m_workspace;
    RunHistory* m_history;
    QSortFilterProxyModel* m_proxy;
    QLineEdit* m_filter;
    QTreeView* m_view;
    ElidedLabel* m_titles[2];
    QPlainTextEdit* m_texts[2];
    std::vector<QPushButton*> m_forOne; ///< buttons that need one run
    QPushButton* m_export;
};

}
