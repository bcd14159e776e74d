// Actions, menus and tool bar of the window.
#include "ui/panes/contrast_pane.h"
#include "ui/panes/help_dialogs.h"
#include "ui/panes/layers_pane.h"
#include "ui/panes/layouts.h"
#include "ui/panes/library_pane.h"
#include "ui/panes/main_window.h"
#include "ui/panes/mixer_pane.h"
#include "ui/panes/model_menu.h"
#include "ui/panes/pair_table.h"
#include "ui/panes/side_docks.h"
#include "ui/panes/steer_pane.h"
#include "ui/state/settings.h"
#include "ui/theme/icons.h"

#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QMenuBar>
#include <QToolBar>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

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
    for (const Dock dock : {ModelDock, LibraryDock})
        view->addAction(dock == ModelDock ? tr("Show &model") : tr("Show l&ibrary"), this,
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

}
