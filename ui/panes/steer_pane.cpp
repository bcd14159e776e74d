#include "ui/panes/steer_pane.h"

#include "ui/panes/history_dialog.h"
#include "ui/panes/inspector_pane.h"
#include "ui/panes/layouts.h"
#include "ui/panes/mixer_pane.h"
#include "ui/panes/prompt_box.h"
#include "ui/panes/report_bar.h"
#include "ui/panes/row_pane.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/ribbon.h"
#include "ui/state/settings.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/token_text_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QMainWindow>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSpinBox>
#include <QSplitter>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int probeRole = Qt::UserRole + 1; ///< of a tint: which vector of the run

}

SteerPane::SteerPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    auto* layout = column(this);
    m_columns = new QSplitter(Qt::Horizontal);
    m_columns->setChildrenCollapsible(false);
    m_mixer = new MixerPane(workspace);
    m_mixer->setMinimumWidth(px(328));
    m_columns->addWidget(m_mixer);

    // A window of its own for the Inspector's dock: it belongs to the texts, not to the other perspectives.
    m_right = new QMainWindow;
    m_right->setWindowFlags(Qt::Widget);
    m_right->setContextMenuPolicy(Qt::PreventContextMenu);
    auto* right = new QWidget;
    auto* rightLayout = column(right);
    rightLayout->addWidget(buildTop());
    rightLayout->addWidget(new ReportBar(workspace, Panel::Steer));
    auto* texts = row(8);
    texts->setContentsMargins(px(8), 0, px(8), px(8));
    m_unsteered = new RowPane(RowPane::Kind::Unsteered);
    m_unsteered->setObjectName(u"unsteered"_s);
    m_unsteered->setPlaceholderText(tr("Unsteered text appears here."));
    m_steered = new RowPane(RowPane::Kind::Steered);
    m_steered->setObjectName(u"steered"_s);
    m_steered->setPlaceholderText(tr("Steered text appears here."));
    m_third = new RowPane(RowPane::Kind::Third);
    m_third->setObjectName(u"third"_s);
    m_thirdSystem = new QLineEdit;
    m_thirdSystem->setObjectName(u"thirdSystem"_s);
    m_thirdSystem->setPlaceholderText(tr("System prompt of the third row"));
    m_thirdSystem->setAccessibleName(m_thirdSystem->placeholderText());
    m_thirdSystem->setToolTip(tr("Return generates with it."));
    m_thirdSystem->hide();
    m_third->addField(m_thirdSystem);
    connect(m_thirdSystem, &QLineEdit::textChanged, this, &SteerPane::apply);
    connect(m_thirdSystem, &QLineEdit::returnPressed, m_workspace, &Workspace::generate);
    for (RowPane* pane : panes())
        texts->addWidget(pane, 1);
    rightLayout->addLayout(texts, 1);
    rightLayout->addWidget(buildRibbon());
    rightLayout->addWidget(separatorLine(Qt::Horizontal));
    rightLayout->addWidget(buildPrompt());
    m_inspector = new InspectorPane(workspace);
    m_inspector->setObjectName(u"inspector"_s);
    m_right->setCentralWidget(right);
    m_right->addDockWidget(Qt::BottomDockWidgetArea, m_inspector);
    m_right->resizeDocks({m_inspector}, {px(192)}, Qt::Vertical);
    m_right->restoreState(settings::steerState());
    for (int index = 0; index < int(panes().size()); ++index) {
        connect(panes()[size_t(index)]->view(), &TokenTextView::currentTokenChanged, this,
            [this, index](int token) { inspect(index, token); });
        connect(panes()[size_t(index)]->view(), &TokenTextView::tokenHovered, m_inspector,
            [this, index](int token) { m_inspector->peek(index, token); });
        // Where the Inspector has no room, its figures are in the tool tip.
        panes()[size_t(index)]->view()->setToolTips([this, index](int token) {
            return m_inspector->isShown() ? QString() : m_inspector->summary(index, token);
        });
    }
    m_columns->addWidget(m_right);
    m_columns->setStretchFactor(0, 0);
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({px(436), px(760)});
    layout->addWidget(m_columns);

    connect(workspace, &Workspace::runStarted, this, [this] {
        refreshTints();
        m_thirdKind = thirdOfRun() != ThirdRow::None ? thirdOfRun() : m_workspace->generation().third;
        showRibbon();
        for (RowPane* pane : panes()) {
            pane->clear();
            pane->setStreaming(true);
            pane->setBegun(m_workspace->run().begun);
        }
        refreshTasks();
    });
    connect(workspace, &Workspace::runAdvanced, this, &SteerPane::showRun);
    connect(workspace, &Workspace::runCompared, this, [this] {
        showRun();
        showRibbon();
    });
    connect(workspace, &Workspace::runEnded, this, [this] {
        showRun();
        for (RowPane* pane : panes())
            pane->setStreaming(false);
        refreshTasks();
    });
    connect(workspace, &Workspace::tasksChanged, this, &SteerPane::refreshTasks);
    connect(workspace, &Workspace::modelChanged, this, &SteerPane::refreshTasks);
    connect(workspace, &Workspace::modelChanged, this, &SteerPane::refreshPrompting);
    connect(workspace, &Workspace::generationChanged, this, &SteerPane::refreshSettings);
    connect(workspace->mixer(), &QAbstractItemModel::dataChanged, this, &SteerPane::refreshNotes);
    connect(workspace->mixer(), &QAbstractItemModel::rowsInserted, this, &SteerPane::refreshNotes);
    connect(workspace->mixer(), &QAbstractItemModel::rowsRemoved, this, &SteerPane::refreshNotes);
    refreshSettings();
    refreshTasks();
    refreshRuns();
}

