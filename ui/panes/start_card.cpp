#include "ui/panes/start_card.h"

#include "core/base/paths.h"
#include "ui/panes/layouts.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"

#include <QFileInfo>
#include <QLabel>
#include <QPushButton>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString defaultModel()
{
    return QString::fromStdString(defaultModelPath().string());
}

}

StartCard::StartCard(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    auto* layout = column(this, 16, 8);
    m_title = new QLabel;
    m_title->setFont(headingFont());
    m_text = fieldLabel({});
    m_text->setFont(bodyFont());
    m_text->setWordWrap(true);
    layout->addWidget(m_title);
    layout->addWidget(m_text);

    auto* action = row(8);
    m_go = new QPushButton;
    m_go->setObjectName(u"extractAndSteer"_s);
    m_go->setDefault(true);
    m_go->setFont(strong(bodyFont()));
    m_go->setFixedHeight(px(34));
    m_go->setMinimumWidth(px(180));
    action->addWidget(m_go);
    m_default = new QPushButton(icon(u"model"_s), tr("Open default model"));
    m_default->setObjectName(u"openDefault"_s);
    m_default->setFixedHeight(px(34));
    m_default->setToolTip(tr("Open %1").arg(defaultModel()));
    action->addWidget(m_default);
    m_key = fieldLabel(tr("Ctrl+Return"));
    action->addWidget(m_key);
    action->addStretch();
    layout->addLayout(action);

    m_links = fieldLabel({});
    m_links->setTextFormat(Qt::RichText);
    m_links->setWordWrap(true);
    m_links->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_links->setAccessibleName(tr("Other ways to start"));
    layout->addWidget(m_links);

    connect(m_links, &QLabel::linkActivated, this, [this](const QString& link) {
        if (link == u"model"_s)
            emit openModelRequested();
        else if (link == u"set"_s)
            emit chooseSetRequested();
        else
            emit importVectorRequested();
    });
    connect(m_go, &QPushButton::clicked, this, [this] {
        if (m_workspace->isRunning(Task::Extract))
            m_workspace->stop(Task::Extract);
        else if (m_workspace->isRunning(Task::OpenModel))
            m_workspace->stop(Task::OpenModel);
        else if (m_workspace->model())
            m_workspace->extractAndSteer();
        else
            emit openModelRequested();
    });
    connect(m_default, &QPushButton::clicked, this, [this] { m_workspace->openModel(defaultModel()); });
    connect(workspace, &Workspace::modelChanged, this, &StartCard::refresh);
    connect(workspace, &Workspace::tasksChanged, this, &StartCard::refresh);
    connect(workspace->contrast(), &ContrastDocument::replaced, this, &StartCard::refresh);
    refresh();
}

void StartCard::refresh()
{
    const bool running = m_workspace->isRunning(Task::Extract);
    const QString setName = m_workspace->contrast()->name().toHtmlEscaped();
    m_key->setVisible(m_workspace->model() != nullptr);
    const QString set = tr("<a href=\"set\">choose another set</a>");
    const QString vector = tr("<a href=\"vector\">import a vector</a>");
    const QString gap = u" &nbsp;·&nbsp; "_s;
    m_links->setText(m_workspace->model()
            ? tr("Or <a href=\"model\">open another model</a>%1%2%1%3").arg(gap, set, vector)
            : tr("Or %1%2%3").arg(set, gap, vector));
    m_default->setVisible(m_workspace->modelState() == ModelState::None && QFileInfo::exists(defaultModel()));
    if (m_workspace->model()) {
        const ContrastPairModel* pairs = m_workspace->contrast()->model();
        if (!m_workspace->model()->info.tokenizerProblem.empty()) {
            m_title->setText(tr("This model cannot read text"));
            m_text->setText(
                tr("%1 is open, but it has no tokenizer that can be used. Put its tokenizer.json beside "
                   "the weights, or open another model.")
                    .arg(modelTitle(m_workspace->modelPath()).toHtmlEscaped()));
            m_go->setText(tr("Extract and steer"));
            m_go->setIcon(icon(u"steer"_s));
            m_go->setEnabled(false);
            return;
        }
        m_go->setEnabled(true);
        m_title->setText(running ? tr("Extracting…") : tr("Ready to steer"));
        m_text->setText(
            tr("%1 is open and the set <b>%2</b> is loaded. One press finds the direction from %3 to %4 and "
               "streams a plain and a steered answer side by side.")
                .arg(modelTitle(m_workspace->modelPath()).toHtmlEscaped(), setName,
                    pairs->negativeLabel().toHtmlEscaped(), pairs->positiveLabel().toHtmlEscaped()));
        m_go->setText(running ? tr("Cancel") : tr("Extract and steer"));
        m_go->setIcon(icon(running ? u"stop"_s : u"steer"_s));
        if (!std::exchange(m_offered, true))
            m_go->setFocus(Qt::OtherFocusReason);
        return;
    }
    m_go->setEnabled(true);
    const bool opening = m_workspace->modelState() == ModelState::Opening;
    const QString file = modelTitle(m_workspace->modelPath()).toHtmlEscaped();
    m_title->setText(opening ? tr("Opening the model") : tr("No model is open"));
    m_text->setText(opening
            ? tr("Reading %1. The set <b>%2</b> can be edited meanwhile.").arg(file, setName)
            : tr("Open a Hugging Face folder or a GGUF file. The set <b>%1</b> can be edited meanwhile.")
                  .arg(setName));
    m_go->setText(opening ? tr("Cancel") : tr("Open model…"));
    m_go->setIcon(icon(opening ? u"stop"_s : u"open"_s));
}

}
