#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QAction;
class QLineEdit;
class QListView;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;

namespace tiller {

class FactList;
class ImportCard;
class SectionHeader;

/// The vectors at hand, and what the current one means: site, norm, push, sign, where it was read.
class LibraryPane : public QWidget {
    Q_OBJECT

public:
    explicit LibraryPane(Workspace* workspace, QWidget* parent = nullptr);

    void importVector();
    void exportVector();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QWidget* buildEmpty();
    QWidget* buildFilled();
    QWidget* buildConvention();
    void buildActions();
    void refresh();
    void refreshActions();
    std::vector<int> selectedRows() const; ///< of the library, ascending
    void compareSelected();
    void toMixer();
    void setTags();
    bool mayReplace(const QString& path);

    Workspace* m_workspace;
    ImportCard* m_card;
    QStackedWidget* m_pages;
    QLineEdit* m_filter;
    QListView* m_list;
    QSortFilterProxyModel* m_proxy;
    QWidget* m_convention;
    FactList* m_facts;
    QLineEdit* m_tags;
    QList<QAction*> m_ofOne; ///< need one selected vector
    QAction* m_compare;
};

/// File filter of everything that readVector understands, and of what writeVector writes: first, and so what
/// a dialog starts with, the format of the file that is suggested.
QString vectorOpenFilter();
QString vectorSaveFilter(const QString& suggested);

}