QWidget* SteerPane::buildTop()
{
    auto* bar = new QWidget;
    bar->setFixedHeight(px(38));
    auto* layout = row(bar, 0, 8);
    layout->setContentsMargins(px(8), 0, px(8), 0);
    m_tint = new QComboBox;
    m_tint->setObjectName(u"tint"_s);
    m_tint->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_tint->setMinimumContentsLength(6);
    refreshTints();
    m_tint->setToolTip(tr("What tokens are coloured by"));
    m_thirdRow = new QComboBox;
    m_thirdRow->setObjectName(u"thirdRow"_s);
    m_thirdRow->addItem(tr("None"), int(ThirdRow::None));
    m_thirdRow->addItem(tr("Random vector"), int(ThirdRow::Random));
    m_thirdRow->addItem(tr("Inverted"), int(ThirdRow::Inverted));
    m_thirdRow->addItem(tr("System prompt"), int(ThirdRow::System));
    m_thirdRow->setToolTip(
        tr("A third text: random directions of equal norm, the mix with its signs turned, or "
           "no steering and a system prompt"));
    m_regenerate = new QCheckBox(tr("Regenerate on change"));
    m_regenerate->setObjectName(u"regenerate"_s);
    m_regenerate->setToolTip(tr("Generate anew shortly after a slider has moved. While text streams, sliders "
                                "act from the next token."));
    layout->addWidget(fieldLabel(tr("Tint"), m_tint));
    layout->addWidget(m_tint);
    layout->addWidget(fieldLabel(tr("Third pane"), m_thirdRow));
    layout->addWidget(m_thirdRow);
    layout->addWidget(m_regenerate);
    layout->addStretch(1);
    m_runs = fieldLabel({});
    m_runs->setObjectName(u"runs"_s);
    m_earlier = barButton(u"chevron-left"_s, {}, tr("The run before (Alt+Left)"));
    m_earlier->setObjectName(u"earlierRun"_s);
    m_later = barButton(u"chevron-right"_s, {}, tr("The next run (Alt+Right)"));
    m_later->setObjectName(u"laterRun"_s);
    m_earlier->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Left));
    m_later->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Right));
    auto* all
        = barButton(u"info"_s, tr("Runs"), tr("All runs: find, star, compare, restore, export (Ctrl+H)"));
    all->setObjectName(u"allRuns"_s);
    all->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_H));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_runs, m_earlier, m_later, all})
        layout->addWidget(widget);
    connect(m_earlier, &QToolButton::clicked, this,
        [this] { m_workspace->showRun(m_workspace->shownRun() - 1); });
    connect(
        m_later, &QToolButton::clicked, this, [this] { m_workspace->showRun(m_workspace->shownRun() + 1); });
    connect(all, &QToolButton::clicked, this, &SteerPane::openHistory);
    connect(m_workspace->history(), &QAbstractItemModel::rowsInserted, this, &SteerPane::refreshRuns);
    connect(m_workspace, &Workspace::runStarted, this, &SteerPane::refreshRuns);
    connect(m_workspace, &Workspace::runEnded, this, &SteerPane::refreshRuns);
    connect(m_thirdRow, &QComboBox::activated, this, [this] {
        apply();
        if (m_workspace->generation().third != ThirdRow::System)
            m_workspace->generate();
        else
            m_thirdSystem->setFocus();
    });
    connect(m_tint, &QComboBox::currentIndexChanged, this, [this] {
        for (RowPane* pane : panes())
            pane->view()->setTints(std::vector<std::optional<double>>(size_t(pane->view()->tokenCount())));
        showRun();
    });
    connect(m_regenerate, &QCheckBox::toggled, this, &SteerPane::apply);
    return bar;
}

