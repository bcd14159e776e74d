#include "ui/panes/map_form.h"

#include "core/base/error.h"
#include "core/steer/read_position.h"
#include "core/study/neutral_text.h"

#include "ui/panes/layouts.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStyle>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

void fillOps(QComboBox* combo)
{
    for (const Op op : {Op::Add, Op::AddKeepNorm, Op::Ablate, Op::Clamp, Op::Rotate})
        combo->addItem(titleOf(op), int(op));
}

void fillScopes(QComboBox* combo)
{
    for (const auto kind : {TokenScope::Kind::All, TokenScope::Kind::Prompt, TokenScope::Kind::Generated,
             TokenScope::Kind::Last})
        combo->addItem(titleOf(TokenScope{kind, 0, false}),
            QString::fromStdString(toString(TokenScope{kind, 0, false})));
}

MapForm::MapForm(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    auto* layout = column(this, 8, 6);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(px(6));
    grid->setVerticalSpacing(px(4));
    grid->setColumnStretch(1, 1);
    m_vector = new QComboBox;
    m_vector->setModel(workspace->library());
    m_vector->setObjectName(u"mapVector"_s);
    m_vector->setPlaceholderText(tr("none yet"));
    m_layers = new QLineEdit(u"all"_s);
    m_layers->setObjectName(u"mapLayers"_s);
    m_layers->setToolTip(tr("all, one layer (12), a range (8-20) or several (8,10-12)"));
    m_strengths = new QLineEdit(u"−4 to 4 step 1"_s);
    m_strengths->setObjectName(u"mapStrengths"_s);
    m_strengths->setToolTip(tr("A range (-4 to 4 step 1), ±2 step 0.5, or single values (-2, 0, 2)"));
    m_op = new QComboBox;
    m_scope = new QComboBox;
    fillOps(m_op);
    fillScopes(m_scope);
    for (QComboBox* combo : {m_vector, m_op, m_scope}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(6);
    }
    const auto errorLabel = [] {
        auto* label = new QLabel;
        label->setFont(smallFont());
        label->setWordWrap(true);
        label->hide();
        return label;
    };
    m_layersError = errorLabel();
    m_strengthsError = errorLabel();
    int line = 0;
    const auto add = [&](const QString& name, QWidget* field) {
        grid->addWidget(fieldLabel(name, field), line, 0);
        grid->addWidget(field, line++, 1);
    };
    add(tr("Vector"), m_vector);
    add(tr("Layers"), m_layers);
    grid->addWidget(m_layersError, line++, 0, 1, 2);
    add(tr("Strengths"), m_strengths);
    grid->addWidget(m_strengthsError, line++, 0, 1, 2);
    add(tr("Operation"), m_op);
    add(tr("Scope"), m_scope);
    layout->addLayout(grid);

    m_tokens = new QSpinBox;
    m_tokens->setObjectName(u"mapTokens"_s);
    m_tokens->setRange(1, 500);
    m_tokens->setValue(40);
    m_tokens->setToolTip(tr("Tokens of each text, generated greedily"));
    m_pairs = new QSpinBox;
    m_pairs->setObjectName(u"mapPairs"_s);
    m_pairs->setRange(0, 100);
    m_pairs->setValue(4);
    m_pairs->setToolTip(
        tr("Pairs of the contrast set that effect is measured on, evenly spaced; 0: no effect.\n"
           "Of the set that the vector was extracted from each pair is judged by a vector that was "
           "fitted without it."));
    add(tr("Tokens"), m_tokens);
    add(tr("Pairs"), m_pairs);
    m_pairsNote = new QLabel;
    m_pairsNote->setObjectName(u"mapPairsNote"_s);
    m_pairsNote->setFont(smallFont());
    m_pairsNote->setWordWrap(true);
    grid->addWidget(m_pairsNote, line++, 0, 1, 2);
    const auto text = [&](const QString& title, const QString& name, const QString& value, int height) {
        auto* field = new QPlainTextEdit(value);
        field->setObjectName(name);
        field->setTabChangesFocus(true);
        field->setFont(smallFont());
        field->setFixedHeight(px(height));
        layout->addWidget(fieldLabel(title, field));
        layout->addWidget(field);
        return field;
    };
    m_prompts = text(tr("Prompts, one a line"), u"mapPrompts"_s,
        tr("Tell me about your weekend plans.\nWhat makes a good neighbour?"), 64);
    m_prompts->setToolTip(
        tr("A text is generated from each at every layer and strength; figures are means over "
           "them. Without a prompt no texts are made."));
    m_neutral = text(tr("Neutral text, for KL"), u"neutralText"_s,
        QString::fromUtf8(neutralText.data(), qsizetype(neutralText.size())), 64);
    m_neutral->setToolTip(
        tr("The text whose next-token distributions are compared, steered and unsteered. Without "
           "it KL is not measured."));
    m_control = new QCheckBox(tr("Random control"));
    m_control->setObjectName(u"mapControl"_s);
    m_control->setToolTip(tr("Measure a random vector of the same norms as well: takes twice as long"));
    layout->addWidget(m_control);
    m_run = new QPushButton;
    m_run->setObjectName(u"runMap"_s);
    m_run->setDefault(true);
    layout->addWidget(m_run);

    connect(m_run, &QPushButton::clicked, this, [this] {
        if (m_workspace->isRunning(Task::Map))
            m_workspace->cancelMap();
        else
            run();
    });
    connect(m_vector, &QComboBox::activated, workspace, &Workspace::setCurrentVector);
    connect(workspace, &Workspace::currentVectorChanged, this, [this](int row) {
        const QSignalBlocker quiet(m_vector);
        m_vector->setCurrentIndex(row);
        refresh();
    });
    for (QWidget* field : std::initializer_list<QWidget*>{m_vector, m_op, m_scope, m_tokens, m_pairs}) {
        field->setFocusPolicy(Qt::StrongFocus);
        field->installEventFilter(this);
    }
    connect(m_layers, &QLineEdit::textEdited, this, [this] { showError(m_layers, m_layersError, {}); });
    connect(
        m_strengths, &QLineEdit::textEdited, this, [this] { showError(m_strengths, m_strengthsError, {}); });
    connect(m_pairs, &QSpinBox::valueChanged, this, &MapForm::refreshPairs);
    connect(workspace, &Workspace::extractedChanged, this, &MapForm::refreshPairs);
    connect(workspace->contrast(), &ContrastDocument::replaced, this, &MapForm::refreshPairs);
    connect(workspace->contrast(), &ContrastDocument::contentsChanged, this, &MapForm::refreshPairs);
    connect(workspace, &Workspace::tasksChanged, this, &MapForm::refresh);
    connect(workspace, &Workspace::modelChanged, this, &MapForm::refresh);
    refresh();
}

