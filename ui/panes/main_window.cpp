#include "ui/panes/main_window.h"

#include "ui/panes/contrast_pane.h"
#include "ui/panes/help_dialogs.h"
#include "ui/panes/layers_pane.h"
#include "ui/panes/layouts.h"
#include "ui/panes/library_pane.h"
#include "ui/panes/mixer_pane.h"
#include "ui/panes/model_menu.h"
#include "ui/panes/model_pane.h"
#include "ui/panes/pair_table.h"
#include "ui/panes/report_bar.h"
#include "ui/panes/side_docks.h"
#include "ui/panes/status_strip.h"
#include "ui/panes/steer_pane.h"
#include "ui/state/library_store.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/widgets/dialogs.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QMenuBar>
#include <QMimeData>
#include <QStackedWidget>
#include <QToolBar>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int modelDock = 0;
constexpr int libraryDock = 1;

QWidget* spacer(int width)
{
    auto* widget = new QWidget;
    if (width > 0)
        widget->setFixedWidth(px(width));
    else
        widget->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    return widget;
}

}

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
    connect(workspace, &Workspace::vectorOffered, this, [this] { m_docks->reveal(libraryDock); });
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

QAction* MainWindow::action(const QString& name, const QString& iconName, const QString& text,
    const QKeySequence& key, const QString& help, std::function<void()> act)
{
    auto* made = new QAction(icon(iconName), text, this);
    made->setObjectName(name);
    made->setShortcut(key);
    const QString keyText = key.toString(QKeySequence::NativeText);
    made->setToolTip(keyText.isEmpty() ? help : u"%1 (%2)"_s.arg(help, keyText));
    made->setStatusTip({});
    connect(made, &QAction::triggered, this, std::move(act));
    return made;
}