QWidget* SteerPane::buildRibbon()
{
    m_ribbonPanel = new QWidget;
    auto* layout = column(m_ribbonPanel);
    auto* header = new SectionHeader(tr("Same tokens, both rows"));
    header->setNote(tr("Δ log-probability of the steered text, nats"));
    header->setToolTip(
        tr("The steered text read again by the unsteered model and by the steered one: each token "
           "under the mix that chose it, also where that was moved while text streamed."));
    m_ribbon = new Ribbon;
    m_ribbon->setObjectName(u"ribbon"_s);
    m_ribbon->setFixedHeight(px(84));
    m_ribbon->setPlaceholderText(tr("What steering did to each token appears here."));
    header->addWidget(exportButton(m_ribbon));
    layout->addWidget(header);
    layout->addWidget(m_ribbon);
    connect(m_ribbon, &Ribbon::tokenClicked, this, [this](int token) {
        m_steered->view()->setCurrentToken(token);
        inspect(RunText::steered, token);
    });
    return m_ribbonPanel;
}

void SteerPane::inspect(int row, int token)
{
    if (token < 0)
        return;
    // Room enough: some lines of text are left.
    const int lines = 5 * px(25);
    m_inspector->unfoldWithin(m_steered->view()->height() - lines);
    for (int other = 0; other < int(panes().size()); ++other)
        if (other != row)
            panes()[size_t(other)]->view()->setCurrentToken(-1);
    m_ribbon->setCurrentToken(row == RunText::steered ? token : -1);
    m_inspector->inspect(row, token);
}

void SteerPane::showRibbon()
{
    const RunText& run = m_workspace->run();
    std::vector<RibbonToken> tokens;
    for (size_t i = 0; i < run.rows[RunText::steered].compared.size(); ++i) {
        const ComparedToken& token = run.rows[RunText::steered].compared[i].token;
        tokens.push_back({QString::fromStdString(run.rows[RunText::steered].tokens[i].text),
            double(token.steered.logprob - token.unsteered.logprob), double(token.kl)});
    }
    m_ribbon->setTokens(std::move(tokens));
    m_ribbon->setFirstDifference(run.firstDifference());
    m_ribbon->setCaption(tr("%1. %2").arg(m_workspace->mixExpression(), m_workspace->generation().prompt));
}