void MapForm::showError(QLineEdit* field, QLabel* label, const Failure& failure)
{
    const bool wrong = !failure.cause.isEmpty();
    field->setProperty("invalid", wrong);
    field->style()->unpolish(field);
    field->style()->polish(field);
    QPalette palette;
    palette.setColor(QPalette::WindowText, colors().error);
    label->setPalette(palette);
    label->setText(failure.cause);
    label->setVisible(wrong);
}

void MapForm::run()
{
    const int row = m_workspace->currentVector();
    if (!m_workspace->model() || row < 0)
        return;
    const LibraryEntry& entry = m_workspace->library()->entry(row);
    MapGrid grid;
    const Attempt layers = attempt([&] {
        const std::string text = m_layers->text().trimmed().replace(QChar(0x2013), u'-').toStdString();
        for (const auto& [layer, factor] : parseLayers(text, m_workspace->model()->config.layers))
            // A set maps the layers that it has; one direction goes wherever it is put.
            if (entry.vector->single() || entry.vector->layers.contains(layer))
                grid.layers.push_back(layer);
        if (grid.layers.empty())
            throw Error("The vector has none of these layers.",
                "Name layers among " + layersOf(*entry.vector).toStdString() + ".");
    });
    showError(m_layers, m_layersError, layers.failure);
    const Attempt strengths = attempt([&] { grid.strengths = parseStrengths(m_strengths->text()); });
    showError(m_strengths, m_strengthsError, strengths.failure);
    if (!layers.ok() || !strengths.ok())
        return;
    grid.vectorName = entry.name;
    grid.vector = entry.vector;
    grid.op = Op(m_op->currentData().toInt());
    grid.scope = parseScope(m_scope->currentData().toString().toStdString());
    grid.tokens = m_tokens->value();
    grid.control = m_control->isChecked();
    for (const QString& line : m_prompts->toPlainText().split(u'\n'))
        if (const QString prompt = line.trimmed(); !prompt.isEmpty() && !grid.prompts.contains(prompt))
            grid.prompts << prompt;
    grid.neutralText = m_neutral->toPlainText().trimmed();
    m_workspace->choosePairs(grid, m_pairs->value());
    chooseMetrics(grid);
    if (grid.metrics.empty()) {
        m_workspace->report(Panel::Layers,
            {MessageKind::Error,
                {tr("Nothing is left to measure."), tr("Write a prompt or a neutral text, or take pairs.")},
                {}, {}});
        return;
    }
    m_workspace->startMap(grid);
}