void MainWindow::buildActions()
{
    QUndoStack* undo = m_workspace->contrast()->undoStack();
    m_openFolder = action(u"openFolder"_s, u"open"_s, tr("Open model &folder…"),
        QKeySequence(Qt::CTRL | Qt::Key_O), tr("Open a Hugging Face model folder"), [this] { openFolder(); });
    m_openFile = action(u"openFile"_s, {}, tr("Open &GGUF file…"),
        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), tr("Open a GGUF model file"), [this] { openFile(); });
    m_openSet = action(u"openSet"_s, {}, tr("Open &contrast set…"), {}, tr("Open a contrast set"), [this] {
        setPerspective(Perspective::Contrast);
        m_contrast->openSet();
    });
    m_save = action(u"save"_s, u"save"_s, tr("&Save contrast set"), QKeySequence(Qt::CTRL | Qt::Key_S),
        tr("Save the contrast set"), [this] { m_contrast->saveSet(); });
    m_saveAs = action(u"saveAs"_s, {}, tr("Save contrast set &as…"),
        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), tr("Save the contrast set under another name"),
        [this] { m_contrast->saveSetAs(); });

    m_undo = undo->createUndoAction(this, tr("&Undo"));
    m_undo->setObjectName(u"undo"_s);
    m_undo->setIcon(icon(u"undo"_s));
    m_undo->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Z));
    m_redo = undo->createRedoAction(this, tr("&Redo"));
    m_redo->setObjectName(u"redo"_s);
    m_redo->setIcon(icon(u"redo"_s));
    m_redo->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));

    m_perspectives = new QActionGroup(this);
    const struct {
        const char* name;
        QString icon;
        QString text;
        int key;
        QString help;
    } perspectives[] = {
        {"contrast", u"contrast"_s, tr("&Contrast"), Qt::Key_1, tr("Write pairs and extract vectors")},
        {"layers", u"layers"_s, tr("&Layers"), Qt::Key_2,
            tr("See at which layer and strength a vector works")},
        {"steer", u"steer"_s, tr("&Steer"), Qt::Key_3, tr("Mix vectors and compare texts")},
    };
    for (int i = 0; i < 3; ++i) {
        const auto& p = perspectives[i];
        QAction* made = action(QString::fromLatin1(p.name), p.icon, p.text,
            QKeySequence(Qt::CTRL | Qt::Key(p.key)), p.help, [this, i] { setPerspective(Perspective(i)); });
        made->setCheckable(true);
        m_perspectives->addAction(made);
        m_perspectiveActions << made;
    }

    m_extract = action(u"extractAction"_s, u"extract"_s, tr("&Extract"), QKeySequence(Qt::CTRL | Qt::Key_E),
        tr("Extract a vector from the contrast set"), [this] {
            setPerspective(Perspective::Contrast);
            m_workspace->extract();
        });
    m_map = action(u"mapAction"_s, u"map"_s, tr("&Map"), QKeySequence(Qt::CTRL | Qt::Key_M),
        tr("Measure every layer at every strength"), [this] {
            setPerspective(Perspective::Layers);
            m_layers->runMap();
        });
    m_generate
        = action(u"generateAction"_s, u"generate"_s, tr("&Generate"), {}, tr("Generate both texts"), [this] {
              setPerspective(Perspective::Steer);
              m_workspace->generate();
          });
    m_stop = action(u"stop"_s, u"stop"_s, tr("S&top"), QKeySequence(Qt::Key_Escape),
        tr("Stop what is running"), [this] { m_workspace->stopAll(); });
    m_primary
        = action(u"primary"_s, u"steer"_s, tr("Extract and steer"), QKeySequence(Qt::CTRL | Qt::Key_Return),
            tr("The main step of this perspective"), [this] { runPrimary(); });

    m_importVector = action(u"importVectorAction"_s, u"import"_s, tr("&Import vector…"),
        QKeySequence(Qt::CTRL | Qt::Key_I), tr("Read a steering vector from a file"),
        [this] { m_library->importVector(); });
    m_exportVector = action(u"exportVectorAction"_s, u"export"_s, tr("&Export vector…"), {},
        tr("Save the chosen vector"), [this] { m_library->exportVector(); });
    m_exportMix = action(u"exportMixAction"_s, {}, tr("Export &mixed vector…"), {},
        tr("Save the mixed vector"), [this] { m_steer->mixer()->exportMix(); });
    m_toMixer = action(u"toMixerAction"_s, u"add"_s, tr("&Add to mixer"), {},
        tr("Add the chosen vector to the mixer"), [this] {
            m_workspace->addToMixer(m_workspace->currentVector());
            setPerspective(Perspective::Steer);
        });
}

void MainWindow::buildMenus()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addActions({m_openFolder, m_openFile});
    file->addSeparator();
    file->addActions({m_openSet, m_save, m_saveAs});
    file->addSeparator();
    file->addAction(m_importVector);
    file->addSeparator();
    QAction* quit = file->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    edit->addActions({m_undo, m_redo});
    edit->addSeparator();
    // Their keys belong to the table: elsewhere Delete and Ctrl+V act on text.
    m_contrast->table()->addActionsTo(edit);
    connect(m_contrast->table(), &PairTable::aboutToAct, this, [this] {
        if (perspective() != Perspective::Contrast)
            setPerspective(Perspective::Contrast);
    });

    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addActions(m_perspectiveActions);
    view->addSeparator();
    for (const int dock : {modelDock, libraryDock})
        view->addAction(dock == modelDock ? tr("Show &model") : tr("Show l&ibrary"), this,
            [this, dock] { m_docks->reveal(dock); });
    view->addAction(tr("Show &Inspector"), this, [this] {
        setPerspective(Perspective::Steer);
        m_steer->showInspector();
    });
    QAction* next = view->addAction(tr("&Next panel"), this, &MainWindow::nextPanel);
    next->setShortcut(QKeySequence(Qt::Key_F6));
    view->addSeparator();
    QMenu* theme = view->addMenu(tr("&Theme"));
    auto* group = new QActionGroup(this);
    for (const auto& [choice, title] :
        {std::pair(ThemeChoice::Light, tr("&Light")), std::pair(ThemeChoice::Dark, tr("&Dark")),
            std::pair(ThemeChoice::Desktop, tr("As the des&ktop"))}) {
        QAction* item = theme->addAction(title, this, [this, picked = choice] { setTheme(picked); });
        item->setCheckable(true);
        item->setChecked(choice == settings::theme());
        item->setObjectName(u"theme-"_s + settings::themeName(choice));
        group->addAction(item);
    }

    auto* model = new ModelMenu(tr("&Model"), m_workspace, {m_openFolder, m_openFile}, this);
    model->setObjectName(u"modelMenu"_s);
    menuBar()->addMenu(model);

    QMenu* vector = menuBar()->addMenu(tr("Ve&ctor"));
    vector->addActions({m_importVector, m_exportVector, m_toMixer});
    vector->addSeparator();
    vector->addAction(m_exportMix);
    QAction* expression = vector->addAction(tr("Edit mix as &text"), this, [this] {
        setPerspective(Perspective::Steer);
        m_steer->mixer()->focusExpression();
    });
    expression->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_L));

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    run->addActions({m_primary, m_extract, m_map, m_generate});
    run->addSeparator();
    run->addAction(m_stop);

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    QAction* keys = help->addAction(tr("&Keys"), this, [this] { showKeys(this); });
    keys->setShortcut(QKeySequence(Qt::Key_F1));
    help->addAction(tr("&Metrics of the map"), this, [this] { showMetrics(this); })
        ->setObjectName(u"helpMetrics"_s);
    help->addAction(tr("&About Tiller"), this, [this] { showAbout(this); });
}