QWidget* SteerPane::buildPrompt()
{
    auto* panel = new QWidget;
    auto* layout = column(panel, 8, 6);
    m_promptNote = new ElidedLabel;
    m_promptNote->setObjectName(u"promptNote"_s);
    m_promptNote->setFont(smallFont());
    m_promptNote->setColor(&Colors::secondary);
    layout->addWidget(m_promptNote);
    auto* promptRow = row(8);
    m_prompt = new PromptBox;
    m_generate = new QPushButton;
    m_generate->setObjectName(u"generate"_s);
    m_generate->setDefault(true);
    m_generate->setFixedHeight(px(34));
    m_generate->setFixedWidth(px(118));
    promptRow->addWidget(m_prompt, 1);
    promptRow->addWidget(m_generate, 0, Qt::AlignTop);
    layout->addLayout(promptRow);

    auto* options = row(4);
    m_raw = new QCheckBox(tr("Raw"));
    m_raw->setObjectName(u"raw"_s);
    m_system = new QComboBox;
    m_system->setObjectName(u"system"_s);
    m_system->addItem(tr("Template default"), int(RenderOptions::System::TemplateDefault));
    m_system->addItem(tr("None"), int(RenderOptions::System::None));
    m_system->addItem(tr("Custom"), int(RenderOptions::System::Custom));
    m_system->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_system->setMinimumContentsLength(10);
    m_systemText = new QLineEdit;
    m_systemText->setObjectName(u"systemText"_s);
    m_systemText->setPlaceholderText(tr("System prompt"));
    m_systemText->setAccessibleName(tr("System prompt"));
    m_systemText->hide();
    m_temperature = new QDoubleSpinBox;
    m_temperature->setObjectName(u"temperature"_s);
    m_temperature->setRange(0, 5);
    m_temperature->setDecimals(1);
    m_temperature->setSingleStep(0.1);
    m_temperature->setToolTip(tr("0 takes the most likely token each time"));
    m_topP = new QDoubleSpinBox;
    m_topP->setObjectName(u"topP"_s);
    m_topP->setRange(0.01, 1);
    m_topP->setDecimals(2);
    m_topP->setSingleStep(0.05);
    m_tokens = new QSpinBox;
    m_tokens->setObjectName(u"tokens"_s);
    m_tokens->setRange(1, 4096);
    m_seed = new QSpinBox;
    m_seed->setObjectName(u"seed"_s);
    m_seed->setRange(0, 999999);
    m_dice = barButton(u"dice"_s, {}, tr("New seed"));
    m_dice->setObjectName(u"newSeed"_s);
    const auto add = [&](const QString& name, QWidget* field, int width) {
        field->setProperty("compact", true);
        if (width > 0)
            field->setFixedWidth(px(width));
        options->addWidget(fieldLabel(name, field));
        options->addWidget(field);
    };
    options->addWidget(m_raw);
    add(tr("System"), m_system, 0);
    options->addWidget(m_systemText, 1);
    add(tr("Temp"), m_temperature, 54);
    add(tr("Top-p"), m_topP, 56);
    add(tr("Tokens"), m_tokens, 60);
    add(tr("Seed"), m_seed, 70);
    options->addWidget(m_dice);
    options->addStretch(1);
    m_keepTurn = barButton(u"add"_s, {}, {});
    m_keepTurn->setObjectName(u"keepTurn"_s);
    m_keepTurn->setAccessibleName(tr("Keep turn"));
    m_newChat = barButton(u"close"_s, {}, tr("New chat: forget the turns"));
    m_newChat->setObjectName(u"newChat"_s);
    for (QToolButton* button : {m_keepTurn, m_newChat})
        promptRow->addWidget(button);
    connect(m_keepTurn, &QToolButton::clicked, this, [this] {
        m_workspace->keepTurn();
        focusPrompt();
    });
    connect(m_newChat, &QToolButton::clicked, m_workspace, &Workspace::newChat);
    connect(m_workspace, &Workspace::chatChanged, this, &SteerPane::refreshChat);
    layout->addLayout(options);

    connect(m_prompt, &PromptBox::submitted, m_workspace, &Workspace::generate);
    connect(m_prompt, &QPlainTextEdit::textChanged, this, &SteerPane::apply);
    connect(m_generate, &QPushButton::clicked, this, [this] {
        if (m_workspace->isRunning(Task::Generate))
            m_workspace->stop(Task::Generate);
        else
            m_workspace->generate();
    });
    connect(m_raw, &QCheckBox::clicked, this, &SteerPane::apply);
    connect(m_system, &QComboBox::currentIndexChanged, this, &SteerPane::apply);
    connect(m_systemText, &QLineEdit::textChanged, this, &SteerPane::apply);
    for (QDoubleSpinBox* box : {m_temperature, m_topP})
        connect(box, &QDoubleSpinBox::valueChanged, this, &SteerPane::apply);
    for (QSpinBox* box : {m_tokens, m_seed})
        connect(box, &QSpinBox::valueChanged, this, &SteerPane::apply);
    connect(m_dice, &QToolButton::clicked, this, [this] {
        m_seed->setValue(QRandomGenerator::global()->bounded(1000000));
        // Greedy text has no draws: a new seed shows only at a temperature.
        if (m_temperature->value() == 0)
            m_temperature->setValue(0.7);
        m_workspace->generate();
    });
    return panel;
}