// What can be measured with what the form has.
void MapForm::chooseMetrics(MapGrid& grid) const
{
    if (!grid.pairs.empty()) {
        grid.metrics.push_back(Metric::Effect);
        ContrastSet pairs;
        pairs.pairs = grid.pairs;
        if (answerLetterPosition(pairs))
            grid.metrics.push_back(Metric::Ab);
    }
    if (!grid.prompts.empty()) {
        if (grid.hasPairScale())
            grid.metrics.push_back(Metric::Readback);
        for (const Metric metric : {Metric::Coherence, Metric::Repetition, Metric::Length})
            grid.metrics.push_back(metric);
        if (grid.vectorName.contains(u"refus"_s, Qt::CaseInsensitive))
            grid.metrics.push_back(Metric::Refusal);
    }
    if (!grid.neutralText.isEmpty())
        grid.metrics.push_back(Metric::Kl);
}

void MapForm::refresh()
{
    refreshPairs();
    const bool running = m_workspace->isRunning(Task::Map);
    const bool ready = m_workspace->model() && m_workspace->currentVector() >= 0;
    m_run->setText(running ? tr("Cancel") : tr("Map"));
    m_run->setIcon(icon(running ? u"stop"_s : u"map"_s));
    m_run->setEnabled(running || ready);
    m_run->setToolTip(running ? tr("Stop the map (Esc)")
            : ready           ? tr("Measure every layer at every strength (Ctrl+M)")
                              : tr("Needs an open model and a vector: extract or import one first."));
    for (QWidget* field : std::initializer_list<QWidget*>{
             m_layers, m_strengths, m_prompts, m_tokens, m_pairs, m_neutral, m_control, m_op, m_scope})
        field->setEnabled(!running);
    m_vector->setEnabled(!running && m_workspace->library()->rowCount() > 0);
}

bool MapForm::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::Wheel || qobject_cast<QWidget*>(watched)->hasFocus())
        return false;
    event->ignore();
    return true;
}

void MapForm::refreshPairs()
{
    const int row = m_workspace->currentVector();
    QString note;
    if (row >= 0 && m_pairs->value() > 0) {
        const LibraryEntry& entry = m_workspace->library()->entry(row);
        const QString set = m_workspace->contrast()->name();
        const bool own = QString::fromStdString(entry.vector->name) == set;
        if (!own)
            note = tr("Of “%1”, the set that is open. The vector does not come from it.").arg(set);
        else if (!m_workspace->holdsPairsOut(entry.name))
            note = tr("Judged as they are. Extract again, and each is judged by a vector fitted without it.");
    }
    m_pairsNote->setText(note);
    m_pairsNote->setVisible(!note.isEmpty());
}

}