void MainWindow::buildToolBar()
{
    m_tools = addToolBar(tr("Tools"));
    m_tools->setObjectName(u"tools"_s);
    m_tools->setMovable(false);
    m_tools->setIconSize({px(16), px(16)});
    m_tools->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_tools->toggleViewAction()->setVisible(false);

    auto* open = new QToolButton;
    open->setObjectName(u"open"_s);
    open->setIcon(icon(u"open"_s));
    open->setToolTip(tr("Open a model or a contrast set (Ctrl+O, Ctrl+Shift+O)"));
    open->setAccessibleName(tr("Open"));
    open->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new ModelMenu({}, m_workspace, {m_openFolder, m_openFile, m_openSet}, open);
    menu->setObjectName(u"openMenu"_s);
    open->setMenu(menu);
    m_tools->addWidget(open);
    m_tools->addAction(m_save);
    m_tools->addSeparator();
    m_tools->addActions({m_undo, m_redo});
    m_tools->addSeparator();
    m_tools->addActions(m_perspectiveActions);
    m_tools->addSeparator();
    m_tools->addActions({m_extract, m_map, m_generate, m_stop});
    for (QAction* small : {m_save, m_undo, m_redo})
        if (auto* button = qobject_cast<QToolButton*>(m_tools->widgetForAction(small)))
            button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_tools->addWidget(spacer(0));

    const auto combo = [this](const QString& name, const QString& label, int width) {
        auto* box = new QComboBox;
        box->setObjectName(name);
        box->setAccessibleName(label);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
        box->setFixedWidth(px(width));
        m_tools->addWidget(fieldLabel(label, box));
        m_tools->addWidget(spacer(6));
        m_tools->addWidget(box);
        m_tools->addWidget(spacer(10));
        return box;
    };
    m_vectorCombo = combo(u"vectorCombo"_s, tr("Vector"), 160);
    m_vectorCombo->setModel(m_workspace->library());
    m_vectorCombo->setPlaceholderText(tr("none yet"));
    m_modelCombo = combo(u"modelCombo"_s, tr("Model"), 190);
    connect(m_vectorCombo, &QComboBox::activated, m_workspace, &Workspace::setCurrentVector);
    connect(m_modelCombo, &QComboBox::activated, this, [this](int index) {
        const QString path = m_modelCombo->itemData(index).toString();
        fillModelCombo();
        if (!path.isEmpty() && path != m_workspace->modelPath())
            m_workspace->openModel(path);
    });
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