void SteerPane::setCompact(bool compact)
{
    m_mixer->setCompact(compact);
    m_columns->setSizes({px(compact ? 360 : 436), px(760)});
    m_inspector->setFolded(compact);
}

void SteerPane::keepLayout() const
{
    settings::setSteerState(m_right->saveState());
}

void SteerPane::showInspector()
{
    m_inspector->setFolded(false);
    m_inspector->show();
}

void SteerPane::focusPrompt()
{
    m_prompt->setFocus(Qt::ShortcutFocusReason);
    m_prompt->moveCursor(QTextCursor::End);
}

void SteerPane::apply()
{
    if (m_filling)
        return;
    GenerationSettings settings = m_workspace->generation();
    settings.prompt = m_prompt->toPlainText();
    // A base model's box is checked whatever the setting.
    if (m_raw->isEnabled())
        settings.render.raw = m_raw->isChecked();
    settings.render.system = RenderOptions::System(m_system->currentData().toInt());
    settings.render.systemText = m_systemText->text().toStdString();
    settings.temperature = m_temperature->value();
    settings.topP = m_topP->value();
    settings.tokens = m_tokens->value();
    settings.seed = quint64(m_seed->value());
    settings.regenerateOnChange = m_regenerate->isChecked();
    settings.third = ThirdRow(m_thirdRow->currentData().toInt());
    settings.thirdSystem = m_thirdSystem->text();
    m_workspace->setGeneration(settings);
}

void SteerPane::refreshSettings()
{
    const GenerationSettings& settings = m_workspace->generation();
    m_filling = true;
    if (m_prompt->toPlainText() != settings.prompt)
        m_prompt->setPlainText(settings.prompt);
    m_system->setCurrentIndex(m_system->findData(int(settings.render.system)));
    m_temperature->setValue(settings.temperature);
    m_topP->setValue(settings.topP);
    m_tokens->setValue(settings.tokens);
    m_seed->setValue(int(settings.seed));
    m_regenerate->setChecked(settings.regenerateOnChange);
    m_thirdRow->setCurrentIndex(m_thirdRow->findData(int(settings.third)));
    if (m_thirdSystem->text() != settings.thirdSystem)
        m_thirdSystem->setText(settings.thirdSystem);
    m_filling = false;
    if (settings.third != std::exchange(m_thirdAsked, settings.third)) {
        m_thirdKind = settings.third;
        // The text of another kind does not belong under this title.
        m_third->clear();
        showRun();
    }
    refreshThird();
    refreshPrompting();
}

