#include "ui/panes/steer_pane.h"

#include "ui/panes/layouts.h"
#include "ui/panes/mixer_pane.h"
#include "ui/panes/prompt_box.h"
#include "ui/panes/report_bar.h"
#include "ui/panes/row_pane.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/token_text_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSpinBox>
#include <QSplitter>

namespace tiller {

using namespace Qt::StringLiterals;

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

    auto* right = new QWidget;
    auto* rightLayout = column(right);
    rightLayout->addWidget(buildTop());
    rightLayout->addWidget(new ReportBar(workspace, Panel::Steer));
    auto* panes = row(8);
    panes->setContentsMargins(px(8), 0, px(8), px(8));
    m_unsteered = new RowPane(RowPane::Kind::Unsteered);
    m_unsteered->setObjectName(u"unsteered"_s);
    m_unsteered->setNote(tr("same prompt, same draws"));
    m_unsteered->setPlaceholderText(tr("Unsteered text appears here."));
    m_steered = new RowPane(RowPane::Kind::Steered);
    m_steered->setObjectName(u"steered"_s);
    m_steered->setPlaceholderText(tr("Steered text appears here."));
    panes->addWidget(m_unsteered, 1);
    panes->addWidget(m_steered, 1);
    rightLayout->addLayout(panes, 1);
    rightLayout->addWidget(separatorLine(Qt::Horizontal));
    rightLayout->addWidget(buildPrompt());
    m_columns->addWidget(right);
    m_columns->setStretchFactor(0, 0);
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({px(436), px(760)});
    layout->addWidget(m_columns);

    connect(workspace, &Workspace::runStarted, this, [this] {
        for (RowPane* pane : {m_unsteered, m_steered}) {
            pane->clear();
            pane->setStreaming(true);
        }
        refreshTasks();
    });
    connect(workspace, &Workspace::runAdvanced, this, &SteerPane::showRun);
    connect(workspace, &Workspace::runEnded, this, [this] {
        showRun();
        for (RowPane* pane : {m_unsteered, m_steered})
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
    refreshNotes();
}

QWidget* SteerPane::buildTop()
{
    auto* bar = new QWidget;
    bar->setFixedHeight(px(38));
    auto* layout = row(bar, 0, 8);
    layout->setContentsMargins(px(8), 0, px(8), 0);
    m_tint = new QComboBox;
    m_tint->setObjectName(u"tint"_s);
    m_tint->addItems({tr("None"), tr("Projection")});
    m_tint->setCurrentIndex(1);
    m_tint->setToolTip(tr("Colour tokens by their projection on the first vector that is on"));
    m_regenerate = new QCheckBox(tr("Regenerate on change"));
    m_regenerate->setObjectName(u"regenerate"_s);
    m_regenerate->setToolTip(tr("Generate anew shortly after a slider has moved. While text streams, sliders "
                                "act from the next token."));
    layout->addWidget(fieldLabel(tr("Tint"), m_tint));
    layout->addWidget(m_tint);
    layout->addWidget(m_regenerate);
    layout->addStretch(1);
    connect(m_tint, &QComboBox::currentIndexChanged, this, [this] {
        for (RowPane* pane : {m_unsteered, m_steered})
            pane->view()->setTints(std::vector<std::optional<double>>(size_t(pane->view()->tokenCount())));
        showRun();
    });
    connect(m_regenerate, &QCheckBox::toggled, this, &SteerPane::apply);
    return bar;
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
    m_filling = false;
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
    const QString mix = m_workspace->mixExpression();
    m_steered->setNote(mix.isEmpty() ? tr("no strip is on") : mix);
}

void SteerPane::showRun()
{
    const RunText& run = m_workspace->run();
    const bool tinted = m_tint->currentIndex() == 1;
    const auto show = [&](RowPane* pane, int index) {
        const RowText& text = run.rows[size_t(index)];
        pane->show(text, tinted ? run.tints(index) : std::vector<std::optional<double>>{});
        if (text.finish() != Finish::Running)
            pane->setStreaming(false);
        QString figures = figuresOf(text);
        if (!figures.isEmpty() && m_workspace->tokensPerSecond() > 0 && index == RunText::unsteered)
            figures += tr("    %1 tok/s in both rows").arg(number(m_workspace->tokensPerSecond(), 0));
        pane->setFigures(figures);
    };
    show(m_unsteered, RunText::unsteered);
    show(m_steered, RunText::steered);
    m_steered->view()->setFirstDifference(run.firstDifference());
}

}
