#include "ui/panes/main_window.h"

#include "ui/panes/contrast_pane.h"
#include "ui/panes/layers_pane.h"
#include "ui/panes/layouts.h"
#include "ui/panes/library_pane.h"
#include "ui/panes/model_pane.h"
#include "ui/panes/pair_table.h"
#include "ui/panes/report_bar.h"
#include "ui/panes/side_docks.h"
#include "ui/panes/status_strip.h"
#include "ui/panes/steer_pane.h"
#include "ui/state/library_store.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/widgets/dialogs.h"

#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QMimeData>
#include <QStackedWidget>
#include <QToolBar>

namespace tiller {

using namespace Qt::StringLiterals;

MainWindow::MainWindow(Workspace* workspace, QWidget* parent)
    : QMainWindow(parent)
    , m_workspace(workspace)
    , m_pages(new QStackedWidget)
    , m_docks(new SideDocks(this))
{
    setObjectName(u"mainWindow"_s);
    setAcceptDrops(true);
    setContextMenuPolicy(Qt::NoContextMenu);

    auto* central = new QWidget;
    auto* layout = column(central);
    auto* bar = new ReportBar(workspace, Panel::Window);
    bar->setObjectName(u"windowBar"_s);
    layout->addWidget(bar);
    // A message is not read under a dock that lies over it.
    connect(workspace, &Workspace::reported, this, [this](Panel panel) {
        if (panel == Panel::Window)
            m_docks->closeOver();
    });
    m_contrast = new ContrastPane(workspace);
    m_layers = new LayersPane(workspace);
    m_steer = new SteerPane(workspace);
    for (QWidget* page : std::initializer_list<QWidget*>{m_contrast, m_layers, m_steer})
        m_pages->addWidget(page);
    layout->addWidget(m_pages, 1);
    setCentralWidget(central);

    m_model = new ModelPane(workspace);
    m_library = new LibraryPane(workspace);
    m_docks->add(u"modelDock"_s, tr("Model"), u"model"_s, m_model);
    m_docks->add(u"libraryDock"_s, tr("Library"), u"vector"_s, m_library);

    buildActions();
    buildToolBar();
    buildMenus();
    setStatusBar(new StatusStrip(workspace));

    connect(m_contrast, &ContrastPane::openModelRequested, this, &MainWindow::openFile);
    connect(m_contrast, &ContrastPane::importVectorRequested, m_library, &LibraryPane::importVector);
    connect(workspace, &Workspace::vectorOffered, this, [this] { m_docks->reveal(LibraryDock); });
    connect(workspace, &Workspace::openModelRequested, this, &MainWindow::openFile);
    connect(workspace, &Workspace::perspectiveRequested, this, &MainWindow::setPerspective);
    connect(workspace, &Workspace::tasksChanged, this, &MainWindow::refreshActions);
    connect(workspace, &Workspace::modelChanged, this, &MainWindow::refreshActions);
    connect(workspace, &Workspace::modelChanged, this, &MainWindow::fillModelCombo);
    connect(workspace, &Workspace::currentVectorChanged, this, [this](int row) {
        const QSignalBlocker quiet(m_vectorCombo);
        m_vectorCombo->setCurrentIndex(row);
        refreshActions();
    });
    connect(workspace->mixer(), &QAbstractItemModel::dataChanged, this, &MainWindow::refreshActions);
    connect(workspace->mixer(), &QAbstractItemModel::rowsInserted, this, &MainWindow::refreshActions);
    connect(workspace->mixer(), &QAbstractItemModel::rowsRemoved, this, &MainWindow::refreshActions);
    connect(m_layers, &LayersPane::selectionChanged, this, &MainWindow::refreshActions);
    connect(workspace->contrast(), &ContrastDocument::modifiedChanged, this, &MainWindow::refreshTitle);
    connect(workspace->contrast(), &ContrastDocument::replaced, this, &MainWindow::refreshTitle);
    connect(workspace->contrast(), &ContrastDocument::fileChanged, this, &MainWindow::refreshTitle);

    const QStringList bundled = ContrastDocument::bundledSets();
    if (!bundled.isEmpty())
        workspace->contrast()->openBundled(
            bundled.contains(u"formality"_s) ? u"formality"_s : bundled.front());

    if (const auto folder = libraryFolder(); !folder.empty())
        workspace->openLibrary(folder);
    workspace->setMapCache(mapCacheFolder());

    resize(QSize(px(1440), px(900)).boundedTo(screen()->availableSize()));
    restoreGeometry(settings::windowGeometry());
    restoreState(settings::windowState());
    setPerspective(Perspective::Contrast);
    fillModelCombo();
    refreshActions();
    refreshTitle();
}

void MainWindow::fillModelCombo()
{
    const QSignalBlocker quiet(m_modelCombo);
    m_modelCombo->clear();
    const QString current = m_workspace->modelPath();
    if (m_workspace->model())
        m_modelCombo->addItem(modelTitle(current), current);
    else if (!current.isEmpty())
        m_modelCombo->addItem(tr("%1…").arg(modelTitle(current)), current);
    else
        m_modelCombo->addItem(tr("none"), QString());
    for (const QString& path : settings::recentModels())
        if (path != current)
            m_modelCombo->addItem(modelTitle(path), path);
    m_modelCombo->setCurrentIndex(0);
    m_modelCombo->setToolTip(current.isEmpty() ? tr("No model is open") : current);
}

void MainWindow::refreshActions()
{
    const bool model = m_workspace->model() != nullptr;
    const bool vector = m_workspace->currentVector() >= 0;
    const auto enable = [](QAction* subject, bool enabled, const QString& why) {
        // What the tool tip says of a disabled action is what is missing.
        const QString help
            = subject->property("help").isValid() ? subject->property("help").toString() : subject->toolTip();
        subject->setProperty("help", help);
        subject->setEnabled(enabled);
        subject->setToolTip(enabled ? help : why);
    };
    const QString noModel = tr("Open a model first.");
    const bool extracting = m_workspace->isRunning(Task::Extract);
    enable(m_extract, model && !extracting, model ? tr("The extraction is running.") : noModel);
    enable(m_map, model && vector && !m_workspace->isRunning(Task::Map),
        !model       ? noModel
            : vector ? tr("The map is running.")
                     : tr("Extract or import a vector first."));
    enable(m_generate, model && !m_workspace->isRunning(Task::Generate),
        model ? tr("Text is being generated.") : noModel);
    bool running = false;
    for (const Task task : {Task::OpenModel, Task::Extract, Task::Map, Task::Generate, Task::WriteVector})
        running = running || m_workspace->isRunning(task);
    enable(m_stop, running, tr("Nothing is running."));
    enable(m_exportVector, vector, tr("There is no vector yet."));
    enable(m_toMixer, vector, tr("There is no vector yet."));
    bool on = false;
    for (const Strip& strip : m_workspace->mixer()->strips())
        on = on || strip.enabled;
    enable(m_exportMix, on, tr("No strip of the mixer is on."));
    m_vectorCombo->setEnabled(m_workspace->library()->rowCount() > 0);

    const QString primary[] = {tr("Extract and steer"), tr("Send the cell to Steer"), tr("Generate")};
    m_primary->setText(primary[int(perspective())]);
    m_primary->setEnabled(
        perspective() == Perspective::Layers ? m_layers->hasSelected() : model && !extracting);
}

void MainWindow::refreshTitle()
{
    setWindowTitle(tr("%1[*] – Tiller").arg(m_workspace->contrast()->name()));
    setWindowModified(m_workspace->contrast()->isModified());
}

Perspective MainWindow::perspective() const
{
    return Perspective(m_pages->currentIndex());
}

void MainWindow::setPerspective(Perspective perspective)
{
    m_pages->setCurrentIndex(int(perspective));
    m_perspectiveActions[int(perspective)]->setChecked(true);
    if (m_shown && perspective == Perspective::Steer)
        m_steer->focusPrompt();
    else if (m_shown && perspective == Perspective::Contrast && m_workspace->library()->rowCount() > 0)
        m_contrast->table()->setFocus(Qt::OtherFocusReason);
    refreshActions();
}

void MainWindow::openFolder()
{
    const QString path
        = Dialogs::getExistingDirectory(this, tr("Open a model folder"), settings::lastFolder());
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    m_workspace->openModel(path);
}

void MainWindow::openFile()
{
    const QString path = Dialogs::getOpenFileName(
        this, tr("Open a GGUF model"), settings::lastFolder(), tr("GGUF models (*.gguf);;All files (*)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    m_workspace->openModel(path);
}

void MainWindow::runPrimary()
{
    switch (perspective()) {
    case Perspective::Contrast:
        m_workspace->extractAndSteer();
        break;
    case Perspective::Layers:
        m_layers->useSelected();
        break;
    case Perspective::Steer:
        m_workspace->generate();
        break;
    }
}

void MainWindow::nextPanel()
{
    // The panels are what a splitter or dock holds: the first field of the next one takes the focus.
    const QList<QWidget*> panels
        = m_pages->currentWidget()->findChildren<QWidget*>(QString(), Qt::FindChildrenRecursively);
    QList<QWidget*> stops;
    for (QWidget* widget : panels)
        if (qobject_cast<QAbstractScrollArea*>(widget) && widget->isVisible()
            && widget->focusPolicy() & Qt::TabFocus)
            stops << widget;
    for (QDockWidget* dock : findChildren<QDockWidget*>())
        for (QAbstractScrollArea* view : dock->findChildren<QAbstractScrollArea*>())
            if (view->isVisible() && view->focusPolicy() & Qt::TabFocus && !stops.contains(view))
                stops << view;
    if (stops.isEmpty())
        return;
    qsizetype current = -1;
    for (qsizetype i = 0; i < stops.size(); ++i)
        if (stops[i]->hasFocus()
            || (QApplication::focusWidget() && stops[i]->isAncestorOf(QApplication::focusWidget())))
            current = i;
    stops[(current + 1) % stops.size()]->setFocus(Qt::TabFocusReason);
}

void MainWindow::setTheme(ThemeChoice choice)
{
    settings::setTheme(choice);
    applyTheme(choice);
}

void MainWindow::arrange()
{
    m_docks->arrange();
    const bool narrow = width() < px(1300);
    const bool low = height() < px(800);
    const int compact = (narrow ? 1 : 0) + (low ? 2 : 0);
    if (compact == m_compact)
        return;
    m_compact = compact;
    m_tools->setToolButtonStyle(narrow ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    for (QAction* named : m_perspectiveActions)
        if (auto* button = qobject_cast<QToolButton*>(m_tools->widgetForAction(named)))
            button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    for (QAction* small : {m_save, m_undo, m_redo})
        if (auto* button = qobject_cast<QToolButton*>(m_tools->widgetForAction(small)))
            button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_contrast->setCompact(narrow || low);
    m_layers->setCompact(narrow || low);
    m_steer->setCompact(narrow || low);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    if (m_shown)
        arrange();
}

void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    if (std::exchange(m_shown, true))
        return;
    arrange();
    m_workspace->findModels();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_contrast->mayDiscard()) {
        event->ignore();
        return;
    }
    const QByteArray geometry = saveGeometry();
    m_docks->unfold(); // folded for lack of room is not closed
    settings::setWindow(geometry, saveState());
    m_steer->keepLayout();
    // The engine's thread needs a moment to come to rest; for the user the window is gone at once.
    m_workspace->stopAll();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths << url.toLocalFile();
    m_workspace->openAllDropped(paths);
}

}