void SteerPane::refreshPrompting()
{
    const GenerationSettings& settings = m_workspace->generation();
    const bool base = m_workspace->isBaseModel();
    const bool raw = base || settings.render.raw;
    m_promptNote->setText(base ? tr("Base model: no chat template; text is continued as it is.")
                               : tr("Raw: text is continued as it is, without the chat template."));
    m_promptNote->setVisible(raw);
    m_prompt->setPlaceholderText(raw ? tr("Write a text to continue") : tr("Write a prompt"));
    m_raw->setChecked(raw);
    m_raw->setEnabled(!base);
    m_raw->setToolTip(base ? tr("A base model has no chat template: there is no other way.")
                           : tr("Continue the text as it is, without the chat template"));
    m_system->setEnabled(!raw);
    m_system->setToolTip(raw ? tr("Without a chat template there is no system turn.")
                             : tr("System turn of the chat template"));
    refreshChat();
    m_systemText->setVisible(!raw && settings.render.system == RenderOptions::System::Custom);
}

void SteerPane::refreshTasks()
{
    const bool running = m_workspace->isRunning(Task::Generate);
    m_generate->setText(running ? tr("Stop") : tr("Generate"));
    m_generate->setIcon(icon(running ? u"stop"_s : u"generate"_s));
    m_generate->setEnabled(running || m_workspace->model());
    m_generate->setToolTip(running ? tr("Stop (Esc)")
            : m_workspace->model() ? tr("Generate both rows (Return in the prompt)")
                                   : tr("Open a model first."));
}

void SteerPane::refreshNotes()
{
    const QString mix = m_workspace->shownMix();
    QString note = mix.isEmpty() ? tr("no strip is on") : mix;
    const int begun = m_workspace->run().begun;
    if (begun == 0) {
        m_unsteered->setNote(tr("same prompt, same draws"), {tr("same draws")});
        m_steered->setNote(note);
    } else {
        const QString forked = tr("forked at token %1").arg(begun - 1);
        m_unsteered->setNote(tr("%1, same draws").arg(forked), {forked});
        m_steered->setNote(tr("%1, %2").arg(forked, note));
    }
    refreshThird();
}

// Of the shown run; None: it has no third row.
ThirdRow SteerPane::thirdOfRun() const
{
    const int shown = m_workspace->shownRun();
    return shown < 0 ? ThirdRow::None : m_workspace->history()->run(shown).settings.third;
}

void SteerPane::refreshThird()
{
    const GenerationSettings& next = m_workspace->generation();
    // What is shown is named as it was asked for, which may be long ago.
    const bool shows = m_thirdKind == thirdOfRun() && m_thirdKind != ThirdRow::None;
    const GenerationSettings& asked
        = shows ? m_workspace->history()->run(m_workspace->shownRun()).settings : next;
    const bool editable = m_thirdKind == ThirdRow::System && next.third == ThirdRow::System;
    m_thirdSystem->setVisible(editable);
    m_third->setVisible(m_thirdKind != ThirdRow::None);
    m_third->setPlaceholderText(editable ? tr("Write a system prompt above; Return generates.")
                                         : tr("The third row's text appears here."));
    const int begun = shows ? m_workspace->run().begun : 0;
    const QString forked = begun > 0 ? tr("forked at token %1, ").arg(begun - 1) : QString();
    switch (m_thirdKind) {
    case ThirdRow::None:
        break;
    case ThirdRow::Random:
        m_third->setTitle(tr("Random"));
        m_third->setNote(forked + tr("vectors of equal norm, seed %1").arg(asked.seed),
            {forked + tr("equal norm, seed %1").arg(asked.seed)});
        break;
    case ThirdRow::Inverted:
        m_third->setTitle(tr("Inverted"));
        m_third->setNote(forked + tr("the mix, signs turned"), {forked + tr("signs turned")});
        break;
    case ThirdRow::System:
        m_third->setTitle(tr("System prompt"));
        m_third->setNote(forked
                + (editable && asked.thirdSystem == next.thirdSystem
                        ? tr("not steered")
                        : tr("not steered, “%1”").arg(asked.thirdSystem)),
            begun > 0 ? QStringList{tr("fork at %1").arg(begun - 1)} : QStringList{tr("not steered")});
        break;
    }
}

