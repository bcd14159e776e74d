#pragma once

#include "ui/state/workspace.h"
#include "ui/theme/theme.h"

#include <QMainWindow>

class QActionGroup;
class QComboBox;
class QStackedWidget;

namespace tiller {

class ContrastPane;
class LayersPane;
class LibraryPane;
class ModelPane;
class SideDocks;
class SteerPane;

/// One window, three perspectives along the work, docks at the right.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(Workspace* workspace, QWidget* parent = nullptr);

    Perspective perspective() const;
    void setPerspective(Perspective perspective);
    ContrastPane* contrastPane() { return m_contrast; }
    LayersPane* layersPane() { return m_layers; }
    SteerPane* steerPane() { return m_steer; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    enum Dock { ModelDock, LibraryDock }; ///< of the docks, in their order

    QAction* action(const QString& name, const QString& icon, const QString& text, const QKeySequence& key,
        const QString& help, std::function<void()> act);
    void buildActions();
    void buildMenus();
    void buildToolBar();
    void fillModelCombo();
    void refreshActions();
    void refreshTitle();
    void arrange();

    void openFolder();
    void openFile();
    void runPrimary();
    void nextPanel();
    void setTheme(ThemeChoice choice);

    Workspace* m_workspace;
    QStackedWidget* m_pages;
    ContrastPane* m_contrast;
    LayersPane* m_layers;
    SteerPane* m_steer;
    LibraryPane* m_library;
    ModelPane* m_model;
    SideDocks* m_docks;
    QToolBar* m_tools;
    QComboBox* m_vectorCombo;
    QComboBox* m_modelCombo;
    QActionGroup* m_perspectives;

    QAction* m_openFolder;
    QAction* m_openFile;
    QAction* m_openSet;
    QAction* m_save;
    QAction* m_saveAs;
    QAction* m_undo;
    QAction* m_redo;
    QAction* m_extract;
    QAction* m_map;
    QAction* m_generate;
    QAction* m_stop;
    QAction* m_primary;
    QAction* m_importVector;
    QAction* m_exportVector;
    QAction* m_exportMix;
    QAction* m_toMixer;
    QList<QAction*> m_perspectiveActions;
    bool m_shown = false;
    int m_compact = -1;
};

}
