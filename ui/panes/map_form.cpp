#include "ui/panes/map_form.h"

#include "core/base/error.h"

#include "ui/panes/layouts.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStyle>

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

    m_neutral = new QPlainTextEdit(
        tr("The library opens at nine in the morning and closes at six. Books may be borrowed "
           "for three weeks, and returned at the desk or through the slot beside the door."));
    m_neutral->setObjectName(u"neutralText"_s);
    m_neutral->setTabChangesFocus(true);
    m_neutral->setFont(smallFont());
    m_neutral->setFixedHeight(px(92));
    m_neutral->setToolTip(tr("The text whose next-token distributions are compared, steered and unsteered."));
    layout->addWidget(fieldLabel(tr("Neutral text"), m_neutral));
    layout->addWidget(m_neutral);
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
    grid.neutralText = m_neutral->toPlainText();
    grid.op = Op(m_op->currentData().toInt());
    grid.scope = parseScope(m_scope->currentData().toString().toStdString());
    m_workspace->startMap(grid);
}

void MapForm::refresh()
{
    const bool running = m_workspace->isRunning(Task::Map);
    const bool ready = m_workspace->model() && m_workspace->currentVector() >= 0;
    m_run->setText(running ? tr("Cancel") : tr("Map"));
    m_run->setIcon(icon(running ? u"stop"_s : u"map"_s));
    m_run->setEnabled(running || ready);
    m_run->setToolTip(running ? tr("Stop the map (Esc)")
            : ready           ? tr("Measure every layer at every strength (Ctrl+M)")
                              : tr("Needs an open model and a vector: extract or import one first."));
    for (QWidget* field : std::initializer_list<QWidget*>{m_layers, m_strengths, m_neutral, m_op, m_scope})
        field->setEnabled(!running);
    m_vector->setEnabled(!running && m_workspace->library()->rowCount() > 0);
}

}