// Each vector of the shown run, and what needs none.
void SteerPane::refreshTints()
{
    const QSignalBlocker quiet(m_tint);
    const QString chosen = m_tint->currentText();
    m_tint->clear();
    const auto add = [this](const QString& name, Tint tint, int probe, const QString& help) {
        m_tint->addItem(name, int(tint));
        m_tint->setItemData(m_tint->count() - 1, probe, probeRole);
        m_tint->setItemData(m_tint->count() - 1, help, Qt::ToolTipRole);
    };
    const auto& probes = m_workspace->run().probes;
    for (int probe = 0; probe < int(probes.size()); ++probe)
        add(probes[size_t(probe)].beforeEdit ? tr("%1, before the edit").arg(probes[size_t(probe)].name)
                                             : probes[size_t(probe)].name,
            Tint::Projection, probe,
            tr("Projection on this vector at layer %1, read %2 the edit at the position that chose the "
               "token")
                .arg(QString::number(probes[size_t(probe)].layer),
                    probes[size_t(probe)].beforeEdit ? tr("before") : tr("after")));
    if (probes.empty())
        add(tr("Projection"), Tint::Projection, 0, tr("Projection on a vector that is on"));
    add(tr("Log-p gap"), Tint::LogGap, 0, tr("Log-probability of the token, steered minus unsteered"));
    add(tr("None"), Tint::None, 0, {});
    m_tint->setCurrentIndex(std::max(0, m_tint->findText(chosen)));
}

void SteerPane::refreshRuns()
{
    const int count = m_workspace->history()->rowCount();
    const int shown = m_workspace->shownRun();
    const bool running = m_workspace->isRunning(Task::Generate);
    m_runs->setText(shown < 0 ? QString() : tr("Run %1 of %2").arg(shown + 1).arg(count));
    refreshNotes();
    refreshChat();
    m_earlier->setEnabled(!running && shown > 0);
    m_later->setEnabled(!running && shown >= 0 && shown + 1 < count);
}

void SteerPane::refreshChat()
{
    const int turns = m_workspace->keptTurns();
    const bool can = m_workspace->canKeepTurn();
    m_keepTurn->setEnabled(can);
    m_keepTurn->setToolTip(m_workspace->isBaseModel() || m_workspace->generation().render.raw
            ? tr("Turns need the chat template: raw text is one text.")
            : can ? tr("Go on with this prompt and each row's answer as turns of a chat")
                  : tr("Generate an answer first."));
    m_newChat->setVisible(turns > 0);
    const auto earlier = m_workspace->shownTurns();
    for (size_t row = 0; row < panes().size(); ++row) {
        QStringList lines;
        if (row < earlier.size())
            for (const ChatMessage& turn : earlier[row])
                lines << u"%1: %2"_s.arg(
                    QString::fromStdString(turn.role), QString::fromStdString(turn.content));
        panes()[row]->setEarlier(lines.join(u"\n"_s));
    }
}

void SteerPane::openHistory()
{
    if (!m_historyDialog)
        m_historyDialog = new HistoryDialog(m_workspace, this);
    m_historyDialog->show();
    m_historyDialog->raise();
    m_historyDialog->activateWindow();
}

void SteerPane::showRun()
{
    const RunText& run = m_workspace->run();
    const auto tint = Tint(m_tint->currentData().toInt());
    const auto probe = size_t(m_tint->currentData(probeRole).toInt());
    const auto show = [&](RowPane* pane, int index) {
        const RowText& text = run.rows[size_t(index)];
        pane->show(text, run.tints(index, tint, probe));
        if (text.finish() != Finish::Running)
            pane->setStreaming(false);
        const int shown = m_workspace->shownRun();
        pane->setFigures(
            figuresOf(text, shown < 0 || isSteered(m_workspace->history()->run(shown), size_t(index))));
    };
    for (size_t row = 0; row < run.rows.size() && row < panes().size(); ++row)
        if (row != size_t(RunText::third) || m_thirdKind == thirdOfRun())
            show(panes()[row], int(row));
    m_steered->view()->setFirstDifference(run.firstDifference());
}

}
